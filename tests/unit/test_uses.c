// SPDX-License-Identifier: GPL-2.0
/* Who uses the disks of a USB device, and what would be lost by a detach. */
#include <errno.h>

#include "lib/fake_machine.h"
#include "lib/unit.h"
#include "needs/uses.h"

static struct ut_uses u;

static int teardown(void **state)
{
	ut_uses_free(&u);
	return fake_machine_teardown(state);
}

/* Two sticks, sdb and sdc; LUKS on sdb2. */
static void sticks(void)
{
	fake_stick(FAKE_USB, "1-1", 'b');
	fake_stick(FAKE_USB, "1-10", 'c');
	fake_virtual("dm-0", 253, 0);
	fake_slave("dm-0", "sdb2");
	fake_usb(FAKE_USB, "1-2");
}

static void look(const char *busid)
{
	ut_uses_free(&u);
	assert_int_equal(ut_uses_of(busid, &u), 0);
}

static bool has_disk(const char *node)
{
	size_t i;

	for (i = 0; i < u.n_disks; i++)
		if (!strcmp(u.disks[i].node, node))
			return true;
	return false;
}

static void expect(size_t i, const char *text)
{
	char buf[PATH_MAX + 320];

	assert_true(i < u.n);
	assert_string_equal(ut_use_text(&u.v[i], buf, sizeof(buf)), text);
}

/* A process that has a device node open, in a mount namespace. */
static void process(int pid, const char *name, const char *node,
		    const char *flags, const char *ns)
{
	fake(name, "proc/%d/comm", pid);
	fake(flags, "proc/%d/fdinfo/3", pid);
	fake_link(node, "proc/%d/fd/3", pid);
	fake_link(ns, "proc/%d/ns/mnt", pid);
}

static void node(const char *name, unsigned int major, unsigned int minor)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", fake_root, name);
	if (mknod(path, S_IFBLK | 0600, makedev(major, minor)))
		unit_skip("no device nodes here");
}

static void test_disks(void **state)
{
	sticks();
	look("1-1");
	assert_int_equal(u.n_disks, 4);
	assert_true(has_disk("/dev/sdb") && has_disk("/dev/sdb1") &&
		    has_disk("/dev/sdb2") && has_disk("/dev/dm-0"));
	assert_int_equal(u.n, 0);
	look("1-10");
	assert_int_equal(u.n_disks, 3);
	look("1-2");
	assert_int_equal(u.n_disks, 0);
	look("1-3");
	assert_int_equal(u.n_disks, 0);
}

static void test_moved(void **state)
{
	struct ut_disk *sdb;

	sticks();
	fake("  10 1 100 5 20 2 300 7 0 9 9 0 0 0 0 0 0\n",
	     FAKE_USB "/1-1/1-1:1.1/host6/6:0:0:0/block/sdb/stat");
	look("1-1");
	for (sdb = u.disks; strcmp(sdb->name, "sdb"); sdb++)
		;
	assert_int_equal(ut_disk_moved(sdb), 400);
	snprintf(sdb->name, sizeof(sdb->name), "sdx");
	assert_int_equal(ut_disk_moved(sdb), 0);
}

static void test_mounts_and_swap(void **state)
{
	sticks();
	fake(FAKE_INITRAMFS
	     "900001 1 8:17 / /media/plain rw - vfat /dev/sdb1 rw\n"
	     "900003 1 8:33 / /media/other rw - vfat /dev/sdc1 rw\n",
	     "proc/self/mountinfo");
	fake(FAKE_SWAPS "/dev/dm-0 partition 100 0 -2\n"
	     "/dev/sdc2 partition 100 0 -2\n", "proc/swaps");
	look("1-1");
	assert_int_equal(u.n, 2);
	expect(0, "/media/plain (/dev/sdb1)");
	expect(1, "swap (/dev/dm-0)");
	assert_true(ut_use_counts(&u.v[0]) && ut_use_counts(&u.v[1]));
	look("1-10");
	assert_int_equal(u.n, 2);
	expect(0, "/media/other (/dev/sdc1)");
	expect(1, "swap (/dev/sdc2)");
}

static void test_open_files(void **state)
{
	sticks();
	node("raw", 8, 16);
	node("part", 8, 17);
	node("other", 8, 32);
	process(23, "dd\n", "raw", "pos:\t0\nflags:\t0100001\nmnt_id:\t1\n", "a");
	process(24, "cat\n", "part", "pos:\t0\nflags:\t0100000\n", "a");
	process(25, "mkfs\n", "other", "flags:\t0100002\n", "a");
	process(26, "sh\n", "proc/swaps", "flags:\t0100002\n", "a");
	look("1-1");
	assert_int_equal(u.n, 2);
	expect(0, "dd (process 23), which writes to /dev/sdb");
	assert_true(ut_use_counts(&u.v[0]));
	expect(1, "cat (process 24), which reads /dev/sdb1");
	assert_false(ut_use_counts(&u.v[1]));
	look("1-10");
	assert_int_equal(u.n, 1);
	expect(0, "mkfs (process 25), which writes to /dev/sdc");
	/*
	 * What cannot be found out is taken for the worse; names may come from anybody.
	 */
	fake("what\n", "proc/25/fdinfo/3");
	fake("\033[2J\n", "proc/25/comm");
	look("1-10");
	expect(0, "?[2J (process 25), which writes to /dev/sdc");
	/* The process has ended. */
	fake_gone("proc/25/fd/3");
	look("1-10");
	assert_int_equal(u.n, 0);
}

static void test_other_namespaces(void **state)
{
	static const char there[] =
		"1 1 0:2 / / rw - rootfs rootfs rw\n"
		"2 1 8:17 / /data rw - ext4 /dev/sdb1 rw\n";

	sticks();
	fake_link("ours", "proc/self/ns/mnt");
	process(30, "sh\n", "proc/swaps", "flags: 0\n", "ours");
	fake(there, "proc/30/mountinfo");
	look("1-1");
	assert_int_equal(u.n, 0);
	process(31, "sh\n", "proc/swaps", "flags: 0\n", "theirs");
	fake(there, "proc/31/mountinfo");
	process(32, "sh\n", "proc/swaps", "flags: 0\n", "theirs");
	fake(there, "proc/32/mountinfo");
	look("1-1");
	assert_int_equal(u.n, 1);
	assert_int_equal(u.v[0].kind, UT_USE_ELSEWHERE);
	assert_string_equal(u.v[0].what, "/data");
	assert_true(ut_use_counts(&u.v[0]));
	/* A copy of our mount goes away with ours. */
	fake(FAKE_INITRAMFS "900001 1 8:17 / /x rw - ext4 /dev/sdb1 rw\n",
	     "proc/self/mountinfo");
	look("1-1");
	assert_int_equal(u.n, 1);
	expect(0, "/x (/dev/sdb1)");
}

/* btrfs has no disk's number; its second disk is not its source. */
static void test_btrfs_elsewhere(void **state)
{
	sticks();
	fake(NULL, "fs/btrfs/features/");
	fake_link("class/block/sdb1", "fs/btrfs/33-44/devices/sdb1");
	fake_link("class/block/sdc", "fs/btrfs/33-44/devices/sdc");
	fake_link("ours", "proc/self/ns/mnt");
	process(31, "sh\n", "proc/swaps", "flags: 0\n", "theirs");
	fake("1 1 0:2 / / rw - rootfs rootfs rw\n"
	     "2 1 0:44 / /data rw - btrfs /dev/sdb1 rw\n", "proc/31/mountinfo");
	look("1-1");
	assert_int_equal(u.n, 1);
	assert_int_equal(u.v[0].kind, UT_USE_ELSEWHERE);
	assert_string_equal(u.v[0].what, "/data");
	look("1-10");
	assert_int_equal(u.n, 1);
	look("1-2");
	assert_int_equal(u.n, 0);
}

static void test_many_namespaces(void **state)
{
	char name[16];
	int i;

	sticks();
	fake_link("ours", "proc/self/ns/mnt");
	for (i = 1; i < 1024; i++) {
		snprintf(name, sizeof(name), "ns%d", i);
		fake_link(name, "proc/%d/ns/mnt", i);
	}
	look("1-1");
	fake_link("ns7", "proc/%d/ns/mnt", i + 1);
	look("1-1");
	fake_link("one more", "proc/%d/ns/mnt", i);
	ut_uses_free(&u);
	assert_int_equal(ut_uses_of("1-1", &u), -EUSERS);
}

/* Whatever cannot be looked at is not reported as free. */
static void test_unreadable(void **state)
{
	sticks();
	fake_gone("proc/self/mountinfo");
	assert_int_equal(ut_uses_of("1-1", &u), -ENOENT);
	assert_int_equal(u.n, 0);
	fake("what is this\n", "proc/self/mountinfo");
	assert_int_equal(ut_uses_of("1-1", &u), -EINVAL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, fake_machine_setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_disks), T(test_moved), T(test_mounts_and_swap),
		T(test_open_files), T(test_other_namespaces),
		T(test_btrfs_elsewhere), T(test_many_namespaces),
		T(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
