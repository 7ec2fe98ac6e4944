// SPDX-License-Identifier: GPL-2.0
/*
 * The scan for needed devices when it cannot see everything, and what strange input
 * does to it: in doubt, a device is needed.
 */
#include "lib/need_bed.h"

#define ROOT_ON_SDB1 "21 1 8:17 / / rw - ext4 /dev/sdb1 rw\n"

static void gone(const char *what)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", fake_root, what);
	assert_int_equal(remove(path), 0);
}

static void test_no_proc(void **state)
{
	fake_stick(FAKE_USB, "1-2", 'b');
	gone("proc/swaps");
	assert_closed(-ENOENT);
	/* The rest of /proc exists: this kernel has no swap. */
	fake("", "proc/meminfo");
	assert_free("1-2");
	fake("", "proc/swaps");
	assert_free("1-2");
	gone("proc/self/mountinfo");
	assert_closed(-ENOENT);
}

static void test_no_sysfs(void **state)
{
	fake(ROOT_ON_SDB1, "proc/self/mountinfo");
	/* A disk that was pulled out while its file system was mounted. */
	fake_stick(FAKE_USB, "1-3", 'c');
	assert_free("1-3");
	gone("dev/block/8:32");
	gone("dev/block/8:33");
	gone("dev/block/8:34");
	gone("dev/block");
	assert_closed(-ENOENT);
}

static void test_bad_mountinfo(void **state)
{
	static const struct {
		const char *text;
		int error;
	} rows[] = {
		{ "\n", -ENOENT },
		{ "21 1 8:17 / /usr rw - ext4 /dev/sdb1 rw\n", -ENOENT },
		{ "21\n", -EINVAL },
		{ "21 1 8:17 / / rw ext4 /dev/sdb1 rw\n", -EINVAL },
		{ "21 1 8:17 / / rw - ext4 /dev/sdb1\n", -EINVAL },
		{ "21 1 8:17 / / rw -\n", -EINVAL },
		{ "21 1 8-17 / / rw - ext4 /dev/sdb1 rw\n", -EINVAL },
		{ "21 1 8:17x / / rw - ext4 /dev/sdb1 rw\n", -EINVAL },
		{ "x 1 8:17 / / rw - ext4 /dev/sdb1 rw\n", -EINVAL },
		{ ROOT_ON_SDB1 "22 1", -EINVAL },
	};
	size_t i;

	fake_stick(FAKE_USB, "1-2", 'b');
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake(rows[i].text, "proc/self/mountinfo");
		assert_closed(rows[i].error);
	}
	fake(ROOT_ON_SDB1, "proc/self/mountinfo");
	assert_true(need_has("1-2"));
}

static void test_bad_swaps(void **state)
{
	fake(FAKE_SWAPS "/dev/sdb2\n", "proc/swaps");
	assert_closed(-EINVAL);
	fake(FAKE_SWAPS "sdb2\tpartition\t1\t0\t0\n", "proc/swaps");
	assert_closed(-EINVAL);
}

static void test_huge_mountinfo(void **state)
{
	static char text[UT_FILE_MAX + 2];

	memset(text, '\n', sizeof(text) - 1);
	memcpy(text, FAKE_INITRAMFS, strlen(FAKE_INITRAMFS));
	fake(text, "proc/self/mountinfo");
	assert_closed(-EFBIG);
	text[UT_FILE_MAX] = '\0';
	fake(text, "proc/self/mountinfo");
	assert_free("1-2");
}

/* If a file system does not name its disks, it may be any disk, but no keyboard. */
static void test_unseen(void **state)
{
	static const char *const roots[] = {
		"21 1 0:30 / / rw - zfs rpool/ROOT rw\n",
		"21 1 0:30 / / rw - newfs none rw\n",
		"21 1 0:30 / / rw - fuse.x /dev/null rw\n",
		"21 1 0:30 / / rw - fuse.x  rw\n",
		"21 1 0:30 / / rw - overlay overlay rw\n",
		"21 1 0:30 / / rw - overlay overlay rw,lowerdir=l/AB\n",
		"21 1 0:30 / / rw - bcachefs /dev/sdb1:sdx1 rw\n",
		FAKE_INITRAMFS "21 1 0:30 / /home rw - zfs rpool/home rw\n",
	};
	char dev[256];
	size_t i;

	fake_stick(FAKE_USB, "1-2", 'b');
	fake_usb(FAKE_USB, "1-3");
	for (i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		fake(roots[i], "proc/self/mountinfo");
		if (!need_has("1-2"))
			fail_msg("not closed: %s", roots[i]);
		assert_free("1-3");
	}
	/* A user-space file system names any source it likes, here a node of /dev. */
	snprintf(dev, sizeof(dev), "%s%u 1 0:5 / /dev rw - devtmpfs udev rw\n",
		 roots[2], fake_mount_id_of("/dev/null"));
	fake(dev, "proc/self/mountinfo");
	assert_true(need_has("1-2"));
	/* Elsewhere such mounts mean nothing: sshfs in a home directory. */
	fake(FAKE_INITRAMFS "21 1 0:30 / /home/lea rw - fuse.sshfs lea@x: rw\n"
	     "22 1 0:31 / /var/lib/nfs/rpc rw - rpc_pipefs sunrpc rw\n"
	     "23 1 0:32 / /boot rw - autofs systemd-1 rw\n"
	     "24 1 0:33 / /srv rw - nfs4 server:/srv rw\n",
	     "proc/self/mountinfo");
	assert_free("1-2");
	/* There is no list of disks to add. */
	fake(roots[0], "proc/self/mountinfo");
	gone("block/sdb");
	assert_free("1-2");
	gone("block");
	assert_closed(-ENOENT);
}

/*
 * A device seen first where UT_UNSEEN has no effect must not count as followed if swap
 * is on it, too.
 */
static void test_unseen_twice(void **state)
{
	fake_stick(FAKE_USB, "1-2", 'b');
	fake_virtual("loop0", 7, 0);
	fake("/gone (deleted)\n",
	     "devices/virtual/block/loop0/loop/backing_file");
	fake(FAKE_INITRAMFS "21 1 7:0 / /var/x rw - ext4 /dev/loop0 rw\n",
	     "proc/self/mountinfo");
	assert_free("1-2");
	fake(FAKE_SWAPS "/dev/loop0\tpartition\t1\t0\t0\n", "proc/swaps");
	assert_needed("1-2", "it may carry swap (/dev/loop0): which disks are behind that cannot be seen");
}

static void test_too_many(void **state)
{
	unsigned int i;

	fake("21 1 0:30 / / rw - zfs rpool/ROOT rw\n", "proc/self/mountinfo");
	for (i = 0; i < UT_PROTECT_MAX; i++)
		fake(NULL, "block/d%u", i);
	fake_usb(FAKE_USB, "1-2");
	assert_free("1-2");
	fake(NULL, "block/d%u", i);
	assert_closed(-EOVERFLOW);
}

/* The source name that a mount claims is printed on a terminal. */
static void test_hostile_source(void **state)
{
	char text[3000];

	fake_stick(FAKE_USB, "1-2", 'b');
	fake("21 1 8:17 / / rw - ext4 a\\033[2J\\012b rw\n",
	     "proc/self/mountinfo");
	assert_needed("1-2", "it carries the root file system (a?[2J?b on /)");
	snprintf(text, sizeof(text), "21 1 8:17 / / rw - ext4 %02000d rw\n", 0);
	fake(text, "proc/self/mountinfo");
	assert_true(need_has("1-2"));
	assert_true(strlen(need_why) < 200);
}

static void test_bus_ids(void **state)
{
	static const char *const bad[] = { "", "../..", "usb1", "1-2:1.0", "1" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_needed(bad[i], "that is not a bus id");
	assert_free("1-9");
	assert_free("usbip-vudc.0");
	/* Its place in sysfs leads in a circle. */
	fake_link("bus/usb/devices/1-2", "bus/usb/devices/1-2");
	assert_needed("1-2", "its place in sysfs cannot be read");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_no_proc), T(test_no_sysfs), T(test_bad_mountinfo),
		T(test_bad_swaps), T(test_huge_mountinfo), T(test_unseen),
		T(test_unseen_twice), T(test_too_many), T(test_hostile_source),
		T(test_bus_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
