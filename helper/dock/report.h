/* SPDX-License-Identifier: GPL-2.0 */
/* What the dock tells of its devices, and of the tablets that watch. */
#ifndef UT_DOCK_REPORT_H
#define UT_DOCK_REPORT_H

#include <stdbool.h>

#include "base/json.h"
#include "control/picture.h"
#include "dock/dock.h"

/* Adds "devices", "tablets", "refused", "connections"; see usbip-tls(8). Looks at sysfs. */
void ut_dock_report(const struct ut_dock *dock, struct json_object *o);

/*
 * Adds devices and tablets, as they are known from the last look. Keep the looks
 * coming by ut_dock_observe(). 0 or -ENOMEM.
 */
int ut_dock_picture(const struct ut_dock *dock, struct ut_picture *p);

/* Somebody wants to know what comes and goes, or nobody does any more. */
void ut_dock_observe(struct ut_dock *dock, bool on);

#endif /* UT_DOCK_REPORT_H */
