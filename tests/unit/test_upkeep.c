// SPDX-License-Identifier: GPL-2.0
/* The daemon looks after its own certificate: on a dock with the CA, and without. */
#include "lib/dock_bed.h"
#include "pki/renew.h"
#include "tlsd/daemon.h"

#define WAIT_MS 60000
#define DAY 86400

static struct ut_daemon d;
static struct ut_err err;
static int old_stderr;

/* What the daemon logs goes to fx.log, like what a dock of dock_bed.h logs. */
static void listen_to_log(void)
{
	int log = open(fx.log, O_WRONLY | O_CREAT | O_APPEND, 0600);

	assert_true(log >= 0);
	old_stderr = dup(STDERR_FILENO);
	dup2(log, STDERR_FILENO);
	close(log);
}

static int setup(void **state)
{
	if (fx_setup(state))
		return -1;
	memset(&d, 0, sizeof(d));
	d.is_dock = true;
	d.config = &fx.dock;
	d.nl = &mock_nl;
	mock_dump_empty = true;
	listen_to_log();
	return sd_event_new(&d.loop) < 0;
}

static int teardown(void **state)
{
	dup2(old_stderr, STDERR_FILENO);
	close(old_stderr);
	ut_upkeep_close(&d);
	ut_crl_watch_close(&d);
	ut_dock_close(d.dock);
	sd_event_unref(d.loop);
	return fx_teardown(state);
}

/* A dock of the CA @ca, whose certificate began @age days ago and has @left. */
static void dock(const char *ca, int age, int left)
{
	char text[256];

	fx_issue(ca, UT_PKI_DOCK, "desk", "due", time(NULL) - age * DAY,
		 (unsigned int)(age + left));
	fx_tls(&fx.dock.tls, "due");
	snprintf(fx.dock.tls.crl, sizeof(fx.dock.tls.crl), "%s/%s/crl.pem",
		 fx.top, ca);
	snprintf(text, sizeof(text), "[enroll]\npki = %s/%s\n", fx.top, ca);
	fx_config(&fx.dock, text);
}

static void start(void)
{
	if (ut_dock_open(&d.dock, d.loop, &fx.dock, &fx.sandbox, &mock_nl,
			 &err))
		fail_msg("%s", err.msg);
	ut_upkeep_open(&d);
	ut_upkeep_due(&d);
}

/* Until its task has ended. */
static void finish(void)
{
	int64_t deadline = ut_clock_ms() + WAIT_MS;

	assert_true(ut_task_runs(&d.upkeep.task));
	while (ut_task_runs(&d.upkeep.task) && ut_clock_left(deadline))
		assert_int_equal(ut_loop_turn(d.loop, deadline), 0);
	assert_false(ut_task_runs(&d.upkeep.task));
}

static struct ut_pki_cert own(void)
{
	struct ut_pki_cert c;

	if (ut_renew_own(&fx.dock.tls, &c, &err))
		fail_msg("%s", err.msg);
	return c;
}

static void test_renewed(void **state)
{
	const struct ut_creds *creds;
	struct ut_pki_cert before, after;

	dock("home", 60, 10);
	before = own();
	start();
	creds = ut_dock_creds(d.dock);
	finish();
	after = own();
	assert_string_not_equal(after.serial, before.serial);
	assert_string_equal(after.name, "desk");
	assert_string_equal(after.names, before.names);
	assert_ptr_not_equal(ut_dock_creds(d.dock), creds);
	assert_int_equal(ut_dock_creds(d.dock)->own.not_after, after.not_after);
	fx_expect_log("renewed: a new certificate from the CA on this machine is in use");
	/* The next look is in an hour. */
	assert_true(ut_clock_left(ut_upkeep_due(&d)) > 60 * 1000);
}

static void test_not_due(void **state)
{
	struct ut_pki_cert before, after;

	dock("home", 1, 200);
	before = own();
	start();
	finish();
	after = own();
	assert_string_equal(after.serial, before.serial);
	assert_null(strstr(fx_log(), "renewed"));
}

static void test_switched_off(void **state)
{
	dock("home", 60, 10);
	fx_config(&fx.dock, "[enroll]\nrenew = no\n");
	start();
	assert_false(ut_task_runs(&d.upkeep.task));
	d.upkeep.warn = 0;
	ut_upkeep_due(&d);
	fx_expect_log("our certificate expires on ");
	fx_expect_log("renew = no: renew it by hand");
}

static void test_no_ca(void **state)
{
	dock("home", 60, 10);
	fx_config(&fx.dock, "[enroll]\npki = /nonexistent\n");
	start();
	assert_false(ut_task_runs(&d.upkeep.task));
	assert_null(strstr(fx_log(), "our certificate expires on"));
	d.upkeep.warn = 0;
	ut_upkeep_due(&d);
	fx_expect_log("our certificate expires on ");
	fx_expect_log("the CA is on another machine");
	/* Once a day. */
	assert_true(d.upkeep.warn > ut_clock_ms() + 3600 * 1000);
}

/* A key with a passphrase that is not configured: it says so and goes on. */
static void test_passphrase(void **state)
{
	char dir[128], file[128];
	struct ut_pki_store store = { .dir = dir, .password_file = file };
	struct ut_pki_issue req = {
		.role = UT_PKI_DOCK, .name = "desk", .days = 70,
		.not_before = time(NULL) - 60 * DAY,
	};
	struct ut_pki_cert before, after;
	char out[128], text[300];

	snprintf(dir, sizeof(dir), "%s/locked", fx.top);
	snprintf(file, sizeof(file), "%s/passphrase", fx.top);
	snprintf(out, sizeof(out), "%s/due", fx.top);
	req.out = out;
	req.force = true;
	if (ut_file_write(file, "open sesame\n", 12, 0600, true, &err) ||
	    ut_pki_init(&store, NULL, 100, true, &err) ||
	    ut_pki_issue(&store, &req, NULL, &err))
		fail_msg("%s", err.msg);
	fx_tls(&fx.dock.tls, "due");
	snprintf(fx.dock.tls.crl, sizeof(fx.dock.tls.crl), "%s/crl.pem", dir);
	snprintf(text, sizeof(text), "[enroll]\npki = %s\n", dir);
	fx_config(&fx.dock, text);
	before = own();
	start();
	finish();
	fx_expect_log("our certificate is not renewed: the CA key needs a passphrase");
	fx_expect_log("pki_password_file");
	assert_true(ut_clock_left(ut_upkeep_due(&d)) > 1000);
	/* The CA has 100 days left, which is little for a CA. */
	d.upkeep.warn = 0;
	ut_upkeep_due(&d);
	fx_expect_log("make a new one and enrol all machines again");

	snprintf(text, sizeof(text), "[enroll]\npki_password_file = %s\n",
		 file);
	fx_config(&fx.dock, text);
	d.upkeep.next = 0;
	ut_upkeep_due(&d);
	finish();
	after = own();
	assert_string_not_equal(after.serial, before.serial);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_renewed),
		TEST(test_not_due),
		TEST(test_switched_off),
		TEST(test_no_ca),
		TEST(test_passphrase),
	};

	return cmocka_run_group_tests(tests, fx_group_setup, fx_group_teardown);
}
