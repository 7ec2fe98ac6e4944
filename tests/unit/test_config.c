// SPDX-License-Identifier: GPL-2.0
/* The configuration: defaults, every key, and errors that name their line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "policy/config.h"

static struct ut_config cfg;
static struct ut_err err;
static char path[] = "/tmp/ut-config-XXXXXX";

static int setup(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/ut-config-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	close(fd);
	ut_err_clear(&err);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static int load(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return ut_config_load(&cfg, path, &err);
}

/* The text is refused, the message names the line and holds a word. */
static void refused(const char *text, int line, const char *word)
{
	char where[64];

	ut_err_clear(&err);
	assert_int_equal(load(text), -EINVAL);
	assert_int_equal(err.code, UT_EXIT_CONFIG);
	snprintf(where, sizeof(where), "%s:%d: ", path, line);
	if (strncmp(err.msg, where, strlen(where)) || !strstr(err.msg, word))
		fail_msg("message is \"%s\", wanted \"%s...%s\"", err.msg,
			 where, word);
	assert_true(err.hint[0]);
}

static void test_defaults(void **state)
{
	(void)state;
	assert_int_equal(load(""), 0);
	assert_string_equal(cfg.tls.ca, "/etc/usbip-tls/ca.pem");
	assert_string_equal(cfg.tls.cert, "/etc/usbip-tls/cert.pem");
	assert_string_equal(cfg.tls.key, "/etc/usbip-tls/key.pem");
	assert_string_equal(cfg.tls.crl, "/etc/usbip-tls/crl.pem");
	assert_string_equal(cfg.tls.key_password_file, "");
	assert_int_equal(cfg.tls.min_version, 0x0304);
	assert_int_equal(cfg.tls.client_certificate, UT_CLIENT_CERT_REQUIRE);
	assert_int_equal(cfg.dock.n_listen, 2);
	assert_int_equal(cfg.dock.port, 3240);
	assert_int_equal(cfg.dock.max_connections, 64);
	assert_int_equal(cfg.dock.max_per_address, 8);
	assert_int_equal(cfg.dock.handshake_timeout, 10);
	assert_int_equal(cfg.tablet.connect_timeout, 10);
	assert_true(ut_config_tablet_allowed(&cfg, "anybody"));
}

static void test_every_key(void **state)
{
	(void)state;
	assert_int_equal(load("[tls]\n"
			      "ca = /a/ca\ncert = /a/cert\nkey = /a/key\n"
			      "key_password_file = /a/pw\ncrl =\n"
			      "min_version = 1.2\n"
			      "client_certificate = optional\n"
			      "; a comment\n"
			      "[dock]\n"
			      "listen = 192.0.2.1\nlisten = 2001:db8::1\n"
			      "port = 1234\nmax_connections = 5\n"
			      "max_per_address = 2\nhandshake_timeout = 3\n"
			      "allow_tablets = tab-*\nallow_tablets = desk\n"
			      "[tablet]\n"
			      "expect = 192.0.2.7 kitchen\n"
			      "expect = other.example \t cellar\n"
			      "connect_timeout = 4\n"), 0);
	assert_string_equal(cfg.tls.ca, "/a/ca");
	assert_string_equal(cfg.tls.cert, "/a/cert");
	assert_string_equal(cfg.tls.key, "/a/key");
	assert_string_equal(cfg.tls.key_password_file, "/a/pw");
	assert_string_equal(cfg.tls.crl, "");
	assert_int_equal(cfg.tls.min_version, 0x0303);
	assert_int_equal(cfg.tls.client_certificate, UT_CLIENT_CERT_OPTIONAL);
	assert_int_equal(cfg.dock.n_listen, 2);
	assert_string_equal(cfg.dock.listen[0], "192.0.2.1");
	assert_string_equal(cfg.dock.listen[1], "2001:db8::1");
	assert_int_equal(cfg.dock.port, 1234);
	assert_int_equal(cfg.dock.max_connections, 5);
	assert_int_equal(cfg.dock.max_per_address, 2);
	assert_int_equal(cfg.dock.handshake_timeout, 3);
	assert_int_equal(cfg.tablet.connect_timeout, 4);
	assert_string_equal(ut_config_expected_name(&cfg, "192.0.2.7"),
			    "kitchen");
	assert_string_equal(ut_config_expected_name(&cfg, "OTHER.example"),
			    "cellar");
	assert_string_equal(ut_config_expected_name(&cfg, "192.0.2.8"),
			    "192.0.2.8");
}

static void test_allow(void **state)
{
	(void)state;
	assert_int_equal(load("[dock]\nallow_tablets = tab-*\n"
			      "allow_tablets = desk\n"), 0);
	assert_true(ut_config_tablet_allowed(&cfg, "tab-1"));
	assert_true(ut_config_tablet_allowed(&cfg, "desk"));
	assert_false(ut_config_tablet_allowed(&cfg, "desk2"));
	assert_false(ut_config_tablet_allowed(&cfg, "mytab-1"));
	assert_false(ut_config_tablet_allowed(&cfg, ""));
}

static void test_unknown(void **state)
{
	(void)state;
	refused("[tls]\n\nverify = no\n", 3, "unknown key \"verify\"");
	refused("[tls]\nport = 1\n", 2, "client_certificate");
	refused("# x\n[docks]\n", 2, "unknown section [docks]");
	refused("port = 1\n", 1, "before the first section");
	refused("[tls]\nca /x\n", 2, "neither");
	refused("[dock]\nport = 1\nport = 2\n", 3, "only once");
}

static void test_bad_values(void **state)
{
	(void)state;
	refused("[tls]\nca = ca.pem\n", 2, "absolute path");
	refused("[tls]\nca =\n", 2, "absolute path");
	refused("[tls]\nmin_version = 1.1\n", 2, "1.3 or 1.2");
	refused("[tls]\nclient_certificate = no\n", 2, "require or optional");
	refused("[dock]\nport = 0\n", 2, "1 to 65535");
	refused("[dock]\nport = 65536\n", 2, "1 to 65535");
	refused("[dock]\nport = -1\n", 2, "1 to 65535");
	refused("[dock]\nport = 99999999999999999999\n", 2, "1 to 65535");
	refused("[dock]\nport = 3240x\n", 2, "1 to 65535");
	refused("[dock]\nmax_connections = 1025\n", 2, "1 to 1024");
	refused("[dock]\nhandshake_timeout = 61\n", 2, "1 to 60");
	refused("[dock]\nlisten = localhost\n", 2, "numeric");
	refused("[dock]\nlisten = 1\n", 2, "numeric");
	refused("[dock]\nlisten =\n", 2, "numeric");
	refused("[dock]\nallow_tablets =\n", 2, "glob");
	refused("[tablet]\nexpect = 192.0.2.7\n", 2, "HOST NAME");
	refused("[tablet]\nexpect = a b c\n", 2, "HOST NAME");
}

static void test_first_error_wins(void **state)
{
	(void)state;
	refused("[tls]\nfoo\n[dock]\nport = 0\n", 2, "neither");
	refused("[dock]\nport = 0\nbar\n", 2, "1 to 65535");
}

static void test_long_line(void **state)
{
	char text[600] = "[tls]\nca = /";

	(void)state;
	memset(text + strlen(text), 'a', 400);
	refused(text, 2, "longer");
}

static void test_too_many(void **state)
{
	char text[4096] = "[dock]\n";
	int i;

	(void)state;
	for (i = 0; i < UT_CONFIG_MAX_LISTEN; i++)
		sprintf(text + strlen(text), "listen = 192.0.2.%d\n", i);
	assert_int_equal(load(text), 0);
	assert_int_equal(cfg.dock.n_listen, UT_CONFIG_MAX_LISTEN);
	strcat(text, "listen = 192.0.2.99\n");
	refused(text, UT_CONFIG_MAX_LISTEN + 2, "16");
}

static void test_missing_file(void **state)
{
	(void)state;
	assert_int_equal(ut_config_load(&cfg, "/nonexistent/x", &err), -ENOENT);
	assert_int_equal(err.code, UT_EXIT_CONFIG);
	assert_non_null(strstr(err.msg, "/nonexistent/x"));
}

static void test_example_is_default(void **state)
{
	static struct ut_config example;

	(void)state;
	assert_int_equal(load(""), 0);
	memset(&example, 0, sizeof(example));
	assert_int_equal(ut_config_load(&example,
					UT_TOP "/helper/etc/usbip-tls.conf",
					&err), 0);
	assert_memory_equal(&example, &cfg, sizeof(cfg));
}

/* Each commented key of the example, taken out of its comment, is accepted. */
static void test_example_keys_are_real(void **state)
{
	char line[512], text[16384] = "";
	FILE *f = fopen(UT_TOP "/helper/etc/usbip-tls.conf", "r");
	static struct ut_config defaults;
	int keys = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (line[0] == '#' && line[1] != ' ') {
			strcat(text, line + 1);
			keys++;
		} else if (line[0] == '[') {
			strcat(text, line);
		}
	}
	fclose(f);
	assert_true(keys >= 15);
	ut_config_default(&defaults);
	assert_int_equal(load(text), 0);
	/* The rule is an example; all other values are the defaults. */
	assert_int_equal(cfg.tablet.n_expect, 1);
	memset(&cfg.tablet.expect, 0, sizeof(cfg.tablet.expect));
	cfg.tablet.n_expect = 0;
	assert_memory_equal(&cfg.tls, &defaults.tls, sizeof(cfg.tls));
	assert_memory_equal(&cfg.tablet, &defaults.tablet, sizeof(cfg.tablet));
	assert_int_equal(cfg.dock.n_listen, 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_defaults, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_key, setup, teardown),
		cmocka_unit_test_setup_teardown(test_allow, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_values, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_first_error_wins, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_long_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_missing_file, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_example_is_default, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_example_keys_are_real,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
