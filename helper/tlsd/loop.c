// SPDX-License-Identifier: GPL-2.0
/* The loop: signals, events of the kernel, and what the dock wants. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "tlsd/daemon.h"

#define OWN_FDS 5

static const char *role(const struct ut_daemon *d)
{
	if (d->is_dock && d->is_tablet)
		return "dock and tablet";
	return d->is_dock ? "dock" : "tablet";
}

/* Anything wrong with the new files leaves the daemon as it was. */
int ut_daemon_reload(struct ut_daemon *d, struct ut_err *err)
{
	struct ut_config *config = calloc(1, sizeof(*config));
	struct ut_creds *creds = NULL;
	int ret;

	ut_notify_reloading();
	if (config)
		ret = ut_config_load(config, d->config_path, err);
	else
		ret = ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM, "no memory");
	if (!ret && d->tablet)
		ret = ut_creds_load(&creds, UT_TLS_TABLET, &config->tls,
				    &d->sandbox, err);
	if (!ret && d->dock)
		ret = ut_dock_reload(d->dock, config, err);
	if (ret) {
		ut_creds_put(creds);
		ut_err_prefix(err, "nothing reloaded, the old configuration stays");
		ut_log_error_id(UT_LOG_ERR, UT_LOG_CONFIG_REFUSED, NULL, err);
		ut_daemon_tell_plain(d, "reload-failed", err);
		ut_notify_ready("%s; %s", role(d), err->msg);
		if (config)
			ut_config_free(config);
		free(config);
		return ret;
	}
	if (d->tablet)
		ut_tablet_reload(d->tablet, config, creds);
	ut_config_free(d->config);
	free(d->config);
	d->config = config;
	ut_discover_reload(d);
	ut_metrics_set(&d->metrics, config->metrics.file,
		       config->metrics.interval);
	ut_lists_close(d);
	ut_lists_open(d);
	d->upkeep.next = 0;
	ut_sessions_revoked(d);
	ut_log_event(UT_LOG_NOTICE, UT_LOG_CONFIG_LOADED, NULL,
		     "configuration and certificates reloaded");
	ut_notify_ready("%s, reloaded", role(d));
	ut_daemon_tell_plain(d, "reloaded", NULL);
	return 0;
}

static void on_signal(struct ut_daemon *d)
{
	struct signalfd_siginfo si;
	struct ut_err err;

	while (read(d->signals, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGHUP) {
			ut_daemon_reload(d, &err);
		} else {
			ut_log_notice("ends on signal %s; running sessions go on",
				      strsignal((int)si.ssi_signo));
			d->stop = true;
		}
	}
}

/* The sooner of two timeouts of poll(2), of which -1 is none. */
static int sooner(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static int left(int64_t at)
{
	return at == INT64_MAX ? -1 : ut_clock_left(at);
}

/* No longer than the next deadline of any part, and than the watchdog allows. */
static int timeout(struct ut_daemon *d)
{
	int own = sooner(d->dock ? left(ut_dock_due(d->dock)) : -1,
			 d->tablet ? left(ut_tablet_due(d->tablet)) : -1);

	own = sooner(own, ut_metrics_timeout(&d->metrics));
	own = sooner(own, left(ut_control_due(d->control)));
	own = sooner(own, left(ut_discovery_due(d->discovery)));
	own = sooner(own, ut_upkeep_timeout(d));
	return sooner(own, ut_watchdog_left(&d->watchdog));
}

static int wait_once(struct ut_daemon *d, struct ut_err *err)
{
	struct pollfd p[OWN_FDS];
	int ret;

	p[0] = (struct pollfd){ d->signals, POLLIN, 0 };
	p[1] = (struct pollfd){ ut_nl_events_fd(d->events), POLLIN, 0 };
	p[2] = (struct pollfd){ d->lists.fd, POLLIN, 0 };
	p[3] = (struct pollfd){ ut_task_runs(&d->upkeep.task) ?
				d->upkeep.task.fd : -1, POLLIN, 0 };
	p[4] = (struct pollfd){ sd_event_get_fd(d->loop), POLLIN, 0 };
	ret = poll(p, OWN_FDS, timeout(d));
	if (ret < 0)
		return errno == EINTR ? 0 :
		       ut_err_errno(err, UT_EXIT_FAILURE, errno, "poll failed");
	ret = ut_loop_turn(d->loop, 0);
	if (ret)
		return ut_err_errno(err, UT_EXIT_FAILURE, ret, "the loop failed");
	if (d->tablet)
		ut_discover_feedback(d);
	if (!ret && p[1].revents)
		ret = ut_sessions_events(d, err);
	if (!ret && p[2].revents)
		ut_lists_event(d);
	if (!ret && p[3].revents)
		ut_upkeep_done(d);
	if (!ret)
		ut_upkeep_due(d);
	if (!ret && p[0].revents)
		on_signal(d);
	if (!ret && ut_metrics_due(&d->metrics))
		ut_sessions_metrics(d);
	if (!ret)
		ut_daemon_tell(d);
	return ret;
}

int ut_daemon_run(struct ut_daemon *d, struct ut_err *err)
{
	int ret = 0;

	ut_watchdog_start(&d->watchdog);
	ut_notify_ready("%s, up", role(d));
	while (!ret && !d->stop) {
		ut_watchdog_feed(&d->watchdog);
		ret = wait_once(d, err);
	}
	ut_notify_stopping();
	return ret;
}
