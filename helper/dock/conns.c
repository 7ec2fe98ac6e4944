// SPDX-License-Identifier: GPL-2.0
/* The table of connections, and of those who did not get what they asked for. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dock/conns.h"

#define STRANGERS_BURST	20

int ut_conn_new(struct ut_dock *dock, int peer,
		const struct sockaddr_storage *addr, const char *plain,
		sd_event_io_handler_t begin)
{
	struct ut_conn *c;
	int ret;

	if (dock->n_conns == UT_DOCK_MAX_CONNS)
		return -ENOSPC;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	ret = sd_event_add_io(dock->loop, &c->io, peer, EPOLLIN, begin, c);
	if (ret < 0) {
		free(c);
		return ret;
	}
	c->dock = dock;
	c->peer = peer;
	c->worker.fd = -1;
	c->creds = ut_creds_get(dock->creds);
	c->addr = *addr;
	ut_addr_text(addr, c->text, sizeof(c->text));
	c->plain = plain;
	if (plain)
		snprintf(c->name, sizeof(c->name), "%s", plain);
	c->since = ut_clock_ms();
	c->deadline = c->since + dock->config->dock.handshake_timeout * 1000LL;
	dock->conns[dock->n_conns++] = c;
	return 0;
}

static void take_out(struct ut_dock *dock, const struct ut_conn *c)
{
	size_t i;

	for (i = 0; i < dock->n_conns; i++)
		if (dock->conns[i] == c)
			break;
	dock->n_conns--;
	for (; i < dock->n_conns; i++)
		dock->conns[i] = dock->conns[i + 1];
}

void ut_conn_free(struct ut_dock *dock, struct ut_conn *c)
{
	ut_stranger_end(&c->worker, c->text);
	if (ut_conn_watches(c))
		dock->n_watching--;
	if (dock->renewing == c)
		dock->renewing = NULL;
	take_out(dock, c);
	ut_peer_view_free(&c->view);
	sd_event_source_disable_unref(c->io);
	close(c->peer);
	ut_creds_put(c->creds);
	free(c->devs);
	ut_blob_free(&c->blob);
	free(c);
}

void ut_refused_note(struct ut_dock *dock, const struct ut_conn *c,
		     const char *busid, const char *why)
{
	struct ut_refused *r;

	r = &dock->refused[dock->n_refused++ % UT_DOCK_MAX_REFUSED];
	r->at = ut_clock_ms();
	snprintf(r->address, sizeof(r->address), "%s", c->text);
	snprintf(r->tablet, sizeof(r->tablet), "%s", c->name);
	snprintf(r->busid, sizeof(r->busid), "%s", busid);
	snprintf(r->why, sizeof(r->why), "%s", why);
	ut_sanitize(r->busid);
	/* It may have been cut in the middle of a character. */
	ut_sanitize(r->why);
}

const struct ut_refused *ut_refused_get(const struct ut_dock *dock, uint64_t i)
{
	if (i >= dock->n_refused || i + UT_DOCK_MAX_REFUSED < dock->n_refused)
		return NULL;
	return &dock->refused[i % UT_DOCK_MAX_REFUSED];
}

bool ut_stranger_log_refused(struct ut_dock *dock, const char *who,
			     const char *name, const char *text)
{
	const struct ut_log_about about = {
		.address = who, .reason = name,
	};

	ut_json_count(&dock->refusals, name, 1);
	if (!ut_ratelimit(&dock->strangers, STRANGERS_BURST)) {
		dock->unlogged++;
		return false;
	}
	if (dock->unlogged)
		ut_log_notice("%u more refused connections were not logged",
			      dock->unlogged);
	dock->unlogged = 0;
	ut_log_event(UT_LOG_NOTICE, UT_LOG_STRANGER_REFUSED, &about,
		     "%s: refused (%s): %s", who, name, text);
	return true;
}

void ut_conn_log_refused(struct ut_dock *dock, const struct ut_conn *c,
			 const char *name, const char *text)
{
	if (ut_stranger_log_refused(dock, c->text, name, text))
		ut_refused_note(dock, c, "", text);
}
