// SPDX-License-Identifier: GPL-2.0
/* A TCP connection to a dock. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sockopt.h"
#include "worker/connect.h"
#include "worker/resolve.h"

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

static socklen_t size_of(const union ut_address *a)
{
	return a->sa.sa_family == AF_INET ? sizeof(a->in) : sizeof(a->in6);
}

static int begin(const union ut_address *a)
{
	int fd, ret;

	fd = socket(a->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    IPPROTO_TCP);
	if (fd < 0)
		return -errno;
	ret = ut_sockopt_session(fd);
	if (!ret && connect(fd, &a->sa, size_of(a)) && errno != EINPROGRESS)
		ret = -errno;
	if (ret) {
		close(fd);
		return ret;
	}
	return fd;
}

static int try_address(const union ut_address *a, int64_t deadline)
{
	int fd = begin(a), ret;

	ret = fd < 0 ? fd : wait_connected(fd, deadline);
	if (fd >= 0 && ret)
		close(fd);
	return ret ? ret : fd;
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

int ut_connect(const char *host, uint16_t port, const struct ut_sandbox *sandbox,
	       int64_t deadline, struct ut_err *err)
{
	struct ut_msg_addresses to;
	int ret, fd = -EHOSTUNREACH;
	unsigned int i;

	ret = ut_resolve(host, port, sandbox, deadline, &to, err);
	if (ret)
		return ret;
	for (i = 0; i < to.n && fd < 0; i++)
		fd = try_address(&to.v[i], ut_clock_ms() +
				 ut_clock_left(deadline) / (int)(to.n - i));
	return fd < 0 ? cannot_connect(err, fd, host, port) : fd;
}

int ut_connect_begin(const char *address, uint16_t port, struct ut_err *err)
{
	struct ut_msg_addresses to;
	int fd = ut_resolve_numeric(address, port, &to);

	if (!fd)
		fd = begin(&to.v[0]);
	return fd < 0 ? cannot_connect(err, fd, address, port) : fd;
}

int ut_connect_end(int fd, const char *host, uint16_t port, int64_t deadline,
		   struct ut_err *err)
{
	int ret = wait_connected(fd, deadline);

	return ret ? cannot_connect(err, ret, host, port) : 0;
}
