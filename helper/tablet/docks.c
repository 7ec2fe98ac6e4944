// SPDX-License-Identifier: GPL-2.0
/* The control connections to docks: see docks.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "policy/verdict.h"
#include "tablet/docks.h"
#include "tls/crl.h"

/* A dock that we do not want, or that is connected already, may change. */
#define LOOK_AGAIN_S	300
/* Anybody can make up hints: they are tried one after the other, nearly. */
#define HINTS_AT_ONCE	2

static void failed(struct ut_tablet_context *ctx, struct ut_dock_addr *addr,
		   const struct ut_err *err)
{
	const struct ut_log_about about = {
		.peer = addr->name, .address = addr->host,
	};
	bool was_up = addr->state == UT_DOCK_ADDR_UP;
	const struct ut_config_tablet *c = &ctx->config->tablet;
	int64_t now = ut_clock_ms();

	addr->state = addr->known ? UT_DOCK_ADDR_TWIN : UT_DOCK_ADDR_DOWN;
	addr->polled = addr->legacy;
	ut_backoff_fail(&addr->backoff, now, c->retry_min,
			now < ctx->eager_until ? c->retry_min : c->retry_max,
			ut_backoff_random());
	/* The same again and again is said once. */
	if (was_up || strcmp(addr->error, err->msg))
		ut_log_error_id(UT_LOG_NOTICE, UT_LOG_DOCK_LOST, &about, err);
	snprintf(addr->error, sizeof(addr->error), "%s", err->msg);
	/* Another way to the same dock is worth a try at once. */
	if (was_up)
		ut_addr_book_wake(&ctx->book, addr->name);
}

static int on_client(sd_event_source *s, int fd, uint32_t events, void *arg);

static void connect_to(struct ut_tablet_context *ctx, struct ut_dock_addr *addr)
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
		.deadline = now + ctx->config->tablet.connect_timeout * 1000LL,
		.sandbox = ctx->sandbox,
		.loop = ctx->loop,
		.ready = on_client,
		.arg = ctx,
	};
	struct ut_err err;

	/* Between two lists it stays up. */
	if (addr->state != UT_DOCK_ADDR_UP)
		addr->state = UT_DOCK_ADDR_CONNECTING;
	if (ut_client_open(&addr->client, &target, ctx->creds, &err))
		failed(ctx, addr, &err);
}

/* Set aside for a while: not wanted, or not needed. */
static void set_aside(struct ut_dock_addr *addr, enum ut_dock_addr_state state)
{
	ut_client_close(&addr->client);
	addr->state = state;
	addr->backoff.next = ut_clock_ms() + LOOK_AGAIN_S * 1000LL;
}

/* Its certificate was good when the handshake began. */
static bool revoked(struct ut_tablet_context *ctx, struct ut_dock_addr *addr)
{
	struct ut_err err;

	if (!ut_crl_revoked(ctx->creds, addr->client.serial))
		return false;
	ut_err_set(&err, UT_EXIT_CERTIFICATE, EKEYREVOKED,
		   "dock %s has a certificate that is revoked",
		   addr->client.host);
	ut_client_close(&addr->client);
	failed(ctx, addr, &err);
	return true;
}

/* A dock that has not been up, as whom it shows itself to be. */
static void welcome(struct ut_tablet_context *ctx, struct ut_dock_addr *addr)
{
	const struct ut_dock_addr *twin =
		ut_addr_book_up(&ctx->book, addr->client.name, addr);

	/* Its address was that of another dock. */
	if (addr->state == UT_DOCK_ADDR_UP &&
	    strcmp(addr->name, addr->client.name))
		ut_addr_book_wake(&ctx->book, addr->name);
	snprintf(addr->name, sizeof(addr->name), "%s", addr->client.name);
	if (!ut_policy_dock_allowed(ctx->config, addr->name)) {
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

static void on_up(struct ut_tablet_context *ctx, struct ut_dock_addr *addr)
{
	bool list = addr->client.op == UT_START_LIST;

	if (addr->state == UT_DOCK_ADDR_UP && addr->polled == list &&
	    !strcmp(addr->name, addr->client.name))
		return;
	welcome(ctx, addr);
	if (addr->state != UT_DOCK_ADDR_UP)
		return;
	addr->polled = list;
	if (!list)
		addr->hang_ups = 0;
	tell_up(addr);
	ut_dock_addr_take_devices(addr, ctx->book.v, ctx->book.n);
	ut_remote_restart(&addr->remotes);
	if (!list)
		ctx->tell(ctx->arg, UT_TABLET_WATCHES);
}

/* False: its devices cannot be taken, and the connection is over. */
static bool take(struct ut_tablet_context *ctx, struct ut_dock_addr *addr,
		 const struct ut_watch_event *event)
{
	int ret = ut_remote_event(&addr->remotes, event);
	struct ut_err err;

	if (!ret)
		return true;
	ut_client_close(&addr->client);
	ut_err_errno(&err, UT_EXIT_PROTOCOL, ret,
		     "cannot take the devices of dock \"%s\"", addr->name);
	failed(ctx, addr, &err);
	return false;
}

/* What a list has is free. */
static void on_listed(struct ut_tablet_context *ctx, struct ut_dock_addr *addr)
{
	struct ut_watch_event event = {
		.kind = UT_WATCH_DEVICE, .state = UT_WATCH_FREE,
	};
	size_t i;

	on_up(ctx, addr);
	if (addr->state != UT_DOCK_ADDR_UP)
		return;
	ut_remote_list_begins(&addr->remotes);
	for (i = 0; i < addr->client.n_devs; i++) {
		event.dev = addr->client.devs[i];
		if (!take(ctx, addr, &event))
			return;
	}
	ut_client_close(&addr->client);
	ctx->tell(ctx->arg, UT_TABLET_DEVICES);
	ut_remote_list_ends(&addr->remotes);
	ut_polling_listed(addr, ut_clock_ms(), ut_backoff_random());
}

void ut_docks_revoked(struct ut_tablet_context *ctx)
{
	size_t i;

	for (i = 0; i < ctx->book.n; i++)
		if (ut_client_is_open(&ctx->book.v[i]->client))
			revoked(ctx, ctx->book.v[i]);
}

/* A number of a CRL. Ours may be of another CA, or none. */
static bool newer_than_ours(const struct ut_tablet_context *ctx,
			    const uint8_t number[UT_CRL_NUMBER])
{
	uint8_t own[UT_CRL_NUMBER];

	return ut_crl_number(ctx->creds, own) &&
	       memcmp(number, own, sizeof(own)) > 0;
}

static void on_event(struct ut_tablet_context *ctx, struct ut_dock_addr *addr,
		     const struct ut_watch_event *event)
{
	if (event->kind == UT_WATCH_CRL)
		addr->newer_crl = newer_than_ours(ctx, event->number);
	else if (take(ctx, addr, event))
		ctx->tell(ctx->arg, UT_TABLET_DEVICES);
}

/* It has proved who it is: a dock that we have already need not be tried again. */
static void on_hung_up(struct ut_tablet_context *ctx, struct ut_dock_addr *addr,
		       const struct ut_err *err)
{
	if (addr->state != UT_DOCK_ADDR_UP &&
	    ut_addr_book_up(&ctx->book, addr->client.name, addr)) {
		snprintf(addr->name, sizeof(addr->name), "%s",
			 addr->client.name);
		set_aside(addr, UT_DOCK_ADDR_TWIN);
	} else if (ut_polling_hung_up(addr, ut_clock_ms())) {
		connect_to(ctx, addr);
	} else {
		failed(ctx, addr, err);
	}
}

static void read_client(struct ut_tablet_context *ctx,
			struct ut_dock_addr *addr)
{
	static struct ut_watch_event event;
	struct ut_err err;

	switch (ut_client_read(&addr->client, &event, &err)) {
	case UT_CLIENT_UP:
		if (!revoked(ctx, addr))
			on_up(ctx, addr);
		break;
	case UT_CLIENT_EVENT:
		on_event(ctx, addr, &event);
		break;
	case UT_CLIENT_DONE:
		if (!revoked(ctx, addr))
			on_listed(ctx, addr);
		break;
	case UT_CLIENT_NO_WATCH:
		ut_polling_no_watch(addr, ut_clock_ms());
		connect_to(ctx, addr);
		break;
	case UT_CLIENT_HUNG_UP:
		on_hung_up(ctx, addr, &err);
		break;
	case UT_CLIENT_DOWN:
		failed(ctx, addr, &err);
		break;
	default:
		break;
	}
	/* Its name has led to an address, which a hint may have. */
	if (addr->client.at[0] && strcmp(addr->at, addr->client.at)) {
		memcpy(addr->at, addr->client.at, sizeof(addr->at));
		ut_addr_book_match(&ctx->book);
	}
}

/* Reading may close it, and give its number to another. */
static int on_client(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct ut_tablet_context *ctx = arg;
	size_t i;

	for (i = 0; i < ctx->book.n; i++) {
		struct ut_dock_addr *addr = ctx->book.v[i];

		if (ut_client_is_open(&addr->client) &&
		    addr->client.worker.fd == fd) {
			read_client(ctx, addr);
			break;
		}
	}
	return 0;
}

/* --- time --- */

static size_t hints_connecting(const struct ut_tablet_context *ctx)
{
	size_t i, n = 0;

	for (i = 0; i < ctx->book.n; i++)
		n += ctx->book.v[i]->hint &&
		     ctx->book.v[i]->state == UT_DOCK_ADDR_CONNECTING;
	return n;
}

static bool may_connect(const struct ut_tablet_context *ctx,
			const struct ut_dock_addr *addr)
{
	return !ctx->suspended && !addr->known && !addr->gone &&
	       (!addr->hint || hints_connecting(ctx) < HINTS_AT_ONCE);
}

/* When there is something to be done about @addr, as things are. */
static int64_t next_of(const struct ut_tablet_context *ctx,
		       const struct ut_dock_addr *addr)
{
	if (ut_client_is_open(&addr->client))
		return addr->client.deadline;
	if (addr->state == UT_DOCK_ADDR_UP)
		return ctx->suspended ? INT64_MAX : ut_polling_at(addr);
	return may_connect(ctx, addr) ? addr->backoff.next : INT64_MAX;
}

int64_t ut_docks_due(struct ut_tablet_context *ctx)
{
	int64_t now = ut_clock_ms(), next = INT64_MAX;
	size_t i;

	for (i = 0; i < ctx->book.n; i++) {
		struct ut_dock_addr *addr = ctx->book.v[i];

		if (now < next_of(ctx, addr))
			continue;
		if (ut_client_is_open(&addr->client))
			read_client(ctx, addr);
		else
			connect_to(ctx, addr);
	}
	ut_addr_book_drop_gone(&ctx->book);
	/* What was done about one counts for the others. */
	for (i = 0; i < ctx->book.n; i++)
		next = ut_sooner(next, next_of(ctx, ctx->book.v[i]));
	return next;
}
