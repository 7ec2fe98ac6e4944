// SPDX-License-Identifier: GPL-2.0
/*
 * What the tablet tells of itself: see tablet.h. Each function adds one item;
 * @list is that of the status, NULL for events.
 */
#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "tablet/tablet_internal.h"
#include "usb/record.h"

/* What is to be done about a device, and in one sentence why. */
static enum ut_remote_todo todo_of(const struct ut_tablet *t,
				   const struct ut_dock_addr *addr,
				   const struct ut_remote *r, char *why,
				   size_t size)
{
	int64_t now = ut_clock_ms();
	enum ut_remote_todo todo;
	struct ut_verdict v;

	todo = ut_remote_todo(r, t->ctx.config, addr->name, now, &v);
	ut_remote_why(r, todo, &v, now, why, size);
	/* It is not attached for another reason than its own. */
	if (todo == UT_REMOTE_ATTACH && t->ctx.suspended)
		snprintf(why, size, "this machine is about to sleep");
	else if (todo == UT_REMOTE_ATTACH && !ut_tablet_uses(t, addr))
		snprintf(why, size, "a dock of higher priority is used (docks = best)");
	else if (todo == UT_REMOTE_ATTACH &&
		 now < t->ctx.creds->signer.slow.next)
		snprintf(why, size, "the process with the private key takes too long, tried again soon");
	else if (todo == UT_REMOTE_ATTACH &&
		 ut_auto_jobs(&t->ctx) == UT_TABLET_MAX_JOBS)
		snprintf(why, size, "others are being attached");
	return todo;
}

/* The state without what changes from second to second. */
static const char *steady(const struct ut_remote *r, enum ut_remote_todo todo,
			  const char *why)
{
	if (todo != UT_REMOTE_WAIT)
		return todo == UT_REMOTE_ATTACHING ? "" : why;
	return r->stale ? "stale" : r->error;
}

static int add_device(const struct ut_tablet *t,
		      const struct ut_dock_addr *addr,
		      const struct ut_remote *r, struct json_object *list,
		      struct ut_snapshot *s)
{
	static const char *const enters[] = {
		[UT_REMOTE_ATTACHED] = "device-attached",
		[UT_REMOTE_DENIED] = "device-refused",
		[UT_REMOTE_HELD] = "device-held",
		[UT_REMOTE_OTHER] = "device-other",
		[UT_REMOTE_USED] = "device-in-use",
		[UT_REMOTE_WAIT] = "device-failed",
	};
	struct ut_item *item = ut_snapshot_add(s, list, "device %s %u %d %s",
					       addr->host, addr->port,
					       addr->hint, r->op.busid);
	char why[UT_REMOTE_WHY_SIZE];
	enum ut_remote_todo todo;

	if (!item)
		return -ENOMEM;
	todo = todo_of(t, addr, r, why, sizeof(why));
	snprintf(item->state, sizeof(item->state), "%s %s",
		 ut_remote_todo_name(todo), steady(r, todo, why));
	item->begins = "device-added";
	item->enters = todo == UT_REMOTE_WAIT && r->stale ? NULL : enters[todo];
	item->leaves = todo == UT_REMOTE_ATTACHED ? "device-detached" : NULL;
	item->ends = "device-removed";
	/* In the status it stands below its dock. */
	if (!list)
		ut_json_string(item->members, "dock", addr->name);
	ut_json_op_brief(item->members, &r->op);
	ut_json_string(item->members, "state", ut_remote_todo_name(todo));
	if (todo == UT_REMOTE_ATTACHED) {
		ut_json_uint(item->members, "port", r->port);
		ut_json_uint(item->members, "session", r->session);
	}
	ut_json_string(item->members, "why", why);
	return 0;
}

/* *devices: the list for its devices, likewise. */
static int add_addr(const struct ut_tablet *t, const struct ut_dock_addr *addr,
		    struct json_object *list, struct json_object **devices,
		    struct ut_snapshot *s)
{
	struct ut_item *item = ut_snapshot_add(s, list, "dock %s %u %d",
					       addr->host, addr->port,
					       addr->hint);
	int64_t now = ut_clock_ms();
	struct json_object *o;

	if (!item)
		return -ENOMEM;
	/* An attempt that runs says nothing yet. */
	snprintf(item->state, sizeof(item->state), "%s %s",
		 addr->state == UT_DOCK_ADDR_CONNECTING ? "down" :
		 ut_dock_addr_state_name(addr->state), addr->error);
	if (addr->state == UT_DOCK_ADDR_UP) {
		item->enters = "dock-connected";
		item->leaves = "dock-lost";
	} else if (addr->state == UT_DOCK_ADDR_DENIED) {
		item->enters = "dock-refused";
	} else if (addr->error[0]) {
		item->enters = "dock-failed";
	}
	o = item->members;
	ut_json_string(o, "name", addr->name);
	ut_json_string(o, "host", addr->host);
	ut_json_uint(o, "tcp_port", addr->port);
	ut_json_bool(o, "discovered", addr->hint);
	ut_json_string(o, "state", ut_dock_addr_state_name(addr->state));
	ut_json_bool(o, "used", ut_tablet_uses(t, addr));
	ut_json_string(o, "error", addr->error);
	if (addr->state != UT_DOCK_ADDR_UP &&
	    addr->state != UT_DOCK_ADDR_CONNECTING) {
		ut_json_uint(o, "fails", addr->backoff.fails);
		ut_json_uint(o, "next_try_ms", addr->backoff.next > now ?
			     (uint64_t)(addr->backoff.next - now) : 0);
	}
	*devices = list ? ut_json_array(o, "devices") : NULL;
	return 0;
}

static int look(const struct ut_tablet *t, struct json_object *status,
		struct ut_snapshot *s)
{
	const size_t max = status ? UT_TABLET_REPORT_MAX : SIZE_MAX;
	struct json_object *docks, *devices;
	size_t i, j, n = 0;
	int ret = 0;

	docks = status ? ut_json_array(status, "docks") : NULL;
	for (i = 0; !ret && i < t->ctx.book.n; i++) {
		const struct ut_dock_addr *addr = t->ctx.book.v[i];

		ret = add_addr(t, addr, docks, &devices, s);
		for (j = 0; !ret && j < addr->remotes.n; j++)
			if (n++ < max)
				ret = add_device(t, addr, &addr->remotes.v[j],
						 devices, s);
	}
	if (status)
		ut_json_uint(status, "devices_left_out", n > max ? n - max : 0);
	return ret;
}

int ut_tablet_report(const struct ut_tablet *t, struct json_object *o)
{
	struct ut_snapshot s = { 0 };
	int ret;

	ut_json_bool(o, "suspended", t->ctx.suspended);
	ret = look(t, o, &s);
	ut_snapshot_free(&s);
	return ret;
}

int ut_tablet_snapshot(const struct ut_tablet *t, struct ut_snapshot *s)
{
	return look(t, NULL, s);
}
