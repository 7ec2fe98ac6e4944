/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Block devices, mounts and swap of an invented machine, in the sysfs tree of
 * fake_sysfs.h and in a /proc beside it.
 */
#ifndef UT_TEST_FAKE_MACHINE_H
#define UT_TEST_FAKE_MACHINE_H

#include <fcntl.h>
#include <sys/sysmacros.h>

#include "lib/fake_sysfs.h"
#include "needs/protect.h"

#define FAKE_USB	"devices/pci0/usb1"

/* No real mount has an id as high as these. */
#define FAKE_INITRAMFS	"900000 1 0:2 / / rw - rootfs rootfs rw\n"
#define FAKE_SWAPS	"Filename\tType\tSize\tUsed\tPriority\n"

extern char fake_proc_root[SCRATCH_SIZE + 8];

/*
 * A machine that has booted from an initramfs and has neither disk nor swap, in a sysfs
 * tree that already exists.
 */
void fake_machine(void);

int fake_machine_setup(void **state);
int fake_machine_teardown(void **state);

/* A USB device, with an interface 0. */
void fake_usb(const char *parent, const char *busid);

/* The block device of this directory. A partition is not in /sys/block. */
void fake_block(const char *dir, unsigned int major, unsigned int minor);

void fake_partition(const char *dir, unsigned int major, unsigned int minor);

/*
 * A stick with the disk "sdX" and two partitions, behind the second interface:
 * 8:16 for sdb, 8:17 for sdb1.
 */
void fake_stick(const char *parent, const char *busid, char x);

/* A device without a bus: dm-0, md0, loop0, zram0. */
void fake_virtual(const char *name, unsigned int major, unsigned int minor);

void fake_slave(const char *name, const char *slave);

/* Id of the real mount that a file is on. */
unsigned int fake_mount_id_of(const char *path);

/* The same for the files of this test. */
unsigned int fake_mount_id(void);

#endif /* UT_TEST_FAKE_MACHINE_H */
