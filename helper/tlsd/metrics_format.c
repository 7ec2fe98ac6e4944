// SPDX-License-Identifier: GPL-2.0
/* The text of the metrics file: see metrics.h. */
#include <inttypes.h>
#include <stddef.h>

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

#define MEMBER(m) \
	offsetof(struct ut_session, m), sizeof(((struct ut_session *)0)->m)

/**
 * struct figure - a number of each session
 * @offset: of the member of struct ut_session
 * @size: of it, that of a uint32_t or a uint64_t
 * @unit: what counts as one
 */
static const struct figure {
	const char *name;
	const char *type;
	const char *help;
	size_t offset;
	size_t size;
	unsigned int unit;
} figures[] = {
	{ "session_sent_bytes_total", "counter",
	  "Bytes sent in a session, before encryption.", MEMBER(tx_bytes), 1 },
	{ "session_received_bytes_total", "counter",
	  "Bytes received in a session, after decryption.", MEMBER(rx_bytes), 1 },
	{ "session_sent_pdus_total", "counter",
	  "USB/IP PDUs sent in a session.", MEMBER(tx_pdus), 1 },
	{ "session_received_pdus_total", "counter",
	  "USB/IP PDUs received in a session.", MEMBER(rx_pdus), 1 },
	{ "session_sent_records_total", "counter",
	  "TLS records sent under the key of a session.", MEMBER(tx_records), 1 },
	{ "session_received_records_total", "counter",
	  "TLS records received under the key of a session.",
	  MEMBER(rx_records), 1 },
	{ "session_dropped_pdus_total", "counter",
	  "Late answers that were dropped in a session.",
	  MEMBER(dropped_pdus), 1 },
	{ "session_open_urbs", "gauge",
	  "USB requests of a session that have no answer yet.",
	  MEMBER(open_urbs), 1 },
	{ "session_age_seconds", "gauge",
	  "Seconds since a session began.", MEMBER(age_ms), 1000 },
};

static uint64_t value(const struct ut_session *s, const struct figure *fig)
{
	const char *member = (const char *)s + fig->offset;

	return (fig->size == sizeof(uint32_t) ? *(const uint32_t *)member :
		*(const uint64_t *)member) / fig->unit;
}

static void sessions(FILE *f, const struct ut_metrics_facts *m)
{
	const struct figure *fig = figures;
	const struct figure *end = fig + sizeof(figures) / sizeof(figures[0]);
	char id[16];
	size_t i;

	for (; fig < end; fig++) {
		head(f, fig->name, fig->type, fig->help);
		for (i = 0; i < m->n; i++) {
			if (!ours(m, &m->s[i]))
				continue;
			snprintf(id, sizeof(id), "%u", m->s[i].id);
			fprintf(f, PREFIX "%s{", fig->name);
			label(f, "session", id, "");
			label(f, "busid", m->s[i].busid, ",");
			label(f, "peer", m->s[i].peer, ",");
			label(f, "role", ut_role_name(m->s[i].role), ",");
			fprintf(f, "} %" PRIu64 "\n", value(&m->s[i], fig));
		}
	}
}

static size_t count(const struct ut_metrics_facts *m, enum usbip_tls_role role)
{
	size_t i, n = 0;

	for (i = 0; i < m->n; i++)
		n += m->s[i].role == role && ours(m, &m->s[i]);
	return n;
}

static void by_role(FILE *f, const struct ut_metrics_facts *m)
{
	enum usbip_tls_role role;

	head(f, "sessions", "gauge", "Sessions that are not closed.");
	for (role = USBIP_TLS_ROLE_DOCK; role <= USBIP_TLS_ROLE_TABLET;
	     role++) {
		if (role == USBIP_TLS_ROLE_TABLET ? !m->is_tablet : !m->is_dock)
			continue;
		fprintf(f, PREFIX "sessions{role=\"%s\"} %zu\n",
			ut_role_name(role), count(m, role));
	}
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
		    (int64_t)count(m, USBIP_TLS_ROLE_TABLET));
	}
	sessions(f, m);
}
