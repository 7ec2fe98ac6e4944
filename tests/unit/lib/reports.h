/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a daemon reports about itself, made by the daemon's own code. The texts are
 * valid until the next call.
 */
#ifndef UT_TEST_REPORTS_H
#define UT_TEST_REPORTS_H

#include "control/snapshot.h"

/*
 * A suspended tablet with a stick of the dock desk at port 3, a keyboard that a rule
 * denies, a dock that was never reached, and more devices than it reports.
 */
const char *report_of_tablet(void);

/* The events when all of this but the last comes at once. */
void report_events(ut_snapshot_event tell, void *arg);

/*
 * A dock whose stick the tablet lea has, and with a keyboard that no rule mentions and
 * that the tablet tom was refused. Makes the devices in the tree of fake_sysfs.h.
 */
const char *report_of_dock(void);

#endif /* UT_TEST_REPORTS_H */
