// SPDX-License-Identifier: GPL-2.0
/* Listening sockets. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/net.h"
#include "dock/listen.h"

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

/* Whoever is there has his turn in ut_accept_due(). */
static int on_listener(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	return 0;
}

static void shut(struct ut_listener *l)
{
	sd_event_source_disable_unref(l->io);
	close(l->fd);
}

/* One that listens there already, or a new one. */
static int get(const struct ut_listeners *all, sd_event *loop,
	       struct ut_listener *l, struct ut_err *err)
{
	unsigned int i;
	int ret;

	for (i = 0; i < all->n; i++) {
		if (all->v[i].port != l->port ||
		    strcmp(all->v[i].address, l->address))
			continue;
		l->io = all->v[i].io;
		l->fd = all->v[i].fd;
		return 0;
	}
	l->fd = ut_listen_open(l->address, l->port, err);
	if (l->fd < 0)
		return l->fd;
	ret = sd_event_add_io(loop, &l->io, l->fd, EPOLLIN, on_listener, NULL);
	if (ret >= 0)
		return 0;
	close(l->fd);
	return ut_err_errno(err, UT_EXIT_FAILURE, ret,
			    "cannot wait for connections");
}

static bool in_use(const struct ut_listeners *all, int fd)
{
	unsigned int i;

	for (i = 0; i < all->n; i++)
		if (all->v[i].fd == fd)
			return true;
	return false;
}

/* A machine may have no IPv6 at all: that is no reason not to start. */
static bool family_missing(int ret, const char *address)
{
	return ret == -EAFNOSUPPORT &&
	       (!strcmp(address, "::") || !strcmp(address, "0.0.0.0"));
}

/* Those that @others do not have. */
static void shut_all(struct ut_listeners *all,
		     const struct ut_listeners *others)
{
	unsigned int i;

	for (i = 0; i < all->n; i++)
		if (!in_use(others, all->v[i].fd))
			shut(&all->v[i]);
}

int ut_listen_set(struct ut_listeners *all, sd_event *loop,
		  const struct ut_config *config, struct ut_err *err)
{
	struct ut_listeners new = { .n = 0 };
	struct ut_listener l;
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && wanted(config, i, &l); i++) {
		ret = get(all, loop, &l, err);
		if (!ret)
			new.v[new.n++] = l;
		else if (family_missing(ret, l.address))
			ret = 0;
	}
	if (!ret && !new.n)
		ret = ut_err_set(err, UT_EXIT_CONFIG, EAFNOSUPPORT,
				 "no address to listen on");
	if (ret) {
		shut_all(&new, all);
		return ret;
	}
	shut_all(all, &new);
	*all = new;
	return 0;
}

void ut_listen_close(struct ut_listeners *all)
{
	const struct ut_listeners none = { .n = 0 };

	shut_all(all, &none);
	all->n = 0;
}

void ut_listen_warn(const struct ut_listeners *all)
{
	unsigned int i;

	for (i = 0; i < all->n; i++)
		if (all->v[i].plain)
			ut_log_warn("listens on %s port %u WITHOUT TLS, for stock clients: nothing is encrypted, and an address is all that they prove",
				    all->v[i].address, all->v[i].port);
}
