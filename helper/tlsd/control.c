// SPDX-License-Identifier: GPL-2.0
/* What the command may ask of the daemon, and what those who watch are told. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "dock/dock_report.h"
#include "tablet/tablet_report.h"
#include "tlsd/daemon.h"

/* --- requests --- */

static int status(const struct ut_daemon *d, struct json_object *reply,
		  struct ut_err *err)
{
	struct json_object *o;
	int ret = 0;

	ut_json_string(reply, "version", UT_VERSION);
	ut_json_uint(reply, "pid", (uint64_t)getpid());
	ut_json_string(reply, "config", d->config_path ? d->config_path :
		       UT_CONFIG_PATH);
	if (d->dock) {
		o = json_object_new_object();
		json_object_object_add(reply, "dock", o);
		ret = ut_dock_report(d->dock, o);
	}
	if (!ret && d->tablet) {
		o = json_object_new_object();
		json_object_object_add(reply, "tablet", o);
		ret = ut_tablet_report(d->tablet, o);
	}
	return ret ? ut_err_errno(err, UT_EXIT_FAILURE, ret,
				  "cannot tell the status") : 0;
}

static int answer(void *arg, enum ut_control_request request,
		  struct json_object *reply, struct ut_err *err)
{
	struct ut_daemon *d = arg;

	ut_json_string(reply, "role", ut_daemon_role(d));
	switch (request) {
	case UT_CONTROL_STATUS:
		return status(d, reply, err);
	case UT_CONTROL_SUSPEND:
		if (d->tablet) {
			ut_log_notice("attaches nothing until \"usbip-tls resume\"");
			ut_tablet_suspend(d->tablet);
		}
		ut_daemon_tell_plain(d, "suspend", NULL);
		return 0;
	case UT_CONTROL_RESUME:
		if (d->tablet) {
			ut_log_notice("attaches again by rule");
			ut_tablet_resume(d->tablet);
		}
		ut_daemon_tell_plain(d, "resume", NULL);
		return 0;
	case UT_CONTROL_RELOAD:
		return ut_daemon_reload(d, err);
	default:
		return 0;
	}
}

void ut_daemon_control_open(struct ut_daemon *d)
{
	struct ut_err err;

	if (!ut_control_open(&d->control, ut_daemon_role(d), answer, d, &err))
		return;
	ut_err_prefix(&err, "usbip-tls cannot ask this daemon");
	ut_log_error(UT_LOG_WARNING, &err);
	d->control = NULL;
}

void ut_daemon_control_close(struct ut_daemon *d)
{
	ut_control_close(d->control);
	d->control = NULL;
	ut_snapshot_free(&d->seen);
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

	if (d->dock)
		ut_dock_observe(d->dock, watched);
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
	struct json_object *o;
	char text[256];

	if (!ut_control_watched(d->control))
		return;
	o = ut_json_new();
	ut_json_string(o, "event", event);
	ut_json_uint(o, "session", s->id);
	ut_json_string(o, "role", ut_role_name(s->role));
	ut_json_string(o, "peer", s->peer);
	ut_json_string(o, "peer_addr",
		       ut_addr_text(&s->peer_addr, text, sizeof(text)));
	ut_json_string(o, "busid", s->busid);
	if (s->role == USBIP_TLS_ROLE_TABLET)
		ut_json_uint(o, "port", s->port);
	if (s->state == USBIP_TLS_STATE_CLOSED) {
		ut_json_string(o, "reason", ut_reason_name(s->reason));
		ut_json_string(o, "reason_text",
			       ut_reason_text(s->reason, s->reason_detail,
					      text, sizeof(text)));
		ut_json_uint(o, "age_ms", s->age_ms);
		ut_json_uint(o, "tx_bytes", s->tx_bytes);
		ut_json_uint(o, "rx_bytes", s->rx_bytes);
	}
	ut_control_event(d->control, o);
}
