/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of tablet/: tablet.c, docks.c and auto.c only. */
#ifndef UT_TABLET_INTERNAL_H
#define UT_TABLET_INTERNAL_H

#include "common/clock.h"
#include "common/log.h"
#include "tablet/tablet.h"
#include "tls/creds.h"

/**
 * struct ut_tablet - everything
 * @creds: for connections that begin now
 * @places: in the order of the configuration, then hints
 * @n_places: how many
 * @suspended: the machine is about to sleep
 * @eager_until: ut_clock_ms(); it has just woken up: no longer pauses than the
 *	shortest until then
 */
struct ut_tablet {
	const struct ut_config *config;
	const struct ut_sandbox *sandbox;
	struct ut_nl *nl;
	struct ut_creds *creds;
	struct ut_place *places[UT_TABLET_MAX_PLACES];
	size_t n_places;
	bool suspended;
	int64_t eager_until;
};

/* docks.c: connections */

/* Makes the places what the configuration says; hints stay. */
void ut_docks_set(struct ut_tablet *t);

/* Begins, ends and gives up connections whose time it is. */
void ut_docks_due(struct ut_tablet *t);

/* The next ut_clock_ms() at which ut_docks_due() has something to do. */
int64_t ut_docks_next(const struct ut_tablet *t);

/* Ends connections to docks whose certificate is on the revocation list. */
void ut_docks_revoked(struct ut_tablet *t);

/* The connection of @p has something to read. */
void ut_docks_read(struct ut_tablet *t, struct ut_place *p);

/* auto.c: devices */

/* Starts what is to be attached, as far as there is room. */
void ut_auto_due(struct ut_tablet *t);

int64_t ut_auto_next(const struct ut_tablet *t);

/* Attaches that run. */
size_t ut_auto_jobs(const struct ut_tablet *t);

/* The attach of a device has ended. */
void ut_auto_done(struct ut_tablet *t, struct ut_place *p, struct ut_remote *r);

/* Reads from the kernel what is attached. */
void ut_auto_sessions(struct ut_tablet *t);

#endif /* UT_TABLET_INTERNAL_H */
