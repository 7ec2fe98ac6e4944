// SPDX-License-Identifier: GPL-2.0
#include "lib/doctor_bed.h"

struct ut_findings found;

int doctor_setup(void **state)
{
	if (cli_setup(state))
		return -1;
	ut_doctor_root_set(fake_root);
	return 0;
}

int doctor_teardown(void **state)
{
	fresh();
	ut_doctor_root_set(NULL);
	return fake_machine_teardown(state);
}

void fresh(void)
{
	json_object_put(found.checks);
	memset(&found, 0, sizeof(found));
	found.checks = json_object_new_array();
}

__attribute__((constructor)) static void first_fresh(void)
{
	fresh();
}

size_t found_n(void)
{
	return json_object_array_length(found.checks);
}

const struct finding *finding(size_t i)
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

void last(enum ut_level level, const char *text, const char *cure)
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
	/* What fails has a cure. */
	if (level == UT_LEVEL_FAIL)
		assert_true(v->cure[0]);
}

void only(enum ut_level level, const char *text, const char *cure)
{
	last(level, text, cure);
	assert_int_equal(found_n(), 1);
	fresh();
}

const struct finding *find_text(const char *text)
{
	size_t i;

	for (i = 0; i < found_n(); i++)
		if (strstr(finding(i)->text, text))
			return finding(i);
	fail_msg("no finding \"%s\"", text);
	return NULL;
}
