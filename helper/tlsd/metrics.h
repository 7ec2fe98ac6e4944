/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Figures for the textfile collector of node_exporter. usbip-tlsd(8) documents
 * every name; they do not change between versions.
 */
#ifndef UT_TLSD_METRICS_H
#define UT_TLSD_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/json.h"
#include "nl/nl.h"

/**
 * struct ut_metrics_counts - what was counted since the start of the daemon
 * @opened: sessions, by role: an object of numbers; NULL: none yet
 * @closed: sessions, by reason
 * @violations: PDUs of peers, by rule
 * @lost: how often events of the kernel were lost, so that some are not counted
 */
struct ut_metrics_counts {
	struct json_object *opened;
	struct json_object *closed;
	struct json_object *violations;
	uint64_t lost;
};

/* An event of the kernel about a session of ours. */
void ut_metrics_count(struct ut_metrics_counts *c, enum usbip_tls_cmd cmd,
		      const struct ut_session *s);

/* Nothing was counted. */
void ut_metrics_counts_free(struct ut_metrics_counts *c);

/*
 * Adds to the daemon's report, see ut_daemon_report(), what the kernel's table has of
 * a @dock, a @tablet or both: "sessions", those that are not closed, how many by role
 * in "open", and "devices_attached". 0, or -ENOMEM: not all of that is there.
 */
int ut_metrics_sessions(struct json_object *report, const struct ut_session *s,
			size_t n, bool dock, bool tablet);

/*
 * metrics_format.c: the text. 0, or -ENOMEM: there was none for a member of the report.
 * Other errors are the stream's.
 */
int ut_metrics_format(FILE *f, struct json_object *report);

/**
 * struct ut_metrics - when to write, and where
 * @file: "": nowhere
 * @interval: milliseconds
 * @next: ut_clock_ms() of the next write
 * @said: the last error, which is logged once
 */
struct ut_metrics {
	char file[256];
	int64_t interval;
	int64_t next;
	char said[UT_ERR_MSG_SIZE];
};

/*
 * Takes what the configuration says; the first write is due at once. A file that
 * is no longer wanted is deleted.
 */
void ut_metrics_set(struct ut_metrics *m, const char *file,
		    unsigned int interval);

/* ut_clock_ms() of the next write; INT64_MAX: never. */
int64_t ut_metrics_next(const struct ut_metrics *m);

/* Is it time? Then the next one is an interval away. */
bool ut_metrics_due(struct ut_metrics *m);

/*
 * Replaces the file as a whole; a failure is logged, once for each kind. @report NULL:
 * there was no memory for it.
 */
void ut_metrics_write(struct ut_metrics *m, struct json_object *report);

/* Deletes the file: what it says is over. */
void ut_metrics_end(struct ut_metrics *m);

#endif /* UT_TLSD_METRICS_H */
