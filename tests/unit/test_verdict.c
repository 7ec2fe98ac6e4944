// SPDX-License-Identifier: GPL-2.0
/* Who gets what: the policy of a dock, and what a tablet accepts. */
#include "lib/config_bed.h"
#include "policy/verdict.h"

static struct ut_facts stick, keyboard;
static struct ut_verdict v;

static int setup(void **state)
{
	struct ut_op_device op = {
		.busid = "1-2", .busnum = 1, .vid = 0x0781, .pid = 0x5567,
		.product = "Cruzer", .serial = "AAA", .nif = 1,
		.interfaces = { { 8, 6, 0x50 } },
	};

	ut_facts_of_op(&op, &stick);
	strcpy(op.busid, "2-1");
	op.busnum = 2;
	op.vid = 0x046d;
	op.interfaces[0][0] = 3;
	ut_facts_of_op(&op, &keyboard);
	return conf_setup(state);
}

#define GROUPS "[policy]\ngroup = office lea tom\ngroup = lab lab-*\n" \
	       "group = mixed tom x*\n"

/* Rules, one per line, after the groups above. */
static void rules(const char *lines)
{
	char text[2048] = GROUPS, *line, *save = NULL, copy[1024];

	strcpy(copy, lines);
	for (line = strtok_r(copy, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		strcat(strcat(strcat(text, "rule = "), line), "\n");
	conf_good(text);
}

static void verdict(const struct ut_facts *facts, const char *tablet,
		    enum ut_verdict_kind kind, int rule)
{
	memset(&v, 0x5a, sizeof(v));
	ut_policy_tablet(&conf, facts, tablet, &v);
	if (v.kind != kind || v.rule != rule)
		fail_msg("%s for \"%s\": %s by rule %d (%s)", facts->busid,
			 tablet, ut_verdict_name(v.kind), v.rule, v.text);
}

#define ALLOW UT_VERDICT_ALLOW
#define DENY UT_VERDICT_DENY
#define HIDE UT_VERDICT_HIDE
#define PROTECTED UT_VERDICT_PROTECTED

static void test_no_rule(void **state)
{
	conf_good("");
	verdict(&stick, "lea", DENY, -1);
	assert_string_equal(v.text, "no rule matches");
	assert_null(v.where.file);
	assert_false(v.take_over);
	rules("allow class=hid");
	verdict(&stick, "lea", DENY, -1);
}

static void test_first_match(void **state)
{
	rules("deny class=hid tablet=lea\nallow class=hid\ndeny\nallow");
	verdict(&keyboard, "lea", DENY, 0);
	verdict(&keyboard, "tom", ALLOW, 1);
	verdict(&stick, "lea", DENY, 2);
	/* The other way round. */
	rules("allow class=hid\ndeny class=hid tablet=lea");
	verdict(&keyboard, "lea", ALLOW, 0);
}

static void test_reason(void **state)
{
	rules("deny bus=9\nallow take-over  serial=A* group=office");
	verdict(&stick, "lea", ALLOW, 1);
	assert_true(v.take_over);
	assert_false(v.guessed);
	assert_string_equal(v.text, "allow take-over  serial=A* group=office");
	assert_string_equal(v.where.file, conf_path);
	assert_int_equal(v.where.line, 6);
	assert_ptr_equal(v.text, conf.policy.rules.v[1].text);
}

static void test_hide(void **state)
{
	rules("allow tablet=lea bus=2\nhide class=storage\nhide bus=2\nallow");
	verdict(&stick, "lea", HIDE, 1);
	verdict(&keyboard, "lea", ALLOW, 0);
	verdict(&keyboard, "tom", HIDE, 2);
	assert_string_equal(v.text, "hide bus=2");
}

static void test_protected(void **state)
{
	rules("allow take-over\nhide");
	ut_facts_protect(&stick, "it has the root file system");
	verdict(&stick, "lea", PROTECTED, -1);
	assert_string_equal(v.text, "it has the root file system");
	assert_false(v.take_over);
	verdict(&keyboard, "lea", ALLOW, 0);
	ut_policy_anyone(&conf, &stick, &v);
	assert_int_equal(v.kind, PROTECTED);
	assert_string_equal(v.text, "it has the root file system");
}

static void test_tablets(void **state)
{
	rules("deny tablet=le?\nallow group=lab\nallow tablet!=tom bus=1\n"
	      "allow tablet!=* bus=2");
	verdict(&stick, "lea", DENY, 0);
	verdict(&stick, "lab-3", ALLOW, 1);
	verdict(&stick, "LAB-3", ALLOW, 2);
	verdict(&keyboard, "LAB-3", DENY, -1);
	verdict(&stick, "tom", DENY, -1);
	/* Without a certificate: no name, no group. */
	verdict(&stick, "", ALLOW, 2);
	verdict(&keyboard, "", ALLOW, 3);
	rules("allow tablet=*\nallow group=*");
	verdict(&stick, "", DENY, -1);
}

/* What is not known counts against the device. */
static void test_unknown_class(void **state)
{
	stick.classes_known = false;
	keyboard.classes_known = false;
	memset(keyboard.classes, 0, sizeof(keyboard.classes));
	rules("allow class=storage\ndeny class=audio bus=2\nallow");
	verdict(&stick, "lea", ALLOW, 0);
	verdict(&keyboard, "lea", DENY, 1);
	assert_true(v.guessed);
	rules("allow class!=hid\nhide class!=hid\nallow");
	verdict(&keyboard, "lea", HIDE, 1);
	assert_true(v.guessed);
	rules("allow class=hid\nallow bus=2");
	verdict(&keyboard, "lea", ALLOW, 1);
	assert_false(v.guessed);
}

/* --- may anyone have it? --- */

static void test_anyone(void **state)
{
	static const struct {
		const char *rules;
		enum ut_verdict_kind kind;
		int rule;
	} rows[] = {
		{ "", DENY, -1 },
		{ "allow", ALLOW, 0 },
		{ "allow bus=2", DENY, -1 },
		{ "deny\nallow", DENY, 0 },
		{ "deny\nhide", DENY, 0 },
		{ "hide\nallow", HIDE, 0 },
		{ "deny bus=2\nhide bus=1\nallow", HIDE, 1 },
		/* A rule for one tablet is a rule for somebody. */
		{ "allow tablet=lea", ALLOW, 0 },
		{ "allow tablet=lea\ndeny", ALLOW, 0 },
		{ "allow tablet=lea\nhide", ALLOW, 0 },
		{ "deny\nallow tablet=lea", DENY, 0 },
		{ "hide bus=1\nallow tablet=lea", HIDE, 0 },
		{ "allow tablet=lea bus=2", DENY, -1 },
		/* Denied to one is not denied to all. */
		{ "deny tablet=lea\nallow", ALLOW, 1 },
		{ "deny tablet=lea\nallow tablet=tom", ALLOW, 1 },
		{ "deny tablet=lea\nallow tablet=lea", DENY, 0 },
		{ "deny tablet=le*\nallow tablet=lea", DENY, 0 },
		{ "deny tablet=lea bus=2\nallow tablet=lea", ALLOW, 1 },
		{ "deny tablet=l*\nallow tablet=le*", ALLOW, 1 },
		{ "deny tablet=l*\nallow tablet=l*", DENY, 0 },
		{ "deny tablet=l*\nallow tablet=l* serial=A*", DENY, 0 },
		{ "deny tablet=l* bus=2\nallow tablet=l*", ALLOW, 1 },
		{ "deny tablet=*\nallow", DENY, 0 },
		{ "deny tablet=*\nallow tablet!=lea", DENY, 0 },
		{ "deny tablet!=lea\nallow", ALLOW, 1 },
		{ "deny tablet!=lea\nallow tablet=lea", ALLOW, 1 },
		{ "deny tablet!=lea\nallow tablet=tom", DENY, 0 },
		{ "deny tablet!=lea\nallow tablet!=lea", DENY, 0 },
		/* Groups of names, of globs, and of both. */
		{ "allow group=office", ALLOW, 0 },
		{ "deny tablet=lea\nallow group=office", ALLOW, 1 },
		{ "deny tablet=lea\ndeny tablet=tom\nallow group=office",
		  DENY, 0 },
		{ "deny group=office\nallow tablet=tom", DENY, 0 },
		{ "deny group=office\nallow group=office", DENY, 0 },
		{ "deny group=lab\nallow group=lab", DENY, 0 },
		{ "deny group=lab\nallow group=office", ALLOW, 1 },
		{ "deny group=office\nallow group=lab", ALLOW, 1 },
		{ "deny tablet=tom\nallow group=mixed", ALLOW, 1 },
		{ "deny group!=office\nallow group=office", ALLOW, 1 },
		{ "deny group!=office\nallow tablet=bob", DENY, 0 },
		{ "allow group=office tablet=lea", ALLOW, 0 },
		{ "allow group=office tablet=bob", DENY, -1 },
		/* A later rule may do it; then that rule is named. */
		{ "allow tablet=bob bus=2\nallow tablet=tom", ALLOW, 1 },
		{ "deny tablet=lea\nallow tablet=lea\nallow tablet=tom\ndeny",
		  ALLOW, 2 },
		/* The rule that denies everybody is the reason. */
		{ "deny tablet=lea\nallow tablet=lea\ndeny", DENY, 2 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rules(rows[i].rules);
		memset(&v, 0x5a, sizeof(v));
		ut_policy_anyone(&conf, &stick, &v);
		if (v.kind != rows[i].kind || v.rule != rows[i].rule)
			fail_msg("%s\n-> %s by rule %d", rows[i].rules,
				 ut_verdict_name(v.kind), v.rule);
	}
}

/* Tablets without a certificate count if the configuration lets them in. */
static void test_anyone_without_name(void **state)
{
	static const char only_nameless[] =
		"[policy]\nrule = deny tablet=*\nrule = allow\n";
	char text[256];

	conf_good(only_nameless);
	ut_policy_anyone(&conf, &stick, &v);
	assert_int_equal(v.kind, DENY);
	sprintf(text, "[tls]\nclient_certificate = optional\n%s",
		only_nameless);
	conf_good(text);
	ut_policy_anyone(&conf, &stick, &v);
	assert_int_equal(v.kind, ALLOW);
	assert_int_equal(v.rule, 1);
	/* A client without TLS has a name. */
	sprintf(text, "[plaintext]\nlisten = ::1\nallow = ::1\n%s",
		only_nameless);
	conf_good(text);
	ut_policy_anyone(&conf, &stick, &v);
	assert_int_equal(v.kind, DENY);
}

/* Nor does a rule help a tablet that is not let in at all. */
static void test_anyone_shut_out(void **state)
{
	conf_good("[dock]\nallow_tablets = tom\n"
		  "[policy]\nrule = allow tablet=lea\n");
	ut_policy_anyone(&conf, &stick, &v);
	assert_int_equal(v.kind, DENY);
	conf_good("[dock]\nallow_tablets = l*\n"
		  "[policy]\nrule = allow tablet=lea\n");
	ut_policy_anyone(&conf, &stick, &v);
	assert_int_equal(v.kind, ALLOW);
}

static void test_anyone_unknown_class(void **state)
{
	stick.classes_known = false;
	memset(stick.classes, 0, sizeof(stick.classes));
	rules("hide class=audio\nallow");
	ut_policy_anyone(&conf, &stick, &v);
	assert_int_equal(v.kind, HIDE);
	assert_true(v.guessed);
	rules("allow class=storage");
	ut_policy_anyone(&conf, &stick, &v);
	assert_int_equal(v.kind, DENY);
}

/*
 * If ut_policy_tablet() gives a device to anybody, ut_policy_anyone() must not say that
 * nobody gets it: for many rules made of few parts, and many names.
 */
static void test_anyone_against_everyone(void **state)
{
	static const char *const who[] = {
		"", " tablet=lea", " tablet=l*", " tablet!=lea", " tablet=*",
		" group=office", " group!=office", " group=lab",
		" group=mixed tablet!=tom",
	};
	static const char *const names[] = {
		"lea", "tom", "lab-1", "l", "xy", "bob",
	};
	const size_t n_who = sizeof(who) / sizeof(who[0]);
	const size_t n_names = sizeof(names) / sizeof(names[0]);
	char text[256];
	size_t a, b, c, i;
	bool somebody;
	int yes = 0;

	for (a = 0; a < n_who; a++)
		for (b = 0; b < n_who; b++)
			for (c = 0; c < n_who; c++) {
				sprintf(text, "deny%s\ndeny%s\nallow%s",
					who[a], who[b], who[c]);
				rules(text);
				somebody = false;
				for (i = 0; i < n_names; i++) {
					ut_policy_tablet(&conf, &stick,
							 names[i], &v);
					somebody |= v.kind == ALLOW;
				}
				yes += somebody;
				ut_policy_anyone(&conf, &stick, &v);
				if (somebody && v.kind != ALLOW)
					fail_msg("somebody gets it: %s", text);
			}
	assert_true(yes > 50);
}

/* --- the tablet --- */

static void attach(const struct ut_facts *facts, const char *dock,
		   enum ut_verdict_kind kind, int rule)
{
	ut_policy_attach(&conf, facts, dock, &v);
	if (v.kind != kind || v.rule != rule)
		fail_msg("%s of \"%s\": %s by rule %d", facts->busid, dock,
			 ut_verdict_name(v.kind), v.rule);
}

static void test_attach(void **state)
{
	conf_good("");
	attach(&stick, "desk", DENY, -1);
	conf_good("[tablet]\nattach = deny class=hid\n"
		  "attach = allow dock=desk\nattach = allow serial=AAA\n");
	attach(&keyboard, "desk", DENY, 0);
	attach(&stick, "Desk", ALLOW, 1);
	attach(&stick, "kitchen", ALLOW, 2);
	attach(&stick, "", ALLOW, 2);
	strcpy(stick.serial, "BBB");
	attach(&stick, "kitchen", DENY, -1);
	assert_string_equal(v.text, "no rule matches");
	/* Protection is the dock's business. */
	ut_facts_protect(&stick, "not here");
	attach(&stick, "desk", ALLOW, 1);
	assert_int_equal(v.where.line, 3);
}

static void test_pin(void **state)
{
	conf_good("[tablet]\npin = 3 serial=AAA dock=desk\n"
		  "pin = 0 class=storage\npin = 5 class=storage\n");
	assert_int_equal(ut_policy_pin(&conf, &stick, "desk", &v), 3);
	assert_int_equal(v.kind, ALLOW);
	assert_string_equal(v.text, "3 serial=AAA dock=desk");
	assert_int_equal(ut_policy_pin(&conf, &stick, "kitchen", NULL), 0);
	/* It has the same serial number, but another dock. */
	assert_int_equal(ut_policy_pin(&conf, &keyboard, "kitchen", &v), -1);
	assert_int_equal(v.kind, DENY);
	stick.classes_known = false;
	memset(stick.classes, 0, sizeof(stick.classes));
	assert_int_equal(ut_policy_pin(&conf, &stick, "kitchen", NULL), -1);
}

static void test_docks(void **state)
{
	conf_good("");
	assert_true(ut_policy_dock_allowed(&conf, "anything"));
	assert_false(ut_policy_dock_allowed(&conf, ""));
	conf_good("[tablet]\nallow_docks = desk-*\nallow_docks = attic\n"
		  "deny_docks = *-9\n");
	assert_true(ut_policy_dock_allowed(&conf, "desk-1"));
	assert_true(ut_policy_dock_allowed(&conf, "ATTIC"));
	assert_false(ut_policy_dock_allowed(&conf, "desk-9"));
	assert_false(ut_policy_dock_allowed(&conf, "kitchen"));
	conf_good("[tablet]\nallow_docks =\n");
	assert_false(ut_policy_dock_allowed(&conf, "desk-1"));
}

static void test_priority(void **state)
{
	conf_good("[tablet]\npriority = desk-1 5\npriority = DESK* 1000\n");
	assert_int_equal(ut_policy_dock_priority(&conf, "desk-1"), 5);
	assert_int_equal(ut_policy_dock_priority(&conf, "desk-2"), 1000);
	assert_int_equal(ut_policy_dock_priority(&conf, "kitchen"), 0);
	conf_good("[tablet]\npriority = * 7\n");
	assert_int_equal(ut_policy_dock_priority(&conf, "kitchen"), 7);
	assert_int_equal(ut_policy_dock_priority(&conf, ""), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, conf_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_no_rule),
		T(test_first_match),
		T(test_reason),
		T(test_hide),
		T(test_protected),
		T(test_tablets),
		T(test_unknown_class),
		T(test_anyone),
		T(test_anyone_without_name),
		T(test_anyone_shut_out),
		T(test_anyone_unknown_class),
		T(test_anyone_against_everyone),
		T(test_attach),
		T(test_pin),
		T(test_docks),
		T(test_priority),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
