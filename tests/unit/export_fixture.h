/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The privileged part of the dock, alone: the kernel is a script, sysfs a
 * directory, the worker and the tablet are the test.
 */
#ifndef UT_TEST_EXPORT_FIXTURE_H
#define UT_TEST_EXPORT_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/unit.h"
#include "dock/internal.h"
#include "lib/fake_machine.h"
#include "lib/fake_sysfs.h"
#include "lib/mock_nl.h"

#define SOCKFD "devices/pci0/usb1/1-2/usbip_sockfd"

static const struct fake_dev stick = {
	.parent = "devices/pci0/usb1", .busid = "1-2", .driver = "usbip-host",
	.vid = "0951\n", .pid = "1666\n", .class = "00\n", .speed = "480\n",
	.devnum = "7\n", .product = "DataTraveler\n",
};

static struct ut_dock dock;
static struct ut_creds creds;
static struct ut_config config;
static struct ut_conn conn;
static int tablet;		/* the other end of the connection */
static int worker;		/* the worker's end of its channel */

static inline void status(const char *value)
{
	fake_device(&stick);
	fake(value, "devices/pci0/usb1/1-2/usbip_status");
	fake("", SOCKFD);
}

static inline void configure(const char *text)
{
	struct ut_err err;

	if (ut_config_parse(&config, "test", text, &err))
		fail_msg("%s", err.msg);
}

static inline int setup(void **state)
{
	int fd[2];

	memset(&dock, 0, sizeof(dock));
	memset(&creds, 0, sizeof(creds));
	memset(&conn, 0, sizeof(conn));
	if (ut_config_default(&config))
		return -1;
	configure("[policy]\nrule = allow\n");
	dock.config = &config;
	dock.nl = &mock_nl;
	dock.creds = &creds;
	creds.signer.fd = -1;
	conn.creds = &creds;
	conn.state = UT_CONN_AUTHENTICATED;
	strcpy(conn.name, "blue");
	strcpy(conn.text, "192.0.2.1:1");
	mock_expect(NULL, 0);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		return -1;
	conn.peer = fd[0];
	tablet = fd[1];
	if (ut_msg_pair(&conn.worker.fd, &worker))
		return -1;
	if (fake_setup(state))
		return -1;
	fake_machine();
	return 0;
}

static inline int teardown(void **state)
{
	close(conn.peer);
	close(tablet);
	close(conn.worker.fd);
	close(worker);
	free(conn.devs);
	ut_config_free(&config);
	ut_proc_root_set(NULL);
	return fake_teardown(state);
}

/* The answer the tablet has got, and the end of it. */
static inline enum ut_op_status answer(struct ut_op_device *dev)
{
	uint8_t buf[UT_OP_HDR_SIZE + UT_OP_DEVICE_SIZE + 16];
	struct ut_op_header h;
	ssize_t n;

	n = recv(tablet, buf, sizeof(buf), MSG_DONTWAIT);
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

static inline void refused(const char *value, enum ut_op_status want)
{
	struct ut_op_device dev;

	if (value)
		status(value);
	ut_export_import(&dock, &conn, "1-2", false);
	mock_done();
	assert_int_equal(answer(&dev), want);
	assert_string_equal(fake_read(SOCKFD), "");
	/* The tablet sees the end; no session was asked for. */
	assert_int_equal(recv(tablet, &dev, 1, MSG_DONTWAIT), 0);
}

static inline void say(const struct ut_msg *msg)
{
	assert_int_equal(ut_msg_send(worker, msg), 0);
}

/* Ends the connection, without a call of the kernel or an answer. */
static inline void expect_end(const struct ut_msg *msg)
{
	struct ut_msg reply;

	say(msg);
	assert_true(ut_conn_message(&dock, &conn));
	mock_done();
	assert_int_equal(recv(worker, &reply, sizeof(reply), MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif /* UT_TEST_EXPORT_FIXTURE_H */
