// SPDX-License-Identifier: GPL-2.0
/* Clients without TLS: their names, their rules, and who can come in. */
#include <arpa/inet.h>

#include "lib/config_bed.h"
#include "policy/plain.h"
#include "policy/verdict.h"

static struct ut_facts stick;
static struct ut_verdict v;

static int setup(void **state)
{
	struct ut_op_device op = {
		.busid = "1-2", .busnum = 1, .vid = 0x0781, .pid = 0x5567,
	};

	ut_facts_of_op(&op, &stick);
	return conf_setup(state);
}

/* A rule for a client without TLS is of use only where such a client can come in. */
static void test_anyone_plain(void **state)
{
	static const char rule[] = "[policy]\n"
		"rule = deny tablet=plaintext@192.0.2.9\n"
		"rule = allow tablet=plaintext@192.0.2.8\n";
	static const struct {
		const char *plaintext;
		int kind;
	} rows[] = {
		{ "allow = 192.0.2.0/24\n", UT_VERDICT_DENY },
		{ "listen = ::1\n", UT_VERDICT_DENY },
		{ "listen = ::1\nallow = 192.0.2.9\n", UT_VERDICT_DENY },
		{ "listen = ::1\nallow = 192.0.2.0/24\n", UT_VERDICT_ALLOW },
	};
	char text[300];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "[plaintext]\n%s%s",
			 rows[i].plaintext, rule);
		conf_good(text);
		ut_policy_anyone(&conf, &stick, &v);
		assert_int_equal(v.kind, rows[i].kind);
	}
	ut_policy_tablet(&conf, &stick, "plaintext@192.0.2.8", &v);
	assert_int_equal(v.kind, UT_VERDICT_ALLOW);
	ut_policy_tablet(&conf, &stick, "plaintext@192.0.2.9", &v);
	assert_int_equal(v.kind, UT_VERDICT_DENY);
	assert_int_equal(v.rule, 0);
	ut_policy_tablet(&conf, &stick, "", &v);
	assert_int_equal(v.kind, UT_VERDICT_DENY);
	assert_int_equal(v.rule, -1);
}

/* The names are made of addresses, and match rules and allow_tablets like others. */
static void test_plain_names(void **state)
{
	static const struct {
		const char *address, *name;
	} rows[] = {
		{ "192.0.2.8", "plaintext@192.0.2.8" },
		{ "::ffff:192.0.2.8", "plaintext@192.0.2.8" },
		{ "2001:DB8:0:0::8", "plaintext@2001:db8::8" },
	};
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	char name[UT_PLAIN_NAME_SIZE];
	size_t i;

	conf_good("[plaintext]\nlisten = ::1\nallow = 192.0.2.0/24\n"
		  "[dock]\nallow_tablets = plaintext@*.8\n");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sockaddr *a = (struct sockaddr *)&in6;

		if (inet_pton(AF_INET, rows[i].address, &in.sin_addr) == 1)
			a = (struct sockaddr *)&in;
		else
			inet_pton(AF_INET6, rows[i].address, &in6.sin6_addr);
		assert_string_equal(ut_plain_name(a, name), rows[i].name);
		assert_true(ut_plain_is(name));
	}
	assert_false(ut_plain_is("plaintext"));
	assert_null(ut_policy_shut_out(&conf, "plaintext@192.0.2.8"));
	assert_non_null(strstr(ut_policy_shut_out(&conf, "plaintext@192.0.2.9"),
			       "allow_tablets"));
	assert_non_null(strstr(ut_policy_shut_out(&conf, "plaintext@192.0.3.8"),
			       "[plaintext] allow"));
	assert_non_null(strstr(ut_policy_shut_out(&conf, "plaintext@"),
			       "[plaintext] allow"));
	assert_non_null(strstr(ut_policy_shut_out(&conf, "plaintext@::/0"),
			       "[plaintext] allow"));
	assert_non_null(strstr(ut_policy_shut_out(&conf, "lea"),
			       "allow_tablets"));
	assert_non_null(strstr(ut_policy_shut_out(&conf, ""), "require"));
}

/* --- what config check says without calling it an error --- */

static char warned[512];

static void on_warning(void *arg, const char *file, unsigned int line,
		       const char *text)
{
	size_t len = strlen(warned);

	snprintf(warned + len, sizeof(warned) - len, "%s:%u: %s\n", file, line,
		 text);
}

static void expect_warning(const char *text, const char *want)
{
	conf_good(text);
	warned[0] = '\0';
	ut_config_warn(&conf, on_warning, NULL);
	if (!want)
		assert_string_equal(warned, "");
	else if (!strstr(warned, want))
		fail_msg("\"%s\" instead of \"%s\"", warned, want);
}

static void test_warnings(void **state)
{
	expect_warning("", NULL);
	expect_warning("[plaintext]\nallow = 0.0.0.0/0\n", NULL);
	expect_warning("[plaintext]\nlisten = ::1\nallow = ::1\n", NULL);
	expect_warning("[plaintext]\nlisten = ::1\n",
		       ":2: [plaintext] listens, but for nobody");
	expect_warning("[plaintext]\nlisten = ::1\nallow = ::1\n"
		       "allow = ::/0\n", ":4: everybody");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, conf_teardown)
	const struct CMUnitTest tests[] = {
		T(test_anyone_plain), T(test_plain_names), T(test_warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
