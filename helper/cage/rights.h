/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Capabilities of this process. The daemon runs as root, or, as our units start
 * it, as a user with just those that it needs.
 */
#ifndef UT_CAGE_RIGHTS_H
#define UT_CAGE_RIGHTS_H

#include <stdbool.h>

/* Is CAP_... in effect? */
bool ut_rights_have(unsigned int cap);

/* Is there any at all that is in effect, or could be put into effect? */
bool ut_rights_any(void);

/*
 * Is there all that the daemon needs: sessions, and files and sysfs attributes
 * that are root's?
 */
bool ut_rights_enough(void);

/* Gives them all up for good, but for those of uid 0. 0 or -errno. */
int ut_rights_drop(void);

#endif /* UT_CAGE_RIGHTS_H */
