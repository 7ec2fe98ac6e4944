// SPDX-License-Identifier: GPL-2.0
/* Imports by clients without TLS, and devices that are taken over. */
#include "lib/export_bed.h"
#include "usb/stub.h"

/* usbip-host gets a session on a socket that was declared to have no TLS. */
static void test_plain(void **state)
{
	const struct mock_call script[] = {
		{ .op = MOCK_NEW, .id = 5, .fd = dup(exp_worker) },
	};
	struct ut_op_device dev;
	char number[16];

	exp_conn.plain = true;
	strcpy(exp_conn.name, "plaintext@192.0.2.1");
	exp_status("1\n");
	exp_import(script, 1, false);
	assert_int_equal(exp_answer(&dev), UT_OP_ST_OK);
	assert_string_equal(dev.busid, "1-2");
	assert_int_equal(mock_req.fd, exp_conn.peer);
	assert_true(mock_req.plain);
	assert_int_equal(mock_req.role, USBIP_TLS_ROLE_DOCK);
	assert_string_equal(mock_busid, "1-2");
	assert_string_equal(mock_peer, "plaintext@192.0.2.1");
	snprintf(number, sizeof(number), "%d", script[0].fd);
	assert_string_equal(fake_read(EXP_SOCKFD), number);
}

/* A client that came with TLS never gets a session without. */
static void test_tls_is_not_plain(void **state)
{
	const struct mock_call script[] = {
		{ .op = MOCK_NEW, .id = 5, .fd = dup(exp_worker) },
	};
	struct ut_op_device dev;

	exp_status("1\n");
	exp_import(script, 1, false);
	assert_int_equal(exp_answer(&dev), UT_OP_ST_OK);
	assert_false(mock_req.plain);
}

static void test_plain_denied(void **state)
{
	exp_conn.plain = true;
	strcpy(exp_conn.name, "plaintext@192.0.2.1");
	exp_configure("[policy]\nrule =\nrule = deny tablet=plaintext@*\n"
		      "rule = allow\n");
	exp_refused("1\n", UT_OP_ST_NODEV);
}

static void test_plain_is_gone(void **state)
{
	const struct mock_call script[] = {
		{ .op = MOCK_NEW, .id = 5, .fd = dup(exp_worker) },
		{ .op = MOCK_DEL, .id = 5 },
	};

	exp_conn.plain = true;
	exp_status("1\n");
	close(exp_tablet);
	exp_tablet = -1;
	exp_import(script, 2, false);
	assert_string_not_equal(fake_read(EXP_SOCKFD), "-1");
}

/* It ends like any other use: by its session, and only if a rule says so. */
static void take_over(const char *rule, size_t ends)
{
	const struct ut_session used = {
		.id = 4, .role = USBIP_TLS_ROLE_DOCK, .busid = "1-2",
		.state = USBIP_TLS_STATE_OPEN, .peer = "plaintext@192.0.2.1",
		.plain = true,
	};
	const struct mock_call script[] = {
		{ .op = MOCK_DUMP, .sessions = &used, .n = 1 },
		{ .op = MOCK_DEL, .id = 4 },
	};

	exp_configure(rule);
	exp_replace(script, 1 + ends);
	assert_int_equal(ut_reserved(&exp_dock.reserves, "1-2", "red",
				     ut_clock_ms()), ends);
}

static void test_take_over_from_plain(void **state)
{
	take_over("[policy]\nrule =\nrule = allow take-over\n", 1);
}

static void test_no_take_over_from_plain(void **state)
{
	take_over("[policy]\nrule =\nrule = allow\n", 0);
}

/* Another program gave it away: there is no session of ours to end. */
static void test_take_over_from_others(void **state)
{
	const struct mock_call script[] = { { .op = MOCK_DUMP } };

	exp_configure("[policy]\nrule =\nrule = allow take-over\n");
	exp_replace(script, 1);
}

/* While somebody unbinds it, nobody gets it, and no session is left over. */
static void test_held(void **state)
{
	const struct mock_call script[] = {
		{ .op = MOCK_NEW, .id = 5, .fd = dup(exp_worker) },
	};
	struct ut_op_device dev;
	struct ut_err err;
	int hold;

	exp_status("1\n");
	fake("", "bus/usb/drivers/usbip-host/unbind");
	assert_int_equal(ut_stub_hold("1-2", &hold, &err), 0);
	assert_int_equal(ut_stub_hold("1-2", &hold, &err), -EBUSY);
	exp_import(script, 1, false);
	assert_int_equal(exp_answer(&dev), UT_OP_ST_DEV_BUSY);
	assert_string_equal(fake_read(EXP_SOCKFD), "");
	assert_int_equal(fcntl(script[0].fd, F_GETFD), -1);
	close(hold);
	assert_int_equal(ut_stub_hold("1-2", &hold, &err), 0);
	close(hold);
}

/* During its reset it has no number, and nobody has asked the rules. */
static void test_no_take_over_of_a_reset(void **state)
{
	struct fake_dev dev = exp_stick;
	struct ut_op_device got;

	exp_configure("[policy]\nrule =\nrule = allow take-over\n");
	dev.devnum = "0\n";
	fake_device(&dev);
	fake("2\n", "devices/pci0/usb1/1-2/usbip_status");
	fake("", EXP_SOCKFD);
	ut_export_import(&exp_dock, &exp_conn, "1-2", true);
	mock_done();
	assert_int_equal(exp_answer(&got), UT_OP_ST_DEV_BUSY);
	assert_string_equal(fake_read(EXP_SOCKFD), "");
	assert_false(
		ut_reserved(&exp_dock.reserves, "1-2", "red", ut_clock_ms()));
}

/* The session is closed, but the driver has not given the device back yet. */
static void test_take_over_of_the_rest(void **state)
{
	const struct ut_session closed = {
		.id = 4, .role = USBIP_TLS_ROLE_DOCK, .busid = "1-2",
		.state = USBIP_TLS_STATE_CLOSED, .peer = "red",
	};
	const struct mock_call script[] = {
		{ .op = MOCK_DUMP, .sessions = &closed, .n = 1 },
	};

	exp_configure("[policy]\nrule =\nrule = allow take-over\n");
	exp_replace(script, 1);
	assert_true(
		ut_reserved(&exp_dock.reserves, "1-2", "red", ut_clock_ms()));
}

/* These requests need a certificate that we have seen. */
static void test_plain_out_of_turn(void **state)
{
	struct ut_msg watch = { .type = UT_MSG_WATCH };
	struct ut_msg trust = { .type = UT_MSG_TRUST };

	exp_conn.plain = true;
	exp_conn.state = UT_CONN_PLAIN;
	strcpy(exp_conn.name, "plaintext@192.0.2.1");
	exp_expect_end(&watch);
	exp_expect_end(&trust);
	trust.trust.renew = 1;
	exp_expect_end(&trust);
}

/* A reload has closed the listener it came through. */
static void test_plain_shut_out(void **state)
{
	struct ut_msg msg = { .type = UT_MSG_IMPORT };
	const struct mock_call script[] = {
		{ .op = MOCK_NEW, .id = 5, .fd = dup(exp_worker) },
	};

	exp_status("1\n");
	exp_conn.plain = true;
	strcpy(exp_conn.name, "plaintext@192.0.2.1");
	strcpy(msg.import.busid, "1-2");
	exp_expect_end(&msg);
	assert_string_equal(fake_read(EXP_SOCKFD), "");
	exp_configure(
		"[plaintext]\nlisten = 127.0.0.1\nallow = 192.0.2.0/24\n");
	exp_conn.state = UT_CONN_PLAIN;
	exp_say(&msg);
	mock_expect(script, 1);
	assert_true(ut_conn_message(&exp_dock, &exp_conn));
	mock_done();
	assert_string_not_equal(fake_read(EXP_SOCKFD), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plain),
		TEST(test_tls_is_not_plain),
		TEST(test_held),
		TEST(test_take_over_from_others),
		TEST(test_plain_denied),
		TEST(test_plain_is_gone),
		TEST(test_take_over_from_plain),
		TEST(test_no_take_over_from_plain),
		TEST(test_no_take_over_of_a_reset),
		TEST(test_take_over_of_the_rest),
		TEST(test_plain_out_of_turn),
		TEST(test_plain_shut_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
