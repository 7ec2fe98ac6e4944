/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The control connections to docks: to which address, when, and what the dock says
 * there. It is watched, or listed now and then if it cannot be (ut_polling_lists());
 * its struct ut_dock_addr keeps what has come.
 *
 * Tells UT_TABLET_WATCHES and UT_TABLET_DEVICES. Nothing here waits, and no error is
 * returned: it is logged once, stands in the address, which is tried again later.
 */
#ifndef UT_TABLET_DOCKS_H
#define UT_TABLET_DOCKS_H

#include <stdint.h>

#include "tablet/context.h"

/*
 * Begins, ends and gives up connections whose time it is; drops hints that are gone.
 * ut_clock_ms() of the next time; INT64_MAX: none.
 */
int64_t ut_docks_due(struct ut_tablet_context *ctx);

/* Ends connections to docks whose certificate is on the revocation list in use. */
void ut_docks_revoked(struct ut_tablet_context *ctx);

#endif /* UT_TABLET_DOCKS_H */
