// SPDX-License-Identifier: GPL-2.0
/* New connections, within the limits. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/net.h"
#include "dock/accept.h"
#include "dock/dock_conn.h"
#include "policy/plain.h"

/* After so many, the connections that are there already get their turn. */
#define ACCEPT_AT_ONCE 16

static enum ut_caps_stage stage(const struct ut_conn *c)
{
	if (c->state == UT_CONN_SILENT)
		return UT_CAPS_SILENT;
	return c->state < UT_CONN_AUTHENTICATED || c->plain ?
	       UT_CAPS_HANDSHAKE : UT_CAPS_AUTHENTICATED;
}

/* Makes room for a connection from @addr; false: there is none for it. */
static bool make_room(struct ut_dock *dock, const struct sockaddr_storage *addr)
{
	static struct ut_caps_entry e[UT_DOCK_MAX_CONNS];
	const struct ut_caps_key key = ut_caps_key(addr);
	static struct ut_conn *of[UT_DOCK_MAX_CONNS];
	size_t i, n = 0;
	int go;

	/* Those that watch have a limit of their own. */
	for (i = 0; i < dock->n_conns; i++) {
		if (ut_conn_watches(dock->conns[i]))
			continue;
		of[n] = dock->conns[i];
		e[n].key = ut_caps_key(&of[n]->addr);
		e[n].stage = stage(of[n]);
		e[n].since = of[n]->since;
		n++;
	}
	go = ut_caps_admit(e, n, &key,
			   dock->config->dock.max_connections,
			   dock->config->dock.max_per_address);
	if (go == UT_CAPS_ACCEPT)
		return true;
	if (go == UT_CAPS_REFUSE)
		return false;
	ut_conn_log_refused(dock, of[go], "evicted",
			    "too many connections; it made room for a newer one");
	ut_conn_free(dock, of[go]);
	return true;
}

/* Whoever may not come in without TLS is told nothing. */
static bool plain_allowed(struct ut_dock *dock,
			  const struct sockaddr_storage *addr, const char *name)
{
	const char *why = ut_policy_shut_out(dock->config, name);
	char text[UT_ADDR_TEXT];

	if (!why)
		return true;
	ut_stranger_log_refused(dock, ut_addr_text(addr, text, sizeof(text)),
				"plaintext", why);
	return false;
}

static int on_first_bytes(sd_event_source *s, int fd, uint32_t events,
			  void *conn)
{
	struct ut_conn *c = conn;

	ut_conn_start(c->dock, c);
	return 0;
}

static void take(struct ut_dock *dock, const struct ut_listener *l, int fd,
		 const struct sockaddr_storage *addr)
{
	static struct ut_ratelimit rl;
	char text[UT_ADDR_TEXT], name[UT_PLAIN_NAME_SIZE];
	int ret;

	ut_plain_name((const struct sockaddr *)addr, name);
	if (l->plain && !plain_allowed(dock, addr, name)) {
		close(fd);
		return;
	}
	if (!make_room(dock, addr)) {
		const struct ut_log_about about = {
			.address = ut_addr_text(addr, text, sizeof(text)),
			.reason = "limit",
		};

		ut_json_count(&dock->refusals, "limit", 1);
		if (ut_ratelimit(&rl, 5))
			ut_log_event(UT_LOG_NOTICE, UT_LOG_STRANGER_REFUSED,
				     &about,
				     "%s: refused (limit): too many connections",
				     text);
		close(fd);
		return;
	}
	ret = ut_sockopt_session(fd);
	if (!ret)
		ret = ut_conn_new(dock, fd, addr, l->plain ? name : NULL,
				  on_first_bytes);
	if (!ret)
		return;
	if (ut_ratelimit(&rl, 5))
		ut_log_warn("cannot take a connection: %s", strerror(-ret));
	close(fd);
}

/* One line for many, with the address of the last. */
static void tell_turned_away(struct ut_dock *dock, uint64_t before)
{
	static struct ut_ratelimit rl;
	uint64_t n = dock->door.turned_away - before;
	char text[UT_ADDR_TEXT];
	const struct ut_log_about about = {
		.address = text, .reason = "rate",
	};

	if (!n)
		return;
	ut_json_count(&dock->refusals, "rate", n);
	dock->away += n;
	if (!ut_ratelimit(&rl, 1))
		return;
	ut_addr_text(&dock->door.away, text, sizeof(text));
	ut_log_event(UT_LOG_NOTICE, UT_LOG_STRANGER_REFUSED, &about,
		     "%s: refused (rate): %llu connections were more than max_rate a second",
		     text, (unsigned long long)dock->away);
	dock->away = 0;
}

static void accept_some(struct ut_dock *dock, const struct ut_listener *l)
{
	static struct ut_ratelimit rl;
	uint64_t before = dock->door.turned_away;
	struct sockaddr_storage addr;
	int fd, i;

	for (i = 0; i < ACCEPT_AT_ONCE; i++) {
		fd = ut_door_accept(&dock->door, l->fd, &addr);
		if (fd >= 0) {
			take(dock, l, fd, &addr);
			continue;
		}
		if (fd != -EAGAIN && fd != -ECONNABORTED && fd != -EINTR &&
		    ut_ratelimit(&rl, 5))
			ut_log_warn("cannot accept a connection on %s: %s",
				    l->address, strerror(-fd));
		break;
	}
	tell_turned_away(dock, before);
}

int64_t ut_accept_due(struct ut_dock *dock)
{
	struct ut_listeners *l = &dock->listen;
	int64_t now = ut_clock_ms();
	unsigned int i;
	bool open;

	/* One that has told of somebody is off by now. */
	for (i = 0; i < l->n; i++)
		if (!sd_event_source_get_enabled(l->v[i].io, NULL) &&
		    ut_door_open(&dock->door, now))
			accept_some(dock, &l->v[i]);
	open = ut_door_open(&dock->door, now);
	for (i = 0; i < l->n; i++)
		sd_event_source_set_enabled(l->v[i].io, open ?
					    SD_EVENT_ONESHOT : SD_EVENT_OFF);
	return open ? INT64_MAX : dock->door.shut_until;
}
