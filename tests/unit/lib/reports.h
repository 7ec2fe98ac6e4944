/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a daemon tells of itself, as the daemon makes it. The texts are valid until the
 * next call.
 */
#ifndef UT_TEST_REPORTS_H
#define UT_TEST_REPORTS_H

#include "control/snapshot.h"

/*
 * A tablet that is suspended, with a stick of the dock desk at port 3 and a keyboard
 * that a rule denies, a dock that was never reached, and more devices than it tells of.
 */
const char *report_of_tablet(void);

/* The events when all of that but the last has come at once. */
void report_events(ut_snapshot_event tell, void *arg);

/*
 * A dock whose stick the tablet lea has, with a keyboard that no rule is about and
 * that the tablet tom was refused. Makes the devices in the tree of fake_sysfs.h.
 */
const char *report_of_dock(void);

#endif /* UT_TEST_REPORTS_H */
