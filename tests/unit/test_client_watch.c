// SPDX-License-Identifier: GPL-2.0
/* A tablet that watches a dock: events, refusals, the end. */
#include "lib/dock_bed.h"
#include "tablet/client.h"

#define WAIT_MS 30000

static struct ut_client client;
static struct ut_creds *creds;
static struct ut_watch_event event;
static struct ut_err err;

static int setup(void **state)
{
	mock_dump_empty = true;
	return fx_setup(state);
}

static int teardown(void **state)
{
	ut_client_close(&client);
	ut_creds_put(creds);
	creds = NULL;
	return fx_teardown(state);
}

static void open_client(const char *host)
{
	const struct ut_client_target target = {
		.op = UT_START_WATCH, .host = host, .port = fx.dock.dock.port,
		.peer = -1, .expect = host, .sandbox = &fx.sandbox,
		.deadline = ut_clock_ms() + 10000,
	};

	ut_err_clear(&err);
	if (ut_creds_load(&creds, UT_TLS_TABLET, &fx.tablet.tls, &fx.sandbox,
			  &err) ||
	    ut_client_open(&client, &target, creds, &err))
		fail_msg("%s", err.msg);
}

/* The next news, whatever it is; of the CRL only if that is what is wanted. */
static enum ut_client_news news_of(bool crl)
{
	int64_t deadline = ut_clock_ms() + WAIT_MS;
	enum ut_client_news got;

	do {
		struct pollfd p = { client.worker.fd, POLLIN, 0 };

		if (poll(&p, 1, ut_clock_left(deadline)) == 0)
			fail_msg("no news; dock:\n%s", fx_log());
		got = ut_client_read(&client, &event, &err);
	} while (got == UT_CLIENT_NOTHING ||
		 (got == UT_CLIENT_EVENT &&
		  (event.kind == UT_WATCH_CRL) != crl));
	return got;
}

static enum ut_client_news news(void)
{
	return news_of(false);
}

static void expect_event(enum ut_watch_kind kind, const char *busid,
			 enum ut_watch_state state)
{
	enum ut_client_news got = news();

	if (got != UT_CLIENT_EVENT)
		fail_msg("news %d instead of an event: %s; dock:\n%s", got,
			 err.msg, fx_log());
	assert_int_equal(event.kind, kind);
	assert_string_equal(event.dev.busid, busid);
	assert_int_equal(event.state, state);
}

static void expect_up(void)
{
	if (news() != UT_CLIENT_UP)
		fail_msg("%s; dock:\n%s", err.msg, fx_log());
}

static void touch(void)
{
	assert_int_equal(write(fx.stop, "t", 1), 1);
}

static void set_status(const char *status)
{
	fake(status, "devices/pci0/usb1/1-2/usbip_status");
	touch();
}

static void test_events(void **state)
{
	fx_share_stick();
	fx_dock_start();
	open_client(fx_home);
	expect_up();
	assert_string_equal(client.name, "desk");
	expect_event(UT_WATCH_DEVICE, "1-2", UT_WATCH_FREE);
	assert_string_equal(event.dev.serial, "60A44C3FACC9");
	assert_int_equal(event.dev.interfaces[0][0], 8);
	expect_event(UT_WATCH_READY, "", 0);
	set_status("2\n");
	expect_event(UT_WATCH_DEVICE, "1-2", UT_WATCH_USED);
	set_status("1\n");
	expect_event(UT_WATCH_DEVICE, "1-2", UT_WATCH_FREE);
	/* One that usbip-host has given up cannot be had. */
	set_status("3\n");
	expect_event(UT_WATCH_GONE, "1-2", 0);
	fx_dock_stop();
	assert_int_equal(news(), UT_CLIENT_DOWN);
	assert_int_equal(err.code, UT_EXIT_UNREACHABLE);
	assert_non_null(strstr(err.msg, "has ended the connection"));
	assert_false(ut_client_is_open(&client));
}

/* A session ends, and its driver takes a while: no event tells when it is done. */
static void test_settles(void **state)
{
	fx_share_stick();
	fake("2\n", "devices/pci0/usb1/1-2/usbip_status");
	fx_dock_start();
	open_client(fx_home);
	expect_up();
	expect_event(UT_WATCH_DEVICE, "1-2", UT_WATCH_USED);
	expect_event(UT_WATCH_READY, "", 0);
	fake("1\n", "devices/pci0/usb1/1-2/usbip_status");
	expect_event(UT_WATCH_DEVICE, "1-2", UT_WATCH_FREE);
	fx_dock_stop();
}

/* The handshake has a deadline, watching has none. */
static void test_outlives_deadline(void **state)
{
	int64_t until;

	fx.dock.dock.handshake_timeout = 1;
	fx_dock_start();
	open_client(fx_home);
	expect_up();
	expect_event(UT_WATCH_READY, "", 0);
	assert_int_equal(news_of(true), UT_CLIENT_EVENT);
	until = ut_clock_ms() + 1800;
	while (ut_clock_left(until)) {
		struct pollfd p = { client.worker.fd, POLLIN, 0 };

		assert_int_equal(poll(&p, 1, ut_clock_left(until)), 0);
	}
	fx_share_stick();
	touch();
	expect_event(UT_WATCH_DEVICE, "1-2", UT_WATCH_FREE);
	fx_dock_stop();
}

/* Each list has a number above that of the one before. */
static void expect_crl(uint8_t last[UT_WATCH_NUMBER_SIZE])
{
	assert_int_equal(news_of(true), UT_CLIENT_EVENT);
	assert_true(memcmp(event.number, last, UT_WATCH_NUMBER_SIZE) > 0);
	memcpy(last, event.number, UT_WATCH_NUMBER_SIZE);
}

static void test_crls(void **state)
{
	uint8_t number[UT_WATCH_NUMBER_SIZE] = { 0 };

	fx_dock_start();
	open_client(fx_home);
	expect_up();
	expect_crl(number);
	/* Two of them in one second are two all the same. */
	fx_issue("home", UT_PKI_TABLET, "green", "green", 0, 0);
	fx_revoke("home", "green");
	fx_crl();
	expect_crl(number);
	fx_issue("home", UT_PKI_TABLET, "brown", "brown", 0, 0);
	fx_revoke("home", "brown");
	fx_crl();
	expect_crl(number);
	ut_client_close(&client);
	fx_dock_stop();
}

/* The connection ends with the certificate; whoever comes again is refused. */
static void test_revoked(void **state)
{
	fx_issue("home", UT_PKI_TABLET, "short", "short", 0, 0);
	fx_tls(&fx.tablet.tls, "short");
	fx_dock_start();
	open_client(fx_home);
	expect_up();
	expect_event(UT_WATCH_READY, "", 0);
	assert_true(client.serial[0]);
	fx_revoke("home", "short");
	fx_crl();
	fx_expect_log("the certificate of tablet \"short\" is revoked, its connection ends");
	assert_int_equal(news(), UT_CLIENT_DOWN);
	ut_creds_put(creds);
	creds = NULL;
	open_client(fx_home);
	assert_int_equal(news(), UT_CLIENT_DOWN);
	assert_int_equal(err.code, UT_EXIT_CERTIFICATE);
	fx_expect_log("refused (revoked)");
	fx_dock_stop();
}

static void test_no_dock(void **state)
{
	open_client(fx_home);
	assert_int_equal(news(), UT_CLIENT_DOWN);
	assert_int_equal(err.code, UT_EXIT_UNREACHABLE);
	assert_non_null(strstr(err.msg, "cannot reach dock 127.0.0.1"));
}

static void test_no_host(void **state)
{
	open_client("no-such-host.invalid");
	assert_int_equal(news(), UT_CLIENT_DOWN);
	assert_int_equal(err.code, UT_EXIT_UNREACHABLE);
	assert_non_null(strstr(err.msg, "cannot find dock"));
}

static void test_refused(void **state)
{
	fx_tls(&fx.tablet.tls, "tablet-revoked");
	fx_dock_start();
	open_client(fx_home);
	assert_int_equal(news(), UT_CLIENT_DOWN);
	assert_int_equal(err.code, UT_EXIT_CERTIFICATE);
	assert_non_null(strstr(err.msg, "revoked"));
	fx_dock_stop();
}

/* New certificates, a new revocation list: whoever watches must come again. */
static void test_reload(void **state)
{
	fx_dock_start();
	open_client(fx_home);
	expect_up();
	expect_event(UT_WATCH_READY, "", 0);
	assert_int_equal(write(fx.stop, "r", 1), 1);
	assert_int_equal(news(), UT_CLIENT_DOWN);
	assert_non_null(strstr(err.msg, "has ended the connection"));
	fx_dock_stop();
}

/* One tablet cannot hold more places than it can need. */
static void test_comes_again(void **state)
{
	struct ut_client old[4];
	size_t i;

	fx_dock_start();
	for (i = 0; i < 4; i++) {
		open_client(fx_home);
		expect_up();
		expect_event(UT_WATCH_READY, "", 0);
		old[i] = client;
		memset(&client, 0, sizeof(client));
		ut_creds_put(creds);
		creds = NULL;
	}
	open_client(fx_home);
	expect_up();
	expect_event(UT_WATCH_READY, "", 0);
	ut_client_close(&client);
	client = old[0];
	assert_int_equal(news(), UT_CLIENT_DOWN);
	for (i = 1; i < 4; i++)
		ut_client_close(&old[i]);
	fx_dock_stop();
}

/* Who names no dock gets none, but for a hint, of which any will do. */
static void test_nameless(void **state)
{
	static const struct {
		enum ut_start_op op;
		bool any;
		bool good;
	} rows[] = {
		{ UT_START_WATCH, true, true },
		{ UT_START_WATCH, false, false },
		{ UT_START_LIST, true, true },
		{ UT_START_LIST, false, false },
		{ UT_START_IMPORT, true, false },
		{ UT_START_IMPORT, false, false },
		{ UT_START_FETCH, true, false },
		{ UT_START_FETCH, false, false },
	};
	struct ut_client_target target = {
		.host = fx_home, .port = fx.dock.dock.port, .peer = -1,
		.expect = "", .busid = "1-2", .sandbox = &fx.sandbox,
		.deadline = ut_clock_ms() + 10000,
	};
	size_t i;
	int ret;

	assert_int_equal(ut_creds_load(&creds, UT_TLS_TABLET, &fx.tablet.tls,
				       &fx.sandbox, &err), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		target.op = rows[i].op;
		target.any = rows[i].any;
		ret = ut_client_open(&client, &target, creds, &err);
		if (ret != (rows[i].good ? 0 : -EINVAL))
			fail_msg("row %zu: %d", i, ret);
		if (ut_client_is_open(&client) != rows[i].good)
			fail_msg("row %zu: has a worker", i);
		ut_client_close(&client);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_events), T(test_settles), T(test_outlives_deadline),
		T(test_crls), T(test_revoked),
		T(test_no_dock), T(test_no_host), T(test_refused),
		T(test_reload), T(test_comes_again), T(test_nameless),
	};

	return cmocka_run_group_tests(tests, fx_group_setup, fx_group_teardown);
}
