// SPDX-License-Identifier: GPL-2.0
/* The text of the metrics file, from the daemon's report: see metrics.h. */
#include <errno.h>
#include <inttypes.h>

#include "tlsd/metrics.h"

#define PREFIX "usbip_tls_"

/**
 * struct metric - one name
 * @member: of the report, or of each session, that has the number
 * @label: it is an object of numbers, and each of its names a value of this label
 */
struct metric {
	const char *name;
	const char *type;
	const char *help;
	const char *member;
	const char *label;
};

/* Those whose member is there. */
static const struct metric of_daemon[] = {
	{ "start_time_seconds", "gauge",
	  "When the daemon began to count, Unix time.", "started", NULL },
	{ "certificate_expiry_timestamp_seconds", "gauge",
	  "When the certificate in use ends, Unix time.", "expires", NULL },
	{ "sessions", "gauge", "Sessions that are not closed.", "open", "role" },
	{ "sessions_opened_total", "counter", "Sessions that began.", "opened",
	  "role" },
	{ "sessions_closed_total", "counter", "Sessions that ended.", "closed",
	  "reason" },
	{ "violations_total", "counter",
	  "Sessions that ended because a PDU of the peer broke a rule.",
	  "violations", "rule" },
	{ "events_lost_total", "counter",
	  "How often events of the kernel were lost and not counted.",
	  "events_lost", NULL },
	{ "refused_total", "counter",
	  "Connections that were refused before any request.", "refusals",
	  "reason" },
	{ "docks", "gauge", "Docks that are configured or discovered.",
	  "docks", NULL },
	{ "docks_connected", "gauge", "Docks with a connection.",
	  "docks_connected", NULL },
	{ "devices_attached", "gauge", "Devices of docks that are attached.",
	  "devices_attached", NULL },
	{ 0 },
};

static const struct metric of_session[] = {
	{ "session_sent_bytes_total", "counter",
	  "Bytes sent in a session, before encryption.", "tx_bytes", NULL },
	{ "session_received_bytes_total", "counter",
	  "Bytes received in a session, after decryption.", "rx_bytes", NULL },
	{ "session_sent_pdus_total", "counter",
	  "USB/IP PDUs sent in a session.", "tx_pdus", NULL },
	{ "session_received_pdus_total", "counter",
	  "USB/IP PDUs received in a session.", "rx_pdus", NULL },
	{ "session_sent_records_total", "counter",
	  "TLS records sent under the key of a session.", "tx_records", NULL },
	{ "session_received_records_total", "counter",
	  "TLS records received under the key of a session.", "rx_records",
	  NULL },
	{ "session_dropped_pdus_total", "counter",
	  "Late answers that were dropped in a session.", "dropped_pdus",
	  NULL },
	{ "session_open_urbs", "gauge",
	  "USB requests of a session that have no answer yet.", "open_urbs",
	  NULL },
	{ "session_age_seconds", "gauge", "Seconds since a session began.",
	  "age", NULL },
	{ 0 },
};

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

static void build(FILE *f, struct json_object *report)
{
	head(f, "build_info", "gauge",
	     "Version of the daemon and its role; always 1.");
	fputs(PREFIX "build_info{", f);
	label(f, "version", ut_json_text(report, "version"), "");
	label(f, "role", ut_json_text(report, "role"), ",");
	fputs("} 1\n", f);
}

static void daemon_one(FILE *f, const struct metric *m, struct json_object *v)
{
	head(f, m->name, m->type, m->help);
	if (!m->label) {
		fprintf(f, PREFIX "%s %" PRIu64 "\n", m->name,
			json_object_get_uint64(v));
		return;
	}
	json_object_object_foreach(v, name, number) {
		fprintf(f, PREFIX "%s{", m->name);
		label(f, m->label, name, "");
		fprintf(f, "} %" PRIu64 "\n", json_object_get_uint64(number));
	}
}

static void session_one(FILE *f, const struct metric *m, struct json_object *s)
{
	fprintf(f, PREFIX "%s{session=\"%" PRIu64 "\"", m->name,
		ut_json_number(s, "id"));
	label(f, "busid", ut_json_text(s, "busid"), ",");
	label(f, "peer", ut_json_text(s, "peer"), ",");
	label(f, "role", ut_json_text(s, "role"), ",");
	fprintf(f, "} %" PRIu64 "\n", ut_json_number(s, m->member));
}

int ut_metrics_format(FILE *f, struct json_object *report)
{
	const struct metric *m;
	struct json_object *v;
	size_t i, n;

	build(f, report);
	for (m = of_daemon; m->name; m++) {
		if (!json_object_object_get_ex(report, m->member, &v))
			continue;
		if (!v)
			return -ENOMEM;
		daemon_one(f, m, v);
	}
	v = ut_json_list(report, "sessions", &n);
	for (m = of_session; m->name; m++) {
		head(f, m->name, m->type, m->help);
		for (i = 0; i < n; i++)
			session_one(f, m, json_object_array_get_idx(v, i));
	}
	return 0;
}
