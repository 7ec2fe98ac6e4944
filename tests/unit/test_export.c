// SPDX-License-Identifier: GPL-2.0
/* What the dock does with an import, and what a worker may ask of it. */
#include "lib/export_bed.h"
#include "tls/sign_text.h"

static int new_fd(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void test_import(void **state)
{
	struct mock_call script[] = {
		{ .op = MOCK_NEW, .id = 9, .fd = new_fd() },
	};
	struct ut_op_device dev;
	char number[16];

	exp_status("1\n");
	exp_import(script, 1, false);
	assert_int_equal(exp_answer(&dev), UT_OP_ST_OK);
	assert_string_equal(dev.busid, "1-2");
	assert_string_equal(dev.product, "DataTraveler");
	assert_int_equal(mock_req.fd, exp_conn.peer);
	assert_int_equal(mock_req.role, USBIP_TLS_ROLE_DOCK);
	assert_int_equal(mock_req.devid, 0x10007);
	assert_string_equal(mock_busid, "1-2");
	assert_string_equal(mock_peer, "blue");
	snprintf(number, sizeof(number), "%d", script[0].fd);
	assert_memory_equal(fake_read(EXP_SOCKFD), number, strlen(number));
	assert_false(is_open(script[0].fd));
}

static void test_used(void **state)
{
	exp_refused("2\n", UT_OP_ST_DEV_BUSY);
}

static void test_broken(void **state)
{
	exp_refused("3\n", UT_OP_ST_DEV_ERR);
}

static void test_not_there(void **state)
{
	exp_refused(NULL, UT_OP_ST_NODEV);
}

/* A device of the dock that was never bound must look as if it did not exist. */
static void test_not_shared(void **state)
{
	struct fake_dev own = exp_stick;

	own.driver = "usb";
	fake_device(&own);
	exp_refused(NULL, UT_OP_ST_NODEV);
}

/* So must a device that the rules deny. */
static void test_denied(void **state)
{
	exp_configure("[policy]\nrule =\nrule = allow tablet=red\n");
	exp_refused("1\n", UT_OP_ST_NODEV);
}

/* Nor is a denied tablet told whether the device is in use. */
static void test_denied_in_use(void **state)
{
	exp_configure("[policy]\nrule =\nrule = deny serial=*\n");
	exp_refused("2\n", UT_OP_ST_NODEV);
}

static void test_kernel_refuses(void **state)
{
	static const struct {
		int error;
		enum ut_op_status status;
	} rows[] = {
		{ -ENODEV, UT_OP_ST_NODEV }, { -ENOKEY, UT_OP_ST_ERROR },
		{ -ENOSPC, UT_OP_ST_ERROR }, { -EPERM, UT_OP_ST_ERROR },
	};
	struct ut_op_device dev;
	size_t i;

	exp_status("1\n");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct mock_call script[] = {
			{ .op = MOCK_NEW, .ret = rows[i].error,
			  .code = UT_EXIT_FAILURE, .fd = -1 },
		};

		exp_import(script, 1, false);
		assert_int_equal(exp_answer(&dev), rows[i].status);
		exp_teardown(state);
		exp_setup(state);
		exp_status("1\n");
	}
}

/* The driver does not take the session: the tablet is answered all the same. */
static void test_driver_refuses(void **state)
{
	struct mock_call script[] = {
		{ .op = MOCK_NEW, .id = 9, .fd = new_fd() },
	};
	struct ut_op_device dev;

	fake_device(&exp_stick);
	fake("1\n", "devices/pci0/usb1/1-2/usbip_status");
	fake(NULL, EXP_SOCKFD);	/* a directory cannot be written */
	exp_import(script, 1, false);
	assert_int_not_equal(exp_answer(&dev), UT_OP_ST_OK);
	assert_false(is_open(script[0].fd));
}

/* The tablet leaves before it gets its answer: the device must be free again. */
static void test_tablet_is_gone(void **state)
{
	struct mock_call script[] = {
		{ .op = MOCK_NEW, .id = 9, .fd = new_fd() },
		{ .op = MOCK_DEL, .id = 9 },
	};

	exp_status("1\n");
	close(exp_tablet);
	exp_tablet = -1;
	exp_import(script, 2, false);
	assert_false(is_open(script[0].fd));
}

/* --- a worker that was taken over --- */

static void sign_of(struct ut_msg *msg, uint32_t version, uint32_t total,
		    uint32_t len)
{
	msg->sign.version = version;
	msg->total = total;
	msg->len = len;
}

static void test_out_of_turn(void **state)
{
	static const struct {
		enum ut_conn_state state;
		enum ut_msg_type type;
	} rows[] = {
		{ UT_CONN_HANDSHAKE, UT_MSG_IMPORT },
		{ UT_CONN_HANDSHAKE, UT_MSG_DEVLIST },
		{ UT_CONN_HANDSHAKE, UT_MSG_NEXT },
		{ UT_CONN_HANDSHAKE, UT_MSG_AUTH },	/* unsigned */
		{ UT_CONN_HANDSHAKE, UT_MSG_PEER },
		{ UT_CONN_HANDSHAKE, UT_MSG_WATCH },
		{ UT_CONN_SIGNED, UT_MSG_SIGN },
		{ UT_CONN_SIGNED, UT_MSG_DEVLIST },
		{ UT_CONN_SIGNED, UT_MSG_IMPORT },
		{ UT_CONN_SIGNED, UT_MSG_WATCH },
		{ UT_CONN_SIGNED, UT_MSG_TRUST },
		{ UT_CONN_SIGNED, UT_MSG_NEXT },
		{ UT_CONN_NAMED, UT_MSG_PEER },		/* once */
		{ UT_CONN_NAMED, UT_MSG_SIGN },
		{ UT_CONN_NAMED, UT_MSG_IMPORT },
		{ UT_CONN_AUTHENTICATED, UT_MSG_PEER },
		{ UT_CONN_PLAIN, UT_MSG_SIGN },
		{ UT_CONN_PLAIN, UT_MSG_PEER },
		{ UT_CONN_PLAIN, UT_MSG_AUTH },
		{ UT_CONN_PLAIN, UT_MSG_WATCH },
		{ UT_CONN_PLAIN, UT_MSG_TRUST },
		{ UT_CONN_PLAIN, UT_MSG_NEXT },
		{ UT_CONN_AUTHENTICATED, UT_MSG_AUTH },
		{ UT_CONN_AUTHENTICATED, UT_MSG_SIGN },
		{ UT_CONN_AUTHENTICATED, UT_MSG_NEXT },
		{ UT_CONN_LISTING, UT_MSG_IMPORT },
		{ UT_CONN_LISTING, UT_MSG_DEVLIST },
		{ UT_CONN_LISTING, UT_MSG_NEXT },	/* none left */
		{ UT_CONN_IMPORTED, UT_MSG_IMPORT },
		{ UT_CONN_AUTHENTICATED, UT_MSG_COUNT },
		{ UT_CONN_AUTHENTICATED, UT_MSG_READY },
		{ UT_CONN_AUTHENTICATED, UT_MSG_STATUS },
		{ UT_CONN_AUTHENTICATED, UT_MSG_CLAIM },
		{ UT_CONN_AUTHENTICATED, UT_MSG_PROVEN },
		{ UT_CONN_AUTHENTICATED, UT_MSG_PSK },
		{ UT_CONN_AUTHENTICATED, UT_MSG_CONFIRMED },
		{ UT_CONN_HANDSHAKE, UT_MSG_TRUST },
		{ UT_CONN_WATCHING, UT_MSG_TRUST },
		{ UT_CONN_WATCHING, UT_MSG_WATCH },
		{ UT_CONN_WATCHING, UT_MSG_IMPORT },
		{ UT_CONN_HUNGRY, UT_MSG_NEXT },	/* two at once */
		{ UT_CONN_HUNGRY, UT_MSG_WATCH },
		{ UT_CONN_LISTING, UT_MSG_TRUST },
		{ UT_CONN_IMPORTED, UT_MSG_DEVLIST },
		{ UT_CONN_SILENT, UT_MSG_OUTCOME },
		{ UT_CONN_RENEWING, UT_MSG_TRUST },
		{ UT_CONN_RENEWING, UT_MSG_NEXT },
		{ UT_CONN_FETCHING, UT_MSG_TRUST },
		{ UT_CONN_FETCHING, UT_MSG_NEXT },	/* all is fetched */
	};
	size_t i;

	exp_status("1\n");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ut_msg msg = { .type = rows[i].type };

		if (msg.type == UT_MSG_AUTH)
			msg.auth.version = 0x0304;
		if (msg.type == UT_MSG_SIGN)
			sign_of(&msg, 0x0304, 32, 32);
		if (msg.type == UT_MSG_IMPORT)
			strcpy(msg.import.busid, "1-2");
		exp_conn.state = rows[i].state;
		exp_expect_end(&msg);
	}
}

/* What a dock signs is short, and comes as a whole. */
static void test_long_signature(void **state)
{
	struct ut_msg msg = { .type = UT_MSG_SIGN };

	exp_conn.state = UT_CONN_HANDSHAKE;
	msg.sign.version = 0x0303;
	msg.total = msg.len = UT_SIGN_DOCK_MAX + 1;
	exp_expect_end(&msg);
	exp_conn.state = UT_CONN_HANDSHAKE;
	msg.total = 100;
	msg.len = 64;
	exp_expect_end(&msg);
	/* One signature for each handshake. */
	exp_conn.state = UT_CONN_SIGNED;
	msg.len = 100;
	exp_expect_end(&msg);
}

static void test_name_that_is_not_allowed(void **state)
{
	struct ut_msg msg = { .type = UT_MSG_AUTH };

	exp_configure("[dock]\nallow_tablets = red*\n");
	exp_conn.state = UT_CONN_SIGNED;
	msg.auth.version = 0x0304;
	strcpy(msg.auth.name, "blue");
	strcpy(msg.auth.serial, "4a01");
	exp_expect_end(&msg);
	strcpy(msg.auth.name, "red1");
	exp_conn.state = UT_CONN_SIGNED;
	exp_say(&msg);
	assert_false(ut_conn_message(&exp_dock, &exp_conn));
	assert_string_equal(exp_conn.name, "red1");
	assert_string_equal(exp_conn.serial, "4a01");
}

static void test_nameless(void **state)
{
	struct ut_msg msg = { .type = UT_MSG_AUTH };

	msg.auth.version = 0x0304;
	exp_conn.state = UT_CONN_SIGNED;
	exp_expect_end(&msg);
	exp_creds.optional = true;
	exp_conn.state = UT_CONN_SIGNED;
	exp_say(&msg);
	assert_false(ut_conn_message(&exp_dock, &exp_conn));
	assert_int_equal(exp_conn.state, UT_CONN_AUTHENTICATED);
}

static void test_malformed(void **state)
{
	struct ut_msg msg;
	size_t i;

	for (i = 0; i < 7; i++) {
		memset(&msg, 0, sizeof(msg));
		switch (i) {
		case 0:
			msg.type = UT_MSG_N_TYPES;
			break;
		case 1:
			msg.type = UT_MSG_IMPORT;
			memset(msg.import.busid, '1', sizeof(msg.import.busid));
			break;
		case 2:
			msg.type = UT_MSG_AUTH;
			msg.auth.version = 0x0304;
			memset(msg.auth.name, 'a', sizeof(msg.auth.name));
			break;
		case 3:
			msg.type = UT_MSG_SIGN;
			sign_of(&msg, 0x0304, UT_SIGN_TEXT_MAX,
				UT_MSG_DATA + 1);
			break;
		case 4:
			msg.type = UT_MSG_OUTCOME;
			msg.outcome.reason = UT_TLS_N_REASONS;
			break;
		case 5:
			msg.type = UT_MSG_OUTCOME;
			memset(msg.outcome.name, 'a', sizeof(msg.outcome.name));
			break;
		case 6:
			msg.type = UT_MSG_AUTH;
			msg.auth.version = 0x0302;
			break;
		}
		exp_expect_end(&msg);
	}
	assert_int_equal(send(exp_worker, &msg, sizeof(msg) - 1, 0),
			 sizeof(msg) - 1);
	assert_true(ut_conn_message(&exp_dock, &exp_conn));
}

/* A bus id that leads elsewhere in sysfs is no device. */
static void test_bus_id_with_a_path(void **state)
{
	static const char *const bad[] = {
		"../1-2", "1-2/../1-2", "..", "", "usb1", "1-2\n",
	};
	struct ut_op_device dev;
	size_t i;

	exp_status("1\n");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ut_msg msg = { .type = UT_MSG_IMPORT };

		strcpy(msg.import.busid, bad[i]);
		exp_conn.state = UT_CONN_AUTHENTICATED;
		exp_say(&msg);
		assert_true(ut_conn_message(&exp_dock, &exp_conn));
		mock_done();
		if (exp_answer(&dev) != UT_OP_ST_NODEV)
			fail_msg("\"%s\" was taken", bad[i]);
		exp_teardown(state);
		exp_setup(state);
		exp_status("1\n");
	}
}

static void test_devices_one_by_one(void **state)
{
	struct ut_msg msg = { .type = UT_MSG_DEVLIST };

	exp_status("1\n");
	exp_say(&msg);
	assert_false(ut_conn_message(&exp_dock, &exp_conn));
	assert_int_equal(ut_msg_recv(exp_worker, &msg), 0);
	assert_int_equal(msg.type, UT_MSG_COUNT);
	assert_int_equal(msg.value, 1);
	msg.type = UT_MSG_NEXT;
	exp_say(&msg);
	assert_false(ut_conn_message(&exp_dock, &exp_conn));
	assert_int_equal(ut_msg_recv(exp_worker, &msg), 0);
	assert_int_equal(msg.type, UT_MSG_DEVICE);
	assert_string_equal(msg.device.busid, "1-2");
	msg.type = UT_MSG_NEXT;
	exp_expect_end(&msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_import),
		TEST(test_used),
		TEST(test_broken),
		TEST(test_not_there),
		TEST(test_not_shared),
		TEST(test_denied),
		TEST(test_denied_in_use),
		TEST(test_kernel_refuses),
		TEST(test_driver_refuses),
		TEST(test_tablet_is_gone),
		TEST(test_out_of_turn),
		TEST(test_long_signature),
		TEST(test_name_that_is_not_allowed),
		TEST(test_nameless),
		TEST(test_malformed),
		TEST(test_bus_id_with_a_path),
		TEST(test_devices_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
