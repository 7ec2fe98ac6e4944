/* SPDX-License-Identifier: GPL-2.0 */
/* A table of hints, and what it has told its caller. */
#ifndef UT_TEST_FOUND_FIXTURE_H
#define UT_TEST_FOUND_FIXTURE_H

#include "discovery/found.h"
#include "lib/where_text.h"

#define BEACON	UT_FOUND_BEACON
#define DNS_SD	UT_FOUND_DNS_SD
#define STATIC	UT_FOUND_STATIC

static struct ut_found t;
static unsigned int n_found, n_gone;
static struct ut_where last_found, last_gone;

static inline void on_found(void *arg, const struct ut_found_entry *e)
{
	assert_ptr_equal(arg, &t);
	assert_true(e->sources);
	last_found = e->where;
	n_found++;
}

static inline void on_gone(void *arg, const struct ut_found_entry *e)
{
	assert_ptr_equal(arg, &t);
	last_gone = e->where;
	n_gone++;
}

static inline int setup(void **state)
{
	static const struct ut_found_ops ops = { on_found, on_gone };

	ut_found_init(&t, &ops, &t);
	n_found = n_gone = 0;
	return 0;
}

/* Place number @i: 10.x.y.z */
static inline struct ut_where place(unsigned int i)
{
	struct ut_where w = { .family = AF_INET, .port = 3240 };

	w.addr[0] = 10;
	w.addr[1] = (uint8_t)(i >> 16);
	w.addr[2] = (uint8_t)(i >> 8);
	w.addr[3] = (uint8_t)i;
	return w;
}

static inline int seen(enum ut_found_source source, const struct ut_where *w,
		int64_t now)
{
	return ut_found_seen(&t, source, w, "forged", now);
}

static inline size_t count(unsigned int sources)
{
	size_t n = 0, i;

	for (i = 0; i < t.n; i++)
		n += t.e[i].sources == sources;
	return n;
}

#endif /* UT_TEST_FOUND_FIXTURE_H */
