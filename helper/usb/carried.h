/* SPDX-License-Identifier: GPL-2.0 */
/* File systems that are mounted from a USB device of this machine. */
#ifndef UT_USB_CARRIED_H
#define UT_USB_CARRIED_H

#include <limits.h>
#include <stddef.h>

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

#endif /* UT_USB_CARRIED_H */
