/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Block devices, mounts and swap of a machine of our own, in the sysfs tree of
 * fake_sysfs.h and in a /proc beside it.
 */
#ifndef UT_TEST_FAKE_MACHINE_H
#define UT_TEST_FAKE_MACHINE_H

#include <fcntl.h>
#include <sys/sysmacros.h>

#include "fake_sysfs.h"
#include "needs/protect.h"

#define FAKE_USB	"devices/pci0/usb1"
/* No real mount has an id as high as those here. */
#define FAKE_INITRAMFS	"900000 1 0:2 / / rw - rootfs rootfs rw\n"
#define FAKE_SWAPS	"Filename\tType\tSize\tUsed\tPriority\n"

static char fake_proc_root[SCRATCH_SIZE + 8];

/*
 * A machine that has booted from an initramfs and has neither disk nor swap, in
 * a sysfs tree that is there.
 */
static inline void fake_machine(void)
{
	snprintf(fake_proc_root, sizeof(fake_proc_root), "%s/proc", fake_root);
	ut_proc_root_set(fake_proc_root);
	fake(FAKE_INITRAMFS, "proc/self/mountinfo");
	fake(FAKE_SWAPS, "proc/swaps");
	fake(NULL, "dev/block/");
	fake(NULL, "block/");
	fake(NULL, "class/net/");
}

static inline int fake_machine_setup(void **state)
{
	if (fake_setup(state))
		return -1;
	fake_machine();
	return 0;
}

static inline int fake_machine_teardown(void **state)
{
	ut_proc_root_set(NULL);
	return fake_teardown(state);
}

/* A USB device, with an interface 0. */
static inline void fake_usb(const char *parent, const char *busid)
{
	const struct fake_dev d = {
		.parent = parent, .busid = busid, .driver = "usb",
		.vid = "0781\n", .pid = "5567\n", .class = "00\n",
		.speed = "480\n",
	};

	fake_device(&d);
}

/* The block device of this directory. A partition is not in /sys/block. */
static inline void fake_block(const char *dir, unsigned int major,
			      unsigned int minor)
{
	const char *name = strrchr(dir, '/') + 1;
	char number[32];

	fake(NULL, "%s/", dir);
	snprintf(number, sizeof(number), "%u:%u\n", major, minor);
	fake(number, "%s/dev", dir);
	fake_link(dir, "dev/block/%u:%u", major, minor);
	fake_link(dir, "class/block/%s", name);
}

static inline void fake_partition(const char *dir, unsigned int major,
				  unsigned int minor)
{
	fake("1\n", "%s/partition", dir);
	fake_block(dir, major, minor);
}

/*
 * A stick with the disk "sdX" and two partitions, behind the second interface:
 * 8:16 for sdb, 8:17 for sdb1.
 */
static inline void fake_stick(const char *parent, const char *busid, char x)
{
	unsigned int minor = 16 * (unsigned int)(x - 'a');
	char dir[256], part[300];

	fake_usb(parent, busid);
	snprintf(dir, sizeof(dir), "%s/%s/%s:1.1/host6/6:0:0:0/block/sd%c",
		 parent, busid, busid, x);
	fake_block(dir, 8, minor);
	fake_link(dir, "block/sd%c", x);
	fake(NULL, "%s/slaves/", dir);
	snprintf(part, sizeof(part), "%s/sd%c1", dir, x);
	fake_partition(part, 8, minor + 1);
	snprintf(part, sizeof(part), "%s/sd%c2", dir, x);
	fake_partition(part, 8, minor + 2);
}

/* A device without a bus: dm-0, md0, loop0, zram0. */
static inline void fake_virtual(const char *name, unsigned int major,
				unsigned int minor)
{
	char dir[256];

	snprintf(dir, sizeof(dir), "devices/virtual/block/%s", name);
	fake_block(dir, major, minor);
	fake_link(dir, "block/%s", name);
	fake(NULL, "%s/slaves/", dir);
}

static inline void fake_slave(const char *name, const char *slave)
{
	char target[256];

	snprintf(target, sizeof(target), "class/block/%s", slave);
	fake_link(target, "devices/virtual/block/%s/slaves/%s", name, slave);
}

/* Id of the real mount that a file is on. */
static inline unsigned int fake_mount_id_of(const char *path)
{
	struct statx st;

	if (statx(AT_FDCWD, path, 0, STATX_MNT_ID, &st) ||
	    !(st.stx_mask & STATX_MNT_ID))
		abort();
	return (unsigned int)st.stx_mnt_id;
}

/* The same for the files of this test. */
static inline unsigned int fake_mount_id(void)
{
	return fake_mount_id_of(fake_root);
}

#endif /* UT_TEST_FAKE_MACHINE_H */
