/* SPDX-License-Identifier: GPL-2.0 */
/* Findings of the doctor: what must be in them, and what must not. */
#ifndef UT_TEST_DOCTOR_FIXTURE_H
#define UT_TEST_DOCTOR_FIXTURE_H

#include "cli_fixture.h"
#include "cli/doctor.h"

static struct ut_findings found;

static inline void fresh(void)
{
	ut_findings_free(&found);
}

/* The last finding: its level, words of its text, and of its cure. */
static inline void last(enum ut_level level, const char *text,
			const char *cure)
{
	const struct ut_finding *v;

	assert_true(found.n);
	v = &found.v[found.n - 1];
	if (v->level != level || !strstr(v->text, text))
		fail_msg("level %d, not %d, or not \"%s\": %s", v->level, level,
			 text, v->text);
	if (cure ? !strstr(v->cure, cure) : v->cure[0])
		fail_msg("cure \"%s\", not \"%s\"", v->cure,
			 cure ? cure : "");
	/* Who has nothing to do is told nothing, and who has is told what. */
	if (level == UT_LEVEL_FAIL)
		assert_true(v->cure[0]);
}

/* The same, and it is the only one since fresh(). */
static inline void only(enum ut_level level, const char *text,
			const char *cure)
{
	last(level, text, cure);
	assert_int_equal(found.n, 1);
	fresh();
}

/* Is there one that begins like that? */
static inline const struct ut_finding *find_text(const char *text)
{
	size_t i;

	for (i = 0; i < found.n; i++)
		if (strstr(found.v[i].text, text))
			return &found.v[i];
	fail_msg("no finding \"%s\"", text);
	return NULL;
}

#endif /* UT_TEST_DOCTOR_FIXTURE_H */
