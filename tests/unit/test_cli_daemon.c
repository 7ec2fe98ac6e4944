// SPDX-License-Identifier: GPL-2.0
/* status, reload, suspend, resume and watch, with a daemon that answers. */
#include "lib/cli_daemon.h"
#include "lib/reports.h"

static void expect_out(const char *text)
{
	if (!strstr(cli_out, text))
		fail_msg("no \"%s\" in:\n%s", text, cli_out);
}

/* --- status --- */

static void test_status_of_tablet(void **state)
{
	static const struct mock_call empty[] = { { .op = MOCK_DUMP } };
	struct json_object *o, *one;

	daemon_start(report_of_tablet());
	mock_expect(empty, 1);
	assert_int_equal(cli_run(&ut_verb_status, ""), UT_EXIT_OK);
	expect_out("No session.\n");
	expect_out("Daemon: usbip-tlsd 1 (tablet), process 7\n");
	expect_out("attaches nothing until");
	expect_out("dock \"desk\" at 10.0.0.1 port 3240: connected\n");
	expect_out("attached at port 3\n");
	expect_out("not attached: /etc/a:3: deny class=hid\n");
	expect_out("dock (never connected) at cellar port 3241 (discovered): "
		   "not connected: no route\n");
	expect_out("tried 4 times in a row, next try in 2.3 s\n");
	expect_out("and 5 more devices\n");
	mock_expect(empty, 1);
	assert_int_equal(cli_run(&ut_verb_status, "--json"), UT_EXIT_OK);
	o = cli_json();
	one = json_object_array_get_idx(json_member(o, "daemons"), 0);
	assert_int_equal(json_number(one, "pid"), 7);
	assert_false(json_object_object_get_ex(one, "ok", NULL));
	json_object_put(o);
}

static void test_status_of_dock(void **state)
{
	static const struct mock_call empty[] = { { .op = MOCK_DUMP } };

	daemon_start(report_of_dock());
	mock_expect(empty, 1);
	assert_int_equal(cli_run(&ut_verb_status, ""), UT_EXIT_OK);
	expect_out("shared, in use by \"lea\"; allow: /etc/b:3: allow path=1-2\n");
	expect_out("not shared; deny: no rule matches\n");
	expect_out("tablet \"lea\" at 10.0.0.2:99 watches for 1 min 1 s; "
		   "may have: 1-2\n");
	expect_out("refused 5 s ago: 10.0.0.3:9 \"tom\", for 1-3: "
		   "is not shared\n");
}

/* Whatever a newer or broken daemon says, the command does not crash. */
static void test_status_of_stranger(void **state)
{
	static const struct mock_call empty[] = { { .op = MOCK_DUMP } };

	daemon_start("{\"tablet\":{\"docks\":[{\"devices\":[{}]},7,null]},"
		     "\"dock\":{\"devices\":[{}],\"tablets\":[{},[]]}}");
	mock_expect(empty, 1);
	assert_int_equal(cli_run(&ut_verb_status, ""), UT_EXIT_OK);
	expect_out("Daemon: usbip-tlsd");
}

/* --- reload, resume, watch --- */

static void test_reload(void **state)
{
	assert_int_equal(cli_run(&ut_verb_reload, ""), UT_EXIT_NOT_FOUND);
	assert_non_null(strstr(cli_err, "does not run here"));
	daemon_start("{}");
	assert_int_equal(cli_run(&ut_verb_reload, ""), UT_EXIT_OK);
	expect_out("usbip-tlsd (tablet): configuration and certificates");
	assert_string_equal(fake_read("asked"), "reload\n");
}

static void test_reload_refused(void **state)
{
	daemon_refusal = UT_EXIT_CONFIG;
	daemon_start("{}");
	assert_int_equal(cli_run(&ut_verb_reload, ""), UT_EXIT_CONFIG);
	assert_string_equal(cli_out, "");
	assert_non_null(strstr(cli_err, "/etc/x.conf:3: no"));
}

static void test_resume(void **state)
{
	assert_int_equal(cli_run(&ut_verb_resume, ""), UT_EXIT_OK);
	expect_out("does not run here");
	daemon_start("{}");
	assert_int_equal(cli_run(&ut_verb_resume, ""), UT_EXIT_OK);
	assert_string_equal(fake_read("asked"), "resume\n");
}

static void test_watch(void **state)
{
	assert_int_equal(cli_run(&ut_verb_watch, ""), UT_EXIT_NOT_FOUND);
	daemon_start("{}");
	/* watch ends with the daemon. */
	assert_int_equal(cli_run(&ut_verb_watch, ""), UT_EXIT_NOT_FOUND);
	expect_out(" dock-lost \"desk\" at  port 0: gone\n");
	assert_non_null(strstr(cli_err, "has ended"));
}

/* A line is made only of members that the daemon sends. */
static void test_watch_tablet(void **state)
{
	daemon_events = report_events;
	daemon_start("{}");
	assert_int_equal(cli_run(&ut_verb_watch, ""), UT_EXIT_NOT_FOUND);
	expect_out(" dock-connected \"desk\" at 10.0.0.1 port 3240\n");
	expect_out(" dock-failed \"\" at cellar port 3241: no route\n");
	expect_out(" device-attached 1-2 0781:5567 Stick of dock \"desk\": ");
	expect_out(" device-refused 1-3 0781:5567 Keys of dock \"desk\": "
		   "/etc/a:3: deny class=hid\n");
}

/* --- suspend --- */

/* What was asked of the driver and the disk, in order. */
static char order[256];
static int detach_ret;

int __wrap_ut_vhci_detach(uint32_t port, struct ut_err *err);
int __wrap_ut_vhci_wait_free(uint32_t port, int timeout_ms,
			     struct ut_err *err);
int __wrap_syncfs(int fd);

int __wrap_ut_vhci_detach(uint32_t port, struct ut_err *err)
{
	size_t len = strlen(order);

	/* Written earlier into a file, as another process would have done. */
	snprintf(order + len, sizeof(order) - len, "%sdetach %u, ",
		 port ? "" : fake_read("synced"), port);
	return port ? 0 : detach_ret;
}

int __wrap_ut_vhci_wait_free(uint32_t port, int timeout_ms,
			     struct ut_err *err)
{
	size_t len = strlen(order);

	/* Never longer than suspend has in all: sleep_wait, 60 s. */
	assert_true(timeout_ms > 0 && timeout_ms <= 60000);
	snprintf(order + len, sizeof(order) - len, "free %u, ", port);
	if (port != 7)
		return 0;
	return ut_err_set(err, UT_EXIT_TIMEOUT, ETIMEDOUT, "port 7 hangs");
}

int __wrap_syncfs(int fd)
{
	fake("sync, ", "synced");
	return 0;
}

/* A disk that is mounted at port 0, a keyboard at port 2. */
static void two_ports(const char *third)
{
	char mounts[512], status[512], point[100];

	order[0] = '\0';
	detach_ret = 0;
	snprintf(status, sizeof(status), VHCI_HEAD
		 "hs  0000 006 003 00010002 000003 3-1\n"
		 "hs  0001 004 000 00000000 000000 0-0\n"
		 "ss  0002 006 005 00010003 000000 4-1\n%s", third);
	fake(status, VHCI_STATUS);
	fake_stick("devices/platform/vhci_hcd.0/usb3", "3-1", 'b');
	fake_usb("devices/platform/vhci_hcd.0/usb4", "4-1");
	snprintf(point, sizeof(point), "%s/media", fake_root);
	mkdir(point, 0755);
	snprintf(mounts, sizeof(mounts), FAKE_INITRAMFS
		 "900001 1 8:17 / %s rw - vfat /dev/sdb1 rw\n"
		 "900002 1 8:33 / /mnt/other rw - vfat /dev/sdc1 rw\n"
		 "900003 1 0:50 / /run rw - tmpfs tmpfs rw\n", point);
	fake(mounts, "proc/self/mountinfo");
	/* Another disk, which is not attached from a dock. */
	fake_stick("devices/pci0/usb1", "1-1", 'c');
}

static void test_suspend_order(void **state)
{
	two_ports("");
	assert_int_equal(cli_run(&ut_verb_suspend, ""), UT_EXIT_OK);
	/* A device with nothing to write does not wait for one that has. */
	assert_string_equal(order, "detach 2, sync, detach 0, free 0, free 2, ");
	expect_out("/media (/dev/sdb1) was in use, and is written");
	assert_null(strstr(cli_out, "sdc1"));
	expect_out("port 0: 3-1 0781:5567");
	expect_out("port 2: 4-1 0781:5567");
	expect_out("2 devices detached in ");
	expect_out("usbip-tlsd does not run here");
}

/* The daemon is told first; then the command does the same. */
static void test_suspend_with_daemon(void **state)
{
	struct json_object *o, *m;

	daemon_start("{}");
	two_ports("");
	assert_int_equal(cli_run(&ut_verb_suspend, "--json"), UT_EXIT_OK);
	assert_string_equal(fake_read("asked"), "suspend\n");
	o = cli_json();
	assert_int_equal(json_number(o, "daemons"), 1);
	assert_int_equal(json_object_array_length(json_member(o, "ports")), 2);
	m = json_object_array_get_idx(json_member(o, "mounts"), 0);
	assert_string_equal(json_text(m, "source"), "/dev/sdb1");
	assert_true(json_object_get_boolean(json_member(m, "written")));
	json_object_put(o);
}

/* A device that hangs delays no other; the command ends with its error. */
static void test_suspend_hangs(void **state)
{
	two_ports("hs  0007 006 003 00010009 000003 3-7\n"
		  "hs  0008 006 003 00010008 000003 3-8\n");
	/* Somebody else has just detached it. */
	detach_ret = -EINVAL;
	assert_int_equal(cli_run(&ut_verb_suspend, ""), UT_EXIT_TIMEOUT);
	assert_string_equal(order, "detach 2, detach 7, detach 8, sync, detach 0, "
			    "free 0, free 2, free 7, free 8, ");
	assert_non_null(strstr(cli_err, "port 7 hangs"));
	expect_out("3 devices detached");
}

static void test_suspend_nothing(void **state)
{
	order[0] = '\0';
	assert_int_equal(cli_run(&ut_verb_suspend, ""), UT_EXIT_OK);
	expect_out("0 devices detached");
	assert_string_equal(order, "");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, cli_setup, daemon_teardown)
	static const struct CMUnitTest tests[] = {
		T(test_status_of_tablet), T(test_status_of_dock),
		T(test_status_of_stranger), T(test_reload),
		T(test_reload_refused), T(test_resume), T(test_watch),
		T(test_watch_tablet),
		T(test_suspend_order), T(test_suspend_with_daemon),
		T(test_suspend_hangs), T(test_suspend_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
