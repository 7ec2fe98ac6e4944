/* SPDX-License-Identifier: GPL-2.0 */
/* What the tablet tells of its docks and their devices. */
#ifndef UT_TABLET_TABLET_REPORT_H
#define UT_TABLET_TABLET_REPORT_H

#include "control/snapshot.h"
#include "tablet/tablet.h"

/*
 * Devices in one report, so that no dock can make it too long for the control
 * socket; "devices_left_out" counts the others.
 */
#define UT_TABLET_REPORT_MAX 256

/*
 * Adds "suspended", "docks" with their "devices"; see usbip-tls(8). 0, or -ENOMEM:
 * not all of them are there.
 */
int ut_tablet_report(const struct ut_tablet *t, struct json_object *o);

/* The same for events. 0 or -ENOMEM. */
int ut_tablet_snapshot(const struct ut_tablet *t, struct ut_snapshot *s);

#endif /* UT_TABLET_TABLET_REPORT_H */
