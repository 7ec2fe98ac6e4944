// SPDX-License-Identifier: GPL-2.0
/* What the command may ask of the daemon. */
#include "dock/dock.h"
#include "tablet/tablet.h"
#include "tlsd/daemon.h"

static int status(const struct ut_daemon *d, struct json_object *reply,
		  struct ut_err *err)
{
	struct json_object *o;
	int ret = 0;

	ut_daemon_report(d, reply);
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
				  "cannot report the status") : 0;
}

static int answer(void *arg, enum ut_control_request request,
		  struct json_object *reply, struct ut_err *err)
{
	struct ut_daemon *d = arg;

	if (request == UT_CONTROL_STATUS)
		return status(d, reply, err);
	ut_json_string(reply, "role", ut_daemon_role(d));
	switch (request) {
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

	if (!ut_control_open(&d->control, d->loop, ut_daemon_role(d), answer, d,
			     &err))
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
