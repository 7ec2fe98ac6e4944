// SPDX-License-Identifier: GPL-2.0
/* The loop: signals, events of the kernel, and what all parts want. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>

#include "tlsd/daemon.h"

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
	ut_crl_watch_close(d);
	ut_crl_watch_open(d);
	d->upkeep.next = 0;
	ut_sessions_revoked(d);
	ut_log_event(UT_LOG_NOTICE, UT_LOG_CONFIG_LOADED, NULL,
		     "configuration and certificates reloaded");
	ut_notify_ready("%s, reloaded", role(d));
	ut_daemon_tell_plain(d, "reloaded", NULL);
	return 0;
}

static int on_signal(sd_event_source *s, const struct signalfd_siginfo *si,
		     void *arg)
{
	struct ut_daemon *d = arg;
	struct ut_err err;

	if (si->ssi_signo == SIGHUP) {
		ut_daemon_reload(d, &err);
		return 0;
	}
	ut_log_notice("ends on signal %s; running sessions go on",
		      strsignal((int)si->ssi_signo));
	return sd_event_exit(d->loop, 0);
}

int ut_daemon_loop_open(struct ut_daemon *d, struct ut_err *err)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	int ret = sd_event_new(&d->loop);
	sigset_t set;
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (i = 0; ret >= 0 && i < sizeof(signals) / sizeof(signals[0]); i++)
		ret = sd_event_add_signal(d->loop, NULL, signals[i], on_signal,
					  d);
	return ret < 0 ? ut_err_errno(err, UT_EXIT_FAILURE, ret,
				      "cannot wait for signals") : 0;
}

static int on_kernel(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct ut_daemon *d = arg;
	struct ut_err err;
	int ret = ut_sessions_events(d, &err);

	if (!ret)
		return 0;
	*d->err = err;
	return sd_event_exit(d->loop, ret);
}

/*
 * What all parts have to do by now, and when one of them has more. A part that gives
 * work to another comes before it: each is asked once.
 */
static int64_t due(void *arg)
{
	struct ut_daemon *d = arg;
	int64_t next;

	if (d->dock)
		ut_dock_observe(d->dock, ut_control_watched(d->control));
	/* What is proven may push out a hint, which the tablet drops. */
	if (d->tablet)
		ut_discover_feedback(d);
	next = ut_upkeep_due(d);
	next = ut_sooner(next, ut_discovery_due(d->discovery));
	if (d->dock)
		next = ut_sooner(next, ut_dock_due(d->dock));
	if (d->tablet)
		next = ut_sooner(next, ut_tablet_due(d->tablet));
	if (ut_metrics_due(&d->metrics))
		ut_sessions_metrics(d);
	next = ut_sooner(next, ut_metrics_next(&d->metrics));
	ut_daemon_tell(d);
	/* A client that does not read is disconnected. */
	return ut_sooner(next, ut_control_due(d->control));
}

/* If the service manager wants any. */
static void give_signs_of_life(struct ut_daemon *d)
{
	int ret = sd_event_set_watchdog(d->loop, true);

	if (ret < 0)
		ut_log_warn("cannot send keep-alives to the service manager: %s",
			    strerror(-ret));
}

int ut_daemon_run(struct ut_daemon *d, struct ut_err *err)
{
	sd_event_source *kernel = NULL;
	int ret;

	d->err = err;
	ut_err_clear(err);
	ret = sd_event_add_io(d->loop, &kernel, ut_nl_events_fd(d->events),
			      EPOLLIN, on_kernel, d);
	if (ret >= 0) {
		ut_notify_ready("%s, up", role(d));
		give_signs_of_life(d);
		ret = ut_loop_run(d->loop, due, d);
		ut_notify_stopping();
	}
	sd_event_source_disable_unref(kernel);
	if (ret == UT_SIGNER_DIED)
		return ut_err_set(err, UT_EXIT_FAILURE, EPIPE,
				  "the process with the private key has died");
	if (ret < 0 && err->code == UT_EXIT_OK)
		ut_err_errno(err, UT_EXIT_FAILURE, ret, "the loop failed");
	return ret;
}
