// SPDX-License-Identifier: GPL-2.0
#include "base/clock.h"
#include "lib/quiet_daemon.h"

int quiet_timeout[QUIET_PARTS] = { -1, -1, -1, -1, -1 };
struct quiet_work quiet_work = { QUIET_PARTS, QUIET_PARTS, 0 };
unsigned int quiet_rounds;
int quiet_events[2];
int quiet_error;

static int64_t quiet_due(enum quiet_part part)
{
	if (part == quiet_work.from)
		quiet_work.left++;
	if (part == quiet_work.to)
		quiet_work.left = 0;
	return quiet_timeout[part] < 0 ? INT64_MAX :
	       ut_clock_ms() + quiet_timeout[part];
}

int ut_nl_events_fd(const struct ut_nl_events *ev)
{
	return quiet_events[0];
}

int ut_sessions_events(struct ut_daemon *d, struct ut_err *err)
{
	return ut_err_set(err, UT_EXIT_FAILURE, quiet_error, "a bad event");
}

int64_t ut_dock_due(struct ut_dock *dock)
{
	return quiet_due(QUIET_DOCK);
}

void ut_dock_observe(struct ut_dock *dock, bool on)
{
	quiet_due(QUIET_OBSERVE);
}

int ut_dock_reload(struct ut_dock *dock, const struct ut_config *config,
		   struct ut_err *err)
{
	return 0;
}

int64_t ut_tablet_due(struct ut_tablet *t)
{
	return quiet_due(QUIET_TABLET);
}

void ut_tablet_reload(struct ut_tablet *t, const struct ut_config *config,
		      struct ut_creds *creds)
{
}

int ut_creds_load(struct ut_creds **creds, enum ut_tls_side side,
		  const struct ut_config_tls *cfg,
		  const struct ut_sandbox *sandbox, struct ut_err *err)
{
	*creds = NULL;
	return 0;
}

void ut_creds_put(struct ut_creds *creds)
{
}

int64_t ut_discovery_due(struct ut_discovery *d)
{
	quiet_rounds++;
	return quiet_due(QUIET_DISCOVERY);
}

int64_t ut_control_due(struct ut_control *c)
{
	return quiet_due(QUIET_CONTROL);
}

bool ut_control_watched(const struct ut_control *c)
{
	return false;
}

void ut_daemon_tell(struct ut_daemon *d)
{
	quiet_due(QUIET_TELL);
}

void ut_daemon_tell_plain(struct ut_daemon *d, const char *event,
			  const struct ut_err *err)
{
}

void ut_discover_feedback(struct ut_daemon *d)
{
	quiet_due(QUIET_FEEDBACK);
}

void ut_discover_reload(struct ut_daemon *d)
{
}

void ut_crl_watch_open(struct ut_daemon *d)
{
}

void ut_crl_watch_close(struct ut_daemon *d)
{
}

void ut_sessions_revoked(struct ut_daemon *d)
{
}

void ut_sessions_metrics(struct ut_daemon *d)
{
}

int64_t ut_upkeep_due(struct ut_daemon *d)
{
	return quiet_due(QUIET_UPKEEP);
}
