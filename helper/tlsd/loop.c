// SPDX-License-Identifier: GPL-2.0
/* The loop: signals, events of the kernel, and what the dock wants. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tlsd/daemon.h"

#define OWN_FDS 2

/* Anything wrong with the new files leaves the daemon as it was. */
static void reload(struct ut_daemon *d)
{
	struct ut_config *config = malloc(sizeof(*config));
	struct ut_err err = { .code = UT_EXIT_OK };
	int ret = -ENOMEM;

	if (config)
		ret = ut_config_load(config, d->config_path, &err);
	else
		ut_err_errno(&err, UT_EXIT_FAILURE, ENOMEM, "no memory");
	if (!ret && d->dock)
		ret = ut_dock_reload(d->dock, config, &err);
	if (ret) {
		ut_err_prefix(&err, "nothing reloaded, the old configuration stays");
		ut_log_error(UT_LOG_ERR, &err);
		if (config)
			ut_config_free(config);
		free(config);
		return;
	}
	ut_config_free(d->config);
	free(d->config);
	d->config = config;
	ut_log_notice("configuration and certificates reloaded");
}

static void on_signal(struct ut_daemon *d)
{
	struct signalfd_siginfo si;

	while (read(d->signals, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGHUP) {
			reload(d);
		} else {
			ut_log_notice("ends on signal %s; running sessions go on",
				      strsignal((int)si.ssi_signo));
			d->stop = true;
		}
	}
}

static int wait_once(struct ut_daemon *d, struct ut_err *err)
{
	static struct pollfd p[OWN_FDS + UT_DOCK_MAX_POLL];
	size_t n = OWN_FDS;
	int ret;

	p[0] = (struct pollfd){ d->signals, POLLIN, 0 };
	p[1] = (struct pollfd){ ut_nl_events_fd(d->events), POLLIN, 0 };
	if (d->dock)
		n += ut_dock_poll_fill(d->dock, p + OWN_FDS,
				       UT_DOCK_MAX_POLL);
	ret = poll(p, n, d->dock ? ut_dock_timeout(d->dock) : -1);
	if (ret < 0)
		return errno == EINTR ? 0 :
		       ut_err_errno(err, UT_EXIT_FAILURE, errno, "poll failed");
	/* The dock first: a reload changes what its descriptors stand for. */
	ret = d->dock ? ut_dock_poll_done(d->dock, p + OWN_FDS, n - OWN_FDS,
					  err) : 0;
	if (!ret && p[1].revents)
		ret = ut_sessions_events(d, err);
	if (!ret && p[0].revents)
		on_signal(d);
	return ret;
}

int ut_daemon_run(struct ut_daemon *d, struct ut_err *err)
{
	int ret = 0;

	while (!ret && !d->stop)
		ret = wait_once(d, err);
	return ret;
}
