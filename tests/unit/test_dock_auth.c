// SPDX-License-Identifier: GPL-2.0
/*
 * Who is let in by whom: every refusal has its own reason, on both sides. Real
 * handshakes on the loopback between real workers.
 */
#include "lib/dock_bed.h"
#include "tls/creds.h"

static void list_ok(const char *host)
{
	struct ut_op_device *devs;
	struct ut_err err;
	size_t n;

	if (fx_list(host, &devs, &n, &err))
		fail_msg("%s: %s (%s)\ndock:\n%s", host, err.msg, err.hint,
			 fx_log());
	assert_int_equal(n, 1);
	assert_string_equal(devs[0].busid, "1-2");
	assert_string_equal(devs[0].product, "DataTraveler");
	assert_string_equal(devs[0].serial, "60A44C3FACC9");
	assert_int_equal(devs[0].nif, 1);
	assert_int_equal(devs[0].interfaces[0][0], 8);
	free(devs);
}

static void test_good(void **state)
{
	fx_share_stick();
	fx_dock_start();
	list_ok(fx_home);
	list_ok("::1");
	fx_expect_log("tablet \"blue\" listed 1 devices");
	fx_dock_stop();
}

static void test_used_device_is_not_listed(void **state)
{
	struct ut_op_device *devs;
	struct ut_err err;
	size_t n;

	fx_share_stick();
	fake("2\n", "devices/pci0/usb1/1-2/usbip_status");
	fx_dock_start();
	assert_int_equal(fx_list(fx_home, &devs, &n, &err), 0);
	assert_int_equal(n, 0);
	free(devs);
	fx_dock_stop();
}

static void test_expected_name(void **state)
{
	fx_share_stick();
	fx_dock_start();
	fx_config(&fx.tablet, "[tablet]\nexpect = 127.0.0.1 desk\n");
	list_ok(fx_home);
	fx_dock_stop();
}

static void test_wrong_dock_name(void **state)
{
	fx_share_stick();
	fx_dock_start();
	fx_config(&fx.tablet, "[tablet]\nexpect = 127.0.0.1 kitchen\n");
	fx_refused(fx_home, UT_EXIT_CERTIFICATE,
		   "is for \"desk\", not for \"kitchen\"",
		   "refused (alert): it refused us: alert 49");
	fx_dock_stop();
}

/* --- the dock refuses --- */

struct refusal {
	const char *tablet;
	enum ut_exit code;
	const char *msg;
	const char *log;
};

static void refused(const struct refusal *r)
{
	fx_share_stick();
	fx_dock_start();
	fx_tls(&fx.tablet.tls, r->tablet);
	/* Only the certificate is foreign, or else the tablet would refuse the dock. */
	snprintf(fx.tablet.tls.ca, sizeof(fx.tablet.tls.ca),
		 "%s/tablet/ca.pem", fx.top);
	snprintf(fx.tablet.tls.crl, sizeof(fx.tablet.tls.crl),
		 "%s/home/crl.pem", fx.top);
	fx_refused(fx_home, r->code, r->msg, r->log);
	fx_dock_stop();
	/* Nothing about the devices may be told, not even in the log. */
	assert_null(strstr(fx_log(), "listed"));
}

static void test_foreign_tablet(void **state)
{
	static const struct refusal r = {
		"tablet-foreign", UT_EXIT_CERTIFICATE,
		"does not know the CA of our certificate",
		"refused (unknown-ca): its certificate is not from our CA\n",
	};

	refused(&r);
}

static void test_expired_tablet(void **state)
{
	static const struct refusal r = {
		"tablet-expired", UT_EXIT_CERTIFICATE,
		"says that our certificate has expired: it ended on 20",
		"refused (expired): its certificate has expired (on 20",
	};

	refused(&r);
	fx_expect_log("[\"old\"]");
}

static void test_early_tablet(void **state)
{
	static const struct refusal r = {
		"tablet-early", UT_EXIT_CERTIFICATE,
		"says that our certificate is not valid yet: it begins on 20",
		"refused (not-yet-valid): its certificate is not valid yet (until 20",
	};

	refused(&r);
}

static void test_revoked_tablet(void **state)
{
	static const struct refusal r = {
		"tablet-revoked", UT_EXIT_CERTIFICATE,
		"says that our certificate is revoked",
		"refused (revoked): its certificate is revoked [\"lost\"]",
	};

	refused(&r);
}

static void test_dock_certificate_used_by_tablet(void **state)
{
	static const struct refusal r = {
		"tablet-as-dock", UT_EXIT_CERTIFICATE,
		"says that our certificate is not for a tablet",
		"refused (wrong-role): its certificate is not for this role [\"thief\"]",
	};

	refused(&r);
}

static void test_tablet_not_allowed(void **state)
{
	static const struct refusal r = {
		"tablet", UT_EXIT_REFUSED, "does not allow this tablet",
		"refused (not-allowed): allow_tablets does not have its name [\"blue\"]",
	};

	fx_config(&fx.dock, "[dock]\nallow_tablets = red*\n");
	refused(&r);
}

/* --- the tablet refuses --- */

static void dock_refused(const char *dock, const char *msg, const char *log)
{
	fx_share_stick();
	fx_tls(&fx.dock.tls, dock);
	fx_dock_start();
	fx_refused(fx_home, UT_EXIT_CERTIFICATE, msg, log);
	fx_dock_stop();
	assert_null(strstr(fx_log(), "listed"));
}

static void test_foreign_dock(void **state)
{
	dock_refused("dock-foreign",
		     "has a certificate that is not from our CA",
		     "refused (alert): it refused us: alert 48");
}

static void test_expired_dock(void **state)
{
	dock_refused("dock-expired", "the certificate of dock 127.0.0.1 has expired: it ended on 20",
		     "refused (alert): it refused us: alert 45");
}

static void test_tablet_certificate_used_by_dock(void **state)
{
	dock_refused("dock-as-tablet",
		     "has a certificate that is not for a dock",
		     "refused (alert): it refused us: alert 43");
}

static void test_no_dock(void **state)
{
	fx_refused(fx_home, UT_EXIT_UNREACHABLE, "Connection refused", NULL);
}

/* --- reload --- */

static void reload(void)
{
	assert_int_equal(write(fx.stop, "r", 1), 1);
}

static void test_revoked_while_the_dock_runs(void **state)
{
	fx_share_stick();
	fx_issue("home", UT_PKI_TABLET, "unlucky", "unlucky", 0, 0);
	fx_dock_start();
	fx_tls(&fx.tablet.tls, "unlucky");
	list_ok(fx_home);
	fx_revoke("home", "unlucky");
	list_ok(fx_home);
	reload();
	fx_expect_log("reloaded");
	fx_refused(fx_home, UT_EXIT_CERTIFICATE,
		   "says that our certificate is revoked", "refused (revoked)");
	fx_dock_stop();
}

static void test_failed_reload_changes_nothing(void **state)
{
	fx_share_stick();
	fx_dock_start();
	assert_int_equal(chmod(fx.dock.tls.key, 0644), 0);
	reload();
	fx_expect_log("can be read by others");
	assert_int_equal(chmod(fx.dock.tls.key, 0600), 0);
	list_ok(fx_home);
	fx_dock_stop();
}

/* --- key files --- */

static void test_open_key_file(void **state)
{
	struct ut_op_device *devs;
	struct ut_err err;
	size_t n;

	assert_int_equal(chmod(fx.tablet.tls.key, 0640), 0);
	assert_int_not_equal(fx_list(fx_home, &devs, &n, &err), 0);
	assert_int_equal(chmod(fx.tablet.tls.key, 0600), 0);
	assert_int_equal(err.code, UT_EXIT_PERMISSION);
	assert_non_null(strstr(err.msg, "can be read by others"));
	assert_non_null(strstr(err.hint, "chmod 600"));
}

static void test_key_of_another_certificate(void **state)
{
	struct ut_op_device *devs;
	struct ut_err err;
	size_t n;

	snprintf(fx.tablet.tls.key, sizeof(fx.tablet.tls.key),
		 "%s/tablet-revoked/key.pem", fx.top);
	assert_int_not_equal(fx_list(fx_home, &devs, &n, &err), 0);
	assert_int_equal(err.code, UT_EXIT_CERTIFICATE);
	assert_non_null(strstr(err.msg, "does not belong to the certificate"));
}

static void test_foreign_crl(void **state)
{
	struct ut_op_device *devs;
	struct ut_err err;
	size_t n;

	snprintf(fx.tablet.tls.crl, sizeof(fx.tablet.tls.crl),
		 "%s/foreign/crl.pem", fx.top);
	assert_int_not_equal(fx_list(fx_home, &devs, &n, &err), 0);
	assert_int_equal(err.code, UT_EXIT_CERTIFICATE);
	assert_non_null(strstr(err.msg, "is not signed by our CA"));
}

static bool fits(const char *own, enum ut_tls_side side)
{
	struct ut_config_tls tls = fx.dock.tls;

	fx_tls(&tls, own);
	return ut_creds_fit(&tls, side);
}

/* The certificate decides which of the two daemons starts. */
static void test_role_of_own_certificate(void **state)
{
	struct ut_config_tls tls = fx.dock.tls;

	assert_true(fits("dock", UT_TLS_DOCK));
	assert_false(fits("dock", UT_TLS_TABLET));
	assert_true(fits("tablet", UT_TLS_TABLET));
	assert_false(fits("tablet", UT_TLS_DOCK));
	/* Dates and the CA are another matter: the daemon warns about them. */
	assert_true(fits("dock-expired", UT_TLS_DOCK));
	assert_true(fits("tablet-foreign", UT_TLS_TABLET));

	assert_false(fits("no-such-directory", UT_TLS_DOCK));
	assert_false(fits("no-such-directory", UT_TLS_TABLET));
	/* Half a certificate, or something else, is not silently ignored. */
	memcpy(tls.cert, tls.key, sizeof(tls.cert));
	assert_true(ut_creds_fit(&tls, UT_TLS_DOCK));
	assert_true(ut_creds_fit(&tls, UT_TLS_TABLET));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good),
		TEST(test_used_device_is_not_listed),
		TEST(test_expected_name),
		TEST(test_wrong_dock_name),
		TEST(test_foreign_tablet),
		TEST(test_expired_tablet),
		TEST(test_early_tablet),
		TEST(test_revoked_tablet),
		TEST(test_dock_certificate_used_by_tablet),
		TEST(test_tablet_not_allowed),
		TEST(test_foreign_dock),
		TEST(test_expired_dock),
		TEST(test_tablet_certificate_used_by_dock),
		TEST(test_no_dock),
		TEST(test_revoked_while_the_dock_runs),
		TEST(test_failed_reload_changes_nothing),
		TEST(test_open_key_file),
		TEST(test_key_of_another_certificate),
		TEST(test_foreign_crl),
		TEST(test_role_of_own_certificate),
	};

	return cmocka_run_group_tests(tests, fx_group_setup,
				      fx_group_teardown);
}
