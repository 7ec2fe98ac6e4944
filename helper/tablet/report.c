// SPDX-License-Identifier: GPL-2.0
/* What the tablet tells of itself: see report.h. */
#include <errno.h>
#include <stdio.h>

#include "tablet/internal.h"
#include "tablet/report.h"
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
	return todo;
}

static void add_device(const struct ut_tablet *t, const struct ut_place *p,
		       const struct ut_remote *r, struct json_object *o)
{
	char why[UT_REMOTE_WHY_SIZE];
	enum ut_remote_todo todo = todo_of(t, p, r, why, sizeof(why));

	ut_json_op_brief(o, &r->op);
	ut_json_string(o, "state", ut_remote_todo_name(todo));
	if (todo == UT_REMOTE_ATTACHED) {
		ut_json_uint(o, "port", r->port);
		ut_json_uint(o, "session", r->session);
	}
	ut_json_string(o, "why", why);
}

static void add_place(const struct ut_tablet *t, const struct ut_place *p,
		      struct json_object *o)
{
	int64_t now = ut_clock_ms();

	ut_json_string(o, "name", p->name);
	ut_json_string(o, "host", p->host);
	ut_json_uint(o, "tcp_port", p->port);
	ut_json_bool(o, "discovered", p->hint);
	ut_json_string(o, "state", ut_place_state_name(p->state));
	ut_json_bool(o, "used", ut_tablet_uses(t, p));
	ut_json_string(o, "error", p->error);
	if (p->state == UT_PLACE_UP || p->state == UT_PLACE_CONNECTING)
		return;
	ut_json_uint(o, "fails", p->backoff.fails);
	ut_json_uint(o, "next_try_ms", p->backoff.next > now ?
		     (uint64_t)(p->backoff.next - now) : 0);
}

void ut_tablet_report(const struct ut_tablet *t, struct json_object *o)
{
	struct json_object *docks = ut_json_array(o, "docks"), *dock, *devices,
			   *device;
	uint64_t left_out = 0;
	size_t i, j, n = 0;

	ut_json_bool(o, "suspended", t->suspended);
	for (i = 0; i < t->n_places; i++) {
		const struct ut_place *p = t->places[i];

		dock = json_object_new_object();
		add_place(t, p, dock);
		devices = ut_json_array(dock, "devices");
		for (j = 0; j < p->remotes.n; j++) {
			if (n++ >= UT_TABLET_REPORT_MAX) {
				left_out++;
				continue;
			}
			device = json_object_new_object();
			add_device(t, p, &p->remotes.v[j], device);
			json_object_array_add(devices, device);
		}
		json_object_array_add(docks, dock);
	}
	ut_json_uint(o, "devices_left_out", left_out);
}

/* --- events --- */

static int draw_place(const struct ut_tablet *t, const struct ut_place *p,
		      struct ut_picture *picture)
{
	struct ut_thing *thing = ut_picture_add(picture);

	if (!thing)
		return -ENOMEM;
	snprintf(thing->key, sizeof(thing->key), "dock %s %u %d", p->host,
		 p->port, p->hint);
	/* An attempt that runs says nothing yet. */
	snprintf(thing->state, sizeof(thing->state), "%s %s",
		 p->state == UT_PLACE_CONNECTING ? "down" :
		 ut_place_state_name(p->state), p->error);
	if (p->state == UT_PLACE_UP) {
		thing->enters = "dock-connected";
		thing->leaves = "dock-lost";
	} else if (p->state == UT_PLACE_DENIED) {
		thing->enters = "dock-refused";
	} else if (p->error[0]) {
		thing->enters = "dock-failed";
	}
	add_place(t, p, thing->members);
	return 0;
}

/* The state without what changes from second to second. */
static const char *steady(const struct ut_remote *r, enum ut_remote_todo todo,
			  const char *why)
{
	if (todo != UT_REMOTE_WAIT)
		return todo == UT_REMOTE_ATTACHING ? "" : why;
	return r->stale ? "stale" : r->error;
}

static const char *entering(const struct ut_remote *r,
			    enum ut_remote_todo todo)
{
	switch (todo) {
	case UT_REMOTE_ATTACHED:
		return "device-attached";
	case UT_REMOTE_DENIED:
		return "device-refused";
	case UT_REMOTE_HELD:
		return "device-held";
	case UT_REMOTE_OTHER:
		return "device-other";
	case UT_REMOTE_USED:
		return "device-in-use";
	case UT_REMOTE_WAIT:
		return r->stale ? NULL : "device-failed";
	default:
		return NULL;
	}
}

static int draw_device(const struct ut_tablet *t, const struct ut_place *p,
		       const struct ut_remote *r, struct ut_picture *picture)
{
	struct ut_thing *thing = ut_picture_add(picture);
	char why[UT_REMOTE_WHY_SIZE];
	enum ut_remote_todo todo;

	if (!thing)
		return -ENOMEM;
	todo = todo_of(t, p, r, why, sizeof(why));
	snprintf(thing->key, sizeof(thing->key), "device %s %u %d %s", p->host,
		 p->port, p->hint, r->op.busid);
	snprintf(thing->state, sizeof(thing->state), "%s %s",
		 ut_remote_todo_name(todo), steady(r, todo, why));
	thing->begins = "device-added";
	thing->enters = entering(r, todo);
	thing->leaves = todo == UT_REMOTE_ATTACHED ? "device-detached" : NULL;
	thing->ends = "device-removed";
	ut_json_string(thing->members, "dock", p->name);
	add_device(t, p, r, thing->members);
	return 0;
}

int ut_tablet_picture(const struct ut_tablet *t, struct ut_picture *picture)
{
	size_t i, j;
	int ret = 0;

	for (i = 0; !ret && i < t->n_places; i++) {
		const struct ut_place *p = t->places[i];

		ret = draw_place(t, p, picture);
		for (j = 0; !ret && j < p->remotes.n; j++)
			ret = draw_device(t, p, &p->remotes.v[j], picture);
	}
	return ret;
}
