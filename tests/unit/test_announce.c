// SPDX-License-Identifier: GPL-2.0
/* What udev is told of a device before it is attached. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fake_sysfs.h"
#include "lib/unit.h"
#include "usb/announce.h"
#include "usb/vhci.h"

#define HEAD	"hub port sta spd dev      sockfd local_busid\n"
#define VHCI	"devices/platform/vhci_hcd."

static struct ut_err err;

/* Two controllers with two hubs of two ports each. */
static int setup(void **state)
{
	static char run[SCRATCH_SIZE + 8];

	if (fake_setup(state))
		return -1;
	snprintf(run, sizeof(run), "%s/run", fake_root);
	ut_announce_dir_set(run);
	fake(HEAD
	     "hs  0000 004 000 00000000 000000 0-0\n"
	     "hs  0001 006 003 00010002 000003 3-2\n"
	     "ss  0002 004 000 00000000 000000 0-0\n"
	     "ss  0003 004 000 00000000 000000 0-0\n", VHCI "0/status");
	fake(HEAD
	     "hs  0004 004 000 00000000 000000 0-0\n"
	     "hs  0005 004 000 00000000 000000 0-0\n"
	     "ss  0006 004 000 00000000 000000 0-0\n"
	     "ss  0007 004 000 00000000 000000 0-0\n", VHCI "0/status.1");
	fake("480\n", VHCI "0/usb3/speed");
	fake("5000\n", VHCI "0/usb4/speed");
	fake("480\n", VHCI "1/usb11/speed");
	fake("5000\n", VHCI "1/usb12/speed");
	return 0;
}

static int teardown(void **state)
{
	ut_announce_dir_set(NULL);
	return fake_teardown(state);
}

static void test_busid_of_port(void **state)
{
	static const struct {
		uint32_t port;
		const char *busid;
	} rows[] = {
		{ 0, "3-1" }, { 1, "3-2" }, { 2, "4-1" }, { 3, "4-2" },
		{ 4, "11-1" }, { 5, "11-2" }, { 6, "12-1" }, { 7, "12-2" },
	};
	char busid[32];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(ut_vhci_port_busid(rows[i].port, busid, &err),
				 0);
		assert_string_equal(busid, rows[i].busid);
	}
	assert_int_equal(ut_vhci_port_busid(8, busid, &err), -ENOENT);
	assert_int_equal(err.code, UT_EXIT_NOT_FOUND);
}

static void test_file(void **state)
{
	char path[128];
	struct stat st;

	assert_int_equal(ut_announce(6, 17, "desk", "1-2.3", &err), 0);
	assert_string_equal(fake_read("run/udev/12-1"),
			    "ID_USBIP_TLS=1\n"
			    "ID_USBIP_TLS_ROLE=imported\n"
			    "ID_USBIP_TLS_DOCK=desk\n"
			    "ID_USBIP_TLS_BUSID=1-2.3\n"
			    "ID_USBIP_TLS_SESSION=17\n");
	snprintf(path, sizeof(path), "%s/run", fake_root);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0750);
	snprintf(path, sizeof(path), "%s/run/udev", fake_root);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);

	/* Another dock on the same port; by now the directory exists. */
	assert_int_equal(ut_announce(6, 18, "kitchen", "usbip-vudc.0", &err), 0);
	assert_non_null(strstr(fake_read("run/udev/12-1"), "DOCK=kitchen\n"));
	assert_non_null(strstr(fake_read("run/udev/12-1"),
			       "BUSID=usbip-vudc.0\n"));
}

/* The note goes away with its device, and not with the device before it. */
static void test_end(void **state)
{
	char path[128];

	assert_int_equal(ut_announce_end(6, 7, &err), 0);
	assert_int_equal(ut_announce(6, 17, "desk", "1-2", &err), 0);
	assert_int_equal(ut_announce_end(6, 7, &err), 0);
	assert_int_equal(ut_announce_end(6, 1, &err), 0);
	assert_int_equal(ut_announce_end(5, 17, &err), 0);
	assert_non_null(strstr(fake_read("run/udev/12-1"), "DOCK=desk\n"));
	assert_int_equal(ut_announce_end(6, 17, &err), 0);
	snprintf(path, sizeof(path), "%s/run/udev/12-1", fake_root);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(ut_announce_end(99, 17, &err), 0);
}

/* A certificate of a foreign CA may have any name. */
static void test_name_that_would_say_more(void **state)
{
	assert_int_equal(ut_announce(0, 1, "a\nRUN=\"x\" $(y) \\", "1-1", &err),
			 0);
	assert_string_equal(fake_read("run/udev/3-1"),
			    "ID_USBIP_TLS=1\n"
			    "ID_USBIP_TLS_ROLE=imported\n"
			    "ID_USBIP_TLS_DOCK=a_RUN__x____y___\n"
			    "ID_USBIP_TLS_BUSID=1-1\n"
			    "ID_USBIP_TLS_SESSION=1\n");
}

static void test_nowhere_to_write(void **state)
{
	fake("", "run");
	assert_int_equal(ut_announce(0, 1, "desk", "1-1", &err), -ENOTDIR);
	assert_true(err.msg[0]);
	assert_int_equal(ut_announce(99, 1, "desk", "1-1", &err), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_busid_of_port, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_name_that_would_say_more,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_nowhere_to_write, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
