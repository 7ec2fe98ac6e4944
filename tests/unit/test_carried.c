// SPDX-License-Identifier: GPL-2.0
/* Which file systems are mounted from a USB device. */
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

static int look(const char *busid)
{
	size_t i;
	int ret;

	ut_uses_free(&u);
	ret = ut_uses_of(busid, &u);
	for (i = 0; i < u.n; i++)
		assert_int_equal(u.v[i].kind, UT_USE_MOUNT);
	return ret;
}

/* Two sticks, sdb and sdc; LUKS on sdb2 with LVM on it. */
static void sticks(void)
{
	fake_stick(FAKE_USB, "1-1", 'b');
	fake_stick(FAKE_USB, "1-10", 'c');
	fake_virtual("dm-0", 253, 0);
	fake_slave("dm-0", "sdb2");
	fake_virtual("dm-1", 253, 1);
	fake_slave("dm-1", "dm-0");
	fake(FAKE_INITRAMFS
	     "900001 1 8:17 / /media/plain rw - vfat /dev/sdb1 rw\n"
	     "900002 1 253:1 / /media/a\\040secret rw - ext4 /dev/mapper/x rw\n"
	     "900003 1 8:33 / /media/other rw - vfat /dev/sdc1 rw\n"
	     "900004 1 8:99 / /media/gone rw - vfat /dev/sdz1 rw\n"
	     "900005 1 8:17 /sub /media/again rw - vfat /dev/sdb1 rw\n"
	     "900006 1 0:60 / /proc rw - proc proc rw\n",
	     "proc/self/mountinfo");
}

static void test_which(void **state)
{
	sticks();
	assert_int_equal(look("1-1"), 0);
	assert_int_equal(u.n, 3);
	assert_string_equal(u.v[0].what, "/media/plain");
	assert_string_equal(u.v[0].source, "/dev/sdb1");
	assert_string_equal(u.v[1].what, "/media/a secret");
	assert_string_equal(u.v[2].what, "/media/again");
}

/* "1-1" is a prefix of "1-10". */
static void test_not_the_other(void **state)
{
	sticks();
	assert_int_equal(look("1-10"), 0);
	assert_int_equal(u.n, 1);
	assert_string_equal(u.v[0].what, "/media/other");
}

static void test_none(void **state)
{
	sticks();
	fake_usb(FAKE_USB, "1-2");
	assert_int_equal(look("1-2"), 0);
	assert_int_equal(u.n, 0);
	assert_int_equal(look("1-3"), 0);
	assert_int_equal(u.n, 0);
}

/* Two queries about one mount: the first must not cut up the text. */
static void test_twice(void **state)
{
	char text[512];

	sticks();
	snprintf(text, sizeof(text),
		 "%u 1 8:17 / / rw - xfs /dev/sdb1 rw,logdev=/dev/sdc1,a=b\n",
		 fake_mount_id());
	fake(text, "proc/self/mountinfo");
	snprintf(text, sizeof(text), FAKE_SWAPS "%s/swap file 1 0 0\n",
		 fake_root);
	fake("", "swap");
	fake(text, "proc/swaps");
	ut_uses_free(&u);
	assert_int_equal(ut_uses_of("1-10", &u), 0);
	assert_int_equal(u.n, 2);
	assert_int_equal(u.v[0].kind, UT_USE_MOUNT);
	assert_int_equal(u.v[1].kind, UT_USE_SWAP);
}

static void test_several_disks(void **state)
{
	sticks();
	fake(FAKE_INITRAMFS
	     "900001 1 0:50 / /a rw - bcachefs /dev/sdb1:/dev/sdc1 rw\n"
	     "900002 1 0:50 / /b rw - bcachefs /dev/sdb1:/dev/sdc1 rw\n",
	     "proc/self/mountinfo");
	assert_int_equal(look("1-10"), 0);
	assert_int_equal(u.n, 2);
	assert_string_equal(u.v[1].what, "/b");
	assert_string_equal(u.v[1].source, "/dev/sdb1:/dev/sdc1");
	assert_int_equal(look("1-1"), 0);
	assert_int_equal(u.n, 2);
}

/* If the mounts cannot be read, no device counts as free. */
static void test_unreadable(void **state)
{
	sticks();
	fake_gone("proc/self/mountinfo");
	assert_int_equal(look("1-1"), -ENOENT);
	fake("what is this\n", "proc/self/mountinfo");
	assert_int_equal(look("1-1"), -EINVAL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, fake_machine_setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_which), T(test_not_the_other), T(test_none),
		T(test_twice), T(test_several_disks), T(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
