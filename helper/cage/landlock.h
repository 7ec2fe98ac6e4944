/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UT_CAGE_LANDLOCK_H
#define UT_CAGE_LANDLOCK_H

/*
 * From now on no path leads anywhere but to those of @readable and below (NULL: none;
 * ends with NULL; those that cannot be reached are left out; links are followed),
 * where files can be read: this process cannot open any other, nor make, change, move
 * or run a file, nor trace a process outside. What is open stays open. It
 * must have set PR_SET_NO_NEW_PRIVS. 0; -EOPNOTSUPP: the kernel has no Landlock
 * (Linux 5.13; "landlock" among its security modules); or -errno.
 */
int ut_landlock_enter(const char *const *readable);

#endif /* UT_CAGE_LANDLOCK_H */
