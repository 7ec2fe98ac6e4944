// SPDX-License-Identifier: GPL-2.0
/* The tablet's connections to docks: which, when, and to whom. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/verdict.h"
#include "tablet/internal.h"

/* A dock that we do not want, or that is connected already, may change. */
#define LOOK_AGAIN_S	300
/* Anybody can make up hints: they are tried one after the other, nearly. */
#define HINTS_AT_ONCE	2

static struct ut_place *find(struct ut_tablet *t, const char *host,
			     uint16_t port, bool hint)
{
	size_t i;

	for (i = 0; i < t->n_places; i++)
		if (t->places[i]->port == port && t->places[i]->hint == hint &&
		    !strcmp(t->places[i]->host, host))
			return t->places[i];
	return NULL;
}

static struct ut_place *add(struct ut_tablet *t, const char *host,
			    uint16_t port)
{
	struct ut_place *p;

	if (t->n_places == UT_TABLET_MAX_PLACES)
		return NULL;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->tablet = t;
	snprintf(p->host, sizeof(p->host), "%s", host);
	p->port = port;
	t->places[t->n_places++] = p;
	return p;
}

static void drop(struct ut_tablet *t, size_t i)
{
	ut_place_free(t->places[i]);
	t->n_places--;
	memmove(t->places + i, t->places + i + 1,
		(t->n_places - i) * sizeof(t->places[0]));
}

static bool waits(const struct ut_place *p)
{
	return p->state != UT_PLACE_CONNECTING && p->state != UT_PLACE_UP;
}

/*
 * Hints of what is configured rest for as long as it is. Call it when either of the
 * two has changed.
 */
static void match_hints(struct ut_tablet *t)
{
	size_t i, k;

	for (i = 0; i < t->n_places; i++) {
		struct ut_place *p = t->places[i];
		bool known = false;

		for (k = 0; p->hint && k < t->n_places && !known; k++)
			known = ut_place_meant(t->places[k], p);
		if (p->known && !known && p->state == UT_PLACE_TWIN) {
			p->state = UT_PLACE_DOWN;
			ut_backoff_reset(&p->backoff);
		}
		p->known = known;
		if (known && waits(p))
			p->state = UT_PLACE_TWIN;
	}
}

static uint16_t port_of(const struct ut_known_dock *d)
{
	return d->port ? d->port : UT_DEFAULT_PORT;
}

static bool configured(const struct ut_config *cfg, const struct ut_place *p)
{
	size_t i;

	for (i = 0; i < cfg->tablet.docks.n; i++) {
		const struct ut_known_dock *d = &cfg->tablet.docks.v[i];

		if (port_of(d) == p->port && !strcmp(d->host, p->host))
			return true;
	}
	return false;
}

/* What the configuration says of a place. */
static void set_place(const struct ut_config *cfg,
		      const struct ut_known_dock *d, struct ut_place *p)
{
	snprintf(p->expect, sizeof(p->expect), "%s", d->name[0] ? d->name :
		 ut_config_expected_name(cfg, d->host));
	if (p->legacy == d->legacy)
		return;
	p->legacy = d->legacy;
	p->polled = d->legacy;
	ut_client_close(&p->client);
	p->state = UT_PLACE_DOWN;
}

void ut_docks_set(struct ut_tablet *t)
{
	const struct ut_config *cfg = t->config;
	struct ut_place *p;
	size_t i = 0;

	while (i < t->n_places) {
		if (!t->places[i]->hint && !configured(cfg, t->places[i]))
			drop(t, i);
		else
			i++;
	}
	for (i = 0; i < cfg->tablet.docks.n; i++) {
		const struct ut_known_dock *d = &cfg->tablet.docks.v[i];

		p = find(t, d->host, port_of(d), false);
		if (!p)
			p = add(t, d->host, port_of(d));
		if (p)
			set_place(cfg, d, p);
	}
	/* What was denied may be allowed now, and the other way round. */
	for (i = 0; i < t->n_places; i++) {
		p = t->places[i];
		if (p->state == UT_PLACE_UP &&
		    !ut_policy_dock_allowed(cfg, p->name)) {
			ut_client_close(&p->client);
			p->state = UT_PLACE_DOWN;
		}
		if (p->state == UT_PLACE_DENIED)
			p->state = UT_PLACE_DOWN;
		ut_backoff_reset(&p->backoff);
	}
	match_hints(t);
}

static size_t count_hints(const struct ut_tablet *t, bool connecting)
{
	size_t i, n = 0;

	for (i = 0; i < t->n_places; i++)
		n += t->places[i]->hint &&
		     (!connecting ||
		      t->places[i]->state == UT_PLACE_CONNECTING);
	return n;
}

/* A connection that works is worth more than an announcement. */
static void drop_gone(struct ut_tablet *t)
{
	size_t i = t->n_places;

	while (i-- > 0)
		if (t->places[i]->gone && waits(t->places[i]))
			drop(t, i);
}

void ut_tablet_hint(struct ut_tablet *t, const char *host, uint16_t port)
{
	struct ut_place *p = find(t, host, port, true);

	/* Many may come and go before those that are gone are due. */
	if (!p && count_hints(t, false) == UT_TABLET_MAX_HINTS)
		drop_gone(t);
	if (!p && count_hints(t, false) < UT_TABLET_MAX_HINTS)
		p = add(t, host, port);
	if (!p)
		return;
	p->hint = true;
	p->gone = false;
	match_hints(t);
}

void ut_tablet_hint_gone(struct ut_tablet *t, const char *host, uint16_t port)
{
	struct ut_place *p = find(t, host, port, true);

	if (p)
		p->gone = true;
}

void ut_tablet_hurry(struct ut_tablet *t)
{
	size_t i;

	for (i = 0; i < t->n_places; i++)
		if (t->places[i]->state == UT_PLACE_DOWN)
			ut_backoff_reset(&t->places[i]->backoff);
}

/* --- one connection --- */

static void failed(struct ut_tablet *t, struct ut_place *p,
		   const struct ut_err *err)
{
	const struct ut_log_about about = {
		.peer = p->name, .address = p->host,
	};
	bool news = p->state == UT_PLACE_UP || strcmp(p->error, err->msg);
	const struct ut_config_tablet *c = &t->config->tablet;
	int64_t now = ut_clock_ms();

	p->state = p->known ? UT_PLACE_TWIN : UT_PLACE_DOWN;
	p->polled = p->legacy;
	ut_backoff_fail(&p->backoff, now, c->retry_min, now < t->eager_until ?
			c->retry_min : c->retry_max, ut_backoff_random());
	/* The same again and again is said once. */
	if (news)
		ut_log_error_id(UT_LOG_NOTICE, UT_LOG_DOCK_LOST, &about, err);
	snprintf(p->error, sizeof(p->error), "%s", err->msg);
}

static int on_client(sd_event_source *s, int fd, uint32_t events, void *arg);

static void connect_to(struct ut_tablet *t, struct ut_place *p)
{
	int64_t now = ut_clock_ms();
	const struct ut_client_target target = {
		.op = ut_polling_lists(p, now) ? UT_START_LIST : UT_START_WATCH,
		.host = p->host,
		.port = p->port,
		.peer = -1,
		.expect = p->expect,
		.any = p->hint,
		.deadline = now + t->config->tablet.connect_timeout * 1000LL,
		.sandbox = t->sandbox,
		.loop = t->loop, .ready = on_client, .arg = p,
	};
	struct ut_err err;

	/* Between two lists it stays up. */
	if (p->state != UT_PLACE_UP)
		p->state = UT_PLACE_CONNECTING;
	if (ut_client_open(&p->client, &target, t->creds, &err))
		failed(t, p, &err);
}

/* Set aside for a while: not wanted, or not needed. */
static void set_aside(struct ut_place *p, enum ut_place_state state)
{
	ut_client_close(&p->client);
	p->state = state;
	p->backoff.next = ut_clock_ms() + LOOK_AGAIN_S * 1000LL;
}

/* Another place that has this dock. */
static const struct ut_place *connected(const struct ut_tablet *t,
					const struct ut_place *p,
					const char *name)
{
	size_t i;

	for (i = 0; i < t->n_places; i++)
		if (t->places[i] != p && t->places[i]->state == UT_PLACE_UP &&
		    !strcmp(t->places[i]->name, name))
			return t->places[i];
	return NULL;
}

/* Its certificate was good when the handshake began. */
static bool revoked(struct ut_tablet *t, struct ut_place *p)
{
	struct ut_err err;

	if (!ut_crl_revoked(t->creds, p->client.serial))
		return false;
	ut_err_set(&err, UT_EXIT_CERTIFICATE, EKEYREVOKED,
		   "dock %s has a certificate that is revoked", p->client.host);
	ut_client_close(&p->client);
	failed(t, p, &err);
	return true;
}

/* A dock that has not been up, as whom it shows itself to be. */
static void welcome(struct ut_tablet *t, struct ut_place *p)
{
	const struct ut_place *twin = connected(t, p, p->client.name);

	snprintf(p->name, sizeof(p->name), "%s", p->client.name);
	if (!ut_policy_dock_allowed(t->config, p->name)) {
		ut_log_notice("dock \"%s\" at %s port %u is not used: allow_docks and deny_docks do not allow it",
			      p->name, p->host, p->port);
		snprintf(p->error, sizeof(p->error),
			 "allow_docks and deny_docks do not allow it");
		set_aside(p, UT_PLACE_DENIED);
		return;
	}
	if (twin) {
		ut_log_info("dock \"%s\" at %s port %u is connected already, at %s",
			    p->name, p->host, p->port, twin->host);
		set_aside(p, UT_PLACE_TWIN);
		return;
	}
	p->state = UT_PLACE_UP;
	p->error[0] = '\0';
	ut_backoff_reset(&p->backoff);
}

static void tell_up(const struct ut_place *p)
{
	const struct ut_log_about about = {
		.peer = p->name, .address = p->host,
	};

	ut_log_event(UT_LOG_NOTICE, UT_LOG_DOCK_CONNECTED, &about,
		     "%s dock \"%s\" at %s port %u", p->polled ?
		     "polling" : "watching", p->name, p->host, p->port);
}

static void on_up(struct ut_tablet *t, struct ut_place *p)
{
	bool list = p->client.op == UT_START_LIST;

	if (p->state == UT_PLACE_UP && p->polled == list &&
	    !strcmp(p->name, p->client.name))
		return;
	welcome(t, p);
	if (p->state != UT_PLACE_UP)
		return;
	p->polled = list;
	if (!list)
		p->hang_ups = 0;
	tell_up(p);
	ut_place_take_devices(p, t->places, t->n_places);
	ut_remote_restart(&p->remotes);
	if (!list)
		ut_renewal_up(t);
}

/* False: its devices cannot be taken, and the connection is over. */
static bool take(struct ut_tablet *t, struct ut_place *p,
		 const struct ut_watch_event *event)
{
	int ret = ut_remote_event(&p->remotes, event);
	struct ut_err err;

	if (!ret)
		return true;
	ut_client_close(&p->client);
	ut_err_errno(&err, UT_EXIT_PROTOCOL, ret,
		     "cannot take the devices of dock \"%s\"", p->name);
	failed(t, p, &err);
	return false;
}

/* What a list has is free. */
static void on_listed(struct ut_tablet *t, struct ut_place *p)
{
	struct ut_watch_event event = {
		.kind = UT_WATCH_DEVICE, .state = UT_WATCH_FREE,
	};
	size_t i;

	on_up(t, p);
	if (p->state != UT_PLACE_UP)
		return;
	ut_remote_list_begins(&p->remotes);
	for (i = 0; i < p->client.n_devs; i++) {
		event.dev = p->client.devs[i];
		if (!take(t, p, &event))
			return;
	}
	ut_client_close(&p->client);
	ut_auto_sessions(t);
	ut_remote_list_ends(&p->remotes);
	ut_polling_listed(p, ut_clock_ms(), ut_backoff_random());
}

/* Another way to the same dock is worth a try at once. */
static void wake_twins(struct ut_tablet *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->n_places; i++) {
		if (t->places[i]->state != UT_PLACE_TWIN ||
		    t->places[i]->known || strcmp(t->places[i]->name, name))
			continue;
		t->places[i]->state = UT_PLACE_DOWN;
		ut_backoff_reset(&t->places[i]->backoff);
	}
}

void ut_docks_revoked(struct ut_tablet *t)
{
	size_t i;

	for (i = 0; i < t->n_places; i++) {
		struct ut_place *p = t->places[i];
		bool was_up = p->state == UT_PLACE_UP;

		if (ut_client_is_open(&p->client) && revoked(t, p) && was_up)
			wake_twins(t, p->name);
	}
}

static void on_event(struct ut_tablet *t, struct ut_place *p,
		     const struct ut_watch_event *event)
{
	if (event->kind == UT_WATCH_LIST)
		ut_renewal_told(t, p, event->number);
	else if (take(t, p, event))
		ut_auto_sessions(t);
}

static void on_down(struct ut_tablet *t, struct ut_place *p,
		    const struct ut_err *err)
{
	bool was_up = p->state == UT_PLACE_UP;

	failed(t, p, err);
	if (was_up)
		wake_twins(t, p->name);
}

/* It has proved who it is: a dock that we have already need not be tried again. */
static void on_hung_up(struct ut_tablet *t, struct ut_place *p,
		       const struct ut_err *err)
{
	if (p->state != UT_PLACE_UP && connected(t, p, p->client.name)) {
		snprintf(p->name, sizeof(p->name), "%s", p->client.name);
		set_aside(p, UT_PLACE_TWIN);
	} else if (ut_polling_hung_up(p, ut_clock_ms())) {
		connect_to(t, p);
	} else {
		on_down(t, p, err);
	}
}

static void read_client(struct ut_tablet *t, struct ut_place *p)
{
	static struct ut_watch_event event;
	struct ut_err err;

	switch (ut_client_read(&p->client, &event, &err)) {
	case UT_CLIENT_UP:
		if (!revoked(t, p))
			on_up(t, p);
		break;
	case UT_CLIENT_EVENT:
		on_event(t, p, &event);
		break;
	case UT_CLIENT_DONE:
		if (!revoked(t, p))
			on_listed(t, p);
		break;
	case UT_CLIENT_NO_WATCH:
		ut_polling_no_watch(p, ut_clock_ms());
		connect_to(t, p);
		break;
	case UT_CLIENT_HUNG_UP:
		on_hung_up(t, p, &err);
		break;
	case UT_CLIENT_DOWN:
		on_down(t, p, &err);
		break;
	default:
		break;
	}
	/* Its name has led to an address, which a hint may have. */
	if (p->client.at[0] && strcmp(p->at, p->client.at)) {
		memcpy(p->at, p->client.at, sizeof(p->at));
		match_hints(t);
	}
}

static int on_client(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct ut_place *p = arg;

	read_client(p->tablet, p);
	return 0;
}

/* --- time --- */

static bool may_connect(const struct ut_tablet *t, const struct ut_place *p)
{
	return !t->suspended && !p->known && !p->gone &&
	       (!p->hint || count_hints(t, true) < HINTS_AT_ONCE);
}

/* When there is something to be done about @p, as things are. */
static int64_t next_of(const struct ut_tablet *t, const struct ut_place *p)
{
	if (ut_client_is_open(&p->client))
		return p->client.deadline;
	if (p->state == UT_PLACE_UP)
		return t->suspended ? INT64_MAX : ut_polling_at(p);
	return may_connect(t, p) ? p->backoff.next : INT64_MAX;
}

int64_t ut_docks_due(struct ut_tablet *t)
{
	int64_t now = ut_clock_ms(), next = INT64_MAX;
	size_t i;

	for (i = 0; i < t->n_places; i++) {
		struct ut_place *p = t->places[i];

		if (now < next_of(t, p))
			continue;
		if (ut_client_is_open(&p->client))
			read_client(t, p);
		else
			connect_to(t, p);
	}
	drop_gone(t);
	/* What was done about one counts for the others. */
	for (i = 0; i < t->n_places; i++)
		next = ut_sooner(next, next_of(t, t->places[i]));
	return next;
}
