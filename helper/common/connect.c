// SPDX-License-Identifier: GPL-2.0
/* A TCP connection to a dock. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/sockopt.h"
#include "common/connect.h"

static int wait_connected(int fd, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int ret, error;

	do {
		ret = poll(&p, 1, ut_clock_left(deadline));
	} while (ret < 0 && errno == EINTR);
	if (ret <= 0)
		return ret ? -errno : -ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len))
		return -errno;
	return -error;
}

static int try_address(const struct addrinfo *ai, int64_t deadline)
{
	int fd, ret;

	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    IPPROTO_TCP);
	if (fd < 0)
		return -errno;
	ret = ut_sockopt_session(fd);
	if (!ret && connect(fd, ai->ai_addr, ai->ai_addrlen))
		ret = errno == EINPROGRESS ? wait_connected(fd, deadline) :
					     -errno;
	if (ret) {
		close(fd);
		return ret;
	}
	return fd;
}

static int cannot_connect(struct ut_err *err, int error, const char *host,
			  uint16_t port)
{
	int ret = ut_err_errno(err, error == -ETIMEDOUT ? UT_EXIT_TIMEOUT :
			       UT_EXIT_UNREACHABLE, error,
			       "cannot reach dock %s port %u", host, port);

	if (error == -ECONNREFUSED)
		ut_err_hint(err, "start usbip-tlsd on the dock, and check the port");
	else
		ut_err_hint(err, "check the name, the network, and firewalls between here and there");
	return ret;
}

int ut_connect(const char *host, uint16_t port, int64_t deadline,
	       struct ut_err *err)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV,
	};
	struct addrinfo *list, *ai;
	int left = 0, ret, fd = -EHOSTUNREACH;
	char service[8];

	snprintf(service, sizeof(service), "%u", port);
	ret = getaddrinfo(host, service, &hints, &list);
	if (ret) {
		ret = ut_err_set(err, UT_EXIT_UNREACHABLE, ENXIO,
				 "cannot find dock %s: %s", host,
				 gai_strerror(ret));
		ut_err_hint(err, "check the name, or use its address");
		return ret;
	}
	for (ai = list; ai; ai = ai->ai_next)
		left++;
	for (ai = list; ai && fd < 0; ai = ai->ai_next, left--)
		fd = try_address(ai, ut_clock_ms() +
				 ut_clock_left(deadline) / left);
	freeaddrinfo(list);
	return fd < 0 ? cannot_connect(err, fd, host, port) : fd;
}
