// SPDX-License-Identifier: GPL-2.0
/* config check and show, policy test. */
#include "lib/cli_bed.h"

static const struct fake_dev stick = {
	.parent = "devices/pci0/usb1", .busid = "1-2", .driver = "usb",
	.vid = "0781\n", .pid = "5567\n", .class = "00\n", .speed = "480\n",
	.manufacturer = "SanDisk\n", .product = "Cruzer\n", .serial = "AAA\n",
};

/* The drop-in directory of the test, in place of -c. */
static int setup(void **state)
{
	if (cli_setup(state))
		return -1;
	ut_config_dir_set(fake_root);
	fake(NULL, "conf.d");
	return 0;
}

static int teardown(void **state)
{
	ut_config_dir_set(NULL);
	return fake_teardown(state);
}

/* --- check --- */

static void test_check_good(void **state)
{
	struct json_object *o;

	assert_int_equal(cli_run(&ut_verb_config, "check"), UT_EXIT_OK);
	assert_non_null(strstr(cli_out, "in order"));
	assert_non_null(strstr(cli_out, cli_conf));
	cli.config_path = NULL;
	assert_int_equal(cli_run(&ut_verb_config, "check"), UT_EXIT_OK);
	assert_non_null(strstr(cli_out, "defaults"));
	fake("[dock]\nport = 1\n", "conf.d/a.conf");
	assert_int_equal(cli_run(&ut_verb_config, "check --json"), UT_EXIT_OK);
	o = cli_json();
	assert_true(json_object_get_boolean(json_member(o, "ok")));
	assert_int_equal(json_object_array_length(json_member(o, "errors")),
			 0);
	assert_int_equal(json_object_array_length(json_member(o, "files")), 1);
	json_object_put(o);
}

static void test_check_warns(void **state)
{
	struct json_object *o, *w;
	char want[200];

	fake("[plaintext]\nlisten = ::1\n", "conf");
	assert_int_equal(cli_run(&ut_verb_config, "check"), UT_EXIT_OK);
	snprintf(want, sizeof(want),
		 "%s:2: warning: [plaintext] listens, but for nobody",
		 cli_conf);
	assert_non_null(strstr(cli_err, want));
	assert_non_null(strstr(cli_out, "in order"));
	assert_int_equal(cli_run(&ut_verb_config, "check --json"), UT_EXIT_OK);
	o = cli_json();
	assert_true(json_object_get_boolean(json_member(o, "ok")));
	w = json_object_array_get_idx(json_member(o, "warnings"), 0);
	assert_string_equal(json_text(w, "file"), cli_conf);
	assert_int_equal(json_number(w, "line"), 2);
	json_object_put(o);
}

static void test_check_bad(void **state)
{
	char want[400];

	cli.config_path = NULL;
	fake("[dock]\nport = 0\n", "usbip-tls.conf");
	fake("[policy]\nrule = allow\nrule = permit\nrule = hide tablet=x\n",
	     "conf.d/a.conf");
	assert_int_equal(cli_run(&ut_verb_config, "check"), UT_EXIT_CONFIG);
	assert_string_equal(cli_out, "");
	snprintf(want, sizeof(want), "%s/usbip-tls.conf:2: bad value \"0\"",
		 fake_root);
	assert_non_null(strstr(cli_err, want));
	snprintf(want, sizeof(want),
		 "%s/conf.d/a.conf:3: bad value \"permit\" for \"rule\": a rule begins with allow, deny or hide\n",
		 fake_root);
	assert_non_null(strstr(cli_err, want));
	snprintf(want, sizeof(want), "%s/conf.d/a.conf:4: ", fake_root);
	assert_non_null(strstr(cli_err, want));
	assert_non_null(strstr(cli_err, "\n3 errors in the configuration\nhint: "));
}

static void test_check_bad_json(void **state)
{
	struct json_object *o, *errors, *e;

	fake("[dock]\nport = 0\nx\n", "conf");
	assert_int_equal(cli_run(&ut_verb_config, "check --json"),
			 UT_EXIT_CONFIG);
	o = cli_json();
	assert_false(json_object_get_boolean(json_member(o, "ok")));
	errors = json_member(o, "errors");
	assert_int_equal(json_object_array_length(errors), 2);
	e = json_object_array_get_idx(errors, 1);
	assert_string_equal(json_text(e, "file"), cli_conf);
	assert_int_equal(json_number(e, "line"), 3);
	assert_non_null(strstr(json_text(e, "text"), "neither"));
	json_object_put(o);
}

static void test_check_no_file(void **state)
{
	cli.config_path = "/nonexistent/x";
	assert_int_equal(cli_run(&ut_verb_config, "check"), UT_EXIT_CONFIG);
	assert_non_null(strstr(cli_err, "cannot open /nonexistent/x"));
	assert_non_null(strstr(cli_err, "\n1 error in the configuration\n"));
}

/* --- check: would the daemon start? --- */

/* A CA, with its files for a dock in "dock" and for a tablet in "tablet". */
static void make_files(void)
{
	char line[256];

	snprintf(line, sizeof(line), "init --dir %s/pki", fake_root);
	assert_int_equal(cli_run(&ut_verb_pki, line), UT_EXIT_OK);
	snprintf(line, sizeof(line),
		 "issue --role dock desk --dir %s/pki --out %s/dock", fake_root,
		 fake_root);
	assert_int_equal(cli_run(&ut_verb_pki, line), UT_EXIT_OK);
	snprintf(line, sizeof(line),
		 "issue --role tablet lea --dir %s/pki --out %s/tablet",
		 fake_root, fake_root);
	assert_int_equal(cli_run(&ut_verb_pki, line), UT_EXIT_OK);
}

/* Checks a configuration with these files, each below the directory. */
static int check_files(const char *ca, const char *cert, const char *key,
		       const char *crl, const char *rest)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "[tls]\nca = %s/%s\ncert = %s/%s\nkey = %s/%s\ncrl = %s/%s\n%s",
		 fake_root, ca, fake_root, cert, fake_root, key, fake_root, crl,
		 rest);
	fake(text, "conf");
	return cli_run(&ut_verb_config, "check");
}

static int check_dock(const char *rest)
{
	return check_files("dock/ca.pem", "dock/cert.pem", "dock/key.pem",
			   "dock/crl.pem", rest);
}

/* All files are the dock's except for one, which is bad and must be named. */
static void bad_file(size_t which, const char *file, const char *words)
{
	const char *f[4] = { "dock/ca.pem", "dock/cert.pem", "dock/key.pem",
			     "dock/crl.pem" };
	int ret;

	f[which] = file;
	ret = check_files(f[0], f[1], f[2], f[3], "");
	if (ret != UT_EXIT_CONFIG || !strstr(cli_err, words) ||
	    !strstr(cli_err, file) || cli_out[0])
		fail_msg("exit %d instead of %d; \"%s\" is not in:\n%s", ret,
			 UT_EXIT_CONFIG, words, cli_err);
}

static void test_check_files(void **state)
{
	char path[128], line[160];

	make_files();
	assert_int_equal(check_dock(""), UT_EXIT_OK);
	assert_string_equal(cli_err, "");
	/* Checking is not using: no list's number is recorded. */
	snprintf(path, sizeof(path), "%s/state", fake_root);
	snprintf(line, sizeof(line), "crl_state = %s\n", path);
	assert_int_equal(check_dock(line), UT_EXIT_OK);
	assert_int_equal(access(path, F_OK), -1);
	bad_file(0, "none", "cannot open");
	bad_file(1, "none", "cannot open");
	bad_file(2, "none", "cannot open");
	bad_file(3, "none", "cannot open");
	bad_file(0, "dock/cert.pem", "is not a CA's");
	bad_file(1, "conf", "cannot read the certificate");
	bad_file(1, "dock/ca.pem", "neither for a dock nor for a tablet");
	bad_file(2, "tablet/key.pem", "does not belong to the certificate");
	bad_file(3, "dock/key.pem", "revocation list");
	snprintf(path, sizeof(path), "%s/dock/key.pem", fake_root);
	assert_int_equal(chmod(path, 0644), 0);
	bad_file(2, "dock/key.pem", "can be read by others");
}

static void test_check_files_json(void **state)
{
	struct json_object *o, *e;

	make_files();
	check_files("none", "dock/cert.pem", "dock/key.pem", "dock/crl.pem",
		    "");
	assert_int_equal(cli_run(&ut_verb_config, "check --json"),
			 UT_EXIT_CONFIG);
	o = cli_json();
	assert_false(json_object_get_boolean(json_member(o, "ok")));
	e = json_object_array_get_idx(json_member(o, "errors"), 0);
	assert_non_null(strstr(json_text(e, "text"), "/none"));
	assert_int_equal(json_number(e, "line"), 0);
	json_object_put(o);
}

/* Only a dock listens. */
static void test_check_listeners(void **state)
{
	make_files();
	assert_int_equal(check_dock("[dock]\nlisten =\n"), UT_EXIT_CONFIG);
	assert_non_null(strstr(cli_err, "there is no \"listen\""));
	assert_int_equal(check_dock("[dock]\nlisten =\n"
				    "[plaintext]\nlisten = 127.0.0.1\n"),
			 UT_EXIT_OK);
	assert_int_equal(check_dock("[dock]\nlisten = 127.0.0.1\n"
				    "listen = 192.0.2.77\n"), UT_EXIT_CONFIG);
	assert_non_null(strstr(cli_err, "cannot listen on 192.0.2.77: "));
	assert_int_equal(check_dock("[plaintext]\nlisten = 192.0.2.77\n"),
			 UT_EXIT_CONFIG);
	assert_int_equal(check_files("tablet/ca.pem", "tablet/cert.pem",
				     "tablet/key.pem", "tablet/crl.pem",
				     "[dock]\nlisten = 192.0.2.77\n"),
			 UT_EXIT_OK);
}

/* --- show --- */

static void test_show(void **state)
{
	char want[200];

	cli.config_path = NULL;
	fake("[dock]\nport = 1\nlisten =\n", "usbip-tls.conf");
	fake("[policy]\nrule = hide bus=2 ; mine\n", "conf.d/a.conf");
	assert_int_equal(cli_run(&ut_verb_config, "show"), UT_EXIT_OK);
	assert_int_equal(strncmp(cli_out, "[tls]\nca = /etc", 15), 0);
	snprintf(want, sizeof(want), "\n%-48s ; %s/usbip-tls.conf:2\n",
		 "port = 1", fake_root);
	assert_non_null(strstr(cli_out, want));
	snprintf(want, sizeof(want), "\n%-48s ; %s/usbip-tls.conf:3\n",
		 "listen =", fake_root);
	assert_non_null(strstr(cli_out, want));
	snprintf(want, sizeof(want), "\n%-48s ; %s/conf.d/a.conf:2\n",
		 "rule = hide bus=2", fake_root);
	assert_non_null(strstr(cli_out, want));
	snprintf(want, sizeof(want), "\n%-48s ; default\n",
		 "max_connections = 64");
	assert_non_null(strstr(cli_out, want));
}

static void values_only(char *dst, const char *src)
{
	const char *end;

	/* Each line up to its comment. */
	for (; *src; src = end + 1) {
		end = strchr(src, '\n');
		assert_non_null(end);
		strncat(dst, src, strstr(src, " ; ") && strstr(src, " ; ") < end ?
			(size_t)(strstr(src, " ; ") - src) :
			(size_t)(end - src));
		strcat(dst, "\n");
	}
}

/* What "show" prints is a configuration with the same values. */
static void test_show_round_trip(void **state)
{
	static char first[sizeof(cli_out)], second[sizeof(cli_out)];

	first[0] = second[0] = '\0';
	fake("[dock]\nlisten =\nallow_tablets = a\nallow_tablets = b*\n"
	     "[policy]\ngroup = g \"a b\" c\n"
	     "rule = allow name=\"x;y\" group=g\nrule = deny serial=\"\"\n"
	     "[plaintext]\nlisten = ::1\nallow = 10.0.0.0/8\n"
	     "[tablet]\ndock = d name=e port=3 legacy=yes\npin = 3 id=*\n",
	     "conf");
	assert_int_equal(cli_run(&ut_verb_config, "show"), UT_EXIT_OK);
	values_only(first, cli_out);
	fake(cli_out, "conf");
	assert_int_equal(cli_run(&ut_verb_config, "show"), UT_EXIT_OK);
	assert_null(strstr(cli_out, "; default"));
	values_only(second, cli_out);
	assert_string_equal(first, second);
}

static void test_show_json(void **state)
{
	struct json_object *o, *values, *e = NULL;
	size_t i;

	fake("[policy]\nrule = deny\n", "conf");
	assert_int_equal(cli_run(&ut_verb_config, "show --json"), UT_EXIT_OK);
	o = cli_json();
	values = json_member(o, "values");
	for (i = 0; i < json_object_array_length(values); i++) {
		e = json_object_array_get_idx(values, i);
		if (!strcmp(json_text(e, "key"), "group")) {
			assert_null(json_member(e, "value"));
			assert_null(json_member(e, "file"));
		}
		if (!strcmp(json_text(e, "key"), "rule"))
			break;
	}
	assert_string_equal(json_text(e, "section"), "policy");
	assert_string_equal(json_text(e, "value"), "deny");
	assert_string_equal(json_text(e, "file"), cli_conf);
	assert_int_equal(json_number(e, "line"), 2);
	json_object_put(o);
	fake("[dock]\nport = x\n", "conf");
	assert_int_equal(cli_run(&ut_verb_config, "show"), UT_EXIT_CONFIG);
	assert_string_equal(cli_out, "");
}

/* --- policy test --- */

static void test_policy_allowed(void **state)
{
	char want[300];

	fake_device(&stick);
	fake("[policy]\nrule = deny class=hid\n"
	     "rule = allow take-over class=storage tablet=lea\n", "conf");
	assert_int_equal(cli_run(&ut_verb_policy, "test 1-2 lea"), UT_EXIT_OK);
	snprintf(want, sizeof(want),
		 "1-2 (0781:5567 SanDisk Cruzer) for tablet lea: allowed\n"
		 "  rule 2, %s:3: allow take-over class=storage tablet=lea\n"
		 "  It may be taken from another tablet.\n", cli_conf);
	assert_string_equal(cli_out, want);
	/* Devices are chosen as by every other command. */
	assert_int_equal(cli_run(&ut_verb_policy, "test 0781:5567 lea"),
			 UT_EXIT_OK);
	assert_int_equal(cli_run(&ut_verb_policy, "test AAA lea"), UT_EXIT_OK);
	assert_int_equal(cli_run(&ut_verb_policy, "test cruz lea"),
			 UT_EXIT_OK);
	assert_int_equal(cli_run(&ut_verb_policy, "test 1-9 lea"),
			 UT_EXIT_NOT_FOUND);
	assert_int_equal(cli_run(&ut_verb_policy, "test pen lea"),
			 UT_EXIT_NOT_FOUND);
}

static void test_policy_refused(void **state)
{
	fake_device(&stick);
	assert_int_equal(cli_run(&ut_verb_policy, "test 1-2 lea"),
			 UT_EXIT_REFUSED);
	assert_non_null(strstr(cli_out, "refused\n  no rule matches\n"));
	fake("[policy]\nrule = hide bus=1\n", "conf");
	assert_int_equal(cli_run(&ut_verb_policy, "test 1-2 lea"),
			 UT_EXIT_REFUSED);
	assert_non_null(strstr(cli_out, "/conf:2: hide bus=1\n"));
	assert_non_null(strstr(cli_out, "bind refuses it"));
	fake("[dock]\nallow_tablets = tom\n[policy]\nrule = allow\n", "conf");
	assert_int_equal(cli_run(&ut_verb_policy, "test 1-2 lea"),
			 UT_EXIT_REFUSED);
	assert_non_null(strstr(cli_out, "allow_tablets does not have"));
	assert_int_equal(cli_run(&ut_verb_policy, "test 1-2 tom"), UT_EXIT_OK);
	fake("[policy]\nrule = permit\n", "conf");
	assert_int_equal(cli_run(&ut_verb_policy, "test 1-2 tom"),
			 UT_EXIT_CONFIG);
}

static void test_policy_protected(void **state)
{
	struct fake_dev hub = stick;

	hub.class = "09\n";
	fake_device(&hub);
	fake("[policy]\nrule = allow\n", "conf");
	assert_int_equal(cli_run(&ut_verb_policy, "test 1-2 lea"),
			 UT_EXIT_REFUSED);
	assert_non_null(strstr(cli_out, "whatever the rules say: it is a hub"));
}

static void test_policy_guessed(void **state)
{
	fake_device(&stick);
	fake("", "devices/pci0/usb1/1-2/descriptors");
	fake("[policy]\nrule = deny class=hid\nrule = allow\n", "conf");
	assert_int_equal(cli_run(&ut_verb_policy, "test 1-2 lea"),
			 UT_EXIT_REFUSED);
	assert_non_null(strstr(cli_out, "Not all of its interfaces are known"));
}

static void test_policy_json(void **state)
{
	struct json_object *o, *rule;

	fake_device(&stick);
	fake("[policy]\nrule = allow tablet=lea\n", "conf");
	assert_int_equal(cli_run(&ut_verb_policy, "test 1-2 lea --json"),
			 UT_EXIT_OK);
	o = cli_json();
	assert_string_equal(json_text(json_member(o, "device"), "busid"),
			    "1-2");
	assert_string_equal(json_text(o, "tablet"), "lea");
	assert_string_equal(json_text(o, "verdict"), "allow");
	assert_true(json_object_get_boolean(json_member(o, "allowed")));
	assert_string_equal(json_text(o, "text"), "allow tablet=lea");
	assert_int_equal(json_number(o, "rule"), 1);
	assert_string_equal(json_text(o, "file"), cli_conf);
	assert_int_equal(json_number(o, "line"), 2);
	assert_false(json_object_get_boolean(json_member(o, "take_over")));
	assert_true(json_object_get_boolean(json_member(o,
						"interfaces_known")));
	assert_null(json_member(o, "shut_out"));
	json_object_put(o);
	assert_int_equal(cli_run(&ut_verb_policy, "test --json 1-2 tom"),
			 UT_EXIT_REFUSED);
	o = cli_json();
	assert_string_equal(json_text(o, "verdict"), "deny");
	assert_false(json_object_get_boolean(json_member(o, "allowed")));
	assert_false(json_object_object_get_ex(o, "rule", &rule));
	json_object_put(o);
}

/* A tablet without a certificate has no name. */
static void test_policy_nameless(void **state)
{
	char *argv[] = { "policy", "test", "1-2", "", NULL };

	fake_device(&stick);
	fake("[policy]\nrule = allow tablet!=*\n", "conf");
	assert_int_equal(ut_cli_run(&ut_verb_policy, &cli, 4, argv),
			 UT_EXIT_REFUSED);
	fake("[tls]\nclient_certificate = optional\n"
	     "[policy]\nrule = allow tablet!=*\n", "conf");
	argv[0] = "policy";
	argv[1] = "test";
	assert_int_equal(ut_cli_run(&ut_verb_policy, &cli, 4, argv),
			 UT_EXIT_OK);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_check_good),
		T(test_check_warns),
		T(test_check_bad),
		T(test_check_bad_json),
		T(test_check_no_file),
		T(test_check_files),
		T(test_check_files_json),
		T(test_check_listeners),
		T(test_show),
		T(test_show_round_trip),
		T(test_show_json),
		T(test_policy_allowed),
		T(test_policy_refused),
		T(test_policy_protected),
		T(test_policy_guessed),
		T(test_policy_json),
		T(test_policy_nameless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
