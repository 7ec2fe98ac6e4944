// SPDX-License-Identifier: GPL-2.0
/*
 * What the dock tells of itself: see dock.h. Each function adds one item;
 * @list is that of the status, NULL for events.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "dock/conns.h"
#include "dock/dock.h"
#include "usb/record.h"

static int add_device(const struct ut_dock *dock, const struct ut_devices *d,
		      const struct ut_usb_device *dev,
		      struct json_object *list, struct ut_snapshot *s)
{
	const struct ut_dock_device *shared = ut_devices_find(d, dev->op.busid);
	/* Another device in the same place is another one. */
	struct ut_item *item = ut_snapshot_add(s, list, "device %s %u",
					       dev->op.busid, dev->op.devnum);
	struct ut_permission perm;
	char text[512];

	if (!item)
		return -ENOMEM;
	snprintf(item->state, sizeof(item->state), "%s",
		 dev->status == UT_STUB_USED ? "available" :
		 ut_stub_status_name(dev->status));
	item->begins = "device-added";
	item->ends = "device-removed";
	if (dev->status == UT_STUB_AVAILABLE || dev->status == UT_STUB_USED) {
		item->enters = "device-shared";
		item->leaves = "device-unshared";
	}
	ut_permission_get(dock->config, d->protect, dev, NULL, &perm);
	ut_json_op_brief(item->members, &dev->op);
	ut_json_string(item->members, "status",
		       ut_stub_status_name(dev->status));
	ut_json_string(item->members, "verdict",
		       ut_verdict_name(perm.v.kind));
	ut_json_string(item->members, "why",
		       ut_permission_text(&perm, text, sizeof(text)));
	ut_json_string(item->members, "user", shared ? shared->user : "");
	return 0;
}

/* Which of the devices a tablet may have. */
static void may_have(const struct ut_dock *dock, const struct ut_devices *d,
		     const struct ut_conn *c, struct json_object *array)
{
	struct ut_permission perm;
	size_t i;

	for (i = 0; i < d->n; i++) {
		ut_permission_get(dock->config, d->protect, &d->dev[i].usb,
				  c->name, &perm);
		if (ut_permission_ok(&perm))
			json_object_array_add(array, json_object_new_string(
					      d->dev[i].usb.op.busid));
	}
}

static int add_tablet(const struct ut_dock *dock, const struct ut_devices *d,
		      const struct ut_conn *c, struct json_object *list,
		      struct ut_snapshot *s)
{
	struct ut_item *item = ut_snapshot_add(s, list, "tablet %s %s",
					       c->name, c->text);

	if (!item)
		return -ENOMEM;
	item->begins = "tablet-connected";
	item->ends = "tablet-lost";
	ut_json_string(item->members, "name", c->name);
	ut_json_string(item->members, "address", c->text);
	if (!list)
		return 0;
	ut_json_uint(item->members, "since_ms",
		     (uint64_t)(ut_clock_ms() - c->since));
	may_have(dock, d, c, ut_json_array(item->members, "may_have"));
	return 0;
}

static int add_refused(const struct ut_refused *r, uint64_t number,
		       struct json_object *list, struct ut_snapshot *s)
{
	/* In the order of their numbers; one that is forgotten is no event. */
	struct ut_item *item = ut_snapshot_add(s, list, "refused %020" PRIu64,
					       number);

	if (!item)
		return -ENOMEM;
	item->begins = "tablet-refused";
	ut_json_string(item->members, "name", r->tablet);
	ut_json_string(item->members, "address", r->address);
	ut_json_string(item->members, "busid", r->busid);
	ut_json_string(item->members, "why", r->why);
	if (list)
		ut_json_uint(item->members, "ago_ms",
			     (uint64_t)(ut_clock_ms() - r->at));
	return 0;
}

static int look(const struct ut_dock *dock, const struct ut_devices *d,
		struct json_object *status, struct ut_snapshot *s)
{
	uint64_t k = dock->n_refused < UT_DOCK_MAX_REFUSED ? 0 :
		     dock->n_refused - UT_DOCK_MAX_REFUSED;
	const struct ut_refused *r;
	struct json_object *list;
	int ret = 0;
	size_t i;

	list = status ? ut_json_array(status, "devices") : NULL;
	for (i = 0; !ret && i < d->n_usb; i++)
		ret = add_device(dock, d, &d->usb[i], list, s);
	list = status ? ut_json_array(status, "tablets") : NULL;
	for (i = 0; !ret && i < dock->n_conns; i++)
		if (ut_conn_watches(dock->conns[i]))
			ret = add_tablet(dock, d, dock->conns[i], list, s);
	list = status ? ut_json_array(status, "refused") : NULL;
	for (; !ret && (r = ut_refused_get(dock, k)); k++)
		ret = add_refused(r, k, list, s);
	return ret;
}

int ut_dock_report(const struct ut_dock *dock, struct json_object *o)
{
	struct ut_snapshot s = { 0 };
	struct ut_devices now = { 0 };
	int ret;

	/* A look of its own: the dock's may be old if nobody needs it. */
	ut_devices_touch(&now);
	ut_devices_refresh(&now, dock->nl);
	ret = look(dock, &now, o, &s);
	ut_json_uint(o, "connections", dock->n_conns);
	ut_devices_free(&now);
	ut_snapshot_free(&s);
	return ret;
}

int ut_dock_snapshot(const struct ut_dock *dock, struct ut_snapshot *s)
{
	return look(dock, &dock->devices, NULL, s);
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
