/* SPDX-License-Identifier: GPL-2.0 */
/* A device that tablets may have goes back to its own driver. */
#ifndef UT_DOCK_UNBIND_H
#define UT_DOCK_UNBIND_H

#include "base/err.h"
#include "nl/nl.h"

/*
 * Reserves the device, so that no tablet gets it any more, ends its sessions, waits
 * until usbip-host has given it back, and unbinds it. @nl: NULL if no module of ours
 * is loaded, so that there are no sessions. May wait for seconds. Errors as
 * ut_stub_hold() and ut_stub_unbind().
 */
int ut_dock_unbind(const char *busid, struct ut_nl *nl, struct ut_err *err);

#endif /* UT_DOCK_UNBIND_H */
