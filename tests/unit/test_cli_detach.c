// SPDX-License-Identifier: GPL-2.0
/* detach: a disk in use stays attached, and the command names what uses it. */
#include "lib/cli_bed.h"
#include "lib/unit.h"

#define DETACH "devices/platform/vhci_hcd.0/detach"

static char mnt[SCRATCH_SIZE + 8];

int __wrap_ut_vhci_wait_free(uint32_t port, int timeout_ms, struct ut_err *err);

/* This tablet's driver lets go of nothing. */
int __wrap_ut_vhci_wait_free(uint32_t port, int timeout_ms, struct ut_err *err)
{
	assert_int_equal(port, 0);
	assert_int_equal(timeout_ms, 10000);
	return 0;
}

static int setup(void **state)
{
	if (cli_setup(state))
		return -1;
	cli_ports();
	fake_stick(FAKE_USB, "3-1", 'b');
	snprintf(mnt, sizeof(mnt), "%s/mnt", fake_root);
	return mkdir(mnt, 0755);
}

static void mounted(void)
{
	char text[512];

	snprintf(text, sizeof(text), FAKE_INITRAMFS
		 "900001 1 8:17 / %s rw - vfat /dev/sdb1 rw\n", mnt);
	fake(text, "proc/self/mountinfo");
}

/* A process that has the whole disk open for writing. */
static void writer(void)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/raw", fake_root);
	if (mknod(path, S_IFBLK | 0600, makedev(8, 16)))
		unit_skip("no device nodes here");
	fake("dd\n", "proc/23/comm");
	fake("flags:\t0100001\n", "proc/23/fdinfo/3");
	fake_link("raw", "proc/23/fd/3");
}

static void refused(const char *words, const char *msg, const char *hint)
{
	assert_int_equal(cli_run(&ut_verb_detach, words), UT_EXIT_BUSY);
	if (!strstr(cli_err, msg) || !strstr(cli_err, hint))
		fail_msg("%s", cli_err);
	assert_string_equal(fake_read(DETACH), "");
}

static void test_idle(void **state)
{
	assert_int_equal(cli_run(&ut_verb_detach, "-p 0"), UT_EXIT_OK);
	assert_string_equal(cli_out, "port 0: detached\n");
	assert_string_equal(fake_read(DETACH), "0");
}

static void test_mounted(void **state)
{
	char want[256];

	mounted();
	snprintf(want, sizeof(want), "port 0 is in use: %s (/dev/sdb1)\n", mnt);
	refused("-p 0", want, "let --unmount do that");
}

static void test_json(void **state)
{
	struct json_object *o, *use;

	mounted();
	assert_int_equal(cli_run(&ut_verb_detach, "-p 0 --json"), UT_EXIT_BUSY);
	o = cli_json();
	assert_int_equal(json_number(o, "port"), 0);
	assert_string_equal(json_text(o, "detached"), "false");
	assert_int_equal(json_object_array_length(json_member(o, "uses")), 1);
	use = json_object_array_get_idx(json_member(o, "uses"), 0);
	assert_string_equal(json_text(use, "kind"), "mount");
	assert_string_equal(json_text(use, "what"), mnt);
	assert_string_equal(json_text(use, "source"), "/dev/sdb1");
	json_object_put(o);
	fake(FAKE_INITRAMFS, "proc/self/mountinfo");
	assert_int_equal(cli_run(&ut_verb_detach, "-p 0 --json"), UT_EXIT_OK);
	o = cli_json();
	assert_string_equal(json_text(o, "detached"), "true");
	assert_int_equal(json_object_array_length(json_member(o, "uses")), 0);
	json_object_put(o);
}

static void test_swap(void **state)
{
	fake(FAKE_SWAPS "/dev/sdb2 partition 100 0 -2\n", "proc/swaps");
	refused("-p 0", "port 0 is in use: swap (/dev/sdb2)\n", "--unmount");
}

static void test_writer(void **state)
{
	writer();
	refused("-p 0", "in use: dd (process 23), which writes to /dev/sdb\n",
		"--force");
}

/* If there are several, the first few are named. */
static void test_many(void **state)
{
	writer();
	fake(FAKE_INITRAMFS
	     "900001 1 8:17 / /a rw - vfat /dev/sdb1 rw\n"
	     "900002 1 8:17 / /b rw - vfat /dev/sdb1 rw\n"
	     "900003 1 8:18 / /c rw - vfat /dev/sdb2 rw\n",
	     "proc/self/mountinfo");
	refused("-p 0", "/a (/dev/sdb1), /b (/dev/sdb1), /c (/dev/sdb2), ...",
		"--unmount");
}

/* What cannot be unmounted stays; here because nothing is mounted there. */
static void test_unmount(void **state)
{
	mounted();
	assert_int_equal(cli_run(&ut_verb_detach, "-p 0 --unmount"),
			 UT_EXIT_FAILURE);
	assert_non_null(strstr(cli_err, "cannot unmount "));
	assert_non_null(strstr(cli_err, mnt));
	assert_string_equal(fake_read(DETACH), "");
}

/* Nor does a mount in which nothing can be opened. */
static void test_not_written(void **state)
{
	mounted();
	assert_int_equal(rmdir(mnt), 0);
	assert_int_equal(cli_run(&ut_verb_detach, "-p 0 --unmount"),
			 UT_EXIT_NOT_FOUND);
	assert_non_null(strstr(cli_err, "is not written, and stays attached"));
	assert_non_null(strstr(cli_err, "--force"));
	assert_string_equal(fake_read(DETACH), "");
}

static void test_force(void **state)
{
	mounted();
	writer();
	assert_int_equal(cli_run(&ut_verb_detach, "-p 0 --force"), UT_EXIT_OK);
	assert_string_equal(fake_read(DETACH), "0");
	assert_int_equal(cli_run(&ut_verb_detach, "-p 0 --force --unmount"),
			 UT_EXIT_USAGE);
}

/* Deny by default: if the mounts cannot be read, nothing is detached. */
static void test_unknown(void **state)
{
	fake("what is this\n", "proc/self/mountinfo");
	assert_int_equal(cli_run(&ut_verb_detach, "-p 0"), UT_EXIT_FAILURE);
	assert_non_null(strstr(cli_err, "cannot find out what uses the device"));
	assert_string_equal(fake_read(DETACH), "");
	assert_int_equal(cli_run(&ut_verb_detach, "-p 0 --force"), UT_EXIT_OK);
}

static void test_nothing_there(void **state)
{
	assert_int_equal(cli_run(&ut_verb_detach, "-p 1"), UT_EXIT_NOT_FOUND);
	assert_non_null(strstr(cli_err, "nothing is attached to port 1"));
	assert_int_equal(cli_run(&ut_verb_detach, "-p 99"), UT_EXIT_NOT_FOUND);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, fake_machine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_idle), T(test_mounted), T(test_json), T(test_swap),
		T(test_writer), T(test_many), T(test_unmount),
		T(test_not_written), T(test_force), T(test_unknown),
		T(test_nothing_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
