/* SPDX-License-Identifier: GPL-2.0 */
/* Block devices that are, or stand on, a USB device of this machine. */
#ifndef UT_NEEDS_DISKS_H
#define UT_NEEDS_DISKS_H

#include <stddef.h>
#include <stdint.h>

#define UT_DISK_NAME_SIZE 64

/**
 * struct ut_disk - a disk, a partition, or a mapping on top of one
 * @node: "/dev/sda1", "/dev/dm-0"
 * @name: its directory in /sys/class/block
 * @major: of the device number
 * @minor: of the device number
 */
struct ut_disk {
	char node[UT_DISK_NAME_SIZE + 8];
	char name[UT_DISK_NAME_SIZE];
	unsigned int major;
	unsigned int minor;
};

/*
 * Those whose data is on the device @busid, followed through partitions, LUKS, LVM,
 * md and loop devices, see protect.h. On success the caller frees *v; *n may be 0.
 * 0 or -errno.
 */
int ut_disks_of(const char *busid, struct ut_disk **v, size_t *n);

/*
 * Sectors that a disk has read and written so far, for seeing whether it does
 * anything at all; 0 if it is gone.
 */
uint64_t ut_disk_moved(const struct ut_disk *disk);

#endif /* UT_NEEDS_DISKS_H */
