// SPDX-License-Identifier: GPL-2.0
/* Which files make up the configuration, and how their values combine. */
#include "lib/config_bed.h"

static void test_nothing_there(void **state)
{
	assert_int_equal(conf_load_all(), 0);
	assert_int_equal(conf.dock.port, 3240);
	assert_int_equal(conf.files.n, 0);
}

static void test_order(void **state)
{
	conf_write("usbip-tls.conf", "[dock]\nport = 1\n");
	conf_write("conf.d/B.conf", "[dock]\nport = 2\n");
	conf_write("conf.d/a.conf", "[dock]\nport = 4\n");
	conf_write("conf.d/Z.conf", "[dock]\nport = 3\n");
	assert_int_equal(conf_load_all(), 0);
	assert_int_equal(conf.files.n, 4);
	assert_string_equal(conf.files.v[0], conf_main);
	assert_string_equal(strrchr(conf.files.v[1], '/'), "/B.conf");
	assert_string_equal(strrchr(conf.files.v[2], '/'), "/Z.conf");
	assert_string_equal(strrchr(conf.files.v[3], '/'), "/a.conf");
	assert_int_equal(conf.dock.port, 4);
}

static void test_which_files(void **state)
{
	conf_write("conf.d/a.conf~", "nonsense");
	conf_write("conf.d/b.conf.dpkg-old", "nonsense");
	conf_write("conf.d/.c.conf", "nonsense");
	conf_write("conf.d/README", "nonsense");
	conf_write("conf.d/d.conf", "[dock]\nport = 7\n");
	assert_int_equal(conf_load_all(), 0);
	assert_int_equal(conf.files.n, 1);
	assert_int_equal(conf.dock.port, 7);
}

/* A file named with -c stands alone, unless it is the default one. */
static void test_named_file(void **state)
{
	conf_write("conf.d/a.conf", "[dock]\nport = 2\n");
	conf_good("");
	assert_int_equal(conf.dock.port, 3240);
	ut_config_free(&conf);
	assert_int_equal(ut_config_load(&conf, conf_main, &conf_err), -ENOENT);
	conf_write("usbip-tls.conf", "");
	assert_int_equal(ut_config_load(&conf, conf_main, &conf_err), 0);
	assert_int_equal(conf.dock.port, 2);
}

/* In one file a single value may appear once; in a later one again. */
static void test_single_values(void **state)
{
	char b[128];

	snprintf(b, sizeof(b), "%s/conf.d/b.conf", conf_top);
	conf_write("conf.d/a.conf", "[dock]\nport = 2\n[tls]\ncrl =\n");
	conf_write("conf.d/b.conf", "[dock]\nport = 3\n[dock]\nport = 4\n");
	assert_int_equal(conf_load_all(), -EINVAL);
	conf_blamed(b, 4, "only once");
	conf_write("conf.d/b.conf", "[dock]\nport = 3\n");
	assert_int_equal(conf_load_all(), 0);
	assert_int_equal(conf.dock.port, 3);
	assert_string_equal(conf.tls.crl, "");
}

static void test_lists_add_up(void **state)
{
	conf_write("usbip-tls.conf", "[dock]\nlisten = ::1\n"
		   "[policy]\ngroup = g a\nrule = deny bus=1\n");
	conf_write("conf.d/a.conf", "[policy]\nrule = allow group=h\n"
		   "[dock]\nlisten = ::2\n");
	conf_write("conf.d/b.conf", "[policy]\ngroup = h b\nrule = deny\n");
	assert_int_equal(conf_load_all(), 0);
	assert_int_equal(conf.dock.listen.n, 2);
	assert_string_equal(conf.dock.listen.v[0], "::1");
	assert_string_equal(conf.dock.listen.v[1], "::2");
	assert_int_equal(conf.policy.rules.n, 3);
	assert_string_equal(conf.policy.rules.v[0].text, "deny bus=1");
	assert_string_equal(conf.policy.rules.v[1].text, "allow group=h");
	assert_string_equal(conf.policy.rules.v[2].text, "deny");
	assert_int_equal(conf.policy.rules.v[2].where.line, 3);
	assert_string_equal(strrchr(conf.policy.rules.v[2].where.file, '/'),
			    "/b.conf");
	assert_int_equal(conf.policy.groups.n, 2);
}

static void test_lists_are_emptied(void **state)
{
	conf_write("usbip-tls.conf",
		   "[policy]\nrule = allow\nrule = hide\n"
		   "[plaintext]\nallow = ::1\n[tablet]\nexpect = a b\n");
	conf_write("conf.d/a.conf", "[policy]\nrule =\nrule = deny bus=2\n"
		   "[plaintext]\nallow =\n[tablet]\nexpect =\n"
		   "[dock]\nallow_tablets =\nlisten = ::5\nlisten =\n");
	assert_int_equal(conf_load_all(), 0);
	assert_int_equal(conf.policy.rules.n, 1);
	assert_string_equal(conf.policy.rules.v[0].text, "deny bus=2");
	assert_int_equal(conf.plaintext.allow.n, 0);
	assert_int_equal(conf.tablet.expect.n, 0);
	assert_int_equal(conf.dock.allow_tablets.n, 0);
	assert_false(ut_config_tablet_allowed(&conf, "anybody"));
	assert_int_equal(conf.dock.listen.n, 0);
	/* The default does not come back. */
	conf_write("conf.d/b.conf", "[dock]\nallow_tablets = lea\n");
	assert_int_equal(conf_load_all(), 0);
	assert_int_equal(conf.dock.allow_tablets.n, 1);
	assert_string_equal(conf.dock.allow_tablets.v[0], "lea");
}

/* A list's limit holds for all files together. */
static void test_limit_over_files(void **state)
{
	char text[2048] = "[dock]\n", a[128];
	int i;

	snprintf(a, sizeof(a), "%s/conf.d/a.conf", conf_top);
	for (i = 0; i < UT_CONFIG_MAX_LISTEN; i++)
		sprintf(text + strlen(text), "listen = 192.0.2.%d\n", i);
	conf_write("usbip-tls.conf", text);
	conf_write("conf.d/a.conf", "[dock]\nlisten = ::1\n");
	assert_int_equal(conf_load_all(), -EINVAL);
	conf_blamed(a, 2, "only 16 times");
	conf_write("conf.d/a.conf", "[dock]\nlisten =\nlisten = ::1\n");
	assert_int_equal(conf_load_all(), 0);
	assert_int_equal(conf.dock.listen.n, 1);
}

static void test_too_many_files(void **state)
{
	char name[64];
	int i;

	for (i = 0; i <= UT_CONFIG_MAX_FILES; i++) {
		if (i == UT_CONFIG_MAX_FILES)
			assert_int_equal(conf_load_all(), 0);
		sprintf(name, "conf.d/%d.conf", i);
		conf_write(name, "");
	}
	assert_int_equal(conf_load_all(), -E2BIG);
	assert_int_equal(conf_err.code, UT_EXIT_CONFIG);
	assert_non_null(strstr(conf_err.msg, "64"));
}

static void test_drop_in_that_is_no_file(void **state)
{
	char dir[128];

	snprintf(dir, sizeof(dir), "%s/conf.d/x.conf", conf_top);
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(conf_load_all(), -EISDIR);
	assert_int_equal(conf_err.code, UT_EXIT_CONFIG);
	assert_non_null(strstr(conf_err.msg, "x.conf"));
}

/* --- all that is wrong --- */

static char reported[8192];

static void report(void *arg, const char *file, unsigned int line,
		   const char *text)
{
	const char *name = strrchr(file, '/');
	size_t len = strlen(reported);

	assert_ptr_equal(arg, reported);
	snprintf(reported + len, sizeof(reported) - len, "%s:%u:%.12s|",
		 name ? name + 1 : file, line, text);
}

static int check_all(void)
{
	reported[0] = '\0';
	ut_config_free(&conf);
	ut_err_clear(&conf_err);
	return ut_config_check(&conf, NULL, report, reported, &conf_err);
}

static void test_every_error(void **state)
{
	conf_write("usbip-tls.conf",
		   "[dock]\nport = 0\nmax = 3\nport = 5\n"
		   "[oops]\nx = y\nz = 3\n"
		   "[policy]\nrule = allow group=nobody\n");
	conf_write("conf.d/a.conf", "x = 1\n[tablet]\npin = 1\nretry_max = 1\n"
		   "retry_min = 9\n");
	assert_int_equal(check_all(), -EINVAL);
	assert_string_equal(reported,
			    "usbip-tls.conf:2:bad value \"0|"
			    "usbip-tls.conf:3:unknown key |"
			    "usbip-tls.conf:4:\"port\" may b|"
			    "usbip-tls.conf:5:unknown sect|"
			    "a.conf:1:\"x\" stands b|"
			    "a.conf:3:bad value \"1|"
			    "usbip-tls.conf:9:there is no |"
			    "a.conf:4:retry_max is|");
	/* The caller gets the first error. */
	conf_blamed(conf_main, 2, "bad value \"0\"");
	/* After an error nothing of it is left. */
	assert_int_equal(conf.dock.port, 0);
	assert_int_equal(conf.files.n, 0);
}

static void test_no_error(void **state)
{
	conf_write("conf.d/a.conf", "[dock]\nport = 9\n");
	assert_int_equal(check_all(), 0);
	assert_string_equal(reported, "");
	assert_int_equal(conf.dock.port, 9);
}

static void test_endless_errors(void **state)
{
	char text[4096] = "";
	int i;

	for (i = 0; i < 1000; i++)
		strcat(text, "x\n");
	conf_write("usbip-tls.conf", text);
	conf_write("conf.d/a.conf", "y\n");
	assert_int_equal(check_all(), -EINVAL);
	assert_non_null(strstr(reported, "conf:100:neither"));
	assert_non_null(strstr(reported, "conf:101:too much is "));
	assert_null(strstr(reported, "conf:102:"));
	assert_non_null(strstr(reported, "a.conf:1:neither"));
}

/* --- where values come from --- */

static void entry(void *arg, const struct ut_config_entry *e)
{
	const char *name = e->where.file ? strrchr(e->where.file, '/') + 1 :
					   "default";
	size_t len = strlen(reported);

	if (strcmp(e->section, arg))
		return;
	snprintf(reported + len, sizeof(reported) - len, "%s=%s %s:%u|",
		 e->key, e->value ? e->value : "()", name, e->where.line);
}

static void test_where_from(void **state)
{
	conf_write("usbip-tls.conf", "[dock]\nport = 1\nlisten = ::1\n"
		   "allow_tablets = a\n");
	conf_write("conf.d/a.conf", "[dock]\nport = 2\nlisten = ::2\n"
		   "allow_tablets =\nauto_bind = no\n");
	assert_int_equal(conf_load_all(), 0);
	reported[0] = '\0';
	ut_config_each(&conf, entry, "dock");
	assert_string_equal(reported,
			    "listen=::1 usbip-tls.conf:3|"
			    "listen=::2 a.conf:3|"
			    "port=2 a.conf:2|"
			    "max_connections=64 default:0|"
			    "max_per_address=8 default:0|"
			    "max_rate=20 default:0|"
			    "handshake_timeout=10 default:0|"
			    "allow_tablets=() a.conf:4|"
			    "auto_bind=no a.conf:5|");
	reported[0] = '\0';
	ut_config_each(&conf, entry, "policy");
	assert_string_equal(reported, "group=() default:0|rule=() default:0|");
}

/* Text in memory counts as one more file. */
static void test_parse(void **state)
{
	assert_int_equal(ut_config_default(&conf), 0);
	assert_int_equal(ut_config_parse(&conf, "one", "[dock]\nport = 1\n",
					 &conf_err), 0);
	assert_int_equal(ut_config_parse(&conf, "two", "[dock]\nport = 2\n",
					 &conf_err), 0);
	assert_int_equal(conf.dock.port, 2);
	assert_int_equal(ut_config_parse(&conf, "three", "[dock]\nport = x\n",
					 &conf_err), -EINVAL);
	conf_blamed("three", 2, "1 to 65535");
	assert_int_equal(conf.dock.port, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CONF_TEST(test_nothing_there),
		CONF_TEST(test_order),
		CONF_TEST(test_which_files),
		CONF_TEST(test_named_file),
		CONF_TEST(test_single_values),
		CONF_TEST(test_lists_add_up),
		CONF_TEST(test_lists_are_emptied),
		CONF_TEST(test_limit_over_files),
		CONF_TEST(test_too_many_files),
		CONF_TEST(test_drop_in_that_is_no_file),
		CONF_TEST(test_every_error),
		CONF_TEST(test_no_error),
		CONF_TEST(test_endless_errors),
		CONF_TEST(test_where_from),
		CONF_TEST(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
