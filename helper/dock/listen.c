// SPDX-License-Identifier: GPL-2.0
/* Listening sockets. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/listen.h"
#include "dock/internal.h"

static int open_listener(struct ut_listener *l, const char *address,
			 uint16_t port, struct ut_err *err)
{
	l->fd = ut_listen_open(address, port, err);
	if (l->fd < 0)
		return l->fd;
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
