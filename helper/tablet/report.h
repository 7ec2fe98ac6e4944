/* SPDX-License-Identifier: GPL-2.0 */
/* What the tablet tells of its docks and their devices. */
#ifndef UT_TABLET_REPORT_H
#define UT_TABLET_REPORT_H

#include "base/json.h"
#include "control/picture.h"
#include "tablet/tablet.h"

/*
 * Devices in one report, so that no dock can make it too long for the control
 * socket; "devices_left_out" counts the others.
 */
#define UT_TABLET_REPORT_MAX 256

/* Adds "suspended", "docks" with their "devices"; see usbip-tls(8). */
void ut_tablet_report(const struct ut_tablet *t, struct json_object *o);

/* Adds docks and devices. 0 or -ENOMEM. */
int ut_tablet_picture(const struct ut_tablet *t, struct ut_picture *p);

#endif /* UT_TABLET_REPORT_H */
