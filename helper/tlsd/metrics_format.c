// SPDX-License-Identifier: GPL-2.0
/* The text of the metrics file: see metrics.h. */
#include <inttypes.h>
#include <string.h>

#include "tlsd/metrics.h"

#define PREFIX "usbip_tls_"

/* HELP and TYPE of a metric, before its first sample. */
static void head(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name,
		help, name, type);
}

/* Names come from certificates of peers: backslash, quote and newline. */
static void label(FILE *f, const char *name, const char *value,
		  const char *before)
{
	fprintf(f, "%s%s=\"", before, name);
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", f);
		else if (*value == '\\' || *value == '"')
			fprintf(f, "\\%c", *value);
		else
			fputc(*value, f);
	}
	fputc('"', f);
}

static void one(FILE *f, const char *name, const char *type, const char *help,
		int64_t value)
{
	head(f, name, type, help);
	fprintf(f, PREFIX "%s %" PRId64 "\n", name, value);
}

static void tally(FILE *f, const char *name, const char *by, const char *help,
		  const struct ut_tally *t)
{
	size_t i;

	head(f, name, "counter", help);
	for (i = 0; i < t->used; i++) {
		fprintf(f, PREFIX "%s{", name);
		label(f, by, t->name[i], "");
		fprintf(f, "} %" PRIu64 "\n", t->n[i]);
	}
}

static bool ours(const struct ut_metrics_facts *m, const struct ut_session *s)
{
	if (s->state == USBIP_TLS_STATE_CLOSED)
		return false;
	return s->role == USBIP_TLS_ROLE_TABLET ? m->is_tablet : m->is_dock;
}

/* --- sessions --- */

enum figure {
	SENT_BYTES, RECEIVED_BYTES, SENT_PDUS, RECEIVED_PDUS, SENT_RECORDS,
	RECEIVED_RECORDS, DROPPED_PDUS, OPEN_URBS, AGE, FIGURES
};

static const struct {
	const char *name;
	const char *type;
	const char *help;
} figures[FIGURES] = {
	[SENT_BYTES] = { "session_sent_bytes_total", "counter",
		"Bytes sent in a session, before encryption." },
	[RECEIVED_BYTES] = { "session_received_bytes_total", "counter",
		"Bytes received in a session, after decryption." },
	[SENT_PDUS] = { "session_sent_pdus_total", "counter",
		"USB/IP PDUs sent in a session." },
	[RECEIVED_PDUS] = { "session_received_pdus_total", "counter",
		"USB/IP PDUs received in a session." },
	[SENT_RECORDS] = { "session_sent_records_total", "counter",
		"TLS records sent under the key of a session." },
	[RECEIVED_RECORDS] = { "session_received_records_total", "counter",
		"TLS records received under the key of a session." },
	[DROPPED_PDUS] = { "session_dropped_pdus_total", "counter",
		"Late answers that were dropped in a session." },
	[OPEN_URBS] = { "session_open_urbs", "gauge",
		"USB requests of a session that have no answer yet." },
	[AGE] = { "session_age_seconds", "gauge",
		"Seconds since a session began." },
};

static uint64_t figure(const struct ut_session *s, enum figure which)
{
	switch (which) {
	case SENT_BYTES:
		return s->tx_bytes;
	case RECEIVED_BYTES:
		return s->rx_bytes;
	case SENT_PDUS:
		return s->tx_pdus;
	case RECEIVED_PDUS:
		return s->rx_pdus;
	case SENT_RECORDS:
		return s->tx_records;
	case RECEIVED_RECORDS:
		return s->rx_records;
	case DROPPED_PDUS:
		return s->dropped_pdus;
	case OPEN_URBS:
		return s->open_urbs;
	default:
		return s->age_ms / 1000;
	}
}

static void sessions(FILE *f, const struct ut_metrics_facts *m)
{
	enum figure which;
	char id[16];
	size_t i;

	for (which = 0; which < FIGURES; which++) {
		head(f, figures[which].name, figures[which].type,
		     figures[which].help);
		for (i = 0; i < m->n; i++) {
			if (!ours(m, &m->s[i]))
				continue;
			snprintf(id, sizeof(id), "%u", m->s[i].id);
			fprintf(f, PREFIX "%s{", figures[which].name);
			label(f, "session", id, "");
			label(f, "busid", m->s[i].busid, ",");
			label(f, "peer", m->s[i].peer, ",");
			label(f, "role", ut_role_name(m->s[i].role), ",");
			fprintf(f, "} %" PRIu64 "\n",
				figure(&m->s[i], which));
		}
	}
}

static void by_role(FILE *f, const struct ut_metrics_facts *m)
{
	enum usbip_tls_role role;
	size_t i, n;

	head(f, "sessions", "gauge", "Sessions that are not closed.");
	for (role = USBIP_TLS_ROLE_DOCK; role <= USBIP_TLS_ROLE_TABLET;
	     role++) {
		if (role == USBIP_TLS_ROLE_TABLET ? !m->is_tablet : !m->is_dock)
			continue;
		for (n = 0, i = 0; i < m->n; i++)
			n += m->s[i].role == role && ours(m, &m->s[i]);
		fprintf(f, PREFIX "sessions{role=\"%s\"} %zu\n",
			ut_role_name(role), n);
	}
}

static size_t attached(const struct ut_metrics_facts *m)
{
	size_t i, n = 0;

	for (i = 0; i < m->n; i++)
		n += m->s[i].role == USBIP_TLS_ROLE_TABLET &&
		     ours(m, &m->s[i]);
	return n;
}

void ut_metrics_format(FILE *f, const struct ut_metrics_facts *m)
{
	head(f, "build_info", "gauge", "Version of the daemon and its role; always 1.");
	fputs(PREFIX "build_info{", f);
	label(f, "version", m->version, "");
	label(f, "role", m->role, ",");
	fputs("} 1\n", f);
	one(f, "start_time_seconds", "gauge",
	    "When the daemon began to count, Unix time.", m->started);
	if (m->expiry)
		one(f, "certificate_expiry_timestamp_seconds", "gauge",
		    "When the certificate in use ends, Unix time.", m->expiry);
	by_role(f, m);
	tally(f, "sessions_opened_total", "role", "Sessions that began.",
	      &m->counts->opened);
	tally(f, "sessions_closed_total", "reason", "Sessions that ended.",
	      &m->counts->closed);
	tally(f, "violations_total", "rule",
	      "Sessions that ended because a PDU of the peer broke a rule.",
	      &m->counts->violations);
	one(f, "events_lost_total", "counter",
	    "How often events of the kernel were lost and not counted.",
	    (int64_t)m->counts->lost);
	if (m->refused)
		tally(f, "refused_total", "reason",
		      "Connections that were refused before any request.",
		      m->refused);
	if (m->is_tablet) {
		one(f, "docks", "gauge",
		    "Docks that are configured or discovered.",
		    (int64_t)m->docks);
		one(f, "docks_connected", "gauge",
		    "Docks with a connection.", (int64_t)m->docks_up);
		one(f, "devices_attached", "gauge",
		    "Devices of docks that are attached.",
		    (int64_t)attached(m));
	}
	sessions(f, m);
}
