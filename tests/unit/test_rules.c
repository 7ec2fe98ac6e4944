// SPDX-License-Identifier: GPL-2.0
/* Rules: how they are parsed, and what is refused and why. */
#include "lib/rule_bed.h"

/* --- how they are read --- */

static void test_actions(void **state)
{
	rule_good("allow");
	assert_int_equal(rule_last.action, UT_ALLOW);
	assert_false(rule_last.take_over);
	assert_int_equal(rule_last.terms.n, 0);
	assert_string_equal(rule_last.text, "allow");
	rule_good("deny");
	assert_int_equal(rule_last.action, UT_DENY);
	rule_good("hide  bus=2");
	assert_int_equal(rule_last.action, UT_HIDE);
	assert_int_equal(rule_last.terms.n, 1);
	rule_good("  allow \t take-over serial=X");
	assert_int_equal(rule_last.action, UT_ALLOW);
	assert_true(rule_last.take_over);
	assert_int_equal(rule_last.terms.n, 1);
	assert_string_equal(rule_last.text, "allow \t take-over serial=X");
}

static void test_terms(void **state)
{
	static const struct {
		enum ut_term_key key;
		bool negated;
		const char *glob;
	} want[] = {
		{ UT_TERM_ID, false, "046d:C31?" },
		{ UT_TERM_SERIAL, true, "A\\*\\\"=" },
		{ UT_TERM_CLASS, false, "storage" },
		{ UT_TERM_PATH, false, "1-2*" },
		{ UT_TERM_BUS, true, "3" },
		{ UT_TERM_NAME, false, "Big \\\"Drive\\\" ; *" },
		{ UT_TERM_TABLET, true, "lab-[0-9]" },
		{ UT_TERM_GROUP, false, "a b" },
	};
	size_t i;

	rule_good(
		"deny id=046d:C31? serial!=\"A\\*\\\"=\" class=storage path=1-2* "
		"bus!=3 name=\"Big \\\"Drive\\\" ; *\" tablet!=lab-[0-9]\tgroup=\"a b\" ");
	assert_int_equal(rule_last.terms.n, sizeof(want) / sizeof(want[0]));
	for (i = 0; i < rule_last.terms.n; i++) {
		assert_int_equal(rule_last.terms.v[i].key, want[i].key);
		assert_int_equal(rule_last.terms.v[i].negated, want[i].negated);
		assert_string_equal(rule_last.terms.v[i].glob, want[i].glob);
	}
}

static void test_empty_value(void **state)
{
	rule_good("deny serial=\"\" name!=\"\"");
	assert_string_equal(rule_last.terms.v[0].glob, "");
	assert_true(rule_last.terms.v[1].negated);
}

static void test_attach_and_pin(void **state)
{
	assert_true(rule_parse(UT_RULE_ATTACH, "allow dock=desk class!=audio"));
	assert_int_equal(rule_last.action, UT_ALLOW);
	assert_int_equal(rule_last.terms.v[0].key, UT_TERM_DOCK);
	assert_true(rule_parse(UT_RULE_ATTACH, "deny"));
	assert_true(rule_parse(UT_RULE_PIN, "0 serial=X"));
	assert_int_equal(rule_last.port, 0);
	assert_int_equal(rule_last.action, UT_ALLOW);
	assert_true(rule_parse(UT_RULE_PIN, "3839 dock=d id=*"));
	assert_int_equal(rule_last.port, 3839);
	assert_int_equal(rule_last.terms.n, 2);
}

static void test_most_terms(void **state)
{
	char text[512] = "deny";
	int i;

	for (i = 0; i < UT_RULE_MAX_TERMS; i++)
		strcat(text, " bus!=1");
	rule_good(text);
	assert_int_equal(rule_last.terms.n, UT_RULE_MAX_TERMS);
	strcat(text, " bus!=1");
	assert_false(rule_parse(UT_RULE_DOCK, text));
	assert_non_null(strstr(rule_why, "more than 16 terms"));
}

/* --- what is refused --- */

static void test_refused(void **state)
{
	static const struct {
		enum ut_rule_kind kind;
		const char *text;
		const char *words;
	} rows[] = {
		{ UT_RULE_DOCK, "", "begins with allow, deny or hide" },
		{ UT_RULE_DOCK, "Allow", "begins with" },
		{ UT_RULE_DOCK, "allowed", "begins with" },
		{ UT_RULE_DOCK, "id=1:2 allow", "begins with" },
		{ UT_RULE_DOCK, "deny take-over", "directly behind \"allow\"" },
		{ UT_RULE_DOCK, "allow bus=1 take-over", "directly behind" },
		{ UT_RULE_DOCK, "allow take-over take-over", "directly behind" },
		{ UT_RULE_DOCK, "allow deny", "\"deny\" is not KEY=GLOB" },
		{ UT_RULE_DOCK, "allow id = 046d:c31c", "without blanks" },
		{ UT_RULE_DOCK, "allow id= 046d:c31c", "nothing stands behind \"id=\"" },
		{ UT_RULE_DOCK, "allow id!=", "nothing stands behind \"id!=\"" },
		{ UT_RULE_DOCK, "allow id!x", "not KEY=GLOB" },
		{ UT_RULE_DOCK, "allow ID=046d:c31c", "not KEY=GLOB" },
		{ UT_RULE_DOCK, "allow =x", "not KEY=GLOB" },
		{ UT_RULE_DOCK, "allow \"id=046d:c31c\"", "not KEY=GLOB" },
		{ UT_RULE_DOCK, "allow vendor=046d", "there is no key \"vendor\"; keys are id, serial, class, path, bus, name, tablet, group" },
		{ UT_RULE_DOCK, "allow dock=desk", "no meaning here" },
		{ UT_RULE_DOCK, "hide tablet=lea", "is for everybody" },
		{ UT_RULE_DOCK, "hide bus=1 group!=kids", "is for everybody" },
		{ UT_RULE_DOCK, "allow name=\"abc", "not closed" },
		{ UT_RULE_DOCK, "allow name=\"abc\\\"", "not closed" },
		{ UT_RULE_DOCK, "allow name=\"abc\"bus=1", "blank is missing" },
		{ UT_RULE_DOCK, "allow name=ab\"c\"", "quote in the middle" },
		{ UT_RULE_DOCK, "allow name=ab\\", "backslash" },
		{ UT_RULE_DOCK, "allow name=ab\\ c", "backslash" },
		{ UT_RULE_DOCK, "allow id=46d:c31c", "four hex digits" },
		{ UT_RULE_DOCK, "allow id=046dc31c", "four hex digits" },
		{ UT_RULE_DOCK, "allow id=046d:c31c0", "four hex digits" },
		{ UT_RULE_DOCK, "allow id=046d:*x", "four hex digits" },
		{ UT_RULE_DOCK, "allow id=\"\"", "four hex digits" },
		{ UT_RULE_DOCK, "allow class=disk", "\"disk\" is no class: two hex digits, audio" },
		{ UT_RULE_DOCK, "allow class=8", "no class" },
		{ UT_RULE_DOCK, "allow class=008", "no class" },
		{ UT_RULE_DOCK, "allow class=x*", "no class" },
		{ UT_RULE_DOCK, "allow class=\"\"", "no class" },
		{ UT_RULE_DOCK, "allow bus=01", "a bus is a number" },
		{ UT_RULE_DOCK, "allow bus=one", "a bus is a number" },
		{ UT_RULE_DOCK, "allow bus=-1", "a bus is a number" },
		{ UT_RULE_DOCK, "allow bus=123456", "a bus is a number" },
		{ UT_RULE_DOCK, "allow path=/dev/x", "a path is a bus id" },
		{ UT_RULE_DOCK, "allow path=\"\"", "a path is a bus id" },
		{ UT_RULE_DOCK, "allow tablet=\"\"", "tablet!=* is one without" },
		{ UT_RULE_DOCK, "allow group=\"\"", "the name is empty" },
		{ UT_RULE_ATTACH, "hide bus=1", "begins with allow or deny" },
		{ UT_RULE_ATTACH, "allow take-over", "of a rule in [policy]" },
		{ UT_RULE_ATTACH, "allow tablet=lea", "no meaning here; keys are id, serial, class, path, bus, name, dock" },
		{ UT_RULE_ATTACH, "allow dock=\"\"", "the name is empty" },
		{ UT_RULE_PIN, "3", "at least one KEY=GLOB" },
		{ UT_RULE_PIN, "3840 bus=1", "0 to 3839" },
		{ UT_RULE_PIN, "-1 bus=1", "0 to 3839" },
		{ UT_RULE_PIN, "3x bus=1", "0 to 3839" },
		{ UT_RULE_PIN, "99999999999999999999 bus=1", "0 to 3839" },
		{ UT_RULE_PIN, "bus=1", "0 to 3839" },
		{ UT_RULE_PIN, "3 group=g", "no meaning here" },
		{ UT_RULE_PIN, "3 allow", "not KEY=GLOB" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rule_parse(rows[i].kind, rows[i].text))
			fail_msg("not refused: %s", rows[i].text);
		if (!strstr(rule_why, rows[i].words))
			fail_msg("\"%s\": \"%s\" instead of \"%s\"",
				 rows[i].text, rule_why, rows[i].words);
	}
}

/* Every truncated rule is accepted or refused, without a memory error. */
static void test_cut_off(void **state)
{
	static const char whole[] =
		"allow take-over id=046d:* serial!=\"A \\\" B\" class=storage name=x\\* tablet!=a";
	char text[sizeof(whole)];
	size_t len;

	for (len = 0; len < sizeof(whole); len++) {
		snprintf(text, sizeof(text), "%.*s", (int)len, whole);
		if (!rule_parse(UT_RULE_DOCK, text))
			assert_true(rule_why[0]);
	}
	rule_good(whole);
}

static void test_groups(void **state)
{
	struct ut_group g = { 0 };
	char text[1024] = "many";
	int i;

	assert_true(ut_group_parse("office lea  \"tom jones\"\tlab-*", &g,
				   rule_why));
	assert_string_equal(g.name, "office");
	assert_int_equal(g.globs.n, 3);
	assert_string_equal(g.globs.v[1], "tom jones");
	assert_string_equal(g.globs.v[2], "lab-*");
	ut_group_drop(&g);
	memset(&g, 0, sizeof(g));
	for (i = 0; i < UT_GROUP_MAX_GLOBS; i++)
		strcat(text, " g");
	assert_true(ut_group_parse(text, &g, rule_why));
	assert_int_equal(g.globs.n, UT_GROUP_MAX_GLOBS);
	ut_group_drop(&g);
	memset(&g, 0, sizeof(g));
	strcat(text, " g");
	assert_false(ut_group_parse(text, &g, rule_why));
	assert_non_null(strstr(rule_why, "more than 64 globs"));
	ut_group_drop(&g);
}

static void test_bad_groups(void **state)
{
	static const char *const rows[] = {
		"", "  ", "office", "office \"\"", "off?ce lea", "\"\" lea",
		"office \"lea", "office le\"a", "office lea\\",
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ut_group g = { 0 };

		rule_why[0] = '\0';
		if (ut_group_parse(rows[i], &g, rule_why))
			fail_msg("not refused: %s", rows[i]);
		assert_true(rule_why[0]);
		ut_group_drop(&g);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_actions),
		T(test_terms),
		T(test_empty_value),
		T(test_attach_and_pin),
		T(test_most_terms),
		T(test_refused),
		T(test_cut_off),
		T(test_groups),
		T(test_bad_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
