// SPDX-License-Identifier: GPL-2.0
/* config import: RemoteHub's files become ours. */
#include "cli/remotehub.h"
#include "lib/cli_bed.h"
#include "lib/remotehub_files.h"

static struct ut_config cfg;
static struct ut_err err;
static char dir[SCRATCH_SIZE];

static int setup(void **state)
{
	if (cli_setup(state))
		return -1;
	strcpy(dir, fake_root);
	ut_err_clear(&err);
	memset(&cfg, 0, sizeof(cfg));
	return 0;
}

static int teardown(void **state)
{
	ut_config_free(&cfg);
	return fake_teardown(state);
}

/* Runs import; "%" in the words stands for the directory. */
static int import(const char *words)
{
	char line[256] = "import ";
	const char *p;

	for (p = words; *p; p++) {
		if (*p == '%')
			strcat(line, dir);
		else
			strncat(line, p, 1);
	}
	return cli_run(&ut_verb_config, line);
}

/* The output of the last import as a configuration. */
static void take(const char *text)
{
	ut_config_free(&cfg);
	assert_int_equal(ut_config_default(&cfg), 0);
	if (ut_config_parse(&cfg, "out", text, &err))
		fail_msg("%s in\n%s", err.msg, text);
}

/* --- what comes out --- */

static void test_server(void **state)
{
	struct stat st;
	char path[128];

	fake(server, "s.json");
	assert_int_equal(import("%/s.json --password-out %/pass"), UT_EXIT_OK);
	take(cli_out);
	assert_string_equal(cfg.discovery.name, "VIOBox 1");
	assert_int_equal(cfg.dock.port, 3244);
	assert_true(cfg.discovery.beacon_send);
	assert_false(cfg.discovery.beacon_receive);
	assert_string_equal(cfg.tls.cert, "/etc/rh/cert.pem");
	assert_string_equal(cfg.tls.key, "/etc/rh/key.pem");
	assert_string_equal(cfg.tls.crl, "");
	assert_int_equal(cfg.tls.min_version, 0x0303);
	assert_int_equal(cfg.tls.client_certificate, UT_CLIENT_CERT_OPTIONAL);
	assert_int_equal(cfg.plaintext.listen.n, 0);
	assert_int_equal(cfg.policy.rules.n, 3);
	assert_string_equal(cfg.policy.rules.v[0].text, "hide bus=1");
	assert_string_equal(cfg.policy.rules.v[1].text, "hide bus=3");
	assert_string_equal(cfg.policy.rules.v[2].text, "allow");
	assert_int_equal(cfg.tablet.attach.n, 0);
	/* The passphrase is in its own file only, which is private. */
	snprintf(path, sizeof(path), "%s/pass", dir);
	assert_string_equal(cfg.tls.key_password_file, path);
	assert_null(strstr(cli_out, "secret"));
	assert_string_equal(fake_read("pass"), "secret words\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	/* It names what is dangerous. */
	assert_non_null(strstr(cli_out, "ANYBODY WHO"));
}

/* Each option of RemoteHub appears as a line or in a comment. */
static void test_every_option_is_named(void **state)
{
	static const char *const options[] = {
		"config_version", "server_name", "use_tls", "port",
		"bcast_enabled", "cert_path", "key_path", "key_pass",
		"disable_array", "ca_path",
	};
	size_t i;

	fake(server, "s.json");
	fake(client, "c.json");
	assert_int_equal(import("%/s.json %/c.json --password-out %/pass"),
			 UT_EXIT_OK);
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (!strstr(cli_out, options[i]))
			fail_msg("%s is lost", options[i]);
}

static void test_client(void **state)
{
	fake(client, "c.json");
	assert_int_equal(import("%/c.json"), UT_EXIT_OK);
	take(cli_out);
	assert_string_equal(cfg.tls.ca, "/etc/rh/ca.pem");
	assert_int_equal(cfg.tls.min_version, 0x0303);
	assert_int_equal(cfg.tls.client_certificate, UT_CLIENT_CERT_REQUIRE);
	assert_true(cfg.discovery.beacon_receive);
	assert_false(cfg.discovery.beacon_send);
	assert_int_equal(cfg.tablet.attach.n, 1);
	assert_string_equal(cfg.tablet.attach.v[0].text, "allow");
	assert_int_equal(cfg.policy.rules.n, 0);
}

static void test_both(void **state)
{
	fake(server, "s.json");
	fake(client, "c.json");
	assert_int_equal(import("%/c.json %/s.json --password-out %/pass"),
			 UT_EXIT_OK);
	take(cli_out);
	assert_string_equal(cfg.tls.ca, "/etc/rh/ca.pem");
	assert_string_equal(cfg.tls.cert, "/etc/rh/cert.pem");
	assert_int_equal(cfg.tablet.attach.n, 1);
	assert_int_equal(cfg.policy.rules.n, 3);
	assert_true(cfg.discovery.beacon_receive);
	assert_true(cfg.discovery.beacon_send);
}

/* Without TLS nobody is let in until somebody says who. */
static void test_plaintext_server(void **state)
{
	fake("{\"config_version\": 1, \"use_tls\": false, \"port\": 3240,"
	     "\"bcast_enabled\": false, \"disable_array\": [2, 4]}", "s.json");
	assert_int_equal(import("%/s.json"), UT_EXIT_OK);
	take(cli_out);
	assert_int_equal(cfg.plaintext.listen.n, 2);
	assert_int_equal(cfg.plaintext.port, 3240);
	assert_int_equal(cfg.plaintext.allow.n, 0);
	assert_int_equal(cfg.dock.port, 3241);
	/* There was no TLS, so none is offered or announced. */
	assert_int_equal(cfg.dock.listen.n, 0);
	assert_int_equal(cfg.tls.min_version, 0x0304);
	assert_int_equal(cfg.tls.client_certificate, UT_CLIENT_CERT_REQUIRE);
	assert_false(cfg.discovery.beacon_send);
	assert_string_equal(cfg.policy.rules.v[0].text, "hide bus=2");
	assert_string_equal(cfg.policy.rules.v[1].text, "hide bus=4");
	assert_non_null(strstr(cli_out, "NOTHING IS ENCRYPTED"));
	/* On any other port TLS keeps its own. */
	fake("{\"config_version\": 1, \"use_tls\": false, \"port\": 5000}",
	     "s.json");
	assert_int_equal(import("%/s.json"), UT_EXIT_OK);
	take(cli_out);
	assert_int_equal(cfg.plaintext.port, 5000);
	assert_int_equal(cfg.dock.port, 3240);
	assert_int_equal(cfg.dock.listen.n, 0);
	assert_true(cfg.discovery.beacon_send);
}

static void test_plaintext_client(void **state)
{
	fake("{\"config_version\": 1, \"use_tls\": false}", "c.json");
	assert_int_equal(import("%/c.json"), UT_EXIT_OK);
	take(cli_out);
	assert_int_equal(cfg.tls.min_version, 0x0304);
	assert_non_null(strstr(cli_out, "use_tls = false has no counterpart"));
}

/* The written file passes config check if the files it names are there. */
static void test_round_trip(void **state)
{
	char conf[128], line[400];

	snprintf(line, sizeof(line), "init --dir %s/pki", dir);
	assert_int_equal(cli_run(&ut_verb_pki, line), UT_EXIT_OK);
	snprintf(line, sizeof(line),
		 "issue --role dock desk --dir %s/pki --out %s/rh", dir, dir);
	assert_int_equal(cli_run(&ut_verb_pki, line), UT_EXIT_OK);
	snprintf(line, sizeof(line),
		 "{\"cert_path\": \"%s/rh/cert.pem\", \"key_path\": \"%s/rh/key.pem\","
		 "\"key_pass\": \"x\", \"disable_array\": [1, 3]}", dir, dir);
	fake(line, "s.json");
	snprintf(line, sizeof(line), "{\"ca_path\": \"%s/rh/ca.pem\"}", dir);
	fake(line, "c.json");
	assert_int_equal(import("%/s.json %/c.json --password-out %/pass --out %/out.conf"),
			 UT_EXIT_OK);
	snprintf(conf, sizeof(conf), "%s/out.conf", dir);
	assert_non_null(strstr(cli_out, conf));
	cli.config_path = conf;
	assert_int_equal(cli_run(&ut_verb_config, "check"), UT_EXIT_OK);
	assert_int_equal(cli_run(&ut_verb_config, "show"), UT_EXIT_OK);
	assert_non_null(strstr(cli_out, "\nrule = hide bus=3 "));
	/* Nor does the daemon start without them. */
	snprintf(line, sizeof(line), "%s/rh/ca.pem", dir);
	assert_int_equal(unlink(line), 0);
	assert_int_equal(cli_run(&ut_verb_config, "check"), UT_EXIT_CONFIG);
	assert_non_null(strstr(cli_err, "rh/ca.pem"));
}

static void test_empty_strings(void **state)
{
	fake("{\"config_version\": 1, \"use_tls\": false, \"port\": 1,"
	     "\"server_name\": \"\", \"cert_path\": \"\", \"key_path\": \"\","
	     "\"key_pass\": \"\", \"disable_array\": []}", "s.json");
	assert_int_equal(import("%/s.json"), UT_EXIT_OK);
	take(cli_out);
	assert_string_equal(cfg.tls.cert, UT_CONFIG_DIR "/cert.pem");
	assert_string_equal(cfg.tls.key_password_file, "");
	assert_string_equal(cfg.discovery.name, "");
	assert_int_equal(cfg.policy.rules.n, 1);
}

/* --- files --- */

static void test_passphrase_needs_a_place(void **state)
{
	fake(server, "s.json");
	assert_int_equal(import("%/s.json --out %/out.conf"), UT_EXIT_USAGE);
	assert_non_null(strstr(cli_err, "key_pass"));
	assert_non_null(strstr(cli_err, "hint: name a file for it: --password-out"));
	assert_null(strstr(cli_err, "secret"));
	assert_string_equal(fake_read("out.conf"), "");
}

static void test_nothing_is_replaced(void **state)
{
	fake(server, "s.json");
	fake("mine", "out.conf");
	assert_int_equal(import("%/s.json --password-out %/pass --out %/out.conf"),
			 UT_EXIT_FAILURE);
	assert_string_equal(fake_read("out.conf"), "mine");
	/* Nor is half of the work left behind. */
	assert_string_equal(fake_read("pass"), "");
	fake("mine", "pass");
	assert_int_equal(import("%/s.json --password-out %/pass"),
			 UT_EXIT_FAILURE);
	assert_string_equal(cli_out, "");
	assert_string_equal(fake_read("pass"), "mine");
	assert_int_equal(import("%/s.json --password-out %/pass --out %/out.conf --force"),
			 UT_EXIT_OK);
	assert_string_equal(fake_read("pass"), "secret words\n");
}

static void test_missing_file(void **state)
{
	assert_int_equal(import("%/none.json"), UT_EXIT_NOT_FOUND);
}

/* --- what is read --- */

static char warned[1024];

static void on_warning(const char *words)
{
	strncat(warned, words, sizeof(warned) - strlen(warned) - 2);
	strcat(warned, "\n");
}

/* RemoteHub ignores keys that it does not know. */
static void test_unknown_keys(void **state)
{
	static const char text[] =
		C ", \"verbose\": true,\n\"Disable_Array\"\n: [1], "
		"\"\\u001b[2J\": {\"a\": [null]}}";
	struct ut_remotehub rh = { .warn = on_warning };

	warned[0] = '\0';
	assert_int_equal(ut_remotehub_read(&rh, "x.json", text, strlen(text),
					   &err), 0);
	assert_string_equal(warned,
		"x.json:1: warning: \"verbose\" is not a key of RemoteHub and is left out\n"
		"x.json:2: warning: \"Disable_Array\" is not a key of RemoteHub and is left out\n"
		"x.json: warning: \"?[2J\" is not a key of RemoteHub and is left out\n");
	assert_string_equal(rh.client.ca, "/c");
	assert_int_equal(rh.server.n_buses, 0);
	/* With the command: each is a line on stderr, and the import goes on. */
	fake(S ", \"prot\": 3250}", "s.json");
	assert_int_equal(import("%/s.json"), UT_EXIT_OK);
	assert_non_null(strstr(cli_err, "s.json:1: warning: \"prot\" is not"));
	take(cli_out);
	assert_int_equal(cfg.dock.port, 3240);
}

/* To RemoteHub, upper and lower case are the same, and all numbers are doubles. */
static void test_as_remotehub_reads(void **state)
{
	fake("{\"CONFIG_VERSION\": 1.0, \"Use_Tls\": true, \"PORT\": 3244.0,"
	     "\"Server_Name\": \"a\", \"Bcast_Enabled\": false,"
	     "\"CERT_PATH\": \"/c\", \"Key_Path\": \"/k\","
	     "\"KEY_PASS\": \"secret words\","
	     "\"disable_array\": [{\"bus\": 1.0}, 2e0]}", "s.json");
	fake("{\"CA_Path\": \"/a\"}", "c.json");
	assert_int_equal(import("%/s.json %/c.json --password-out %/pass"),
			 UT_EXIT_OK);
	assert_string_equal(cli_err, "");
	assert_null(strstr(cli_out, "secret"));
	assert_string_equal(fake_read("pass"), "secret words\n");
	take(cli_out);
	assert_int_equal(cfg.dock.port, 3244);
	assert_string_equal(cfg.discovery.name, "a");
	assert_false(cfg.discovery.beacon_send);
	assert_string_equal(cfg.tls.cert, "/c");
	assert_string_equal(cfg.tls.key, "/k");
	assert_string_equal(cfg.tls.ca, "/a");
	assert_int_equal(cfg.policy.rules.n, 3);
	assert_string_equal(cfg.policy.rules.v[1].text, "hide bus=2");
}

/* What RemoteHub does where its files say nothing. */
static void test_defaults(void **state)
{
	fake("{\"cert_path\": \"/c\", \"key_path\": \"/k\"}", "s.json");
	assert_int_equal(import("%/s.json"), UT_EXIT_OK);
	take(cli_out);
	assert_int_equal(cfg.dock.port, 3240);
	assert_int_equal(cfg.dock.listen.n, 2);
	assert_int_equal(cfg.plaintext.listen.n, 0);
	assert_int_equal(cfg.tls.client_certificate, UT_CLIENT_CERT_OPTIONAL);
	assert_true(cfg.discovery.beacon_send);
	assert_string_equal(cfg.discovery.name, "RemoteHub");
	fake("{\"ca_path\": \"/a\"}", "c.json");
	assert_int_equal(import("%/c.json"), UT_EXIT_OK);
	take(cli_out);
	assert_string_equal(cfg.tls.ca, "/a");
	assert_int_equal(cfg.tls.min_version, 0x0303);
	/* But not that it takes any certificate if there is no CA. */
	fake("{\"use_tls\": true}", "c.json");
	assert_int_equal(import("%/c.json"), UT_EXIT_CONFIG);
	assert_non_null(strstr(cli_err, "\"ca_path\" is missing"));
	assert_non_null(strstr(cli_err, "RemoteHub does not check who the server is"));
	assert_string_equal(cli_out, "");
}

static void test_two_of_a_kind(void **state)
{
	fake(client, "c.json");
	fake(client, "d.json");
	assert_int_equal(import("%/c.json %/d.json"), UT_EXIT_CONFIG);
	assert_non_null(strstr(cli_err, "d.json: a second file of a client"));
	fake(server, "s.json");
	fake(server, "t.json");
	assert_int_equal(import("%/s.json %/t.json --password-out %/pass"),
			 UT_EXIT_CONFIG);
	assert_non_null(strstr(cli_err, "t.json: a second file of a server"));
	assert_string_equal(cli_out, "");
	assert_string_equal(fake_read("pass"), "");
}

/* Names that a terminal would show as another text. */
static void test_name_of_another_look(void **state)
{
	fake(S ", \"server_name\": \"a\\u202eb\"}", "s.json");
	assert_int_equal(import("%/s.json"), UT_EXIT_CONFIG);
	assert_non_null(strstr(cli_err, "63 bytes of UTF-8"));
	assert_string_equal(cli_out, "");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_server),
		T(test_every_option_is_named),
		T(test_client),
		T(test_both),
		T(test_plaintext_server),
		T(test_plaintext_client),
		T(test_round_trip),
		T(test_empty_strings),
		T(test_passphrase_needs_a_place),
		T(test_nothing_is_replaced),
		T(test_missing_file),
		T(test_unknown_keys),
		T(test_as_remotehub_reads),
		T(test_defaults),
		T(test_two_of_a_kind),
		T(test_name_of_another_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
