/* SPDX-License-Identifier: GPL-2.0 */
/* Counters with names, for what has one of a few fixed reasons. */
#ifndef UT_BASE_TALLY_H
#define UT_BASE_TALLY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define UT_TALLY_MAX 48

/**
 * struct ut_tally - how often each was met
 * @name: in the order in which they were met first; borrowed, so literals only
 * @n: how often
 * @used: how many names
 */
struct ut_tally {
	const char *name[UT_TALLY_MAX];
	uint64_t n[UT_TALLY_MAX];
	size_t used;
};

/* @n more of @name. A name too many counts as the last one: a bug, not a crash. */
static inline void ut_tally_add(struct ut_tally *t, const char *name,
				uint64_t n)
{
	size_t i;

	for (i = 0; i < t->used; i++)
		if (!strcmp(t->name[i], name))
			break;
	if (i == UT_TALLY_MAX)
		i--;
	else if (i == t->used)
		t->name[t->used++] = name;
	t->n[i] += n;
}

static inline void ut_tally(struct ut_tally *t, const char *name)
{
	ut_tally_add(t, name, 1);
}

#endif /* UT_BASE_TALLY_H */
