// SPDX-License-Identifier: GPL-2.0
#include "lib/fake_machine.h"

char fake_proc_root[SCRATCH_SIZE + 8];

void fake_machine(void)
{
	snprintf(fake_proc_root, sizeof(fake_proc_root), "%s/proc", fake_root);
	ut_proc_root_set(fake_proc_root);
	fake(FAKE_INITRAMFS, "proc/self/mountinfo");
	fake(FAKE_SWAPS, "proc/swaps");
	fake(NULL, "dev/block/");
	fake(NULL, "block/");
	fake(NULL, "class/net/");
}

int fake_machine_setup(void **state)
{
	if (fake_setup(state))
		return -1;
	fake_machine();
	return 0;
}

int fake_machine_teardown(void **state)
{
	ut_proc_root_set(NULL);
	return fake_teardown(state);
}

void fake_usb(const char *parent, const char *busid)
{
	const struct fake_dev d = {
		.parent = parent, .busid = busid, .driver = "usb",
		.vid = "0781\n", .pid = "5567\n", .class = "00\n",
		.speed = "480\n",
	};

	fake_device(&d);
}

void fake_block(const char *dir, unsigned int major, unsigned int minor)
{
	const char *name = strrchr(dir, '/') + 1;
	char number[32];

	fake(NULL, "%s/", dir);
	snprintf(number, sizeof(number), "%u:%u\n", major, minor);
	fake(number, "%s/dev", dir);
	fake_link(dir, "dev/block/%u:%u", major, minor);
	fake_link(dir, "class/block/%s", name);
}

void fake_partition(const char *dir, unsigned int major, unsigned int minor)
{
	fake("1\n", "%s/partition", dir);
	fake_block(dir, major, minor);
}

void fake_stick(const char *parent, const char *busid, char x)
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

void fake_virtual(const char *name, unsigned int major, unsigned int minor)
{
	char dir[256];

	snprintf(dir, sizeof(dir), "devices/virtual/block/%s", name);
	fake_block(dir, major, minor);
	fake_link(dir, "block/%s", name);
	fake(NULL, "%s/slaves/", dir);
}

void fake_slave(const char *name, const char *slave)
{
	char target[256];

	snprintf(target, sizeof(target), "class/block/%s", slave);
	fake_link(target, "devices/virtual/block/%s/slaves/%s", name, slave);
}

unsigned int fake_mount_id_of(const char *path)
{
	struct statx st;

	if (statx(AT_FDCWD, path, 0, STATX_MNT_ID, &st) ||
	    !(st.stx_mask & STATX_MNT_ID))
		abort();
	return (unsigned int)st.stx_mnt_id;
}

unsigned int fake_mount_id(void)
{
	return fake_mount_id_of(fake_root);
}
