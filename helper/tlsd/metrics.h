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
#include "base/tally.h"
#include "nl/nl.h"

/**
 * struct ut_metrics_counts - what was counted since the start of the daemon
 * @opened: sessions, by role
 * @closed: sessions, by reason
 * @violations: PDUs of peers, by rule
 * @lost: how often events of the kernel were lost, so that some are not counted
 */
struct ut_metrics_counts {
	struct ut_tally opened;
	struct ut_tally closed;
	struct ut_tally violations;
	uint64_t lost;
};

/* An event of the kernel about a session of ours. */
void ut_metrics_count(struct ut_metrics_counts *c, enum usbip_tls_cmd cmd,
		      const struct ut_session *s);

/**
 * struct ut_metrics_facts - what is written
 * @version: of this program
 * @role: "dock", "tablet", "both"
 * @is_dock: it shares devices
 * @is_tablet: it uses devices
 * @started: Unix time
 * @counts: above
 * @refused: dock: strangers, by reason; NULL for a tablet
 * @s: sessions of the kernel's table
 * @n: how many
 * @docks: tablet: that it knows, by configuration or discovery
 * @docks_up: tablet: of them connected
 * @expiry: Unix time at which the certificate in use ends; 0: not known
 */
struct ut_metrics_facts {
	const char *version;
	const char *role;
	bool is_dock;
	bool is_tablet;
	int64_t started;
	const struct ut_metrics_counts *counts;
	const struct ut_tally *refused;
	const struct ut_session *s;
	size_t n;
	size_t docks;
	size_t docks_up;
	int64_t expiry;
};

/* metrics_format.c: the text. Errors are the stream's. */
void ut_metrics_format(FILE *f, const struct ut_metrics_facts *m);

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

/* Milliseconds until the next write, -1: never. */
int ut_metrics_timeout(const struct ut_metrics *m);

/* Is it time? Then the next one is an interval away. */
bool ut_metrics_due(struct ut_metrics *m);

/* Replaces the file as a whole; a failure is logged, once for each kind. */
void ut_metrics_write(struct ut_metrics *m,
		      const struct ut_metrics_facts *facts);

/* Deletes the file: what it says is over. */
void ut_metrics_end(struct ut_metrics *m);

#endif /* UT_TLSD_METRICS_H */
