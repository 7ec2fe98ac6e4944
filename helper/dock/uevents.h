/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's word that a USB device came, went or changed. */
#ifndef UT_DOCK_UEVENTS_H
#define UT_DOCK_UEVENTS_H

#include "dock/conns.h"

/* Without it (no privileges) a dock works, but tells nothing by itself: logged. */
void ut_uevents_open(struct ut_dock *dock);
void ut_uevents_close(struct ut_dock *dock);

#endif /* UT_DOCK_UEVENTS_H */
