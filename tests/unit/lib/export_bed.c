// SPDX-License-Identifier: GPL-2.0
#include "lib/export_bed.h"

const struct fake_dev exp_stick = {
	.parent = "devices/pci0/usb1", .busid = "1-2", .driver = "usbip-host",
	.vid = "0951\n", .pid = "1666\n", .class = "00\n", .speed = "480\n",
	.devnum = "7\n", .product = "DataTraveler\n",
};

struct ut_dock exp_dock;
struct ut_creds exp_creds;
struct ut_config exp_config;
struct ut_conn exp_conn;

int exp_tablet;		/* the other end of the connection */

int exp_worker;		/* the worker's end of its channel */

void exp_status(const char *value)
{
	fake_device(&exp_stick);
	fake(value, "devices/pci0/usb1/1-2/usbip_status");
	fake("", EXP_SOCKFD);
}

void exp_configure(const char *text)
{
	struct ut_err err;

	if (ut_config_parse(&exp_config, "test", text, &err))
		fail_msg("%s", err.msg);
}

int exp_setup(void **state)
{
	int fd[2];

	memset(&exp_dock, 0, sizeof(exp_dock));
	memset(&exp_creds, 0, sizeof(exp_creds));
	memset(&exp_conn, 0, sizeof(exp_conn));
	if (ut_config_default(&exp_config))
		return -1;
	exp_configure("[policy]\nrule = allow\n");
	exp_dock.config = &exp_config;
	exp_dock.nl = &mock_nl;
	exp_dock.creds = &exp_creds;
	exp_creds.signer.child.fd = -1;
	exp_conn.creds = &exp_creds;
	exp_conn.state = UT_CONN_AUTHENTICATED;
	strcpy(exp_conn.name, "blue");
	strcpy(exp_conn.text, "192.0.2.1:1");
	mock_expect(NULL, 0);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		return -1;
	exp_conn.peer = fd[0];
	exp_tablet = fd[1];
	if (ut_program_pair(&exp_conn.worker.fd, &exp_worker))
		return -1;
	if (fake_setup(state))
		return -1;
	fake_machine();
	return 0;
}

int exp_teardown(void **state)
{
	close(exp_conn.peer);
	close(exp_tablet);
	close(exp_conn.worker.fd);
	close(exp_worker);
	free(exp_conn.devs);
	json_object_put(exp_dock.refusals);
	ut_config_free(&exp_config);
	ut_proc_root_set(NULL);
	return fake_teardown(state);
}

enum ut_op_status exp_answer(struct ut_op_device *dev)
{
	uint8_t buf[UT_OP_HDR_SIZE + UT_OP_DEVICE_SIZE + 16];
	struct ut_op_header h;
	ssize_t n;

	n = recv(exp_tablet, buf, sizeof(buf), MSG_DONTWAIT);
	assert_true(n >= UT_OP_HDR_SIZE);
	assert_int_equal(ut_op_decode_header(buf, &h), 0);
	assert_int_equal(h.code, UT_OP_REP_IMPORT);
	if (h.status == UT_OP_ST_OK) {
		assert_int_equal(n, UT_OP_HDR_SIZE + UT_OP_DEVICE_SIZE);
		assert_int_equal(ut_op_decode_device(buf + UT_OP_HDR_SIZE, dev),
				 0);
	}
	return h.status;
}

void exp_import(const struct mock_call *script, size_t n, bool replace)
{
	mock_expect(script, n);
	ut_export_import(&exp_dock, &exp_conn, "1-2", replace);
	mock_done();
}

void exp_replace(const struct mock_call *script, size_t n)
{
	struct ut_op_device dev;

	exp_status("2\n");
	exp_import(script, n, true);
	assert_int_equal(exp_answer(&dev), UT_OP_ST_DEV_BUSY);
	assert_string_equal(fake_read(EXP_SOCKFD), "");
}

void exp_refused(const char *value, enum ut_op_status want)
{
	struct ut_op_device dev;

	if (value)
		exp_status(value);
	exp_import(NULL, 0, false);
	assert_int_equal(exp_answer(&dev), want);
	assert_string_equal(fake_read(EXP_SOCKFD), "");
	/* The tablet sees the end; no session was requested. */
	assert_int_equal(recv(exp_tablet, &dev, 1, MSG_DONTWAIT), 0);
}

void exp_say(const struct ut_msg *msg)
{
	assert_int_equal(ut_msg_send(exp_worker, msg), 0);
}

void exp_expect_end(const struct ut_msg *msg)
{
	struct ut_msg reply;

	exp_say(msg);
	assert_true(ut_conn_message(&exp_dock, &exp_conn));
	mock_done();
	assert_int_equal(recv(exp_worker, &reply, sizeof(reply), MSG_DONTWAIT),
			 -1);
	assert_int_equal(errno, EAGAIN);
}
