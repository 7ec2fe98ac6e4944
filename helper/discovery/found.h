/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of hints where docks might be. Pure code: no socket, and the clock
 * is an argument (milliseconds of CLOCK_MONOTONIC).
 *
 * Whoever is on the network can forge hints, so the table is built to be flooded:
 *  - it has a fixed size;
 *  - a hint is unproven until its caller says that a dock with a good certificate
 *    has answered there. A proven place is never given up for an unproven one;
 *  - a new hint replaces the oldest unproven one of the same kind, so beacons
 *    cannot push out what DNS-SD has found, nor the other way round;
 *  - one address gets only a few places, whatever ports it names;
 *  - a proven place whose hint is gone is remembered for a day: it is worth a try
 *    even while a flood drowns the hints of the dock.
 */
#ifndef UT_DISCOVERY_FOUND_H
#define UT_DISCOVERY_FOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "discovery/where.h"
#include "proto/beacon_packet.h"

#define UT_FOUND_MAX		64
#define UT_FOUND_PER_SOURCE	32	/* unproven, of DNS-SD or beacon alone */
#define UT_FOUND_PER_HOST	4	/* unproven, of one address */
#define UT_FOUND_PER_DOCK	8	/* proven, of one certificate name */

#define UT_FOUND_NAME_SIZE	64
#define UT_FOUND_DOCK_SIZE	256	/* a certificate name */

/* Three beacons, and the jitter of the last. */
#define UT_FOUND_BEACON_MS	(3 * UT_BEACON_INTERVAL_MS + 1000)
#define UT_FOUND_REMEMBER_MS	((int64_t)24 * 3600 * 1000)

#define UT_FOUND_NEVER		INT64_MAX

/* enum ut_found_source - who says so; the more trusted first */
enum ut_found_source {
	UT_FOUND_DNS_SD,
	UT_FOUND_BEACON,

	UT_FOUND_N_SOURCES,
};

#define UT_FOUND_BIT(source)	(1U << (source))

/**
 * struct ut_found_entry - one place
 * @where: the key
 * @name: what the hint calls the dock, "" if nothing: cleaned, to be shown as a
 *	hint and for nothing else
 * @name_source: who gave @name
 * @sources: UT_FOUND_BIT() of who hints at it now; 0: remembered only
 * @first: when it came into the table
 * @last: when it was hinted at, or proven, last
 * @expires: for each source, or UT_FOUND_NEVER
 * @proven: a dock with a good certificate has answered there
 * @dock: the name in its certificate; "" if not @proven
 */
struct ut_found_entry {
	struct ut_where where;
	char name[UT_FOUND_NAME_SIZE];
	enum ut_found_source name_source;
	unsigned int sources;
	int64_t first;
	int64_t last;
	int64_t expires[UT_FOUND_N_SOURCES];
	bool proven;
	char dock[UT_FOUND_DOCK_SIZE];
};

/**
 * struct ut_found_ops - what the caller wants to know. The entry is valid during
 *	the call only, and the call must not change the table
 * @found: nobody hinted at this place before; it may be a proven one
 * @gone: nobody hints at it any more, or it was replaced
 */
struct ut_found_ops {
	void (*found)(void *arg, const struct ut_found_entry *e);
	void (*gone)(void *arg, const struct ut_found_entry *e);
};

/* struct ut_found - the table */
struct ut_found {
	struct ut_found_entry e[UT_FOUND_MAX];
	size_t n;
	const struct ut_found_ops *ops;
	void *arg;
};

/* @ops is borrowed and may be NULL. */
void ut_found_init(struct ut_found *t, const struct ut_found_ops *ops,
		   void *arg);

/*
 * @source hints at @where. @name may be NULL or hold any bytes. -EINVAL: no dock
 * can be there; -ENOSPC: no room.
 */
int ut_found_seen(struct ut_found *t, enum ut_found_source source,
		  const struct ut_where *where, const char *name, int64_t now);

/* @source has taken its hint back. */
void ut_found_lost(struct ut_found *t, enum ut_found_source source,
		   const struct ut_where *where, int64_t now);

/* What @source has said is valid until @until at the longest. */
void ut_found_limit(struct ut_found *t, enum ut_found_source source,
		    int64_t until);

/*
 * A dock with a good certificate of the name @dock has answered there. It may be
 * a place that is not in the table any more. -ENOSPC: all places are proven.
 */
int ut_found_proven(struct ut_found *t, const struct ut_where *where,
		    const char *dock, int64_t now);

/* Who answers there now is not acceptable. */
void ut_found_disproven(struct ut_found *t, const struct ut_where *where);

/* Ends what has expired. When something expires next, or UT_FOUND_NEVER. */
int64_t ut_found_expire(struct ut_found *t, int64_t now);

/* NULL: not there. Valid until the table changes. */
const struct ut_found_entry *ut_found_get(const struct ut_found *t,
					  const struct ut_where *where);

#endif /* UT_DISCOVERY_FOUND_H */
