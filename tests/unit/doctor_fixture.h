/* SPDX-License-Identifier: GPL-2.0 */
/* Findings of the doctor: what must be in them, and what must not. */
#ifndef UT_TEST_DOCTOR_FIXTURE_H
#define UT_TEST_DOCTOR_FIXTURE_H

#include "cli_fixture.h"
#include "cli/doctor.h"

static struct ut_findings found;

/* One of them as a test reads it: the lines of its cure in one text. */
struct finding {
	enum ut_level level;
	char text[1024];
	char cure[2048];
};

static inline void fresh(void)
{
	json_object_put(found.checks);
	memset(&found, 0, sizeof(found));
	found.checks = json_object_new_array();
}

__attribute__((constructor)) static void first_fresh(void)
{
	fresh();
}

static inline size_t found_n(void)
{
	return json_object_array_length(found.checks);
}

static inline const struct finding *finding(size_t i)
{
	static const char *const names[] = { "ok", "warn", "fail", "skip" };
	static struct finding v;
	struct json_object *o = json_object_array_get_idx(found.checks, i);
	struct json_object *cure;
	size_t n, len;

	assert_non_null(o);
	memset(&v, 0, sizeof(v));
	while (strcmp(ut_json_text(o, "level"), names[v.level]))
		assert_true(++v.level < UT_LEVELS);
	snprintf(v.text, sizeof(v.text), "%s", ut_json_text(o, "text"));
	cure = ut_json_list(o, "cure", &n);
	for (i = 0; i < n; i++) {
		len = strlen(v.cure);
		snprintf(v.cure + len, sizeof(v.cure) - len, "%s\n",
			 json_object_get_string(
				json_object_array_get_idx(cure, i)));
	}
	return &v;
}

/* The last finding: its level, words of its text, and of its cure. */
static inline void last(enum ut_level level, const char *text,
			const char *cure)
{
	const struct finding *v;

	assert_true(found_n());
	v = finding(found_n() - 1);
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
	assert_int_equal(found_n(), 1);
	fresh();
}

/* Is there one that begins like that? */
static inline const struct finding *find_text(const char *text)
{
	size_t i;

	for (i = 0; i < found_n(); i++)
		if (strstr(finding(i)->text, text))
			return finding(i);
	fail_msg("no finding \"%s\"", text);
	return NULL;
}

#endif /* UT_TEST_DOCTOR_FIXTURE_H */
