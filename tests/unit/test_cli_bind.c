// SPDX-License-Identifier: GPL-2.0
/* bind: what it shares, and what this machine needs itself. */
#include "lib/cli_bed.h"

#define HOST "bus/usb/drivers/usbip-host"

static int bind_setup(void **state)
{
	if (cli_setup(state))
		return -1;
	fake("", HOST "/match_busid");
	fake("", HOST "/bind");
	fake("", "bus/usb/drivers/usb/unbind");
	fake_stick(FAKE_USB, "1-2", 'b');
	fake_stick(FAKE_USB, "1-3", 'c');
	return 0;
}

/* It is not listed for usbip-host and keeps its driver. */
static void assert_untouched(void)
{
	assert_string_equal(cli_out, "");
	assert_string_equal(fake_read(HOST "/match_busid"), "");
	assert_string_equal(fake_read("bus/usb/drivers/usb/unbind"), "");
	assert_string_equal(fake_read(HOST "/bind"), "");
}

static void test_shared(void **state)
{
	fake(FAKE_INITRAMFS
	     "21 1 8:17 / /media/lea/STICK rw - vfat /dev/sdb1 rw\n"
	     "22 1 8:33 / /home rw - ext4 /dev/sdc1 rw\n",
	     "proc/self/mountinfo");
	assert_int_equal(cli_run(&ut_verb_bind, "-b 1-2"), UT_EXIT_OK);
	assert_string_equal(cli_err, "");
	assert_non_null(strstr(cli_out, "1-2 ("));
	assert_non_null(strstr(cli_out, "): shared\n"));
	assert_string_equal(fake_read(HOST "/match_busid"), "add 1-2");
	assert_string_equal(fake_read("bus/usb/drivers/usb/unbind"), "1-2");
	assert_string_equal(fake_read(HOST "/bind"), "1-2");
}

static void test_needed(void **state)
{
	fake("21 1 8:17 / / rw - ext4 /dev/sdb1 rw\n", "proc/self/mountinfo");
	assert_int_equal(cli_run(&ut_verb_bind, "-b 1-2"), UT_EXIT_REFUSED);
	assert_string_equal(cli_err,
			    "usbip-tls: 1-2 is not shared, because this machine needs it itself: it carries the root file system (/dev/sdb1 on /)\n"
			    "hint: free it first: umount the file system, swapoff, or take the network link down\n");
	assert_untouched();
	fake(FAKE_INITRAMFS, "proc/self/mountinfo");
	fake(FAKE_SWAPS "/dev/sdc2\tpartition\t1\t0\t-2\n", "proc/swaps");
	assert_int_equal(cli_run(&ut_verb_bind, "-b 1-3"), UT_EXIT_REFUSED);
	assert_non_null(strstr(cli_err, ": it carries swap (/dev/sdc2)\n"));
	assert_untouched();
}

/* If the scan fails, nothing is shared. */
static void test_unknown(void **state)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/self/mountinfo", fake_proc_root);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(cli_run(&ut_verb_bind, "-b 1-2"), UT_EXIT_FAILURE);
	assert_non_null(strstr(cli_err, "which USB devices this machine needs"));
	assert_non_null(strstr(cli_err, "\nhint: "));
	assert_untouched();
}

/* A rule that hides a device also binds the administrator. */
static void test_hidden(void **state)
{
	char expect[400];

	fake("[policy]\nrule = hide id=0781:* bus=1\nrule = allow\n", "conf");
	assert_int_equal(cli_run(&ut_verb_bind, "-b 1-2"), UT_EXIT_REFUSED);
	snprintf(expect, sizeof(expect),
		 "usbip-tls: 1-2 is not shared, because a rule hides it from everybody: %s:2: hide id=0781:* bus=1\n"
		 "hint: change that rule, or put one that allows the device before it\n",
		 cli_conf);
	assert_string_equal(cli_err, expect);
	assert_untouched();
	/* What no tablet may have, the administrator may still bind. */
	fake("[policy]\nrule = deny\nrule = hide id=0781:*\n", "conf");
	assert_int_equal(cli_run(&ut_verb_bind, "-b 1-2"), UT_EXIT_OK);
	assert_string_equal(fake_read(HOST "/bind"), "1-2");
}

/* A hide rule that cannot be read hides everything. */
static void test_bad_config(void **state)
{
	fake("[policy]\nrule = hide it\n", "conf");
	assert_int_equal(cli_run(&ut_verb_bind, "-b 1-2"), UT_EXIT_CONFIG);
	assert_non_null(strstr(cli_err, "conf:2: "));
	assert_untouched();
}

static void test_hub(void **state)
{
	fake("09\n", FAKE_USB "/1-2/bDeviceClass");
	assert_int_equal(cli_run(&ut_verb_bind, "-b 1-2"), UT_EXIT_FAILURE);
	assert_non_null(strstr(cli_err, "1-2 is a hub; share the devices on it"));
	assert_untouched();
}

static void test_no_such_device(void **state)
{
	assert_int_equal(cli_run(&ut_verb_bind, "-b 1-9"), UT_EXIT_NOT_FOUND);
	assert_untouched();
}

#define T(f) cmocka_unit_test_setup_teardown(f, bind_setup, \
					     fake_machine_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_shared), T(test_needed), T(test_unknown),
		T(test_hidden), T(test_bad_config),
		T(test_hub), T(test_no_such_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
