// SPDX-License-Identifier: GPL-2.0
/* The configuration: defaults, every key, and errors that name their line. */
#include "lib/config_bed.h"

static void test_defaults(void **state)
{
	conf_good("");
	assert_string_equal(conf.tls.ca, "/etc/usbip-tls/ca.pem");
	assert_string_equal(conf.tls.cert, "/etc/usbip-tls/cert.pem");
	assert_string_equal(conf.tls.key, "/etc/usbip-tls/key.pem");
	assert_string_equal(conf.tls.crl, "/etc/usbip-tls/crl.pem");
	assert_string_equal(conf.tls.key_password_file, "");
	assert_int_equal(conf.tls.min_version, 0x0304);
	assert_int_equal(conf.tls.cipher, USBIP_TLS_CIPHER_UNSPEC);
	assert_int_equal(conf.tls.client_certificate, UT_CLIENT_CERT_REQUIRE);
	assert_int_equal(conf.dock.listen.n, 2);
	assert_string_equal(conf.dock.listen.v[0], "::");
	assert_string_equal(conf.dock.listen.v[1], "0.0.0.0");
	assert_int_equal(conf.dock.port, 3240);
	assert_int_equal(conf.dock.max_connections, 64);
	assert_int_equal(conf.dock.max_per_address, 8);
	assert_int_equal(conf.dock.max_rate, 20);
	assert_int_equal(conf.dock.handshake_timeout, 10);
	assert_true(conf.dock.auto_bind);
	assert_true(ut_config_tablet_allowed(&conf, "anybody"));
}

static void test_more_defaults(void **state)
{
	conf_good("");
	assert_int_equal(conf.policy.groups.n, 0);
	assert_int_equal(conf.policy.rules.n, 0);
	assert_int_equal(conf.tablet.connect_timeout, 10);
	assert_int_equal(conf.tablet.docks.n, 0);
	assert_int_equal(conf.tablet.allow_docks.n, 1);
	assert_string_equal(conf.tablet.allow_docks.v[0], "*");
	assert_int_equal(conf.tablet.deny_docks.n, 0);
	assert_int_equal(conf.tablet.use, UT_DOCK_USE_ALL);
	assert_int_equal(conf.tablet.attach.n, 0);
	assert_int_equal(conf.tablet.pins.n, 0);
	assert_int_equal(conf.tablet.retry_min, 1);
	assert_int_equal(conf.tablet.retry_max, 30);
	assert_int_equal(conf.tablet.sleep_wait, UT_CONFIG_SLEEP_WAIT);
	assert_string_equal(conf.tls.crl_state, "/var/lib/usbip-tls");
	assert_true(conf.discovery.dns_sd);
	assert_false(conf.discovery.beacon_send);
	assert_false(conf.discovery.beacon_receive);
	assert_int_equal(conf.discovery.beacon_port, 3240);
	assert_string_equal(conf.discovery.name, "");
	assert_int_equal(conf.plaintext.listen.n, 0);
	assert_int_equal(conf.plaintext.port, 3241);
	assert_int_equal(conf.plaintext.allow.n, 0);
	assert_int_equal(conf.enroll.port, 3242);
	assert_int_equal(conf.enroll.code_lifetime, 600);
	assert_int_equal(conf.enroll.tries, 5);
	assert_int_equal(conf.enroll.renew_before, 30);
	assert_string_equal(conf.metrics.file, "");
	assert_int_equal(conf.metrics.interval, 15);
}

static void test_tls_and_dock(void **state)
{
	conf_good("[tls]\n"
		  "ca = /a/ca\ncert = /a/cert\nkey = /a/key\n"
		  "key_password_file = /a/pw\ncrl =\n"
		  "min_version = 1.2\n"
		  "cipher = chacha20-poly1305\n"
		  "client_certificate = optional\n"
		  "; a comment\n"
		  "[dock]\n"
		  "listen = 192.0.2.1\nlisten = 2001:db8::1\n"
		  "port = 1234\nmax_connections = 5\n"
		  "max_per_address = 2\nmax_rate = 7\nhandshake_timeout = 3\n"
		  "allow_tablets = tab-*\nallow_tablets = desk\n"
		  "auto_bind = no\n");
	assert_string_equal(conf.tls.ca, "/a/ca");
	assert_string_equal(conf.tls.cert, "/a/cert");
	assert_string_equal(conf.tls.key, "/a/key");
	assert_string_equal(conf.tls.key_password_file, "/a/pw");
	assert_string_equal(conf.tls.crl, "");
	assert_int_equal(conf.tls.min_version, 0x0303);
	assert_int_equal(conf.tls.cipher, USBIP_TLS_CIPHER_CHACHA20_POLY1305);
	assert_int_equal(conf.tls.client_certificate, UT_CLIENT_CERT_OPTIONAL);
	assert_int_equal(conf.dock.listen.n, 2);
	assert_string_equal(conf.dock.listen.v[0], "192.0.2.1");
	assert_string_equal(conf.dock.listen.v[1], "2001:db8::1");
	assert_int_equal(conf.dock.port, 1234);
	assert_int_equal(conf.dock.max_connections, 5);
	assert_int_equal(conf.dock.max_per_address, 2);
	assert_int_equal(conf.dock.max_rate, 7);
	assert_int_equal(conf.dock.handshake_timeout, 3);
	assert_int_equal(conf.dock.allow_tablets.n, 2);
	assert_false(conf.dock.auto_bind);
}

static void test_policy(void **state)
{
	conf_good("[policy]\n"
		  "group = office lea \"tom jones\" lab-*\n"
		  "\n"
		  "rule = deny class!=hid\n"
		  "rule = allow take-over  name=\"A \\\" ; B\" group=office ; why\n");
	assert_int_equal(conf.policy.groups.n, 1);
	assert_string_equal(conf.policy.groups.v[0].name, "office");
	assert_int_equal(conf.policy.groups.v[0].globs.n, 3);
	assert_string_equal(conf.policy.groups.v[0].globs.v[1], "tom jones");
	assert_int_equal(conf.policy.rules.n, 2);
	assert_int_equal(conf.policy.rules.v[0].action, UT_DENY);
	assert_true(conf.policy.rules.v[0].terms.v[0].negated);
	assert_string_equal(conf.policy.rules.v[0].where.file, conf_path);
	assert_int_equal(conf.policy.rules.v[0].where.line, 4);
	assert_true(conf.policy.rules.v[1].take_over);
	assert_string_equal(conf.policy.rules.v[1].terms.v[0].glob,
			    "A \\\" ; B");
	assert_int_equal(conf.policy.rules.v[1].where.line, 5);
	assert_string_equal(conf.policy.rules.v[1].text,
			    "allow take-over  name=\"A \\\" ; B\" group=office");
}

static void test_tablet(void **state)
{
	conf_good("[tablet]\n"
		  "expect = 192.0.2.7 kitchen\n"
		  "expect = other.example \t cellar\n"
		  "connect_timeout = 4\n"
		  "dock = desk\n"
		  "dock = fe80::1%eth0 port=99 name=attic legacy=yes\n"
		  "allow_docks = d*\ndeny_docks = guest\n"
		  "priority = desk 100\npriority = d* 1000\n"
		  "docks = best\n"
		  "attach = allow dock=desk class=hid\n"
		  "pin = 12 serial=X\n"
		  "retry_min = 60\nretry_max = 3600\nsleep_wait = 80\n");
	assert_int_equal(conf.tablet.connect_timeout, 4);
	assert_int_equal(conf.tablet.docks.n, 2);
	assert_string_equal(conf.tablet.docks.v[0].host, "desk");
	assert_int_equal(conf.tablet.docks.v[0].port, 0);
	assert_string_equal(conf.tablet.docks.v[0].name, "");
	assert_false(conf.tablet.docks.v[0].legacy);
	assert_string_equal(conf.tablet.docks.v[1].host, "fe80::1%eth0");
	assert_int_equal(conf.tablet.docks.v[1].port, 99);
	assert_string_equal(conf.tablet.docks.v[1].name, "attic");
	assert_true(conf.tablet.docks.v[1].legacy);
	assert_string_equal(conf.tablet.deny_docks.v[0], "guest");
	assert_int_equal(conf.tablet.priority.v[1].value, 1000);
	assert_int_equal(conf.tablet.use, UT_DOCK_USE_BEST);
	assert_int_equal(conf.tablet.attach.v[0].terms.n, 2);
	assert_int_equal(conf.tablet.pins.v[0].port, 12);
	assert_int_equal(conf.tablet.retry_min, 60);
	assert_int_equal(conf.tablet.retry_max, 3600);
	assert_int_equal(conf.tablet.sleep_wait, 80);
}

static void test_expected_name(void **state)
{
	conf_good("[tablet]\n"
		  "expect = 192.0.2.7 kitchen\n"
		  "expect = other.example cellar\n"
		  "dock = 192.0.2.7 name=never\n"
		  "dock = 192.0.2.9 name=attic\n");
	assert_string_equal(ut_config_expected_name(&conf, "192.0.2.7"),
			    "kitchen");
	assert_string_equal(ut_config_expected_name(&conf, "OTHER.example"),
			    "cellar");
	assert_string_equal(ut_config_expected_name(&conf, "192.0.2.9"),
			    "attic");
	assert_string_equal(ut_config_expected_name(&conf, "192.0.2.8"),
			    "192.0.2.8");
}

static void test_the_rest(void **state)
{
	conf_good("[discovery]\n"
		  "dns_sd = no\nbeacon_send = yes\nbeacon_receive = yes\n"
		  "beacon_port = 4000\nname = K\xc3\xbc" "che 1\n"
		  "[plaintext]\n"
		  "listen = 192.0.2.7\nport = 3300\n"
		  "allow = 192.0.2.0/24\nallow = 2001:db8::1\n"
		  "[enroll]\n"
		  "port = 1\ncode_lifetime = 60\ntries = 10\n"
		  "renew_before = 1\n"
		  "[metrics]\n"
		  "file = /var/lib/m.prom\ninterval = 5\n");
	assert_false(conf.discovery.dns_sd);
	assert_true(conf.discovery.beacon_send);
	assert_true(conf.discovery.beacon_receive);
	assert_int_equal(conf.discovery.beacon_port, 4000);
	assert_string_equal(conf.discovery.name, "K\xc3\xbc" "che 1");
	assert_int_equal(conf.plaintext.listen.n, 1);
	assert_int_equal(conf.plaintext.port, 3300);
	assert_int_equal(conf.plaintext.allow.n, 2);
	assert_int_equal(conf.plaintext.allow.v[0].bits, 24);
	assert_int_equal(conf.plaintext.allow.v[1].bits, 128);
	assert_int_equal(conf.enroll.port, 1);
	assert_int_equal(conf.enroll.code_lifetime, 60);
	assert_int_equal(conf.enroll.tries, 10);
	assert_int_equal(conf.enroll.renew_before, 1);
	assert_string_equal(conf.metrics.file, "/var/lib/m.prom");
	assert_int_equal(conf.metrics.interval, 5);
}

static void test_allow(void **state)
{
	conf_good("[dock]\nallow_tablets = tab-*\nallow_tablets = desk\n");
	assert_true(ut_config_tablet_allowed(&conf, "tab-1"));
	assert_true(ut_config_tablet_allowed(&conf, "desk"));
	assert_false(ut_config_tablet_allowed(&conf, "Desk"));
	assert_false(ut_config_tablet_allowed(&conf, "desk2"));
	assert_false(ut_config_tablet_allowed(&conf, "mytab-1"));
	assert_false(ut_config_tablet_allowed(&conf, ""));
}

static void test_unknown(void **state)
{
	conf_refused("[tls]\n\nverify = no\n", 3, "unknown key \"verify\"");
	conf_refused("[tls]\nport = 1\n", 2, "client_certificate");
	conf_refused("# x\n[docks]\n", 2, "unknown section [docks]");
	conf_refused("[docks]\n", 1, "[tls], [dock], [policy], [tablet], [discovery], [plaintext], [enroll], [metrics]");
	conf_refused("port = 1\n", 1, "before the first section");
	conf_refused("[tls]\nca /x\n", 2, "neither");
	conf_refused("[dock]\nport = 1\nport = 2\n", 3, "only once");
}

/* Every key that is not a list refuses values beyond its limits. */
static void test_bad_values(void **state)
{
	static const struct {
		const char *text;
		const char *words;
	} rows[] = {
		{ "[tls]\nca = ca.pem", "absolute path" },
		{ "[tls]\nca =", "absolute path" },
		{ "[tls]\nmin_version = 1.1", "1.3 or 1.2" },
		{ "[tls]\ncipher = aes", "auto, aes-128-gcm, aes-256-gcm or" },
		{ "[tls]\ncipher = AES-128-GCM", "chacha20-poly1305" },
		{ "[tls]\ncipher =", "auto, aes-128-gcm" },
		{ "[tls]\nclient_certificate = no", "require or optional" },
		{ "[dock]\nport = 0", "1 to 65535" },
		{ "[dock]\nport = 65536", "1 to 65535" },
		{ "[dock]\nport = -1", "1 to 65535" },
		{ "[dock]\nport = 99999999999999999999", "1 to 65535" },
		{ "[dock]\nport = 3240x", "1 to 65535" },
		{ "[dock]\nport =", "1 to 65535" },
		{ "[dock]\nmax_connections = 1025", "1 to 1024" },
		{ "[dock]\nmax_per_address = 0", "1 to 1024" },
		{ "[dock]\nmax_rate = 0", "1 to 1000" },
		{ "[dock]\nhandshake_timeout = 61", "1 to 60" },
		{ "[dock]\nauto_bind = maybe", "yes or no" },
		{ "[dock]\nauto_bind = Yes", "yes or no" },
		{ "[tablet]\nconnect_timeout = 0", "1 to 60" },
		{ "[tablet]\ndocks = some", "all or best" },
		{ "[tablet]\nretry_min = 61", "1 to 60" },
		{ "[tablet]\nretry_max = 3601", "1 to 3600" },
		{ "[tablet]\nsleep_wait = 9", "10 to 80" },
		{ "[tablet]\nsleep_wait = 81", "10 to 80" },
		{ "[discovery]\ndns_sd = 1", "yes or no" },
		{ "[discovery]\nbeacon_send = on", "yes or no" },
		{ "[discovery]\nbeacon_receive =", "yes or no" },
		{ "[discovery]\nbeacon_port = 0", "1 to 65535" },
		{ "[discovery]\nname = 0123456789012345678901234567890123456789012345678901234567890123",
		  "63 bytes" },
		{ "[discovery]\nname = \xff\xfe", "63 bytes of UTF-8" },
		{ "[plaintext]\nport = 70000", "1 to 65535" },
		{ "[enroll]\nport = 0", "1 to 65535" },
		{ "[enroll]\ncode_lifetime = 59", "60 to 3600" },
		{ "[enroll]\ntries = 11", "1 to 10" },
		{ "[enroll]\nrenew_before = 366", "1 to 365" },
		{ "[metrics]\nfile = m.prom", "absolute path or nothing" },
		{ "[metrics]\ninterval = 4", "5 to 3600" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		conf_refused(rows[i].text, 2, rows[i].words);
}

static void test_bad_items(void **state)
{
	static const struct {
		const char *text;
		const char *words;
	} rows[] = {
		{ "[dock]\nlisten = localhost", "numeric" },
		{ "[dock]\nlisten = 1", "numeric" },
		{ "[dock]\nlisten = [::]", "numeric" },
		{ "[dock]\nlisten = 192.0.2.1:3240", "numeric" },
		{ "[dock]\nallow_tablets = a b", "without blanks" },
		{ "[dock]\nallow_tablets = a\\", "backslash" },
		{ "[policy]\ngroup = office", "at least one glob" },
		{ "[policy]\ngroup = of* lea", "not a glob" },
		{ "[policy]\nrule = permit", "allow, deny or hide" },
		{ "[tablet]\nexpect = 192.0.2.7", "HOST NAME" },
		{ "[tablet]\nexpect = a b c", "HOST NAME" },
		{ "[tablet]\ndock = a b", "\"b\" is none of" },
		{ "[tablet]\ndock = port=3", "HOST" },
		{ "[tablet]\ndock = a port=0", "HOST" },
		{ "[tablet]\ndock = a port=65536", "HOST" },
		{ "[tablet]\ndock = a port=1 port=2", "HOST" },
		{ "[tablet]\ndock = a name=", "HOST" },
		{ "[tablet]\ndock = a legacy=maybe", "none of" },
		{ "[tablet]\npriority = a", "GLOB NUMBER" },
		{ "[tablet]\npriority = a 1001", "0 to 1000" },
		{ "[tablet]\npriority = a 1 2", "GLOB NUMBER" },
		{ "[tablet]\nattach = hide", "allow or deny" },
		{ "[tablet]\npin = 3", "at least one" },
		{ "[plaintext]\nlisten = example.org", "numeric" },
		{ "[plaintext]\nallow = 192.0.2.0/33", "number of bits" },
		{ "[plaintext]\nallow = 192.0.2.1/24", "bits set" },
		{ "[plaintext]\nallow = *", "not a numeric" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		conf_refused(rows[i].text, 2, rows[i].words);
}

/* Mistakes that show only when everything has been read. */
static void test_together(void **state)
{
	conf_refused("[policy]\nrule = allow group=ofice\ngroup = office a\n",
		     2, "there is no group \"ofice\"");
	conf_good("[policy]\nrule = allow group=OFF*\ngroup = office a\n");
	conf_refused("[tablet]\nretry_min = 40\n", 2, "less than retry_min");
	conf_refused("[tablet]\nretry_min = 5\nretry_max = 4\n", 3,
		     "less than retry_min");
	conf_refused("[tablet]\ndock = a\ndock = b\ndock = A name=x\n", 4,
		     "is there already");
	conf_good("[tablet]\ndock = a\ndock = a port=1\n");
	conf_refused("[plaintext]\nport = 3240\nlisten = 192.0.2.1\n", 3,
		     "another port");
	conf_refused("[dock]\nlisten = ::1\nport = 3241\n"
		     "[plaintext]\nlisten = ::\n", 5, "another port");
	/* However it is written, the daemon would not start. */
	conf_refused("[dock]\nlisten = 2001:db8::1\nlisten = 2001:DB8:0::1\n",
		     3, "already, by 2001:db8::1");
	conf_refused("[dock]\nlisten = ::1\nlisten = 0::\n", 3, "already");
	conf_refused("[plaintext]\nlisten = 192.0.2.1\nlisten = 192.0.2.1\n",
		     3, "[plaintext] listens on 192.0.2.1 port 3241 already");
	conf_refused("[dock]\nlisten = 2001:db8::1\nport = 3241\n"
		     "[plaintext]\nlisten = 2001:db8::0:1\n", 5,
		     "another port");
	conf_good("[dock]\nlisten = fe80::1%lo\nlisten = fe80::2%lo\n"
		  "listen = 192.0.2.1\n");
	conf_good("[dock]\nlisten = ::1\nport = 3241\n"
		  "[plaintext]\nlisten = ::2\nlisten = 0.0.0.0\n");
}

static void test_lines(void **state)
{
	char text[3000] = "[tls]\nca = /";

	conf_good("\xef\xbb\xbf[dock] ; the dock\r\n  port = 1 ; a comment\r\n"
		  "\t# another\r\n listen=::1\n[tls]\nca = /a;b#c ;d");
	assert_int_equal(conf.dock.port, 1);
	assert_string_equal(conf.dock.listen.v[0], "::1");
	assert_string_equal(conf.tls.ca, "/a;b#c");
	conf_refused("[dock\n", 1, "does not end with ']'");
	conf_refused("[dock] port = 1\n", 1, "behind the ']'");
	conf_refused("[dock]\n= 1\n", 2, "neither");
	conf_refused("[dock]\nport : 1\n", 2, "neither");
	conf_refused("[policy]\nrule = allow name=\"x ; y\n", 2, "not closed");
	conf_refused("[discovery]\nname = a\001b\n", 2, "control character");
	memset(text + strlen(text), 'a', 200);
	conf_good(text);
	memset(text + strlen(text), 'a', 1024);
	conf_refused(text, 2, "longer than 1024");
}

static void test_nul(void **state)
{
	FILE *f;

	f = fopen(conf_path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite("[dock]\nport = 1\0x\n", 1, 18, f), 18);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(ut_config_load(&conf, conf_path, &conf_err), -EINVAL);
	conf_blamed(conf_path, 2, "control character");
}

static void test_first_error_wins(void **state)
{
	conf_refused("[tls]\nfoo\n[dock]\nport = 0\n", 2, "neither");
	conf_refused("[dock]\nport = 0\nbar\n", 2, "1 to 65535");
}

/* Every list has a limit, and the line beyond it is refused. */
static void test_too_many(void **state)
{
	static const struct {
		const char *section;
		const char *line;	/* with a different number each time */
		int max;
	} rows[] = {
		{ "dock", "listen = 192.0.2.%d", UT_CONFIG_MAX_LISTEN },
		{ "dock", "allow_tablets = a%d", UT_CONFIG_MAX_ALLOW },
		{ "policy", "group = g%d a", UT_GROUP_MAX },
		{ "policy", "rule = allow bus=%d", UT_RULE_MAX },
		{ "tablet", "expect = h%d n", UT_CONFIG_MAX_EXPECT },
		{ "tablet", "dock = h%d", UT_CONFIG_MAX_DOCKS },
		{ "tablet", "allow_docks = a%d", UT_CONFIG_MAX_ALLOW },
		{ "tablet", "deny_docks = a%d", UT_CONFIG_MAX_ALLOW },
		{ "tablet", "priority = a%d 1", UT_CONFIG_MAX_ALLOW },
		{ "tablet", "attach = deny bus=%d", UT_RULE_MAX },
		{ "tablet", "pin = 1 bus=%d", UT_PIN_MAX },
		{ "plaintext", "listen = 192.0.2.%d", UT_CONFIG_MAX_LISTEN },
		{ "plaintext", "allow = 192.0.2.%d", UT_CONFIG_MAX_ALLOW },
	};
	char text[16384], line[64], number[32];
	size_t i;
	int k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sprintf(text, "[%s]\n", rows[i].section);
		for (k = 0; k <= rows[i].max; k++) {
			if (k == rows[i].max)
				conf_good(text);
			sprintf(line, rows[i].line, k);
			strcat(strcat(text, line), "\n");
		}
		sprintf(number, "only %d times", rows[i].max);
		conf_refused(text, rows[i].max + 2, number);
	}
}

static void test_missing_file(void **state)
{
	assert_int_equal(ut_config_load(&conf, "/nonexistent/x", &conf_err),
			 -ENOENT);
	assert_int_equal(conf_err.code, UT_EXIT_CONFIG);
	assert_non_null(strstr(conf_err.msg, "/nonexistent/x"));
	assert_true(conf_err.hint[0]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CONF_TEST(test_defaults),
		CONF_TEST(test_more_defaults),
		CONF_TEST(test_tls_and_dock),
		CONF_TEST(test_policy),
		CONF_TEST(test_tablet),
		CONF_TEST(test_expected_name),
		CONF_TEST(test_the_rest),
		CONF_TEST(test_allow),
		CONF_TEST(test_unknown),
		CONF_TEST(test_bad_values),
		CONF_TEST(test_bad_items),
		CONF_TEST(test_together),
		CONF_TEST(test_lines),
		CONF_TEST(test_nul),
		CONF_TEST(test_first_error_wins),
		CONF_TEST(test_too_many),
		CONF_TEST(test_missing_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
