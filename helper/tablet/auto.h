/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attaching by rule, and again after a loss; and what the kernel's session table says
 * of that. Tells nothing. An attach that fails is logged once, stands in its struct
 * ut_remote, and is tried again later.
 */
#ifndef UT_TABLET_AUTO_H
#define UT_TABLET_AUTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tablet/context.h"

/* Attaches at once. */
#define UT_TABLET_MAX_JOBS	4

/* Are the devices at this address used, or is it only watched (docks = best)? */
bool ut_auto_uses(const struct ut_tablet_context *ctx,
		  const struct ut_dock_addr *addr);

/*
 * Starts what is to be attached, as far as there is room, and does steps of what is on
 * its way. ut_clock_ms() of the next time; INT64_MAX: none.
 */
int64_t ut_auto_due(struct ut_tablet_context *ctx);

/* How many attaches run. */
size_t ut_auto_jobs(const struct ut_tablet_context *ctx);

/* Reads from the kernel what is attached. If it cannot be read, nothing changes. */
void ut_auto_sessions(struct ut_tablet_context *ctx);

/* A session has begun or ended; @s as for ut_tablet_session(). */
void ut_auto_session(struct ut_tablet_context *ctx, const struct ut_session *s);

#endif /* UT_TABLET_AUTO_H */
