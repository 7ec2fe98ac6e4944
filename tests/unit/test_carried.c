// SPDX-License-Identifier: GPL-2.0
/* Which file systems are mounted from a USB device. */
#include <errno.h>

#include "lib/fake_machine.h"
#include "lib/unit.h"
#include "needs/carried.h"

static struct ut_carried *found;
static size_t n;

static int teardown(void **state)
{
	free(found);
	found = NULL;
	return fake_machine_teardown(state);
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
	assert_int_equal(ut_carried_by("1-1", &found, &n), 0);
	assert_int_equal(n, 3);
	assert_string_equal(found[0].point, "/media/plain");
	assert_string_equal(found[0].source, "/dev/sdb1");
	assert_string_equal(found[1].point, "/media/a secret");
	assert_string_equal(found[2].point, "/media/again");
}

/* "1-1" is the beginning of "1-10". */
static void test_not_the_other(void **state)
{
	sticks();
	assert_int_equal(ut_carried_by("1-10", &found, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(found[0].point, "/media/other");
}

static void test_none(void **state)
{
	sticks();
	fake_usb(FAKE_USB, "1-2");
	assert_int_equal(ut_carried_by("1-2", &found, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(ut_carried_by("1-3", &found, &n), 0);
	assert_int_equal(n, 0);
}

/* Nothing is said to be free of file systems that cannot be looked at. */
static void test_unreadable(void **state)
{
	sticks();
	fake_gone("proc/self/mountinfo");
	assert_int_equal(ut_carried_by("1-1", &found, &n), -ENOENT);
	fake("what is this\n", "proc/self/mountinfo");
	assert_int_equal(ut_carried_by("1-1", &found, &n), -EINVAL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, fake_machine_setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_which), T(test_not_the_other), T(test_none),
		T(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
