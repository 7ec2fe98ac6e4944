// SPDX-License-Identifier: GPL-2.0
/* TCP sockets: see net.h. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/net.h"

/* The kernel cuts it to net.core.somaxconn. A flood must not fill it at once. */
#define BACKLOG 4096

#define IDLE_S		8
#define INTERVAL_S	2
#define PROBES		10
#define USER_TIMEOUT_MS	27800

/* Since Linux 6.15. Headers of older ones do not have it. */
#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS	44
#endif
#define RTO_MAX_MS	1000

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

static const struct {
	int level;
	int name;
	int value;
} options[] = {
	{ IPPROTO_TCP, TCP_NODELAY, 1 },
	{ IPPROTO_TCP, TCP_KEEPIDLE, IDLE_S },
	{ IPPROTO_TCP, TCP_KEEPINTVL, INTERVAL_S },
	{ IPPROTO_TCP, TCP_KEEPCNT, PROBES },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS },
	{ SOL_SOCKET, SO_KEEPALIVE, 1 },
};

/*
 * After an outage the next retransmission may be as far away as the outage was long;
 * newer kernels can limit that to a second.
 */
static void limit_backoff(int fd)
{
	const int ms = RTO_MAX_MS;

	setsockopt(fd, IPPROTO_TCP, TCP_RTO_MAX_MS, &ms, sizeof(ms));
}

int ut_sockopt_session(int fd)
{
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (setsockopt(fd, options[i].level, options[i].name,
			       &options[i].value, sizeof(int)))
			return -errno;
	limit_backoff(fd);
	return 0;
}
