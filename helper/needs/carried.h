/* SPDX-License-Identifier: GPL-2.0 */
/* File systems that are mounted from a USB device of this machine. */
#ifndef UT_NEEDS_CARRIED_H
#define UT_NEEDS_CARRIED_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct ut_mount;

/**
 * struct ut_carried - one mount
 * @point: where it is mounted
 * @source: "/dev/sda1"
 */
struct ut_carried {
	char point[PATH_MAX];
	char source[256];
};

/*
 * Mounts whose disk is, or is behind, the device @busid; they are followed
 * through partitions, LUKS, LVM, md, loop devices and btrfs, see protect.h. On
 * success the caller frees *v; *n may be 0. 0 or -errno.
 */
int ut_carried_by(const char *busid, struct ut_carried **v, size_t *n);

/* --- inside of usb/ --- */

/* btrfs or bcachefs: the number of such a mount is none of a disk. */
bool ut_carried_by_several(const struct ut_mount *m);

/*
 * 1: the mount with this id in "/PID/mountinfo" is on the device; 0: it is not, or
 * is gone; -errno.
 */
int ut_carried_is_on(const char *mountinfo, unsigned int id, const char *busid);

#endif /* UT_NEEDS_CARRIED_H */
