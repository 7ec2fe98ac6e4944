// SPDX-License-Identifier: GPL-2.0
/* Arguments, help and exit codes of all verbs; version; pki. */
#include "lib/cli_bed.h"

static void test_usage(void **state)
{
	char help[sizeof(cli_out)];
	size_t i;

	assert_int_equal(cli_run(&ut_verb_attach, ""), UT_EXIT_USAGE);
	assert_int_equal(cli_run(&ut_verb_attach, "-r h"), UT_EXIT_USAGE);
	assert_int_equal(cli_run(&ut_verb_attach, "-b 1-1"), UT_EXIT_USAGE);
	assert_int_equal(cli_run(&ut_verb_attach, "-r h -b 1-1 x"),
			 UT_EXIT_USAGE);
	assert_int_equal(cli_run(&ut_verb_attach, "-r h -b 1-1 -b 1-2"),
			 UT_EXIT_USAGE);
	assert_int_equal(cli_run(&ut_verb_attach, "-r h -b 1-1 --tcp-port 0"),
			 UT_EXIT_USAGE);
	assert_int_equal(cli_run(&ut_verb_detach, "-p x"), UT_EXIT_USAGE);
	assert_int_equal(cli_run(&ut_verb_detach, ""), UT_EXIT_USAGE);
	assert_int_equal(cli_run(&ut_verb_list, ""), UT_EXIT_USAGE);
	assert_int_equal(cli_run(&ut_verb_list, "-l -r h"), UT_EXIT_USAGE);
	assert_int_equal(cli_run(&ut_verb_bind, ""), UT_EXIT_USAGE);
	assert_int_equal(cli_run(&ut_verb_pki, "make"), UT_EXIT_USAGE);
	assert_int_equal(cli_run(&ut_verb_pki, "issue x"), UT_EXIT_USAGE);
	assert_non_null(strstr(cli_err, "--role"));
	assert_int_equal(cli_run(&ut_verb_pki, ""), UT_EXIT_USAGE);
	assert_non_null(strstr(cli_err, "init, issue, revoke, show"));
	assert_int_equal(cli_run(&ut_verb_config, ""), UT_EXIT_USAGE);
	assert_int_equal(cli_run(&ut_verb_config, "edit"), UT_EXIT_USAGE);
	assert_int_equal(cli_run(&ut_verb_config, "import"), UT_EXIT_USAGE);
	assert_int_equal(cli_run(&ut_verb_config,
				 "import x --password-out y"), UT_EXIT_USAGE);
	assert_int_equal(cli_run(&ut_verb_policy, "test"), UT_EXIT_USAGE);
	assert_int_equal(cli_run(&ut_verb_policy, "test 1-1"), UT_EXIT_USAGE);
	for (i = 0; i < ut_n_verbs; i++) {
		assert_int_equal(cli_run(ut_verbs[i], "--frobnicate"),
				 UT_EXIT_USAGE);
		assert_non_null(strstr(cli_err, "hint: usbip-tls help "));
		assert_int_equal(cli_run(ut_verbs[i], "--help"), UT_EXIT_OK);
		assert_int_equal(strncmp(cli_out, "Usage: usbip-tls ", 17), 0);
		memcpy(help, cli_out, sizeof(help));
		assert_int_equal(cli_run(&ut_verb_help, ut_verbs[i]->name),
				 UT_EXIT_OK);
		assert_string_equal(cli_out, help);
	}
}

/* An option of one subcommand is not an option of another. */
static void test_options_of_others(void **state)
{
	static const struct {
		const struct ut_verb *verb;
		const char *words;
	} rows[] = {
		{ &ut_verb_config, "check --out x" },
		{ &ut_verb_config, "show --force" },
		{ &ut_verb_config, "import x --json" },
		{ &ut_verb_pki, "init --role dock" },
		{ &ut_verb_pki, "init --out x" },
		{ &ut_verb_pki, "issue x --role dock --json" },
		{ &ut_verb_pki, "issue x --role dock --name x" },
		{ &ut_verb_pki, "revoke x --force" },
		{ &ut_verb_pki, "revoke x --json" },
		{ &ut_verb_pki, "show --password-file x" },
		{ &ut_verb_bind, "-b 1-1 --json" },
		{ &ut_verb_unbind, "-b 1-1 --force" },
		{ &ut_verb_reload, "--json" },
		{ &ut_verb_port, "--rate" },
		{ &ut_verb_enroll, "--json" },
		{ &ut_verb_help, "--json" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(cli_run(rows[i].verb, rows[i].words),
				 UT_EXIT_USAGE);
		assert_non_null(strstr(cli_err, ": unrecognized option '--"));
	}
}

static void test_unexpected_argument(void **state)
{
	static const struct {
		const struct ut_verb *verb;
		const char *words;
	} rows[] = {
		{ &ut_verb_attach, "-r h -b 1-1 junk" },
		{ &ut_verb_detach, "-p 1 junk" },
		{ &ut_verb_list, "-l junk" },
		{ &ut_verb_port, "--json junk" },
		{ &ut_verb_bind, "-b 1-1 junk" },
		{ &ut_verb_unbind, "-b 1-1 junk" },
		{ &ut_verb_status, "--json junk" },
		{ &ut_verb_config, "check junk" },
		{ &ut_verb_config, "show --json junk" },
		{ &ut_verb_policy, "test 1-1 lea junk" },
		{ &ut_verb_pki, "init junk" },
		{ &ut_verb_pki, "show name junk" },
		{ &ut_verb_version, "--json junk" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(cli_run(rows[i].verb, rows[i].words),
				 UT_EXIT_USAGE);
		assert_non_null(strstr(cli_err,
				       ": unexpected argument \"junk\"\nhint: "));
		assert_string_equal(cli_out, "");
	}
}

static void test_help_fits_a_terminal(void **state)
{
	const char *line, *end;
	size_t i;

	for (i = 0; i < ut_n_verbs; i++) {
		assert_int_equal(cli_run(ut_verbs[i], "--help"), UT_EXIT_OK);
		for (line = cli_out; *line; line = end + 1) {
			end = strchr(line, '\n');
			assert_non_null(end);
			if (end - line > 80)
				fail_msg("too long: %.*s", (int)(end - line),
					 line);
		}
	}
}

static void test_version(void **state)
{
	struct json_object *o;

	assert_int_equal(cli_run(&ut_verb_version, "--json"), UT_EXIT_OK);
	o = cli_json();
	assert_string_equal(json_text(o, "version"), UT_VERSION);
	assert_int_equal(json_number(o, "netlink_version"),
			 USBIP_TLS_GENL_VERSION);
	json_object_put(o);
}

static void test_pki(void **state)
{
	struct json_object *o, *c;
	char words[200];

	snprintf(words, sizeof(words), "init --dir %s/ca", fake_root);
	assert_int_equal(cli_run(&ut_verb_pki, words), UT_EXIT_OK);
	snprintf(words, sizeof(words),
		 "issue --role tablet tab1 --dir %s/ca --not-before 2020-01-01 --days 2",
		 fake_root);
	assert_int_equal(cli_run(&ut_verb_pki, words), UT_EXIT_OK);
	snprintf(words, sizeof(words), "show tab1 --dir %s/ca --json",
		 fake_root);
	assert_int_equal(cli_run(&ut_verb_pki, words), UT_EXIT_OK);
	o = cli_json();
	c = json_object_array_get_idx(json_member(o, "certificates"), 0);
	assert_string_equal(json_text(c, "role"), "tablet");
	assert_string_equal(json_text(c, "validity"), "expired");
	assert_string_equal(json_text(c, "not_before"), "2020-01-01T00:00:00Z");
	assert_string_equal(json_text(c, "not_after"), "2020-01-03T00:00:00Z");
	json_object_put(o);
	snprintf(words, sizeof(words), "show nobody --dir %s/ca", fake_root);
	assert_int_equal(cli_run(&ut_verb_pki, words), UT_EXIT_NOT_FOUND);
	snprintf(words, sizeof(words),
		 "issue --role tablet t2 --dir %s/ca --not-before yesterday",
		 fake_root);
	assert_int_equal(cli_run(&ut_verb_pki, words), UT_EXIT_USAGE);
}

#define T(f) cmocka_unit_test_setup_teardown(f, cli_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_usage),
		T(test_unexpected_argument),
		T(test_options_of_others),
		T(test_help_fits_a_terminal),
		T(test_version),
		T(test_pki),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
