// SPDX-License-Identifier: GPL-2.0
/* A tablet's worker that was taken over: what it says out of turn is refused. */
#include "lib/dock_bed.h"
#include "tablet/client.h"

#define WAIT_MS 30000

static struct ut_client client;
static struct ut_creds *creds;
static struct ut_watch_event event;
static struct ut_err err;

static int teardown(void **state)
{
	ut_client_close(&client);
	ut_creds_put(creds);
	creds = NULL;
	return fx_teardown(state);
}

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
#define T(f) cmocka_unit_test_setup_teardown(f, fx_setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_signatures_out_of_turn), T(test_out_of_turn),
		T(test_half_said), T(test_messages_of_others),
	};

	return cmocka_run_group_tests(tests, fx_group_setup, fx_group_teardown);
}
