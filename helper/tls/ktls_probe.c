// SPDX-License-Identifier: GPL-2.0
/* Is kernel TLS there? Asked with dummy keys on the loopback. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "tls/ktls.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/* Connects fd[0] to fd[1]. 0 or -errno. */
static int connect_both(int listener, int fd[2])
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (struct sockaddr *)&in, len) ||
	    listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&in, &len) ||
	    connect(fd[0], (struct sockaddr *)&in, len))
		return -errno;
	fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return fd[1] < 0 ? -errno : 0;
}

static int tcp_pair(int fd[2])
{
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int ret;

	if (listener < 0)
		return -errno;
	fd[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ret = fd[0] < 0 ? -errno : connect_both(listener, fd);
	close(listener);
	if (ret && fd[0] >= 0)
		close(fd[0]);
	return ret;
}

/* The connection ends by a reset: it must not hold the module any longer. */
static void drop(int fd)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

/* The keys protect nothing: the connection is closed at once. */
static int try_cipher(int fd, const struct ut_ktls_cipher *c)
{
	union ut_ktls_info info;

	memset(&info, 0, sizeof(info));
	info.head.version = TLS_1_3_VERSION;
	info.head.cipher_type = c->kernel;
	if (setsockopt(fd, SOL_TLS, TLS_TX, &info, c->info_size) ||
	    setsockopt(fd, SOL_TLS, TLS_RX, &info, c->info_size))
		return -errno;
	return 0;
}

/* A socket that is not connected is refused as such. */
static int probe_module(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	ret = setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) ?
	      -errno : 0;
	close(fd);
	return ret == -ENOTCONN ? 0 : ret;
}

int ut_ktls_probe(const struct ut_ktls_cipher *c)
{
	int fd[2] = { -1, -1 }, ret;

	/* Without a loopback the module will do. */
	if (tcp_pair(fd))
		return probe_module();
	if (setsockopt(fd[0], IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")))
		ret = -errno;
	else
		ret = try_cipher(fd[0], c);
	drop(fd[0]);
	drop(fd[1]);
	return ret;
}

/* 0 if a cipher works; else the error of the first. */
static int probe_all(void)
{
	int ret, first = 0;
	bool any = false;
	size_t i;

	for (i = 0; i < ut_ktls_n_ciphers; i++) {
		ret = ut_ktls_probe(&ut_ktls_ciphers[i]);
		ut_log_debug("kernel TLS, %s: %s", ut_ktls_ciphers[i].name,
			     ret ? strerror(-ret) : "works");
		any |= !ret;
		if (ret && !first)
			first = ret;
	}
	return any ? 0 : first;
}

static int judge(int error, struct ut_err *err)
{
	if (!error)
		return 0;
	ut_err_errno(err, UT_EXIT_MODULE, error,
		     "this machine has no kernel TLS");
	ut_err_hint(err, "modprobe tls");
	return error;
}

int ut_ktls_need(struct ut_err *err)
{
	return judge(probe_all(), err);
}

int ut_ktls_still(struct ut_err *err)
{
	return judge(probe_module(), err);
}
