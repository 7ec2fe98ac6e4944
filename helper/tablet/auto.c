// SPDX-License-Identifier: GPL-2.0
/* Attaching by rule: see auto.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "tablet/attach.h"
#include "tablet/auto.h"
#include "tls/ktls.h"

/* Drivers take their time; the device is of use before the last node is there. */
#define WAIT_MS 10000

/* docks = best: of those that are up the one of the highest priority. */
bool ut_auto_uses(const struct ut_tablet_context *ctx,
		  const struct ut_dock_addr *addr)
{
	const struct ut_dock_addr *best = NULL;
	unsigned int priority, highest = 0;
	size_t i;

	if (addr->state != UT_DOCK_ADDR_UP)
		return false;
	if (ctx->config->tablet.use == UT_DOCK_USE_ALL)
		return true;
	for (i = 0; i < ctx->book.n; i++) {
		if (ctx->book.v[i]->state != UT_DOCK_ADDR_UP)
			continue;
		priority = ut_policy_dock_priority(ctx->config,
						   ctx->book.v[i]->name);
		if (!best || priority > highest) {
			best = ctx->book.v[i];
			highest = priority;
		}
	}
	return addr == best;
}

static void failed(struct ut_tablet_context *ctx, struct ut_dock_addr *addr,
		   struct ut_remote *r, const struct ut_err *err)
{
	const struct ut_log_about about = {
		.peer = addr->name, .busid = r->op.busid, .reason = err->msg,
	};

	ut_backoff_fail(&r->backoff, ut_clock_ms(),
			ctx->config->tablet.retry_min,
			ctx->config->tablet.retry_max, ut_backoff_random());
	/* The same again and again is said once. */
	if (strcmp(r->error, err->msg)) {
		ut_log_event(UT_LOG_NOTICE, UT_LOG_NOT_ATTACHED, &about,
			     "%s of dock \"%s\" is not attached, will try again: %s",
			     r->op.busid, addr->name, err->msg);
		if (err->hint[0])
			ut_log_notice("hint: %s", err->hint);
	}
	snprintf(r->error, sizeof(r->error), "%s", err->msg);
}

static void tell_attached(const struct ut_dock_addr *addr,
			  const struct ut_remote *r,
			  const struct ut_attached *a)
{
	const struct ut_log_about about = {
		.peer = addr->name, .busid = r->op.busid, .session = a->session,
		.port = a->port + 1,
	};
	char nodes[256] = "";
	size_t i, len = 0;

	for (i = 0; i < a->nodes.n && len < sizeof(nodes); i++)
		len += (size_t)snprintf(nodes + len, sizeof(nodes) - len,
					"%s%s", len ? ", " : ": ",
					a->nodes.path[i]);
	ut_log_event(UT_LOG_NOTICE, UT_LOG_ATTACHED, &about,
		     "%s of dock \"%s\" attached to port %u in %u.%03u s%s",
		     r->op.busid, addr->name, a->port, a->ms / 1000,
		     a->ms % 1000, nodes);
}

static void step(struct ut_tablet_context *ctx, struct ut_dock_addr *addr,
		 struct ut_remote *r)
{
	static struct ut_attached made;
	struct ut_err err;
	int ret = ut_attach_step(r->job, &made, &err);

	if (ret > 0)
		return;
	ut_attach_close(r->job);
	r->job = NULL;
	/* The session counts, even if it is not of use yet. */
	ut_auto_sessions(ctx);
	if (!ret) {
		r->error[0] = '\0';
		tell_attached(addr, r, &made);
	} else if (!r->attached && !r->other) {
		failed(ctx, addr, r, &err);
	} else {
		ut_log_error(UT_LOG_NOTICE, &err);
	}
}

/* Those whose time it is, and the one that has something to read. */
static void step_jobs(struct ut_tablet_context *ctx, int fd)
{
	size_t i, j;

	for (i = 0; i < ctx->book.n; i++) {
		struct ut_remotes *r = &ctx->book.v[i]->remotes;

		for (j = 0; j < r->n; j++) {
			const struct ut_attach *a = r->v[j].job;

			if (a && ((fd >= 0 && ut_attach_fd(a) == fd) ||
				  ut_clock_ms() >= ut_attach_next(a)))
				step(ctx, ctx->book.v[i], &r->v[j]);
		}
	}
}

static int on_job(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	step_jobs(arg, fd);
	return 0;
}

static void attach(struct ut_tablet_context *ctx, struct ut_dock_addr *addr,
		   struct ut_remote *r)
{
	struct ut_attach_req req = {
		.port = addr->port, .listed = true, .seen = r->op,
		.replace = r->state == UT_WATCH_YOURS, .wait_ms = WAIT_MS,
		.timeout = ctx->config->tablet.connect_timeout,
		.creds = ctx->creds, .sandbox = ctx->sandbox, .nl = ctx->nl,
		.loop = ctx->loop, .ready = on_job, .arg = ctx,
	};
	struct ut_facts facts;
	struct ut_err err;

	snprintf(req.host, sizeof(req.host), "%s", addr->host);
	/* Where its connection has led to: no name is looked up. */
	memcpy(req.at, addr->at, sizeof(req.at));
	memcpy(req.expect, addr->name, sizeof(req.expect));
	memcpy(req.busid, r->op.busid, sizeof(req.busid));
	ut_facts_of_op(&r->op, &facts);
	req.vhci_port = ut_policy_pin(ctx->config, &facts, addr->name, NULL);
	/* Else the dock would give us what we cannot take. */
	if (ut_ktls_still(&err) || ut_attach_open(&r->job, &req, &err))
		failed(ctx, addr, r, &err);
}

size_t ut_auto_jobs(const struct ut_tablet_context *ctx)
{
	size_t i, n = 0;

	for (i = 0; i < ctx->book.n; i++)
		n += ut_remotes_jobs(&ctx->book.v[i]->remotes);
	return n;
}

/* Of the attaches that run. */
static int64_t next_step(const struct ut_tablet_context *ctx)
{
	int64_t next = INT64_MAX;
	size_t i, j;

	for (i = 0; i < ctx->book.n; i++) {
		const struct ut_remotes *r = &ctx->book.v[i]->remotes;

		for (j = 0; j < r->n; j++)
			if (r->v[j].job)
				next = ut_sooner(next,
						 ut_attach_next(r->v[j].job));
	}
	return next;
}

/* When the next attach may begin: of this device, and as the signer is slow. */
static int64_t next_try(const struct ut_tablet_context *ctx,
			const struct ut_remote *r)
{
	int64_t slow = ctx->creds->signer.slow.next;

	return r->backoff.next > slow ? r->backoff.next : slow;
}

int64_t ut_auto_due(struct ut_tablet_context *ctx)
{
	int64_t now = ut_clock_ms(), next = INT64_MAX;
	struct ut_verdict v;
	size_t i, j;

	step_jobs(ctx, -1);
	for (i = 0; i < ctx->book.n && !ctx->suspended; i++) {
		struct ut_dock_addr *addr = ctx->book.v[i];

		if (!ut_auto_uses(ctx, addr))
			continue;
		for (j = 0; j < addr->remotes.n; j++) {
			struct ut_remote *r = &addr->remotes.v[j];

			/* It is the end of a job that matters then. */
			if (ut_auto_jobs(ctx) == UT_TABLET_MAX_JOBS)
				return next_step(ctx);
			/* But for the time: is there anything to do? */
			if (ut_remote_todo(r, ctx->config, addr->name,
					   INT64_MAX, &v) != UT_REMOTE_ATTACH)
				continue;
			if (now >= next_try(ctx, r))
				attach(ctx, addr, r);
			if (!r->job)
				next = ut_sooner(next, next_try(ctx, r));
		}
	}
	return ut_sooner(next, next_step(ctx));
}

/* --- the kernel's sessions --- */

static struct ut_remote *remote_of(struct ut_tablet_context *ctx,
				   const struct ut_session *s)
{
	struct ut_remote *r;
	size_t i;

	if (s->role != USBIP_TLS_ROLE_TABLET)
		return NULL;
	for (i = 0; i < ctx->book.n; i++) {
		if (strcmp(ctx->book.v[i]->name, s->peer))
			continue;
		r = ut_remote_find(&ctx->book.v[i]->remotes, s->busid);
		if (r)
			return r;
	}
	return NULL;
}

static void clear(struct ut_tablet_context *ctx)
{
	size_t i, j;

	for (i = 0; i < ctx->book.n; i++)
		for (j = 0; j < ctx->book.v[i]->remotes.n; j++)
			ctx->book.v[i]->remotes.v[j].attached = false;
}

void ut_auto_sessions(struct ut_tablet_context *ctx)
{
	struct ut_remote *r;
	struct ut_session *s;
	struct ut_err err;
	size_t n, i;

	if (ut_nl_session_all(ctx->nl, &s, &n, &err)) {
		ut_log_error(UT_LOG_ERR, &err);
		return;
	}
	clear(ctx);
	for (i = 0; i < n; i++) {
		if (s[i].state == USBIP_TLS_STATE_CLOSED)
			continue;
		r = remote_of(ctx, &s[i]);
		if (!r)
			continue;
		r->attached = true;
		r->held = false;
		r->other = false;
		r->session = s[i].id;
		r->port = s[i].port;
		ut_backoff_reset(&r->backoff);
	}
	free(s);
}

/* A detach on this machine, and not ours: somebody does not want it. */
static bool by_hand(const struct ut_tablet_context *ctx,
		    const struct ut_session *s)
{
	return !ctx->suspended && s->state == USBIP_TLS_STATE_CLOSED &&
	       (s->reason == USBIP_TLS_REASON_LOCAL ||
		s->reason == USBIP_TLS_REASON_ADMIN);
}

/* A dock that is polled lists what is free again. */
static void poll_soon(struct ut_tablet_context *ctx, const struct ut_session *s)
{
	size_t i;

	if (s && s->state != USBIP_TLS_STATE_CLOSED)
		return;
	for (i = 0; i < ctx->book.n; i++)
		if (!s || !strcmp(ctx->book.v[i]->name, s->peer))
			ut_polling_soon(ctx->book.v[i], ut_clock_ms());
}

void ut_auto_session(struct ut_tablet_context *ctx, const struct ut_session *s)
{
	struct ut_remote *r = s ? remote_of(ctx, s) : NULL;

	if (r && by_hand(ctx, s))
		r->held = true;
	if (r && s->state == USBIP_TLS_STATE_CLOSED &&
	    s->reason == USBIP_TLS_REASON_OTHER_DEVICE)
		r->other = true;
	poll_soon(ctx, s);
	ut_auto_sessions(ctx);
}
