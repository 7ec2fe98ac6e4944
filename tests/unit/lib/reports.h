/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a daemon tells of itself, as the daemon makes it. The texts are valid until the
 * next call.
 */
#ifndef UT_TEST_REPORTS_H
#define UT_TEST_REPORTS_H

/*
 * A tablet that is suspended, with a stick of the dock desk at port 3 and a keyboard that a
 * rule denies, a dock that was never reached, and more devices than it tells of.
 */
const char *report_of_tablet(void);

/*
 * A dock whose stick the tablet lea has, with a keyboard that no rule is about and
 * that the tablet tom was refused. Makes the devices in the tree of fake_sysfs.h.
 */
const char *report_of_dock(void);

#endif /* UT_TEST_REPORTS_H */
