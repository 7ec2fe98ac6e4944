// SPDX-License-Identifier: GPL-2.0
/* The tablet's connections to docks: which, when, and to whom. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/verdict.h"
#include "tablet/tablet_internal.h"

/* A dock that we do not want, or that is connected already, may change. */
#define LOOK_AGAIN_S	300
/* Anybody can make up hints: they are tried one after the other, nearly. */
#define HINTS_AT_ONCE	2

static struct ut_dock_addr *find(struct ut_tablet *t, const char *host,
				 uint16_t port, bool hint)
{
	size_t i;

	for (i = 0; i < t->n_addrs; i++)
		if (t->addrs[i]->port == port && t->addrs[i]->hint == hint &&
		    !strcmp(t->addrs[i]->host, host))
			return t->addrs[i];
	return NULL;
}

static struct ut_dock_addr *add(struct ut_tablet *t, const char *host,
				uint16_t port)
{
	struct ut_dock_addr *addr;

	if (t->n_addrs == UT_TABLET_MAX_ADDRS)
		return NULL;
	addr = calloc(1, sizeof(*addr));
	if (!addr)
		return NULL;
	addr->tablet = t;
	snprintf(addr->host, sizeof(addr->host), "%s", host);
	addr->port = port;
	t->addrs[t->n_addrs++] = addr;
	return addr;
}

static void drop(struct ut_tablet *t, size_t i)
{
	ut_dock_addr_free(t->addrs[i]);
	t->n_addrs--;
	memmove(t->addrs + i, t->addrs + i + 1,
		(t->n_addrs - i) * sizeof(t->addrs[0]));
}

static bool waits(const struct ut_dock_addr *addr)
{
	return addr->state != UT_DOCK_ADDR_CONNECTING &&
	       addr->state != UT_DOCK_ADDR_UP;
}

/*
 * Hints of what is configured rest for as long as it is. Call it when either of the
 * two has changed.
 */
static void match_hints(struct ut_tablet *t)
{
	size_t i, k;

	for (i = 0; i < t->n_addrs; i++) {
		struct ut_dock_addr *addr = t->addrs[i];
		bool known = false;

		for (k = 0; addr->hint && k < t->n_addrs && !known; k++)
			known = ut_dock_addr_matches(t->addrs[k], addr);
		if (addr->known && !known && addr->state == UT_DOCK_ADDR_TWIN) {
			addr->state = UT_DOCK_ADDR_DOWN;
			ut_backoff_reset(&addr->backoff);
		}
		addr->known = known;
		if (known && waits(addr))
			addr->state = UT_DOCK_ADDR_TWIN;
	}
}

static uint16_t port_of(const struct ut_known_dock *d)
{
	return d->port ? d->port : UT_DEFAULT_PORT;
}

static bool configured(const struct ut_config *cfg,
		       const struct ut_dock_addr *addr)
{
	size_t i;

	for (i = 0; i < cfg->tablet.docks.n; i++) {
		const struct ut_known_dock *d = &cfg->tablet.docks.v[i];

		if (port_of(d) == addr->port && !strcmp(d->host, addr->host))
			return true;
	}
	return false;
}

/* What the configuration says of an address. */
static void set_addr(const struct ut_config *cfg,
		     const struct ut_known_dock *d, struct ut_dock_addr *addr)
{
	snprintf(addr->expect, sizeof(addr->expect), "%s",
		 d->name[0] ? d->name : ut_config_expected_name(cfg, d->host));
	if (addr->legacy == d->legacy)
		return;
	addr->legacy = d->legacy;
	addr->polled = d->legacy;
	ut_client_close(&addr->client);
	addr->state = UT_DOCK_ADDR_DOWN;
}

void ut_docks_set(struct ut_tablet *t)
{
	const struct ut_config *cfg = t->config;
	struct ut_dock_addr *addr;
	size_t i = 0;

	while (i < t->n_addrs) {
		if (!t->addrs[i]->hint && !configured(cfg, t->addrs[i]))
			drop(t, i);
		else
			i++;
	}
	for (i = 0; i < cfg->tablet.docks.n; i++) {
		const struct ut_known_dock *d = &cfg->tablet.docks.v[i];

		addr = find(t, d->host, port_of(d), false);
		if (!addr)
			addr = add(t, d->host, port_of(d));
		if (addr)
			set_addr(cfg, d, addr);
	}
	/* What was denied may be allowed now, and the other way round. */
	for (i = 0; i < t->n_addrs; i++) {
		addr = t->addrs[i];
		if (addr->state == UT_DOCK_ADDR_UP &&
		    !ut_policy_dock_allowed(cfg, addr->name)) {
			ut_client_close(&addr->client);
			addr->state = UT_DOCK_ADDR_DOWN;
		}
		if (addr->state == UT_DOCK_ADDR_DENIED)
			addr->state = UT_DOCK_ADDR_DOWN;
		ut_backoff_reset(&addr->backoff);
	}
	match_hints(t);
}

static size_t count_hints(const struct ut_tablet *t, bool connecting)
{
	size_t i, n = 0;

	for (i = 0; i < t->n_addrs; i++)
		n += t->addrs[i]->hint &&
		     (!connecting ||
		      t->addrs[i]->state == UT_DOCK_ADDR_CONNECTING);
	return n;
}

/* A connection that works is worth more than an announcement. */
static void drop_gone(struct ut_tablet *t)
{
	size_t i = t->n_addrs;

	while (i-- > 0)
		if (t->addrs[i]->gone && waits(t->addrs[i]))
			drop(t, i);
}

void ut_tablet_hint(struct ut_tablet *t, const char *host, uint16_t port)
{
	struct ut_dock_addr *addr = find(t, host, port, true);

	/* Many may come and go before those that are gone are due. */
	if (!addr && count_hints(t, false) == UT_TABLET_MAX_HINTS)
		drop_gone(t);
	if (!addr && count_hints(t, false) < UT_TABLET_MAX_HINTS)
		addr = add(t, host, port);
	if (!addr)
		return;
	addr->hint = true;
	addr->gone = false;
	match_hints(t);
}

void ut_tablet_hint_gone(struct ut_tablet *t, const char *host, uint16_t port)
{
	struct ut_dock_addr *addr = find(t, host, port, true);

	if (addr)
		addr->gone = true;
}

void ut_tablet_hurry(struct ut_tablet *t)
{
	size_t i;

	for (i = 0; i < t->n_addrs; i++)
		if (t->addrs[i]->state == UT_DOCK_ADDR_DOWN)
			ut_backoff_reset(&t->addrs[i]->backoff);
}

/* --- one connection --- */

static void failed(struct ut_tablet *t, struct ut_dock_addr *addr,
		   const struct ut_err *err)
{
	const struct ut_log_about about = {
		.peer = addr->name, .address = addr->host,
	};
	bool news = addr->state == UT_DOCK_ADDR_UP ||
		    strcmp(addr->error, err->msg);
	const struct ut_config_tablet *c = &t->config->tablet;
	int64_t now = ut_clock_ms();

	addr->state = addr->known ? UT_DOCK_ADDR_TWIN : UT_DOCK_ADDR_DOWN;
	addr->polled = addr->legacy;
	ut_backoff_fail(&addr->backoff, now, c->retry_min,
			now < t->eager_until ? c->retry_min : c->retry_max,
			ut_backoff_random());
	/* The same again and again is said once. */
	if (news)
		ut_log_error_id(UT_LOG_NOTICE, UT_LOG_DOCK_LOST, &about, err);
	snprintf(addr->error, sizeof(addr->error), "%s", err->msg);
}

static int on_client(sd_event_source *s, int fd, uint32_t events, void *arg);

static void connect_to(struct ut_tablet *t, struct ut_dock_addr *addr)
{
	int64_t now = ut_clock_ms();
	const struct ut_client_target target = {
		.op = ut_polling_lists(addr, now) ? UT_START_LIST :
						    UT_START_WATCH,
		.host = addr->host,
		.port = addr->port,
		.peer = -1,
		.expect = addr->expect,
		.any = addr->hint,
		.deadline = now + t->config->tablet.connect_timeout * 1000LL,
		.sandbox = t->sandbox,
		.loop = t->loop,
		.ready = on_client,
		.arg = addr,
	};
	struct ut_err err;

	/* Between two lists it stays up. */
	if (addr->state != UT_DOCK_ADDR_UP)
		addr->state = UT_DOCK_ADDR_CONNECTING;
	if (ut_client_open(&addr->client, &target, t->creds, &err))
		failed(t, addr, &err);
}

/* Set aside for a while: not wanted, or not needed. */
static void set_aside(struct ut_dock_addr *addr, enum ut_dock_addr_state state)
{
	ut_client_close(&addr->client);
	addr->state = state;
	addr->backoff.next = ut_clock_ms() + LOOK_AGAIN_S * 1000LL;
}

/* Another address that has this dock. */
static const struct ut_dock_addr *connected(const struct ut_tablet *t,
					    const struct ut_dock_addr *addr,
					    const char *name)
{
	size_t i;

	for (i = 0; i < t->n_addrs; i++)
		if (t->addrs[i] != addr &&
		    t->addrs[i]->state == UT_DOCK_ADDR_UP &&
		    !strcmp(t->addrs[i]->name, name))
			return t->addrs[i];
	return NULL;
}

/* Its certificate was good when the handshake began. */
static bool revoked(struct ut_tablet *t, struct ut_dock_addr *addr)
{
	struct ut_err err;

	if (!ut_crl_revoked(t->creds, addr->client.serial))
		return false;
	ut_err_set(&err, UT_EXIT_CERTIFICATE, EKEYREVOKED,
		   "dock %s has a certificate that is revoked",
		   addr->client.host);
	ut_client_close(&addr->client);
	failed(t, addr, &err);
	return true;
}

/* A dock that has not been up, as whom it shows itself to be. */
static void welcome(struct ut_tablet *t, struct ut_dock_addr *addr)
{
	const struct ut_dock_addr *twin = connected(t, addr, addr->client.name);

	snprintf(addr->name, sizeof(addr->name), "%s", addr->client.name);
	if (!ut_policy_dock_allowed(t->config, addr->name)) {
		ut_log_notice("dock \"%s\" at %s port %u is not used: allow_docks and deny_docks do not allow it",
			      addr->name, addr->host, addr->port);
		snprintf(addr->error, sizeof(addr->error),
			 "allow_docks and deny_docks do not allow it");
		set_aside(addr, UT_DOCK_ADDR_DENIED);
		return;
	}
	if (twin) {
		ut_log_info("dock \"%s\" at %s port %u is connected already, at %s",
			    addr->name, addr->host, addr->port, twin->host);
		set_aside(addr, UT_DOCK_ADDR_TWIN);
		return;
	}
	addr->state = UT_DOCK_ADDR_UP;
	addr->error[0] = '\0';
	ut_backoff_reset(&addr->backoff);
}

static void tell_up(const struct ut_dock_addr *addr)
{
	const struct ut_log_about about = {
		.peer = addr->name, .address = addr->host,
	};

	ut_log_event(UT_LOG_NOTICE, UT_LOG_DOCK_CONNECTED, &about,
		     "%s dock \"%s\" at %s port %u",
		     addr->polled ? "polling" : "watching", addr->name,
		     addr->host, addr->port);
}

static void on_up(struct ut_tablet *t, struct ut_dock_addr *addr)
{
	bool list = addr->client.op == UT_START_LIST;

	if (addr->state == UT_DOCK_ADDR_UP && addr->polled == list &&
	    !strcmp(addr->name, addr->client.name))
		return;
	welcome(t, addr);
	if (addr->state != UT_DOCK_ADDR_UP)
		return;
	addr->polled = list;
	if (!list)
		addr->hang_ups = 0;
	tell_up(addr);
	ut_dock_addr_take_devices(addr, t->addrs, t->n_addrs);
	ut_remote_restart(&addr->remotes);
	if (!list)
		ut_renewal_up(t);
}

/* False: its devices cannot be taken, and the connection is over. */
static bool take(struct ut_tablet *t, struct ut_dock_addr *addr,
		 const struct ut_watch_event *event)
{
	int ret = ut_remote_event(&addr->remotes, event);
	struct ut_err err;

	if (!ret)
		return true;
	ut_client_close(&addr->client);
	ut_err_errno(&err, UT_EXIT_PROTOCOL, ret,
		     "cannot take the devices of dock \"%s\"", addr->name);
	failed(t, addr, &err);
	return false;
}

/* What a list has is free. */
static void on_listed(struct ut_tablet *t, struct ut_dock_addr *addr)
{
	struct ut_watch_event event = {
		.kind = UT_WATCH_DEVICE, .state = UT_WATCH_FREE,
	};
	size_t i;

	on_up(t, addr);
	if (addr->state != UT_DOCK_ADDR_UP)
		return;
	ut_remote_list_begins(&addr->remotes);
	for (i = 0; i < addr->client.n_devs; i++) {
		event.dev = addr->client.devs[i];
		if (!take(t, addr, &event))
			return;
	}
	ut_client_close(&addr->client);
	ut_auto_sessions(t);
	ut_remote_list_ends(&addr->remotes);
	ut_polling_listed(addr, ut_clock_ms(), ut_backoff_random());
}

/* Another way to the same dock is worth a try at once. */
static void wake_twins(struct ut_tablet *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->n_addrs; i++) {
		if (t->addrs[i]->state != UT_DOCK_ADDR_TWIN ||
		    t->addrs[i]->known || strcmp(t->addrs[i]->name, name))
			continue;
		t->addrs[i]->state = UT_DOCK_ADDR_DOWN;
		ut_backoff_reset(&t->addrs[i]->backoff);
	}
}

void ut_docks_revoked(struct ut_tablet *t)
{
	size_t i;

	for (i = 0; i < t->n_addrs; i++) {
		struct ut_dock_addr *addr = t->addrs[i];
		bool was_up = addr->state == UT_DOCK_ADDR_UP;

		if (ut_client_is_open(&addr->client) && revoked(t, addr) &&
		    was_up)
			wake_twins(t, addr->name);
	}
}

static void on_event(struct ut_tablet *t, struct ut_dock_addr *addr,
		     const struct ut_watch_event *event)
{
	if (event->kind == UT_WATCH_CRL)
		ut_renewal_crl_number(t, addr, event->number);
	else if (take(t, addr, event))
		ut_auto_sessions(t);
}

static void on_down(struct ut_tablet *t, struct ut_dock_addr *addr,
		    const struct ut_err *err)
{
	bool was_up = addr->state == UT_DOCK_ADDR_UP;

	failed(t, addr, err);
	if (was_up)
		wake_twins(t, addr->name);
}

/* It has proved who it is: a dock that we have already need not be tried again. */
static void on_hung_up(struct ut_tablet *t, struct ut_dock_addr *addr,
		       const struct ut_err *err)
{
	if (addr->state != UT_DOCK_ADDR_UP &&
	    connected(t, addr, addr->client.name)) {
		snprintf(addr->name, sizeof(addr->name), "%s",
			 addr->client.name);
		set_aside(addr, UT_DOCK_ADDR_TWIN);
	} else if (ut_polling_hung_up(addr, ut_clock_ms())) {
		connect_to(t, addr);
	} else {
		on_down(t, addr, err);
	}
}

static void read_client(struct ut_tablet *t, struct ut_dock_addr *addr)
{
	static struct ut_watch_event event;
	struct ut_err err;

	switch (ut_client_read(&addr->client, &event, &err)) {
	case UT_CLIENT_UP:
		if (!revoked(t, addr))
			on_up(t, addr);
		break;
	case UT_CLIENT_EVENT:
		on_event(t, addr, &event);
		break;
	case UT_CLIENT_DONE:
		if (!revoked(t, addr))
			on_listed(t, addr);
		break;
	case UT_CLIENT_NO_WATCH:
		ut_polling_no_watch(addr, ut_clock_ms());
		connect_to(t, addr);
		break;
	case UT_CLIENT_HUNG_UP:
		on_hung_up(t, addr, &err);
		break;
	case UT_CLIENT_DOWN:
		on_down(t, addr, &err);
		break;
	default:
		break;
	}
	/* Its name has led to an address, which a hint may have. */
	if (addr->client.at[0] && strcmp(addr->at, addr->client.at)) {
		memcpy(addr->at, addr->client.at, sizeof(addr->at));
		match_hints(t);
	}
}

static int on_client(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct ut_dock_addr *addr = arg;

	read_client(addr->tablet, addr);
	return 0;
}

/* --- time --- */

static bool may_connect(const struct ut_tablet *t,
			const struct ut_dock_addr *addr)
{
	return !t->suspended && !addr->known && !addr->gone &&
	       (!addr->hint || count_hints(t, true) < HINTS_AT_ONCE);
}

/* When there is something to be done about @addr, as things are. */
static int64_t next_of(const struct ut_tablet *t,
		       const struct ut_dock_addr *addr)
{
	if (ut_client_is_open(&addr->client))
		return addr->client.deadline;
	if (addr->state == UT_DOCK_ADDR_UP)
		return t->suspended ? INT64_MAX : ut_polling_at(addr);
	return may_connect(t, addr) ? addr->backoff.next : INT64_MAX;
}

int64_t ut_docks_due(struct ut_tablet *t)
{
	int64_t now = ut_clock_ms(), next = INT64_MAX;
	size_t i;

	for (i = 0; i < t->n_addrs; i++) {
		struct ut_dock_addr *addr = t->addrs[i];

		if (now < next_of(t, addr))
			continue;
		if (ut_client_is_open(&addr->client))
			read_client(t, addr);
		else
			connect_to(t, addr);
	}
	drop_gone(t);
	/* What was done about one counts for the others. */
	for (i = 0; i < t->n_addrs; i++)
		next = ut_sooner(next, next_of(t, t->addrs[i]));
	return next;
}
