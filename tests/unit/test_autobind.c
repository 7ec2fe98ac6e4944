// SPDX-License-Identifier: GPL-2.0
/* Binding by rule: which devices, how often, and which not. sysfs is a directory. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dock/autobind.h"
#include "lib/fake_machine.h"
#include "lib/unit.h"

#define DRIVER "bus/usb/drivers/usbip-host"

static const struct fake_dev stick = {
	.parent = "devices/pci0/usb1", .busid = "1-2", .driver = "usb",
	.vid = "0951\n", .pid = "1666\n", .class = "00\n", .speed = "480\n",
	.devnum = "7\n", .serial = "S1\n",
};

static struct ut_autobind binds;
static struct ut_config config;

static void configure(const char *text)
{
	struct ut_err err;

	ut_config_free(&config);
	if (ut_config_default(&config) ||
	    ut_config_parse(&config, "test", text, &err))
		fail_msg("%s", err.msg);
}

static int setup(void **state)
{
	memset(&binds, 0, sizeof(binds));
	if (fake_setup(state))
		return -1;
	fake_machine();
	fake("", DRIVER "/match_busid");
	fake("", DRIVER "/bind");
	fake("", "bus/usb/drivers/usb/unbind");
	configure("[policy]\nrule = allow serial=S1\n");
	return 0;
}

static int teardown(void **state)
{
	ut_autobind_free(&binds);
	binds.loop = sd_event_unref(binds.loop);
	ut_config_free(&config);
	ut_proc_root_set(NULL);
	return fake_teardown(state);
}

/* Looks at the devices of the directory; binds that this starts are finished. */
static void look(void)
{
	struct ut_usb_device *devs;
	struct ut_protect *protect;
	struct ut_err err;
	size_t n, i;

	if (!binds.loop)
		assert_true(sd_event_new(&binds.loop) >= 0);
	assert_int_equal(ut_usb_list(UT_USB_EXPORTABLE, &devs, &n, &err), 0);
	assert_int_equal(ut_protect_scan(&protect, &err), 0);
	ut_autobind_look(&binds, &config, protect, devs, n);
	ut_protect_free(protect);
	free(devs);
	ut_autobind_due(&binds);
	for (i = 0; i < binds.n; i++)
		while (ut_task_runs(&binds.v[i].task)) {
			binds.ended = false;
			assert_true(sd_event_run(binds.loop, 30000000) > 0);
			assert_true(binds.ended);
		}
}

/* Whether a bind was written since the last call. */
static bool bound(void)
{
	bool yes = !strncmp(fake_read(DRIVER "/bind"), "1-2", 3);

	fake("", DRIVER "/bind");
	return yes;
}

static void plug(const char *devnum, const char *driver)
{
	struct fake_dev dev = stick;

	dev.devnum = devnum;
	dev.driver = driver;
	fake_device(&dev);
	fake("", "bus/usb/drivers/usb/unbind");
	if (!strcmp(driver, "usbip-host"))
		fake("1\n", "devices/pci0/usb1/1-2/usbip_status");
	else
		fake_gone("devices/pci0/usb1/1-2/usbip_status");
}

static void unplug(void)
{
	fake_gone("bus/usb/devices/1-2");
}

static void test_binds_once(void **state)
{
	plug("7\n", "usb");
	look();
	assert_true(bound());
	assert_string_equal(fake_read(DRIVER "/match_busid"), "add 1-2");
	assert_int_equal(ut_autobind_next(&binds), INT64_MAX);
	/* It is bound; then somebody unbinds it by hand. */
	plug("7\n", "usbip-host");
	look();
	plug("7\n", "usb");
	look();
	assert_false(bound());
	/* Plugged in again, it has a new number. */
	unplug();
	look();
	plug("8\n", "usb");
	look();
	assert_true(bound());
}

/* The same number again, after the device was seen to be gone. */
static void test_replug(void **state)
{
	plug("7\n", "usb");
	look();
	assert_true(bound());
	unplug();
	look();
	assert_int_equal(binds.n, 0);
	plug("7\n", "usb");
	look();
	assert_true(bound());
}

static void test_no_rule(void **state)
{
	configure("[policy]\nrule = allow serial=S2\n");
	plug("7\n", "usb");
	look();
	assert_false(bound());
	configure("");
	look();
	assert_false(bound());
	/* A new rule also applies to what is already plugged in. */
	configure("[policy]\nrule = allow tablet=blue\n");
	look();
	assert_true(bound());
}

/* What this machine needs itself is never bound, whatever the rules say. */
static void test_unknown_needs(void **state)
{
	struct ut_usb_device *devs;
	struct ut_err err;
	size_t n;

	plug("7\n", "usb");
	assert_int_equal(ut_usb_list(UT_USB_EXPORTABLE, &devs, &n, &err), 0);
	ut_autobind_look(&binds, &config, NULL, devs, n);
	free(devs);
	ut_autobind_due(&binds);
	assert_int_equal(binds.n, 0);
	assert_false(bound());
}

/* A device bound by hand needs nothing; one unbound by hand stays unbound. */
static void test_bound_by_hand(void **state)
{
	plug("7\n", "usbip-host");
	look();
	assert_false(bound());
	plug("7\n", "usb");
	look();
	assert_false(bound());
	ut_autobind_forget(&binds);
	look();
	assert_true(bound());
}

/* A failed bind is tried again, at growing intervals, and given up in the end. */
static void test_gives_up(void **state)
{
	int64_t last = 0;
	int tries;

	plug("7\n", "usb");
	fake_gone(DRIVER "/bind");
	fake(NULL, DRIVER "/bind");	/* a directory cannot be written */
	for (tries = 0; tries < 10; tries++) {
		look();
		if (ut_autobind_next(&binds) == INT64_MAX)
			break;
		assert_true(ut_autobind_next(&binds) > last);
		last = ut_autobind_next(&binds);
		assert_true(last > ut_clock_ms());
		binds.v[0].backoff.next = 0;
	}
	assert_int_equal(tries, 4);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_binds_once), T(test_replug), T(test_no_rule),
		T(test_unknown_needs), T(test_bound_by_hand), T(test_gives_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
