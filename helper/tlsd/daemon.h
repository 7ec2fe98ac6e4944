/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of tlsd/: the daemon, which runs a dock, a tablet or both in one loop. */
#ifndef UT_TLSD_DAEMON_H
#define UT_TLSD_DAEMON_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/rate.h"
#include "base/task.h"
#include "cage/sandbox.h"
#include "control/control_server.h"
#include "control/snapshot.h"
#include "discovery/discovery.h"
#include "dock/dock.h"
#include "nl/nl.h"
#include "policy/config.h"
#include "tablet/tablet.h"
#include "tlsd/metrics.h"

/**
 * struct ut_crl_watch - files with revocation lists, watched
 * @watch: the directories that they are in: ours, the one that has the CA's, and the
 *	CA's; NULL: it could not be watched so far
 * @seen: what the files were at the last look: ours, that of the CA here
 * @again: one of them could not be taken for a reason that may be over by now
 */
struct ut_crl_watch {
	sd_event_source *watch[3];
	struct stat seen[2];
	bool again;
};

/**
 * struct ut_upkeep - our own certificate
 * @task: renews it, if the CA is here
 * @next: ut_clock_ms() of the next look
 * @warn: of the next warning, if there is one to be given
 * @backoff: after a failure
 */
struct ut_upkeep {
	struct ut_task task;
	int64_t next;
	int64_t warn;
	struct ut_backoff backoff;
};

/**
 * struct ut_daemon - everything
 * @is_dock: it shares devices
 * @is_tablet: it uses devices
 * @check_role: only say whether the certificate is for that
 * @config_path: NULL: the default
 * @config: in use
 * @loop: where all that it waits for is
 * @sandbox: of the workers
 * @nl: to the kernel's session table
 * @events: from it
 * @dock: NULL for a tablet
 * @tablet: NULL for a dock
 * @discovery: announces the dock, finds docks for the tablet
 * @counts: for the metrics
 * @metrics: their file
 * @started: Unix time
 * @control: what the command asks; NULL: it cannot be had
 * @seen: what those who watch have been told; empty while nobody does
 * @watched: somebody does
 * @crl_watch: revocation lists that may change
 * @upkeep: of our certificate
 * @err: why it cannot go on
 */
struct ut_daemon {
	bool is_dock;
	bool is_tablet;
	bool check_role;
	const char *config_path;
	struct ut_config *config;
	sd_event *loop;
	struct ut_sandbox sandbox;
	struct ut_nl *nl;
	struct ut_nl_events *events;
	struct ut_dock *dock;
	struct ut_tablet *tablet;
	struct ut_discovery *discovery;
	struct ut_metrics_counts counts;
	struct ut_metrics metrics;
	int64_t started;
	struct ut_control *control;
	struct ut_snapshot seen;
	bool watched;
	struct ut_crl_watch crl_watch;
	struct ut_upkeep upkeep;
	struct ut_err *err;
};

/* What it does, in one word. */
static inline const char *ut_daemon_role(const struct ut_daemon *d)
{
	return !d->is_tablet ? "dock" : !d->is_dock ? "tablet" : "both";
}

/* The credentials in use; those of a dock and a tablet in one are of one file. */
static inline struct ut_creds *ut_daemon_creds(const struct ut_daemon *d)
{
	return d->dock ? ut_dock_creds(d->dock) : ut_tablet_creds(d->tablet);
}

/* daemon_loop.c */

/* Before anything is started: from now on signals wait for ut_daemon_run(). */
int ut_daemon_loop_open(struct ut_daemon *d, struct ut_err *err);

/* Runs until a signal ends it. 0 or -errno. */
int ut_daemon_run(struct ut_daemon *d, struct ut_err *err);

/*
 * Reads configuration and certificates again, all or nothing: what SIGHUP does,
 * and logs. 0 or -errno.
 */
int ut_daemon_reload(struct ut_daemon *d, struct ut_err *err);

/* sessions.c */

/* Logs the sessions that run already. */
int ut_sessions_found(struct ut_daemon *d, struct ut_err *err);

/* Logs the events that have arrived. */
int ut_sessions_events(struct ut_daemon *d, struct ut_err *err);

/* Writes the metrics file. */
void ut_sessions_metrics(struct ut_daemon *d);

/* Ends those whose peer's certificate is on the revocation list. */
void ut_sessions_revoked(struct ut_daemon *d);

/* crl_watch.c */

/* Without inotify a new CRL is found late, which is logged. */
void ut_crl_watch_open(struct ut_daemon *d);
void ut_crl_watch_close(struct ut_daemon *d);

/* Uses what is new in them. */
void ut_crl_watch_look(struct ut_daemon *d);

/* The same, also what could not be taken the last time: now and then. */
void ut_crl_watch_retry(struct ut_daemon *d);

/* upkeep.c */

void ut_upkeep_open(struct ut_daemon *d);
void ut_upkeep_close(struct ut_daemon *d);

/* Does what is due. When it has to be called again. */
int64_t ut_upkeep_due(struct ut_daemon *d);

/* discover.c */

int ut_discover_open(struct ut_daemon *d, struct ut_err *err);

/* After a new configuration. */
void ut_discover_reload(struct ut_daemon *d);

/* Tells discovery which of its hints were worth something; tablet only. */
void ut_discover_feedback(struct ut_daemon *d);

/* requests.c */

/* Without it the daemon does its work, but cannot be asked: logged. */
void ut_daemon_control_open(struct ut_daemon *d);
void ut_daemon_control_close(struct ut_daemon *d);

/* tell.c */

/*
 * Adds to @o what it is and what it has counted; see usbip-tls(8). Looks at nothing:
 * the metrics want it every few seconds.
 */
void ut_daemon_report(const struct ut_daemon *d, struct json_object *o);

/* Tells those who watch what has happened since the last time. */
void ut_daemon_tell(struct ut_daemon *d);

/* A session has opened or closed: the same. */
void ut_daemon_tell_session(struct ut_daemon *d, const char *event,
			    const struct ut_session *s);

/* Something without members but, if @err is not NULL, "error". */
void ut_daemon_tell_plain(struct ut_daemon *d, const char *event,
			  const struct ut_err *err);

/*
 * notify.c: what the service manager is told, see sd_notify(3). All of it does nothing
 * where no service manager asked for it. There is nothing to be done about a manager
 * that does not listen, so no function here fails.
 */

/*
 * The daemon is up, or has read its configuration again. The text is what
 * "systemctl status" shows; control characters in it are replaced by '?'.
 */
void ut_notify_ready(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

/* It reads its configuration; ut_notify_ready() must follow. */
void ut_notify_reloading(void);

/* It ends. */
void ut_notify_stopping(void);

/*
 * journal.c: a ut_log_sink: MESSAGE, PRIORITY, SYSLOG_IDENTIFIER, MESSAGE_ID and the
 * fields of usbip-tlsd(8), by the socket of systemd-journald. Not for a process in a
 * cage.
 */
bool ut_journal_send(const char *ident, enum ut_log_level level,
		     enum ut_log_id id, const struct ut_log_about *about,
		     const char *text);

/* modules.c: loads the kernel module @name if it is not there. */
int ut_module_need(const char *name, struct ut_err *err);

#endif /* UT_TLSD_DAEMON_H */
