// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/loopback.h"
#include "lib/unit.h"

#define LIMIT_S 45

struct sockaddr_in loopback_address(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
}

int loopback_listen(uint16_t port)
{
	const struct sockaddr_in in = loopback_address(port);
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (port)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(fd, (const struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 4), 0);
	return fd;
}

int loopback_listen_any(uint16_t *port)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	int fd = loopback_listen(0);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

uint16_t loopback_port(void)
{
	struct sockaddr_in in;
	uint16_t port;
	int fd, ret;

	do {
		assert_int_equal(getrandom(&port, sizeof(port), 0),
				 sizeof(port));
		port = (uint16_t)(10000 + port % 20000);
		in = loopback_address(port);
		fd = socket(AF_INET, SOCK_STREAM, 0);
		assert_true(fd >= 0);
		ret = bind(fd, (struct sockaddr *)&in, sizeof(in));
		close(fd);
	} while (ret);
	return port;
}

int loopback_dial(const char *from, uint16_t port)
{
	const struct sockaddr_in to = loopback_address(port);
	const struct timeval limit = { LIMIT_S, 0 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (from) {
		assert_int_equal(inet_pton(AF_INET, from, &in.sin_addr), 1);
		assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)),
				 0);
	}
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) &&
	    !(from && errno == ECONNRESET))
		fail_msg("connect to port %u: %s", port, strerror(errno));
	return fd;
}

bool loopback_closed(int fd)
{
	char buf[256];
	ssize_t n;

	do {
		n = read(fd, buf, sizeof(buf));
	} while (n > 0);
	return !n || errno == ECONNRESET;
}
