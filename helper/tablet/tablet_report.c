// SPDX-License-Identifier: GPL-2.0
/*
 * What the tablet tells of itself: see tablet.h. Each function adds one item;
 * @list is that of the status, NULL for events.
 */
#include <errno.h>
#include <stdio.h>

#include "tablet/internal.h"
#include "usb/record.h"

/* What is to be done about a device, and in one sentence why. */
static enum ut_remote_todo todo_of(const struct ut_tablet *t,
				   const struct ut_place *p,
				   const struct ut_remote *r, char *why,
				   size_t size)
{
	int64_t now = ut_clock_ms();
	enum ut_remote_todo todo;
	struct ut_verdict v;

	todo = ut_remote_todo(r, t->config, p->name, now, &v);
	ut_remote_why(r, todo, &v, now, why, size);
	/* It is not attached for another reason than its own. */
	if (todo == UT_REMOTE_ATTACH && t->suspended)
		snprintf(why, size, "this machine is about to sleep");
	else if (todo == UT_REMOTE_ATTACH && !ut_tablet_uses(t, p))
		snprintf(why, size, "a dock of higher priority is used (docks = best)");
	else if (todo == UT_REMOTE_ATTACH &&
		 now < t->creds->signer.slow.next)
		snprintf(why, size, "the process with the private key takes too long, tried again soon");
	else if (todo == UT_REMOTE_ATTACH &&
		 ut_auto_jobs(t) == UT_TABLET_MAX_JOBS)
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

static int add_device(const struct ut_tablet *t, const struct ut_place *p,
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
					       p->host, p->port, p->hint,
					       r->op.busid);
	char why[UT_REMOTE_WHY_SIZE];
	enum ut_remote_todo todo;

	if (!item)
		return -ENOMEM;
	todo = todo_of(t, p, r, why, sizeof(why));
	snprintf(item->state, sizeof(item->state), "%s %s",
		 ut_remote_todo_name(todo), steady(r, todo, why));
	item->begins = "device-added";
	item->enters = todo == UT_REMOTE_WAIT && r->stale ? NULL : enters[todo];
	item->leaves = todo == UT_REMOTE_ATTACHED ? "device-detached" : NULL;
	item->ends = "device-removed";
	/* In the status it stands below its dock. */
	if (!list)
		ut_json_string(item->members, "dock", p->name);
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
static int add_place(const struct ut_tablet *t, const struct ut_place *p,
		     struct json_object *list, struct json_object **devices,
		     struct ut_snapshot *s)
{
	struct ut_item *item = ut_snapshot_add(s, list, "dock %s %u %d",
					       p->host, p->port, p->hint);
	int64_t now = ut_clock_ms();
	struct json_object *o;

	if (!item)
		return -ENOMEM;
	/* An attempt that runs says nothing yet. */
	snprintf(item->state, sizeof(item->state), "%s %s",
		 p->state == UT_PLACE_CONNECTING ? "down" :
		 ut_place_state_name(p->state), p->error);
	if (p->state == UT_PLACE_UP) {
		item->enters = "dock-connected";
		item->leaves = "dock-lost";
	} else if (p->state == UT_PLACE_DENIED) {
		item->enters = "dock-refused";
	} else if (p->error[0]) {
		item->enters = "dock-failed";
	}
	o = item->members;
	ut_json_string(o, "name", p->name);
	ut_json_string(o, "host", p->host);
	ut_json_uint(o, "tcp_port", p->port);
	ut_json_bool(o, "discovered", p->hint);
	ut_json_string(o, "state", ut_place_state_name(p->state));
	ut_json_bool(o, "used", ut_tablet_uses(t, p));
	ut_json_string(o, "error", p->error);
	if (p->state != UT_PLACE_UP && p->state != UT_PLACE_CONNECTING) {
		ut_json_uint(o, "fails", p->backoff.fails);
		ut_json_uint(o, "next_try_ms", p->backoff.next > now ?
			     (uint64_t)(p->backoff.next - now) : 0);
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
	for (i = 0; !ret && i < t->n_places; i++) {
		const struct ut_place *p = t->places[i];

		ret = add_place(t, p, docks, &devices, s);
		for (j = 0; !ret && j < p->remotes.n; j++)
			if (n++ < max)
				ret = add_device(t, p, &p->remotes.v[j],
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

	ut_json_bool(o, "suspended", t->suspended);
	ret = look(t, o, &s);
	ut_snapshot_free(&s);
	return ret;
}

int ut_tablet_snapshot(const struct ut_tablet *t, struct ut_snapshot *s)
{
	return look(t, NULL, s);
}
