// SPDX-License-Identifier: GPL-2.0
/* pki issue --format stunnel: the files of a machine without usbip-tls. */
#include "lib/cli_bed.h"

static int setup(void **state)
{
	char line[128];

	if (cli_setup(state))
		return -1;
	snprintf(line, sizeof(line), "init --dir %s/pki", fake_root);
	return cli_run(&ut_verb_pki, line);
}

/* "%" in the words stands for the directory. */
static int issue(const char *words)
{
	char line[400];
	const char *p;
	size_t len;

	len = (size_t)snprintf(line, sizeof(line), "issue --dir %s/pki ",
			       fake_root);
	for (p = words; *p; p++)
		len += (size_t)(*p == '%' ?
			snprintf(line + len, sizeof(line) - len, "%s",
				 fake_root) :
			snprintf(line + len, sizeof(line) - len, "%c", *p));
	return cli_run(&ut_verb_pki, line);
}

/* Lines that are not comments, as stunnel reads them. */
static void has_line(const char *text, const char *line)
{
	const char *p = text;
	size_t len = strlen(line);

	while ((p = strstr(p, line))) {
		if ((p == text || p[-1] == '\n') && p[len] == '\n')
			return;
		p++;
	}
	fail_msg("no line \"%s\" in\n%s", line, text);
}

static void test_tablet(void **state)
{
	static const char *const names[] = {
		"ca.pem", "cert.pem", "key.pem", "crl.pem", "stunnel.conf",
	};
	char path[128], conf[4096];
	struct stat st;
	size_t i;

	assert_int_equal(issue("--role tablet lea --format stunnel --dock desk --out %/lea"),
			 UT_EXIT_OK);
	for (i = 0; i < 5; i++) {
		assert_non_null(strstr(cli_out, names[i]));
		snprintf(path, sizeof(path), "%s/lea/%s", fake_root, names[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777,
				 strcmp(names[i], "key.pem") ? 0644 : 0600);
	}
	snprintf(conf, sizeof(conf), "%s", fake_read("lea/stunnel.conf"));
	has_line(conf, "[usbip]");
	has_line(conf, "client = yes");
	has_line(conf, "accept = 127.0.0.1:3240");
	has_line(conf, "connect = desk:3240");
	has_line(conf, "checkHost = desk");
	has_line(conf, "verifyChain = yes");
	has_line(conf, "sslVersionMin = TLSv1.3");
	has_line(conf, "cert = cert.pem");
	has_line(conf, "key = key.pem");
	has_line(conf, "CAfile = ca.pem");
}

/* By address and on another port. */
static void test_address(void **state)
{
	cli.port = 3244;
	assert_int_equal(issue("--role tablet lea --format stunnel --dock 192.0.2.7 --out %/lea"),
			 UT_EXIT_OK);
	has_line(fake_read("lea/stunnel.conf"), "connect = 192.0.2.7:3244");
	has_line(fake_read("lea/stunnel.conf"), "checkIP = 192.0.2.7");
	assert_int_equal(issue("--role tablet kim --format stunnel --dock 2001:db8::7 --out %/kim"),
			 UT_EXIT_OK);
	has_line(fake_read("kim/stunnel.conf"), "connect = 2001:db8::7:3244");
	has_line(fake_read("kim/stunnel.conf"), "checkIP = 2001:db8::7");
}

/* Nobody is let in without a certificate, or with a revoked one. */
static void test_dock(void **state)
{
	char conf[4096];

	assert_int_equal(issue("--role dock attic --format stunnel --out %/attic"),
			 UT_EXIT_OK);
	snprintf(conf, sizeof(conf), "%s", fake_read("attic/stunnel.conf"));
	has_line(conf, "accept = :::3240");
	has_line(conf, "connect = 127.0.0.1:3241");
	has_line(conf, "requireCert = yes");
	has_line(conf, "verifyChain = yes");
	has_line(conf, "CAfile = ca.pem");
	has_line(conf, "CRLfile = crl.pem");
	has_line(conf, "sslVersionMin = TLSv1.3");
	assert_null(strstr(conf, "client = yes"));
}

static void test_pem(void **state)
{
	assert_int_equal(issue("--role tablet lea --format pem --out %/lea"),
			 UT_EXIT_OK);
	assert_null(strstr(cli_out, "stunnel"));
	assert_string_equal(fake_read("lea/stunnel.conf"), "");
	/* Without --out it says where the key is. */
	assert_int_equal(issue("--role tablet kim"), UT_EXIT_OK);
	assert_non_null(strstr(cli_out, "pki/issued/kim.key"));
}

static void test_refused(void **state)
{
	static const struct {
		const char *words;
		const char *said;
	} rows[] = {
		{ "--role tablet lea --format p12 --out %/lea",
		  "neither pem nor stunnel" },
		{ "--role tablet lea --format stunnel --dock desk",
		  "give --out" },
		{ "--role tablet lea --format stunnel --out %/lea",
		  "give --dock" },
		{ "--role dock lea --format stunnel --dock desk --out %/lea",
		  "--dock is for a tablet" },
		{ "--role tablet lea --dock desk --out %/lea",
		  "--dock is for --format stunnel" },
		{ "--role tablet lea --format stunnel --dock a;b --out %/lea",
		  "neither a host name nor an address" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(issue(rows[i].words), UT_EXIT_USAGE);
		if (!strstr(cli_err, rows[i].said))
			fail_msg("\"%s\" is not in: %s", rows[i].said, cli_err);
		assert_string_equal(fake_read("pki/issued/lea.pem"), "");
	}
	/* No certificate is issued if its configuration cannot be written. */
	fake("mine", "lea/stunnel.conf");
	assert_int_equal(issue("--role tablet lea --format stunnel --dock desk --out %/lea"),
			 UT_EXIT_FAILURE);
	assert_non_null(strstr(cli_err, "exists already"));
	assert_string_equal(fake_read("lea/stunnel.conf"), "mine");
	assert_string_equal(fake_read("pki/issued/lea.pem"), "");
	assert_int_equal(issue("--role tablet lea --format stunnel --dock desk --out %/lea --force"),
			 UT_EXIT_OK);
	has_line(fake_read("lea/stunnel.conf"), "connect = desk:3240");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_tablet), T(test_address), T(test_dock), T(test_pem),
		T(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
