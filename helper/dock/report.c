// SPDX-License-Identifier: GPL-2.0
/* What the dock tells of itself: see report.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "dock/internal.h"
#include "dock/report.h"
#include "dock/rights.h"
#include "usb/record.h"

static void add_device(const struct ut_dock *dock, const struct ut_devices *d,
		       const struct ut_usb_device *dev, struct json_object *o)
{
	const struct ut_dock_device *shared = ut_devices_find(d, dev->op.busid);
	struct ut_rights rights;
	char text[512];

	ut_rights(dock->config, d->protect, dev, NULL, &rights);
	ut_json_op_brief(o, &dev->op);
	ut_json_string(o, "status", ut_stub_status_name(dev->status));
	ut_json_string(o, "verdict", ut_verdict_name(rights.v.kind));
	ut_json_string(o, "why", ut_rights_text(&rights, text, sizeof(text)));
	ut_json_string(o, "user", shared ? shared->user : "");
}

/* Those that watch, and which of the devices they may have. */
static void add_tablets(const struct ut_dock *dock, const struct ut_devices *d,
			struct json_object *array)
{
	struct json_object *o, *may;
	struct ut_rights rights;
	size_t i, j;

	for (i = 0; i < dock->n_conns; i++) {
		const struct ut_conn *c = dock->conns[i];

		if (c->state != UT_CONN_WATCHING)
			continue;
		o = json_object_new_object();
		ut_json_string(o, "name", c->name);
		ut_json_string(o, "address", c->text);
		ut_json_uint(o, "since_ms",
			     (uint64_t)(ut_clock_ms() - c->since));
		may = ut_json_array(o, "may_have");
		for (j = 0; j < d->n; j++) {
			ut_rights(dock->config, d->protect, &d->dev[j].usb,
				  c->name, &rights);
			if (ut_rights_ok(&rights))
				json_object_array_add(may,
					json_object_new_string(
						d->dev[j].usb.op.busid));
		}
		json_object_array_add(array, o);
	}
}

static void add_refused(const struct ut_refused *r, struct json_object *o)
{
	ut_json_string(o, "name", r->tablet);
	ut_json_string(o, "address", r->address);
	ut_json_string(o, "busid", r->busid);
	ut_json_string(o, "why", r->why);
}

static uint64_t first_refused(const struct ut_dock *dock)
{
	return dock->n_refused < UT_DOCK_MAX_REFUSED ? 0 :
	       dock->n_refused - UT_DOCK_MAX_REFUSED;
}

static void add_all_refused(const struct ut_dock *dock,
			    struct json_object *array)
{
	const struct ut_refused *r;
	struct json_object *o;
	uint64_t i;

	for (i = first_refused(dock); (r = ut_refused_get(dock, i)); i++) {
		o = json_object_new_object();
		add_refused(r, o);
		ut_json_uint(o, "ago_ms", (uint64_t)(ut_clock_ms() - r->at));
		json_object_array_add(array, o);
	}
}

void ut_dock_report(const struct ut_dock *dock, struct json_object *o)
{
	struct json_object *devices = ut_json_array(o, "devices"), *device;
	struct ut_devices now = { 0 };
	size_t i;

	/* A look of its own: the dock's may be old if nobody needs it. */
	ut_devices_touch(&now);
	ut_devices_refresh(&now, dock->nl);
	for (i = 0; i < now.n_usb; i++) {
		device = json_object_new_object();
		add_device(dock, &now, &now.usb[i], device);
		json_object_array_add(devices, device);
	}
	add_tablets(dock, &now, ut_json_array(o, "tablets"));
	add_all_refused(dock, ut_json_array(o, "refused"));
	ut_json_uint(o, "connections", dock->n_conns);
	ut_devices_free(&now);
}

/* --- events --- */

static int draw_device(const struct ut_dock *dock,
		       const struct ut_usb_device *dev, struct ut_picture *p)
{
	struct ut_thing *thing = ut_picture_add(p);

	if (!thing)
		return -ENOMEM;
	/* Another device in the same place is another one. */
	snprintf(thing->key, sizeof(thing->key), "device %s %u", dev->op.busid,
		 dev->op.devnum);
	snprintf(thing->state, sizeof(thing->state), "%s",
		 dev->status == UT_STUB_USED ? "available" :
		 ut_stub_status_name(dev->status));
	thing->begins = "device-added";
	thing->ends = "device-removed";
	if (dev->status == UT_STUB_AVAILABLE || dev->status == UT_STUB_USED) {
		thing->enters = "device-shared";
		thing->leaves = "device-unshared";
	}
	add_device(dock, &dock->devices, dev, thing->members);
	return 0;
}

static int draw_tablet(const struct ut_conn *c, struct ut_picture *p)
{
	struct ut_thing *thing = ut_picture_add(p);

	if (!thing)
		return -ENOMEM;
	snprintf(thing->key, sizeof(thing->key), "tablet %s %s", c->name,
		 c->text);
	thing->begins = "tablet-connected";
	thing->ends = "tablet-lost";
	ut_json_string(thing->members, "name", c->name);
	ut_json_string(thing->members, "address", c->text);
	return 0;
}

static int draw_refused(const struct ut_refused *r, uint64_t number,
			struct ut_picture *p)
{
	struct ut_thing *thing = ut_picture_add(p);

	if (!thing)
		return -ENOMEM;
	/* In the order of their numbers; one that is forgotten is no event. */
	snprintf(thing->key, sizeof(thing->key), "refused %020" PRIu64, number);
	thing->begins = "tablet-refused";
	add_refused(r, thing->members);
	return 0;
}

int ut_dock_picture(const struct ut_dock *dock, struct ut_picture *p)
{
	const struct ut_refused *r;
	int ret = 0;
	uint64_t k;
	size_t i;

	for (i = 0; !ret && i < dock->devices.n_usb; i++)
		ret = draw_device(dock, &dock->devices.usb[i], p);
	for (i = 0; !ret && i < dock->n_conns; i++)
		if (dock->conns[i]->state == UT_CONN_WATCHING)
			ret = draw_tablet(dock->conns[i], p);
	for (k = first_refused(dock); !ret && (r = ut_refused_get(dock, k)); k++)
		ret = draw_refused(r, k, p);
	return ret;
}

void ut_dock_observe(struct ut_dock *dock, bool on)
{
	if (on && !dock->observed) {
		ut_devices_touch(&dock->devices);
		/* What is there now is no news; others want a look, too. */
		ut_devices_refresh(&dock->devices, dock->nl);
		ut_devices_touch(&dock->devices);
	}
	dock->observed = on;
}
