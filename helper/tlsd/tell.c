// SPDX-License-Identifier: GPL-2.0
/* What the daemon tells: of itself, and to those who watch. */
#include <unistd.h>

#include "control/session_json.h"
#include "tlsd/daemon.h"

/* Counts, of which there may be none yet. */
static void add_counts(struct json_object *o, const char *key,
		       struct json_object *counts)
{
	json_object_object_add(o, key, counts ? json_object_get(counts) :
			       json_object_new_object());
}

static void add_docks(struct json_object *o, const struct ut_tablet *t)
{
	size_t i, n, up = 0;
	struct ut_dock_addr *const *addrs = ut_tablet_addrs(t, &n);

	for (i = 0; i < n; i++)
		up += addrs[i]->state == UT_DOCK_ADDR_UP;
	ut_json_uint(o, "docks", n);
	ut_json_uint(o, "docks_connected", up);
}

void ut_daemon_report(const struct ut_daemon *d, struct json_object *o)
{
	int64_t expires = ut_daemon_creds(d)->own.not_after;

	ut_json_string(o, "role", ut_daemon_role(d));
	ut_json_string(o, "version", UT_VERSION);
	ut_json_uint(o, "pid", (uint64_t)getpid());
	ut_json_string(o, "config", d->config_path ? d->config_path :
		       UT_CONFIG_PATH);
	ut_json_uint(o, "started", (uint64_t)d->started);
	if (expires > 0)
		ut_json_uint(o, "expires", (uint64_t)expires);
	add_counts(o, "opened", d->counts.opened);
	add_counts(o, "closed", d->counts.closed);
	add_counts(o, "violations", d->counts.violations);
	ut_json_uint(o, "events_lost", d->counts.lost);
	if (d->dock)
		add_counts(o, "refusals", ut_dock_refused(d->dock));
	if (d->tablet)
		add_docks(o, d->tablet);
}

/* --- events --- */

static int look(const struct ut_daemon *d, struct ut_snapshot *s)
{
	int ret = d->dock ? ut_dock_snapshot(d->dock, s) : 0;

	if (!ret && d->tablet)
		ret = ut_tablet_snapshot(d->tablet, s);
	return ret;
}

static void tell(void *arg, struct json_object *event)
{
	struct ut_daemon *d = arg;

	ut_control_event(d->control, event);
}

void ut_daemon_tell(struct ut_daemon *d)
{
	struct ut_snapshot now = { 0 };
	bool watched = ut_control_watched(d->control);

	/* Without memory the next time tells it all. */
	if (watched && look(d, &now)) {
		ut_snapshot_free(&now);
		return;
	}
	/* One who has just come wants to know what is to come. */
	if (watched && d->watched)
		ut_snapshot_diff(&d->seen, &now, tell, d);
	ut_snapshot_free(&d->seen);
	d->seen = now;
	d->watched = watched;
}

void ut_daemon_tell_plain(struct ut_daemon *d, const char *event,
			  const struct ut_err *err)
{
	struct json_object *o;

	if (!ut_control_watched(d->control))
		return;
	o = ut_json_new();
	ut_json_string(o, "event", event);
	if (err)
		ut_json_string(o, "error", err->msg);
	ut_control_event(d->control, o);
}

void ut_daemon_tell_session(struct ut_daemon *d, const char *event,
			    const struct ut_session *s)
{
	/* Of those behind the first five it has nothing to say while it is open. */
	static const char *const members[] = {
		"role", "peer", "peer_addr", "busid", "port",
		"reason", "reason_text", "age_ms", "tx_bytes", "rx_bytes",
	};
	size_t i, n = s->state == USBIP_TLS_STATE_CLOSED ? 10 : 5;
	struct json_object *o, *all, *v;

	if (!ut_control_watched(d->control))
		return;
	o = ut_json_new();
	ut_json_string(o, "event", event);
	ut_json_uint(o, "session", s->id);
	all = ut_json_session(s);
	for (i = 0; i < n; i++)
		if (json_object_object_get_ex(all, members[i], &v))
			json_object_object_add(o, members[i],
					       json_object_get(v));
	json_object_put(all);
	ut_control_event(d->control, o);
}
