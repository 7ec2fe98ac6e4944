// SPDX-License-Identifier: GPL-2.0
/* Listening sockets. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dock/internal.h"

#define BACKLOG 128

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

static int open_listener(struct ut_listener *l, const char *address,
			 uint16_t port, struct ut_err *err)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
	};
	struct addrinfo *ai;
	char service[8];
	int ret;

	snprintf(service, sizeof(service), "%u", port);
	ret = getaddrinfo(address, service, &hints, &ai);
	if (ret)
		return ut_err_set(err, UT_EXIT_CONFIG, EINVAL,
				  "cannot listen on %s: %s", address,
				  gai_strerror(ret));
	l->fd = open_socket(ai);
	freeaddrinfo(ai);
	if (l->fd < 0) {
		ret = ut_err_errno(err, l->fd == -EADDRINUSE ? UT_EXIT_BUSY :
				   ut_exit_of_errno(l->fd), l->fd,
				   "cannot listen on %s port %u", address,
				   port);
		if (ret == -EADDRINUSE)
			ut_err_hint(err, "another usbip-tlsd or usbipd has the port; see ss -tlpn");
		return ret;
	}
	l->port = port;
	snprintf(l->address, sizeof(l->address), "%s", address);
	return 0;
}

static int find(const struct ut_dock *dock, const char *address, uint16_t port)
{
	unsigned int i;

	for (i = 0; i < dock->n_listen; i++)
		if (dock->listen[i].port == port &&
		    !strcmp(dock->listen[i].address, address))
			return (int)i;
	return -1;
}

static bool in_use(const struct ut_listener *l, unsigned int n, int fd)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (l[i].fd == fd)
			return true;
	return false;
}

/* A machine may have no IPv6 at all: that is no reason not to start. */
static bool family_missing(int ret, const char *address)
{
	return ret == -EAFNOSUPPORT &&
	       (!strcmp(address, "::") || !strcmp(address, "0.0.0.0"));
}

int ut_listen_set(struct ut_dock *dock, const struct ut_config *config,
		  struct ut_err *err)
{
	struct ut_listener new[UT_CONFIG_MAX_LISTEN];
	unsigned int i, n = 0;
	int old, ret = 0;

	for (i = 0; !ret && i < config->dock.listen.n; i++) {
		const char *address = config->dock.listen.v[i];

		old = find(dock, address, config->dock.port);
		if (old >= 0)
			new[n++] = dock->listen[old];
		else
			ret = open_listener(&new[n], address,
					    config->dock.port, err);
		if (old < 0 && !ret)
			n++;
		if (family_missing(ret, address))
			ret = 0;
	}
	if (!ret && !n)
		ret = ut_err_set(err, UT_EXIT_CONFIG, EAFNOSUPPORT,
				 "no address to listen on");
	if (ret) {
		for (i = 0; i < n; i++)
			if (!in_use(dock->listen, dock->n_listen, new[i].fd))
				close(new[i].fd);
		return ret;
	}
	for (i = 0; i < dock->n_listen; i++)
		if (!in_use(new, n, dock->listen[i].fd))
			close(dock->listen[i].fd);
	memcpy(dock->listen, new, n * sizeof(new[0]));
	dock->n_listen = n;
	return 0;
}

void ut_listen_close(struct ut_dock *dock)
{
	unsigned int i;

	for (i = 0; i < dock->n_listen; i++)
		close(dock->listen[i].fd);
	dock->n_listen = 0;
}
