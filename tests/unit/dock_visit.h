/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For tests that come to the dock by hand: a device that it shares, a connection
 * to it, and a server of the test's own in its place.
 */
#ifndef UT_TEST_DOCK_VISIT_H
#define UT_TEST_DOCK_VISIT_H

#include "dock_fixture.h"

/* Where the dock is; its certificate has the address, too. */
static const char fx_home[] = "127.0.0.1";

static inline void fx_share_stick(void)
{
	static const struct fake_dev stick = {
		.parent = "devices/pci0/usb1", .busid = "1-2",
		.driver = "usbip-host", .vid = "0951\n", .pid = "1666\n",
		.class = "00\n", .speed = "480\n",
		.manufacturer = "Kingston\n", .product = "DataTraveler\n",
		.serial = "60A44C3FACC9\n",
	};

	fake_device(&stick);
	fake("1\n", "devices/pci0/usb1/1-2/usbip_status");
}

static inline struct sockaddr_in fx_address(void)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(fx.dock.dock.port),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
}

/* A connection to the dock; waits for its answers, but not for ever. */
static inline int fx_dial(void)
{
	const struct sockaddr_in in = fx_address();
	const struct timeval limit = { 30, 0 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&in, sizeof(in)),
			 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

/* A listener where the tablet looks for the dock. */
static inline int fx_listen(void)
{
	const struct sockaddr_in in = fx_address();
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(fd, (const struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* Everything until the end of the connection, which must come in time. */
static inline size_t fx_read_all(int fd, uint8_t *buf, size_t size)
{
	size_t len = 0;
	ssize_t n = 0;

	while (len < size && (n = recv(fd, buf + len, size - len, 0)) > 0)
		len += (size_t)n;
	assert_true(len < size);
	if (n < 0 && errno != ECONNRESET)
		fail_msg("no end of the connection: %s; dock:\n%s",
			 strerror(errno), fx_log());
	return len;
}

/* A tablet with a good certificate sees so many devices. */
static inline void fx_tablet_lists(size_t want)
{
	struct ut_op_device *devs;
	struct ut_err err;
	size_t n;

	if (fx_list(fx_home, &devs, &n, &err))
		fail_msg("%s\ndock:\n%s", err.msg, fx_log());
	assert_int_equal(n, want);
	free(devs);
}

#endif /* UT_TEST_DOCK_VISIT_H */
