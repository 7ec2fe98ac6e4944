// SPDX-License-Identifier: GPL-2.0
/* The kernel's sessions in the log. The daemon keeps no list of its own. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tls/crl.h"
#include "tlsd/daemon.h"
#include "usb/announce.h"

#define LIST_SIZE 512

static bool ours(const struct ut_daemon *d, const struct ut_session *s)
{
	return s->role == USBIP_TLS_ROLE_TABLET ? d->is_tablet : d->is_dock;
}

static const char *peer_kind(const struct ut_session *s)
{
	return s->role == USBIP_TLS_ROLE_TABLET ? "dock" : "tablet";
}

static void describe(const struct ut_session *s, char *buf, size_t size)
{
	char addr[80];

	snprintf(buf, size, "%s with %s \"%s\" at %s", s->busid, peer_kind(s),
		 s->peer, ut_addr_text(&s->peer_addr, addr, sizeof(addr)));
}

/* All of them in one line, as far as they fit. */
static void found(const struct ut_daemon *d, const struct ut_session *s,
		  size_t n)
{
	char list[LIST_SIZE] = "", one[LIST_SIZE];
	size_t count = 0, len = 0, i;

	for (i = 0; i < n; i++) {
		if (!ours(d, &s[i]))
			continue;
		count++;
		describe(&s[i], one, sizeof(one));
		if (len < sizeof(list))
			len += (size_t)snprintf(list + len, sizeof(list) - len,
						"%s%u (%s)", len ? ", " : "",
						s[i].id, one);
	}
	ut_log_notice("found %zu running session%s%s%s", count,
		      count == 1 ? "" : "s", count ? ": " : "", list);
}

int ut_sessions_found(struct ut_daemon *d, struct ut_err *err)
{
	struct ut_session *s;
	size_t n;
	int ret;

	ret = ut_nl_session_all(d->nl, &s, &n, err);
	if (ret)
		return ret;
	found(d, s, n);
	free(s);
	return 0;
}

static bool revoked(const struct ut_daemon *d, const struct ut_session *s)
{
	const struct ut_creds *creds;

	if (!ours(d, s) || s->state == USBIP_TLS_STATE_CLOSED)
		return false;
	creds = s->role == USBIP_TLS_ROLE_TABLET ? ut_tablet_creds(d->tablet) :
						   ut_dock_creds(d->dock);
	return ut_crl_revoked(creds, s->serial);
}

static void end_revoked(struct ut_daemon *d, const struct ut_session *s)
{
	char what[LIST_SIZE];
	struct ut_err err;
	int ret;

	describe(s, what, sizeof(what));
	ut_log_notice("session %u ends, the certificate of its peer is revoked: %s",
		      s->id, what);
	ret = ut_nl_session_del(d->nl, s->id, &err);
	if (ret && ret != -ENOENT && ret != -EALREADY)
		ut_log_error(UT_LOG_ERR, &err);
}

void ut_sessions_revoked(struct ut_daemon *d)
{
	struct ut_session *s;
	struct ut_err err;
	size_t n, i;

	if (ut_nl_session_all(d->nl, &s, &n, &err)) {
		ut_err_prefix(&err, "cannot end the sessions of revoked certificates");
		ut_log_error(UT_LOG_ERR, &err);
		return;
	}
	for (i = 0; i < n; i++)
		if (revoked(d, &s[i]))
			end_revoked(d, &s[i]);
	free(s);
}

static void closed(const struct ut_session *s, const char *what,
		   struct ut_log_about *about)
{
	char reason[128];

	about->reason = ut_reason_name(s->reason);
	ut_log_event(UT_LOG_NOTICE, UT_LOG_SESSION_CLOSED, about,
		     "session %u closed: %s; %s, after %" PRIu64 ".%" PRIu64
		     " s, %" PRIu64 " bytes sent, %" PRIu64 " received",
		     s->id, ut_reason_text(s->reason, s->reason_detail, reason,
					   sizeof(reason)), what,
		     s->age_ms / 1000, s->age_ms % 1000 / 100, s->tx_bytes,
		     s->rx_bytes);
}

static void keys_due(const struct ut_session *s, const char *what,
		     const struct ut_log_about *about)
{
	ut_log_event(UT_LOG_WARNING, UT_LOG_SESSION_KEYS, about,
		     "session %u needs new keys soon, it will be closed at %" PRIu64
		     " blocks: %s, %" PRIu64 " sent, %" PRIu64 " received",
		     s->id, s->block_limit, what, s->tx_blocks,
		     s->rx_blocks);
}

static const char *protection(const struct ut_session *s, char *buf,
			      size_t size)
{
	if (s->plain)
		return "WITHOUT TLS";
	snprintf(buf, size, "TLS %s, %s", ut_session_version(s),
		 ut_session_cipher(s));
	return buf;
}

static void record(enum usbip_tls_cmd cmd, const struct ut_session *s)
{
	char what[LIST_SIZE], addr[80], tls[64];
	struct ut_log_about about = {
		.peer = s->peer, .busid = s->busid, .session = s->id,
		.role = ut_role_name(s->role),
		.address = ut_addr_text(&s->peer_addr, addr, sizeof(addr)),
	};

	describe(s, what, sizeof(what));
	switch (cmd) {
	case USBIP_TLS_CMD_SESSION_OPENED:
		ut_log_event(UT_LOG_NOTICE, UT_LOG_SESSION_OPENED, &about,
			     "session %u opened: %s, %s", s->id, what,
			     protection(s, tls, sizeof(tls)));
		break;
	case USBIP_TLS_CMD_SESSION_CLOSED:
		closed(s, what, &about);
		break;
	case USBIP_TLS_CMD_KEYS_DUE:
		keys_due(s, what, &about);
		break;
	default:
		break;
	}
}

/*
 * A device that comes has been told to udev; this one may never have come, and
 * then no rule for its end was run.
 */
static void tell_udev(const struct ut_session *s)
{
	struct ut_err err;

	if (s->role == USBIP_TLS_ROLE_TABLET &&
	    ut_announce_end(s->port, s->id, &err))
		ut_log_debug("udev is told too much: %s", err.msg);
}

static void on_event(enum usbip_tls_cmd cmd, const struct ut_session *s,
		     void *arg)
{
	struct ut_daemon *d = arg;

	if (d->dock)
		ut_dock_touch(d->dock);
	if (d->tablet)
		ut_tablet_session(d->tablet, s);
	if (!ours(arg, s))
		return;
	ut_metrics_count(&d->counts, cmd, s);
	record(cmd, s);
	if (cmd == USBIP_TLS_CMD_SESSION_CLOSED) {
		ut_daemon_tell_session(d, "session-closed", s);
		tell_udev(s);
	}
	if (cmd != USBIP_TLS_CMD_SESSION_OPENED)
		return;
	ut_daemon_tell_session(d, "session-opened", s);
	/* Its handshake may have used the previous CRL. */
	if (revoked(d, s))
		end_revoked(d, s);
}

int ut_sessions_events(struct ut_daemon *d, struct ut_err *err)
{
	int ret = ut_nl_events_read(d->events, on_event, d, err);

	if (ret != -ENOBUFS)
		return ret;
	ut_log_warn("events of the kernel were lost");
	d->counts.lost++;
	if (d->dock)
		ut_dock_touch(d->dock);
	if (d->tablet)
		ut_tablet_session(d->tablet, NULL);
	ut_sessions_revoked(d);
	return ut_sessions_found(d, err);
}

void ut_sessions_metrics(struct ut_daemon *d)
{
	struct json_object *report;
	struct ut_session *s;
	struct ut_err err;
	size_t n;

	if (ut_nl_session_all(d->nl, &s, &n, &err)) {
		ut_log_error(UT_LOG_ERR, &err);
		return;
	}
	report = json_object_new_object();
	if (report) {
		ut_daemon_report(d, report);
		if (ut_metrics_sessions(report, s, n, d->is_dock,
					d->is_tablet)) {
			json_object_put(report);
			report = NULL;
		}
	}
	ut_metrics_write(&d->metrics, report);
	json_object_put(report);
	free(s);
}
