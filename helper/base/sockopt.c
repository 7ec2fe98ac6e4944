// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/sockopt.h"

#define IDLE_S		8
#define INTERVAL_S	2
#define PROBES		10
#define USER_TIMEOUT_MS	27800

/* Since Linux 6.15. Headers of older ones do not have it. */
#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS	44
#endif
#define RTO_MAX_MS	1000

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
 * After a cut the next retransmission may be as far away as the cut was long.
 * Where the kernel can, it is a second at the most.
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
