/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Capabilities of this process. The daemon runs as root, or, as our units start
 * it, as a user with just those that it needs.
 */
#ifndef UT_CAGE_CAPABILITIES_H
#define UT_CAGE_CAPABILITIES_H

#include <stdbool.h>

/* Is CAP_... in effect? */
bool ut_capabilities_have(unsigned int cap);

/* Is there any at all that is in effect, or could be put into effect? */
bool ut_capabilities_any(void);

/*
 * Is there all that the daemon needs: sessions, and files and sysfs attributes
 * that are root's?
 */
bool ut_capabilities_enough(void);

/* Drops them all for good, except what uid 0 gives. 0 or -errno. */
int ut_capabilities_drop(void);

#endif /* UT_CAGE_CAPABILITIES_H */
