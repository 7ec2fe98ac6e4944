// SPDX-License-Identifier: GPL-2.0
/* Listening sockets. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/net.h"
#include "dock/dock_internal.h"

/* The i-th listener of the configuration, those with TLS first; false: no more. */
static bool wanted(const struct ut_config *config, unsigned int i,
		   struct ut_listener *l)
{
	const struct ut_texts *list = &config->dock.listen;

	*l = (struct ut_listener){ .fd = -1, .plain = i >= list->n };
	if (l->plain) {
		i -= (unsigned int)list->n;
		list = &config->plaintext.listen;
	}
	if (i >= list->n)
		return false;
	l->port = l->plain ? config->plaintext.port : config->dock.port;
	snprintf(l->address, sizeof(l->address), "%s", list->v[i]);
	return true;
}

/* Whoever is there has his turn in ut_listen_due(). */
static int on_listener(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	return 0;
}

int64_t ut_listen_due(struct ut_dock *dock)
{
	int64_t now = ut_clock_ms();
	unsigned int i;
	bool open;

	/* One that has told of somebody is off by now. */
	for (i = 0; i < dock->n_listen; i++)
		if (!sd_event_source_get_enabled(dock->listen[i].io, NULL) &&
		    ut_door_open(&dock->door, now))
			ut_accept(dock, &dock->listen[i]);
	open = ut_door_open(&dock->door, now);
	for (i = 0; i < dock->n_listen; i++)
		sd_event_source_set_enabled(dock->listen[i].io, open ?
					    SD_EVENT_ONESHOT : SD_EVENT_OFF);
	return open ? INT64_MAX : dock->door.shut_until;
}

static void shut(struct ut_listener *l)
{
	sd_event_source_disable_unref(l->io);
	close(l->fd);
}

/* One that listens there already, or a new one. */
static int get(struct ut_dock *dock, struct ut_listener *l, struct ut_err *err)
{
	unsigned int i;
	int ret;

	for (i = 0; i < dock->n_listen; i++) {
		if (dock->listen[i].port != l->port ||
		    strcmp(dock->listen[i].address, l->address))
			continue;
		l->io = dock->listen[i].io;
		l->fd = dock->listen[i].fd;
		return 0;
	}
	l->fd = ut_listen_open(l->address, l->port, err);
	if (l->fd < 0)
		return l->fd;
	ret = sd_event_add_io(dock->loop, &l->io, l->fd, EPOLLIN, on_listener,
			      dock);
	if (ret >= 0)
		return 0;
	close(l->fd);
	return ut_err_errno(err, UT_EXIT_FAILURE, ret,
			    "cannot wait for connections");
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
	struct ut_listener new[UT_DOCK_MAX_LISTEN + 1];
	unsigned int i, n = 0;
	int ret = 0;

	for (i = 0; !ret && wanted(config, i, &new[n]); i++) {
		ret = get(dock, &new[n], err);
		if (!ret)
			n++;
		else if (family_missing(ret, new[n].address))
			ret = 0;
	}
	if (!ret && !n)
		ret = ut_err_set(err, UT_EXIT_CONFIG, EAFNOSUPPORT,
				 "no address to listen on");
	if (ret) {
		for (i = 0; i < n; i++)
			if (!in_use(dock->listen, dock->n_listen, new[i].fd))
				shut(&new[i]);
		return ret;
	}
	for (i = 0; i < dock->n_listen; i++)
		if (!in_use(new, n, dock->listen[i].fd))
			shut(&dock->listen[i]);
	memcpy(dock->listen, new, n * sizeof(new[0]));
	dock->n_listen = n;
	return 0;
}

void ut_listen_close(struct ut_dock *dock)
{
	unsigned int i;

	for (i = 0; i < dock->n_listen; i++)
		shut(&dock->listen[i]);
	dock->n_listen = 0;
}

void ut_listen_warn(const struct ut_dock *dock)
{
	unsigned int i;

	for (i = 0; i < dock->n_listen; i++)
		if (dock->listen[i].plain)
			ut_log_warn("listens on %s port %u WITHOUT TLS, for stock clients: nothing is encrypted, and an address is all that they prove",
				    dock->listen[i].address,
				    dock->listen[i].port);
}
