// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/listen.h"

/* The kernel cuts it to net.core.somaxconn. A flood must not fill it at once. */
#define BACKLOG 4096

static int open_socket(const struct addrinfo *ai)
{
	const int on = 1;
	int fd, error;

	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    IPPROTO_TCP);
	if (fd < 0)
		return -errno;
	/* An IPv6 socket of its own, so that "::" and "0.0.0.0" go together. */
	if (!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) &&
	    (ai->ai_family != AF_INET6 ||
	     !setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on))) &&
	    !bind(fd, ai->ai_addr, ai->ai_addrlen) && !listen(fd, BACKLOG))
		return fd;
	error = errno;
	close(fd);
	return -error;
}

int ut_listen_open(const char *address, uint16_t port, struct ut_err *err)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
	};
	struct addrinfo *ai;
	char service[8];
	int fd, ret;

	snprintf(service, sizeof(service), "%u", port);
	ret = getaddrinfo(address, service, &hints, &ai);
	if (ret)
		return ut_err_set(err, UT_EXIT_CONFIG, EINVAL,
				  "cannot listen on %s: %s", address,
				  gai_strerror(ret));
	fd = open_socket(ai);
	freeaddrinfo(ai);
	if (fd >= 0)
		return fd;
	ret = ut_err_errno(err, fd == -EADDRINUSE ? UT_EXIT_BUSY :
			   ut_exit_of_errno(fd), fd,
			   "cannot listen on %s port %u", address, port);
	if (ret == -EADDRINUSE)
		ut_err_hint(err, "another program has the port; see ss -tlpn");
	return ret;
}
