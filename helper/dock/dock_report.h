/* SPDX-License-Identifier: GPL-2.0 */
/* What the dock tells of its devices, and of the tablets that watch. */
#ifndef UT_DOCK_DOCK_REPORT_H
#define UT_DOCK_DOCK_REPORT_H

#include <stdbool.h>

#include "control/snapshot.h"
#include "dock/dock.h"

/*
 * Adds "devices", "tablets", "refused", "connections"; see usbip-tls(8). Looks at
 * sysfs. 0, or -ENOMEM: not all of them are there.
 */
int ut_dock_report(const struct ut_dock *dock, struct json_object *o);

/*
 * The same for events, with the devices as they are known from the last look. Keep
 * the looks coming by ut_dock_observe(). 0 or -ENOMEM.
 */
int ut_dock_snapshot(const struct ut_dock *dock, struct ut_snapshot *s);

/* Somebody wants to know what comes and goes, or nobody does any more. */
void ut_dock_observe(struct ut_dock *dock, bool on);

#endif /* UT_DOCK_DOCK_REPORT_H */
