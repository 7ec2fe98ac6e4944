// SPDX-License-Identifier: GPL-2.0
/* Tablets that watch: who is let, what each of them may see, and is told next. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dock/watchers.h"
#include "usb/record.h"

/* A tablet that comes again does so before its old connection is given up. */
#define MAX_PER_TABLET	4
/* Of the connections; each is a process. */
#define MAX_WATCHING	256

/* The oldest of a tablet that has too many makes room for the new one. */
static void evict(struct ut_dock *dock, const char *name)
{
	struct ut_conn *oldest = NULL;
	size_t i, count = 0;

	for (i = 0; i < dock->n_conns; i++) {
		struct ut_conn *c = dock->conns[i];

		if (!ut_conn_watches(c) || strcmp(c->name, name))
			continue;
		count++;
		if (!oldest || c->since < oldest->since)
			oldest = c;
	}
	if (count < MAX_PER_TABLET)
		return;
	ut_log_info("%s: tablet \"%s\" has come again", oldest->text, name);
	oldest->deadline = 0;
}

enum ut_op_status ut_watching_start(struct ut_dock *dock, struct ut_conn *c)
{
	/* A place for good is only for those whom we know. */
	if (!c->name[0])
		return UT_OP_ST_NA;
	if (dock->n_watching >= MAX_WATCHING) {
		ut_log_warn("%s: tablet \"%s\" may not watch, %u tablets do already",
			    c->text, c->name, MAX_WATCHING);
		return UT_OP_ST_NA;
	}
	evict(dock, c->name);
	ut_worker_stays(&c->worker);
	c->state = UT_CONN_WATCHING;
	c->deadline = INT64_MAX;
	if (!dock->n_watching++)
		ut_devices_touch(&dock->devices);
	ut_log_info("%s: tablet \"%s\" watches", c->text, c->name);
	return UT_OP_ST_OK;
}

static enum ut_watch_state state_for(const struct ut_conn *c,
				     const struct ut_dock_device *dev)
{
	if (dev->usb.status == UT_STUB_AVAILABLE)
		return UT_WATCH_FREE;
	return strcmp(dev->user, c->name) ? UT_WATCH_USED : UT_WATCH_YOURS;
}

/* One that usbip-host has given up is none, nor is one that rules deny. */
static bool visible(const struct ut_dock *dock, const struct ut_conn *c,
		    const struct ut_dock_device *dev)
{
	struct ut_permission perm;

	if (dev->usb.status != UT_STUB_AVAILABLE &&
	    dev->usb.status != UT_STUB_USED)
		return false;
	ut_permission_get(dock->config, dock->devices.protect, &dev->usb,
			  c->name, &perm);
	return ut_permission_ok(&perm);
}

/* All that the tablet may see now. */
static struct ut_watch_event *current_events(const struct ut_dock *dock,
					     const struct ut_conn *c, size_t *n)
{
	const struct ut_devices *d = &dock->devices;
	struct ut_watch_event *events;
	size_t i;

	*n = 0;
	events = calloc(d->n ? d->n : 1, sizeof(*events));
	for (i = 0; events && i < d->n && *n < UT_OP_MAX_DEVICES; i++) {
		if (!visible(dock, c, &d->dev[i]))
			continue;
		events[*n].kind = UT_WATCH_DEVICE;
		events[*n].state = state_for(c, &d->dev[i]);
		ut_usb_record(&d->dev[i].usb, &events[*n].dev);
		(*n)++;
	}
	return events;
}

static bool give_up(const struct ut_conn *c, int error)
{
	ut_log_err("%s: tablet \"%s\" cannot be told of devices: %s", c->text,
		   c->name, strerror(-error));
	return true;
}

/* Which revocation list we have, if it has not been told of this one. */
static bool tell_crl(const struct ut_dock *dock, struct ut_conn *c,
		     struct ut_watch_event *event)
{
	memset(event, 0, sizeof(*event));
	event->kind = UT_WATCH_CRL;
	if (!c->view.ready || !ut_crl_number(dock->creds, event->number) ||
	    !memcmp(c->number, event->number, sizeof(c->number)))
		return false;
	memcpy(c->number, event->number, sizeof(c->number));
	return true;
}

bool ut_watching_feed(struct ut_dock *dock, struct ut_conn *c)
{
	static struct ut_msg msg;
	struct ut_watch_event *now;
	size_t n;
	int ret;

	/* Before the first look there is nothing to tell. */
	if (c->state != UT_CONN_HUNGRY || !dock->devices.dev)
		return false;
	now = current_events(dock, c, &n);
	if (!now)
		return give_up(c, -ENOMEM);
	ut_msg_init(&msg, UT_MSG_EVENT);
	ret = ut_peer_view_next(&c->view, now, n, &msg.event);
	free(now);
	if (!ret)
		ret = tell_crl(dock, c, &msg.event);
	if (ret <= 0)
		return ret ? give_up(c, ret) : false;
	c->state = UT_CONN_WATCHING;
	ret = ut_msg_send(c->worker.fd, &msg);
	if (ret && ret != -EPIPE && ret != -ECONNRESET)
		return give_up(c, ret);
	return ret != 0;
}

void ut_watching_end_all(struct ut_dock *dock)
{
	size_t i;

	for (i = 0; i < dock->n_conns; i++)
		if (ut_conn_watches(dock->conns[i]))
			dock->conns[i]->deadline = 0;
}

void ut_watching_feed_all(struct ut_dock *dock)
{
	size_t i = 0;

	while (i < dock->n_conns) {
		struct ut_conn *c = dock->conns[i];

		if (ut_watching_feed(dock, c))
			ut_conn_free(dock, c);
		else
			i++;
	}
}
