/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Docks that cannot be watched: RemoteHub, other software with USB/IP in TLS, an
 * older usbip-tlsd. They are listed now and then. When, and how a place is spoken
 * to; the rest is the same as for docks that tell (docks.c).
 */
#ifndef UT_TABLET_POLLING_H
#define UT_TABLET_POLLING_H

#include "tablet/place.h"

/* Between two lists, give or take half a second. */
#define UT_POLLING_S		5
/* A session has ended: the device may be free again. */
#define UT_POLLING_SOON_MS	1000
/* The dock may have been replaced by one that can be watched. */
#define UT_POLLING_WATCH_S	300

/* So often in a row a dock hangs up at the watch operation: it does not know it. */
#define UT_POLLING_HANG_UPS	2

/* Is the next connection to list, and not to watch? */
bool ut_polling_lists(const struct ut_place *p, int64_t now);

/* ut_clock_ms() of the next list; INT64_MAX: none is to come, or one is coming. */
int64_t ut_polling_at(const struct ut_place *p);

/* The dock does not know the watch operation. */
void ut_polling_no_watch(struct ut_place *p, int64_t now);

/*
 * It has hung up when it was asked to be watched. True: often enough to be taken for
 * one that does not know the operation.
 */
bool ut_polling_hung_up(struct ut_place *p, int64_t now);

/* A list is complete. @random: any number. */
void ut_polling_listed(struct ut_place *p, int64_t now, uint32_t random);

/* A device may have come back. */
void ut_polling_soon(struct ut_place *p, int64_t now);

#endif /* UT_TABLET_POLLING_H */
