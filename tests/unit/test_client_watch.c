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

/* --- a worker that was taken over --- */

static int worker;

/* A process that does nothing has the worker's place, this test its voice. */
static void take_over_in(enum ut_client_state state)
{
	memset(&client, 0, sizeof(client));
	client.creds = ut_creds_get(creds);
	client.deadline = INT64_MAX;
	client.op = UT_START_WATCH;
	client.state = state;
	assert_int_equal(ut_program_pair(&client.worker.fd, &worker), 0);
	client.worker.pid = fork();
	if (!client.worker.pid)
		for (;;)
			pause();
}

static void take_over(void)
{
	assert_int_equal(ut_creds_load(&creds, UT_TLS_TABLET, &fx.tablet.tls,
				       &fx.sandbox, &err), 0);
	take_over_in(UT_CLIENT_SHAKING);
}

static void give_back(void)
{
	ut_client_close(&client);
	ut_creds_put(creds);
	creds = NULL;
	close(worker);
}

static enum ut_client_news say(const struct ut_msg *msg)
{
	assert_int_equal(ut_msg_send(worker, msg), 0);
	return ut_client_read(&client, &event, &err);
}

static const struct ut_msg hash = {
	.type = UT_MSG_SIGN, .total = 32, .len = 32, .sign = {
		.version = 0x0304,
		.algorithm = GNUTLS_SIGN_ECDSA_SECP256R1_SHA256,
	},
}, half = {
	.type = UT_MSG_SIGN, .total = 2048, .len = 1024, .sign = {
		.version = 0x0303,
		.algorithm = GNUTLS_SIGN_ECDSA_SHA256,
	},
}, auth = {
	.type = UT_MSG_AUTH, .auth = {
		.version = 0x0304, .name = "desk", .serial = "4a01",
	},
};

/* One signature for a handshake, for one text, and before it is done. */
static void test_signatures_out_of_turn(void **state)
{
	static const struct ut_msg *const bad[][3] = {
		{ &hash, &hash }, { &hash, &half }, { &half, &hash },
		{ &half, &auth }, { &auth, &hash }, { &half, &half, &half },
	};
	struct ut_msg reply;
	size_t i, j;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		take_over();
		for (j = 0; j < 2 && bad[i][j + 1]; j++)
			if (say(bad[i][j]) != UT_CLIENT_NOTHING)
				fail_msg("row %zu: ended early", i);
		if (say(bad[i][j]) != UT_CLIENT_DOWN)
			fail_msg("row %zu: goes on", i);
		give_back();
	}
	take_over();
	assert_int_equal(say(&hash), UT_CLIENT_NOTHING);
	assert_int_equal(ut_msg_wait(worker, &reply, WAIT_MS), 0);
	assert_int_equal(reply.type, UT_MSG_SIGNATURE);
	assert_true(reply.len > 0);
	assert_int_equal(say(&auth), UT_CLIENT_NOTHING);
	assert_string_equal(client.name, "desk");
	assert_int_equal(client.state, UT_CLIENT_ASKS_WATCH);
	give_back();
	/* What it asks is no text of a tablet: no signature, and it lives. */
	take_over();
	assert_int_equal(say(&half), UT_CLIENT_NOTHING);
	assert_int_equal(say(&half), UT_CLIENT_NOTHING);
	assert_int_equal(ut_msg_wait(worker, &reply, WAIT_MS), 0);
	assert_int_equal(reply.type, UT_MSG_SIGNATURE);
	assert_int_equal(reply.len, 0);
	give_back();
}

/* In every state everything is refused but what belongs there. */
static void test_out_of_turn(void **state)
{
#define ASKS(op) UT_IN(UT_CLIENT_ASKS_LIST + UT_START_##op)
	static const struct ut_msg messages[] = {
		{ .type = UT_MSG_AT, .at = "192.0.2.1" },
		{ .type = UT_MSG_ERROR, .error = {
			.error = EIO, .err = { .code = UT_EXIT_FAILURE } } },
		{ .type = UT_MSG_SIGN, .total = 32, .len = 32,
		  .sign = { .version = 0x0304 } },
		{ .type = UT_MSG_AUTH, .auth = {
			.version = 0x0304, .name = "desk", .serial = "4a01" } },
		{ .type = UT_MSG_COUNT, .value = 1 },
		{ .type = UT_MSG_DEVICE },
		{ .type = UT_MSG_WATCH },
		{ .type = UT_MSG_EVENT, .event = { .kind = UT_WATCH_READY } },
		{ .type = UT_MSG_IMPORTED },
		{ .type = UT_MSG_BLOB, .total = 1, .len = 1 },
		{ .type = UT_MSG_STATUS, .value = UT_OP_ST_NA },
		/* All is well, it says: that has its time, too. */
		{ .type = UT_MSG_OUTCOME },
	};
	static const uint32_t in[] = {
		UT_IN(UT_CLIENT_DIALING), UT_IN(UT_CLIENT_DIALING),
		UT_IN(UT_CLIENT_SHAKING) | UT_IN(UT_CLIENT_SIGNING),
		UT_IN(UT_CLIENT_SHAKING) | UT_IN(UT_CLIENT_SIGNED),
		ASKS(LIST), UT_IN(UT_CLIENT_LISTING),
		ASKS(WATCH), UT_IN(UT_CLIENT_WATCHING),
		ASKS(IMPORT), ASKS(FETCH) | UT_IN(UT_CLIENT_FETCHING),
		ASKS(LIST) | ASKS(WATCH) | ASKS(IMPORT) | ASKS(FETCH),
		UT_IN(UT_CLIENT_LISTING) | UT_IN(UT_CLIENT_IMPORTED),
	};
	unsigned int s, i;

	assert_int_equal(ut_creds_load(&creds, UT_TLS_TABLET, &fx.tablet.tls,
				       &fx.sandbox, &err), 0);
	for (s = 0; s <= UT_CLIENT_REFUSED; s++) {
		for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
			if (in[i] & UT_IN(s))
				continue;
			take_over_in(s);
			if (say(&messages[i]) != UT_CLIENT_DOWN)
				fail_msg("state %u takes message %u", s,
					 messages[i].type);
			close(worker);
		}
	}
}

/* That a dock does what it is asked is no refusal, and a list is all of it. */
static void test_half_said(void **state)
{
	static const struct ut_msg ok = { .type = UT_MSG_STATUS },
				   over = { .type = UT_MSG_OUTCOME },
				   two = { .type = UT_MSG_COUNT, .value = 2 },
				   one = { .type = UT_MSG_DEVICE,
					   .device = { .busid = "1-2" } };

	assert_int_equal(ut_creds_load(&creds, UT_TLS_TABLET, &fx.tablet.tls,
				       &fx.sandbox, &err), 0);
	take_over_in(UT_CLIENT_ASKS_IMPORT);
	assert_int_equal(say(&ok), UT_CLIENT_DOWN);
	assert_int_equal(err.code, UT_EXIT_FAILURE);
	close(worker);
	take_over_in(UT_CLIENT_ASKS_LIST);
	client.op = UT_START_LIST;
	assert_int_equal(say(&two), UT_CLIENT_NOTHING);
	assert_int_equal(say(&one), UT_CLIENT_NOTHING);
	assert_int_equal(say(&over), UT_CLIENT_DOWN);
	assert_int_equal(err.code, UT_EXIT_PROTOCOL);
	assert_non_null(strstr(err.msg, "does not tell of its devices"));
	give_back();
}

/* Well-formed all of them, but of other programs, or to a worker. */
static void test_messages_of_others(void **state)
{
	static const enum ut_msg_type types[] = {
		UT_MSG_CLAIM, UT_MSG_PSK, UT_MSG_DENIED, UT_MSG_BOUND,
		UT_MSG_PROVEN, UT_MSG_GRANTED, UT_MSG_CONFIRMED, UT_MSG_READY,
		UT_MSG_DEVLIST, UT_MSG_NEXT, UT_MSG_SIGNATURE,
	};
	static struct ut_msg msg;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		take_over();
		if (say(ut_msg_init(&msg, types[i])) != UT_CLIENT_DOWN)
			fail_msg("type %d: goes on", types[i]);
		give_back();
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
		T(test_signatures_out_of_turn), T(test_out_of_turn),
		T(test_half_said), T(test_messages_of_others),
	};

	return cmocka_run_group_tests(tests, fx_group_setup, fx_group_teardown);
}
