// SPDX-License-Identifier: GPL-2.0
/*
 * Stock clients without TLS: none by default, then only from listed addresses, and only
 * what the rules give them.
 */
#include "lib/dock_bed.h"

#define CROWD 40
#define US "plaintext@127.0.0.1"
#define SOCKFD "devices/pci0/usb1/1-2/usbip_sockfd"

/* The listener without TLS; the clients of this test connect to it. */
static void plaintext(const char *rest)
{
	char text[400];

	snprintf(text, sizeof(text), "[plaintext]\nlisten = 127.0.0.1\n"
		 "port = %u\n%s", loopback_port(), rest);
	fx_config(&fx.dock, text);
}

static void start(const char *rest)
{
	plaintext(rest);
	fx_share_stick();
	fake("", SOCKFD);
	fx_dock_start();
}

/* As fx_dial(), but without TLS. */
static int dial(void)
{
	return loopback_dial(NULL, fx.dock.plaintext.port);
}

static size_t ask(const void *request, size_t len, uint8_t *buf, size_t size)
{
	int fd = dial();

	/* By then a client that may not come in has been disconnected. */
	send(fd, request, len, MSG_NOSIGNAL);
	len = fx_read_all(fd, buf, size);
	close(fd);
	return len;
}

/* The devices in the answer to a list request. */
static uint32_t list(struct ut_op_device *dev)
{
	uint8_t request[UT_OP_HDR_SIZE], buf[4096];
	struct ut_op_header h;
	uint32_t n;
	size_t len;

	ut_op_encode_header(request, UT_OP_REQ_DEVLIST, 0);
	len = ask(request, sizeof(request), buf, sizeof(buf));
	assert_true(len >= UT_OP_HDR_SIZE + UT_OP_COUNT_SIZE);
	assert_int_equal(ut_op_decode_header(buf, &h), 0);
	assert_int_equal(h.code, UT_OP_REP_DEVLIST);
	assert_int_equal(h.status, UT_OP_ST_OK);
	n = ut_op_get32(buf + UT_OP_HDR_SIZE);
	if (n)
		assert_int_equal(ut_op_decode_device(buf + UT_OP_HDR_SIZE +
						     UT_OP_COUNT_SIZE, dev), 0);
	return n;
}

/* The status of the answer to an import; -1: there was none. */
static int import(const char *busid, uint32_t flags)
{
	uint8_t request[UT_OP_IMPORT_REQ_SIZE], buf[4096];
	struct ut_op_device dev;
	struct ut_op_header h;
	size_t len;

	assert_int_equal(ut_op_encode_import_request(request, busid, flags), 0);
	len = ask(request, sizeof(request), buf, sizeof(buf));
	if (!len)
		return -1;
	assert_int_equal(ut_op_decode_header(buf, &h), 0);
	assert_int_equal(h.code, UT_OP_REP_IMPORT);
	assert_int_equal(len, UT_OP_HDR_SIZE + (h.status == UT_OP_ST_OK ?
						UT_OP_DEVICE_SIZE : 0));
	if (h.status == UT_OP_ST_OK) {
		assert_int_equal(ut_op_decode_device(buf + UT_OP_HDR_SIZE,
						     &dev), 0);
		assert_string_equal(dev.busid, busid);
	}
	return (int)h.status;
}

static void test_off(void **state)
{
	struct sockaddr_in in;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	fx_config(&fx.dock, "[plaintext]\nallow = 127.0.0.1\n");
	fx.dock.plaintext.port = loopback_port();
	fx_dock_start();
	in = loopback_address(fx.dock.plaintext.port);
	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), -1);
	assert_int_equal(errno, ECONNREFUSED);
	close(fd);
	assert_null(strstr(fx_log(), "WITHOUT TLS"));
	fx_dock_stop();
}

static void test_list(void **state)
{
	struct ut_op_device dev;

	start("allow = 127.0.0.0/8\n");
	fx_expect_log("WITHOUT TLS, for stock clients: nothing is encrypted");
	assert_int_equal(list(&dev), 1);
	assert_string_equal(dev.busid, "1-2");
	fx_expect_log("\"" US "\" listed 1 devices");
	/* No other session is disturbed. */
	fx_tablet_lists(1);
	fx_dock_stop();
}

/* The driver gets a session on the connection, not the connection itself. */
static void test_import(void **state)
{
	const struct mock_call script[] = {
		{ .op = MOCK_NEW, .id = 5, .fd = open("/dev/null", O_RDONLY) },
	};

	mock_expect(script, 1);
	start("allow = 127.0.0.1\n");
	assert_int_equal(import("1-2", 0), UT_OP_ST_OK);
	assert_int_equal(atoi(fake_read(SOCKFD)), script[0].fd);
	fx_expect_log("\"" US "\" gets 1-2 WITHOUT TLS as session 5");
	fx_dock_stop();
	close(script[0].fd);
	mock_expect(NULL, 0);
}

/* Not one byte; the log says why. */
static void shut_out(const char *config, const char *why)
{
	start(config);
	assert_int_equal(import("1-2", 0), -1);
	fx_expect_log(why);
	assert_string_equal(fake_read(SOCKFD), "");
	fx_tablet_lists(1);
	fx_dock_stop();
}

static void test_other_address(void **state)
{
	shut_out("allow = 127.0.0.2\nallow = 10.0.0.0/8\n",
		 "refused (plaintext): [plaintext] allow does not have its address");
}

static void test_nobody(void **state)
{
	shut_out("", "refused (plaintext): [plaintext] allow");
}

static void test_allow_tablets(void **state)
{
	shut_out("allow = 127.0.0.1\n[dock]\nallow_tablets = blue\n",
		 "refused (plaintext): [dock] allow_tablets does not have its name");
}

/* Not listed, and no different from a device that does not exist. */
static void test_rules(void **state)
{
	struct ut_op_device dev;

	start("allow = 127.0.0.1\n[policy]\nrule =\n"
	      "rule = deny tablet=" US "\nrule = allow\n");
	assert_int_equal(list(&dev), 0);
	assert_int_equal(import("1-2", 0), UT_OP_ST_NODEV);
	fx_expect_log("did not get 1-2: test:");
	assert_int_equal(import("7-7", 0), UT_OP_ST_NODEV);
	assert_string_equal(fake_read(SOCKFD), "");
	fx_tablet_lists(1);
	fx_dock_stop();
}

static void test_rule_for_it_alone(void **state)
{
	struct ut_op_device dev;

	start("allow = 127.0.0.1\n[policy]\nrule =\n"
	      "rule = allow tablet=plaintext@127.*\n");
	assert_int_equal(list(&dev), 1);
	fx_tablet_lists(0);
	fx_dock_stop();
}

static void nothing_is_there(const char *rules)
{
	struct ut_op_device dev;
	char text[200];

	snprintf(text, sizeof(text), "allow = 127.0.0.1\n[policy]\nrule =\n%s",
		 rules);
	start(text);
	assert_int_equal(list(&dev), 0);
	assert_int_equal(import("1-2", 0), UT_OP_ST_NODEV);
	fx_dock_stop();
}

static void test_no_rule(void **state)
{
	nothing_is_there("");
}

static void test_hidden(void **state)
{
	nothing_is_there("rule = hide id=0951:*\nrule = allow\n");
}

/* Nothing that a stock client says ends a session of ours. */
static void test_busy(void **state)
{
	struct ut_op_device dev;

	plaintext("allow = 127.0.0.1\n[policy]\nrule =\n"
		  "rule = allow take-over\n");
	fx_share_stick();
	fake("2\n", "devices/pci0/usb1/1-2/usbip_status");
	fake("", SOCKFD);
	fx_dock_start();
	assert_int_equal(list(&dev), 0);
	assert_int_equal(import("1-2", UT_OP_IMPORT_REPLACE),
			 UT_OP_ST_DEV_BUSY);
	assert_string_equal(fake_read(SOCKFD), "");
	fx_dock_stop();
}

/* --- what else may come --- */

static void silent_end(const void *request, size_t len, const char *log)
{
	uint8_t buf[64];

	start("allow = 127.0.0.1\n");
	assert_int_equal(ask(request, len, buf, sizeof(buf)), 0);
	fx_expect_log(log);
	fx_tablet_lists(1);
	fx_dock_stop();
}

static void test_tls(void **state)
{
	static const uint8_t hello[] = { 22, 3, 1, 0, 5, 1, 0, 0, 1, 3 };

	silent_end(hello, sizeof(hello), "refused (bad-request)");
}

static void test_watch(void **state)
{
	static const uint8_t watch[] = { 1, 0x11, 0x80, 0x71, 0, 0, 0, 0 };

	silent_end(watch, sizeof(watch), "refused (bad-request)");
}

/* More than one request: nothing is handed to the driver. */
static void test_more_than_asked(void **state)
{
	uint8_t both[UT_OP_IMPORT_REQ_SIZE + 1] = { 0 };
	const char busid[UT_OP_BUSID_SIZE] = "1-2";

	ut_op_encode_import_request(both, busid, 0);
	silent_end(both, sizeof(both), "refused (bad-request)");
}

static void test_half_a_request(void **state)
{
	static const uint8_t half[] = { 1, 0x11, 0x80 };

	fx.dock.dock.handshake_timeout = 1;
	silent_end(half, sizeof(half), "refused (timeout)");
}

static void test_gone(void **state)
{
	start("allow = 127.0.0.1\n");
	close(dial());
	fx_expect_log("refused (closed)");
	fx_dock_stop();
}

/* Clients that send half a request have proved nothing: they make room. */
static void test_crowd(void **state)
{
	static const uint8_t half[] = { 1, 0x11, 0x80 };
	const size_t stay = fx.dock.dock.max_per_address;
	const int64_t deadline = ut_clock_ms() + 60000;
	struct pollfd p[CROWD];
	uint8_t buf[16];
	int fds[CROWD];
	size_t i, left = CROWD;

	start("allow = 127.0.0.1\n");
	for (i = 0; i < CROWD; i++) {
		fds[i] = dial();
		send(fds[i], half, sizeof(half), MSG_NOSIGNAL);
		p[i] = (struct pollfd){ fds[i], POLLIN, 0 };
	}
	/* Not in order of arrival: the one that has sent nothing yet goes first. */
	while (left > stay) {
		if (poll(p, CROWD, ut_clock_left(deadline)) <= 0)
			fail_msg("%zu are left; dock:\n%s", left, fx_log());
		for (i = 0; i < CROWD; i++) {
			if (p[i].fd < 0 || !p[i].revents)
				continue;
			assert_int_equal(fx_read_all(p[i].fd, buf, sizeof(buf)),
					 0);
			p[i].fd = -1;
			left--;
		}
	}
	fx_tablet_lists(1);
	for (i = 0; i < CROWD; i++)
		close(fds[i]);
	fx_expect_log("refused (evicted): too many connections");
	fx_dock_stop();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_off), TEST(test_list), TEST(test_import),
		TEST(test_other_address), TEST(test_nobody),
		TEST(test_allow_tablets), TEST(test_rules),
		TEST(test_rule_for_it_alone), TEST(test_no_rule),
		TEST(test_hidden), TEST(test_busy), TEST(test_tls),
		TEST(test_watch), TEST(test_more_than_asked),
		TEST(test_half_a_request), TEST(test_gone), TEST(test_crowd),
	};

	return cmocka_run_group_tests(tests, fx_group_setup,
				      fx_group_teardown);
}
