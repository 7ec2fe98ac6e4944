// SPDX-License-Identifier: GPL-2.0
/* The dock's devices, usbip-host and usbip-vudc, over a sysfs tree of our own. */
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fake_sysfs.h"
#include "lib/unit.h"
#include "usb/stub.h"
#include "usb/sysfs.h"

static struct ut_err err;

static const struct fake_dev stick = {
	.parent = "devices/pci0/usb1", .busid = "1-2", .driver = "usb",
	.vid = "0781\n", .pid = "5567\n", .class = "00\n", .speed = "480\n",
	.manufacturer = "SanDisk\n", .product = "Cruzer Blade\n",
	.serial = "4C530001\n",
};

static int setup(void **state)
{
	ut_err_clear(&err);
	return fake_setup(state);
}

static void host_driver(void)
{
	fake("", "bus/usb/drivers/usbip-host/match_busid");
	fake("", "bus/usb/drivers/usbip-host/bind");
	fake("", "bus/usb/drivers/usbip-host/unbind");
	fake("", "bus/usb/drivers/usbip-host/rebind");
}

static void test_descriptor(void **state)
{
	struct ut_usb_device d;

	fake_device(&stick);
	assert_int_equal(ut_usb_get("1-2", &d, &err), 0);
	assert_string_equal(d.op.path, "/sys/devices/pci0/usb1/1-2");
	assert_string_equal(d.op.busid, "1-2");
	assert_int_equal(d.op.busnum, 1);
	assert_int_equal(d.op.devnum, 2);
	assert_int_equal(ut_op_devid(&d.op), 0x10002);
	assert_int_equal(d.op.speed, 3);
	assert_int_equal(d.op.vid, 0x0781);
	assert_int_equal(d.op.pid, 0x5567);
	assert_int_equal(d.op.bcd, 0x0100);
	assert_int_equal(d.op.nif, 1);
	assert_int_equal(d.op.interfaces[0][0], 0x08);
	assert_int_equal(d.op.interfaces[0][1], 0x06);
	assert_int_equal(d.op.interfaces[0][2], 0x50);
	assert_string_equal(d.op.product, "Cruzer Blade");
	assert_string_equal(d.op.serial, "4C530001");
	assert_string_equal(d.driver, "usb");
	assert_int_equal(d.status, UT_STUB_NOT_BOUND);
	assert_false(d.hub || d.imported || d.vudc);
}

/* What a malicious device may say about itself. */
static void test_hostile_strings(void **state)
{
	struct fake_dev d = stick;
	struct ut_usb_device dev;
	char product[600];

	memset(product, 'A', sizeof(product) - 1);
	product[sizeof(product) - 1] = '\0';
	d.product = product;
	d.manufacturer = "\033[2Jevil\r\n\xff\xfe";
	d.serial = "a\tb\xe2\x80\xae\n";
	fake_device(&d);
	assert_int_equal(ut_usb_get("1-2", &dev, &err), 0);
	assert_int_equal(strlen(dev.op.product), sizeof(dev.op.product) - 1);
	assert_string_equal(dev.op.manufacturer, "?[2Jevil????");
	assert_string_equal(dev.op.serial, "a?b???");
}

static void test_huge_attribute(void **state)
{
	struct fake_dev d = stick;
	struct ut_usb_device dev;
	char product[5000];

	memset(product, 'A', sizeof(product) - 1);
	product[sizeof(product) - 1] = '\0';
	d.product = product;
	d.vid = "fffff\n";
	d.speed = "warp 9\n";
	fake_device(&d);
	assert_int_equal(ut_usb_get("1-2", &dev, &err), 0);
	assert_string_equal(dev.op.product, "");
	assert_int_equal(dev.op.vid, 0);
	assert_int_equal(dev.op.speed, 0);
}

static void test_busid_syntax(void **state)
{
	static const char *const good[] = {
		"1-1", "12-3.4.5", "usbip-vudc.0", "usbip-vudc.12",
	};
	static const char *const bad[] = {
		"", "1", "1-", "-1", "1-1.", "1-.1", "1-1..2", "../x", "usb1",
		"1-1:1.0", "1-1/..", "usbip-vudc", "usbip-vudc.", "a-1",
		"usbip-vudc.x", "1-1 ", "0781:5567", "usbip-vudc.0/../..",
		"1-1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1",
	};
	struct ut_usb_device d;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(ut_busid_valid(good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (ut_busid_valid(bad[i]))
			fail_msg("\"%s\" is taken for a bus id", bad[i]);
		assert_int_equal(ut_usb_get(bad[i], &d, &err), -EINVAL);
		assert_int_equal(ut_stub_attach(bad[i], 3, &err), -ENODEV);
	}
}

static void test_missing(void **state)
{
	struct ut_usb_device d;

	assert_int_equal(ut_usb_get("1-9", &d, &err), -ENOENT);
	assert_int_equal(err.code, UT_EXIT_NOT_FOUND);
	assert_int_equal(ut_stub_bind("1-9", &err), -ENOENT);
}

static void test_filters(void **state)
{
	struct fake_dev hub = stick, imported = stick, bound = stick;
	struct ut_usb_device *devs;
	size_t n;

	fake_device(&stick);
	hub.busid = "1-10";
	hub.class = "09\n";
	fake_device(&hub);
	imported.busid = "3-1";
	imported.parent = "devices/platform/vhci_hcd.0/usb3";
	fake_device(&imported);
	bound.busid = "1-3";
	bound.driver = "usbip-host";
	fake_device(&bound);
	fake("1\n", "devices/pci0/usb1/1-3/usbip_status");
	fake(NULL, "bus/usb/devices/usb1/");
	fake(NULL, "bus/usb/devices/1-2:1.0/");

	assert_int_equal(ut_usb_list(UT_USB_ALL, &devs, &n, &err), 0);
	assert_int_equal(n, 4);
	assert_string_equal(devs[0].op.busid, "1-2");
	assert_string_equal(devs[1].op.busid, "1-3");
	assert_string_equal(devs[2].op.busid, "1-10");
	assert_true(devs[2].hub);
	assert_true(devs[3].imported);
	free(devs);
	assert_int_equal(ut_usb_list(UT_USB_EXPORTABLE, &devs, &n, &err), 0);
	assert_int_equal(n, 2);
	free(devs);
	assert_int_equal(ut_usb_list(UT_USB_EXPORTED, &devs, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_string_equal(devs[0].op.busid, "1-3");
	assert_int_equal(devs[0].status, UT_STUB_AVAILABLE);
	free(devs);
	assert_int_equal(ut_stub_bind("1-10", &err), -EINVAL);
	assert_non_null(strstr(err.msg, "hub"));
	assert_int_equal(ut_stub_bind("3-1", &err), -EINVAL);
	assert_non_null(strstr(err.msg, "another machine"));
	assert_int_equal(ut_stub_bind("1-3", &err), -EALREADY);
	assert_int_equal(err.code, UT_EXIT_BUSY);
}

/* A read of these waits for whoever has locked the device. */
static void lock(const char *busid, bool strings)
{
	static const char *const locked[] = {
		"bConfigurationValue", "bNumInterfaces",
		"manufacturer", "product", "serial",
	};
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < (strings ? 5 : 2); i++) {
		assert_int_equal(ut_sysfs_path(path, "/bus/usb/devices/%s/%s",
					       busid, locked[i]), 0);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(mkfifo(path, 0600), 0);
	}
}

/* The dock that it comes from may keep it locked. */
static void test_imported_is_not_waited_for(void **state)
{
	struct fake_dev imported = stick;
	struct ut_usb_device *devs, d;
	size_t n;

	imported.busid = "3-1";
	imported.parent = "devices/platform/vhci_hcd.0/usb3";
	fake_device(&imported);
	assert_int_equal(ut_usb_get_imported("3-1", &d), 0);
	assert_string_equal(d.op.product, "Cruzer Blade");
	assert_int_equal(d.op.nif, 1);
	lock("3-1", true);
	alarm(60);
	assert_int_equal(ut_usb_list(UT_USB_EXPORTED, &devs, &n, &err), 0);
	assert_int_equal(n, 0);
	free(devs);
	assert_int_equal(ut_usb_list(UT_USB_EXPORTABLE, &devs, &n, &err), 0);
	assert_int_equal(n, 0);
	free(devs);
	assert_int_equal(ut_usb_get("3-1", &d, &err), 0);
	assert_int_equal(d.op.vid, 0x0781);
	assert_int_equal(d.op.nif, 1);
	assert_true(d.imported);
	assert_int_equal(ut_stub_bind("3-1", &err), -EINVAL);
	alarm(0);
}

/* A device that does not answer is locked while it is reset. */
static void test_reset_is_not_waited_for(void **state)
{
	struct fake_dev next = stick;
	char path[PATH_MAX], away[PATH_MAX + 8];
	struct ut_usb_device *devs;
	size_t n, i;

	fake_device(&stick);
	lock("1-2", false);
	alarm(60);
	for (i = 0; i < 2; i++) {
		assert_int_equal(ut_usb_list(UT_USB_ALL, &devs, &n, &err), 0);
		assert_int_equal(n, 1);
		assert_int_equal(devs->op.config_value, 1);
		assert_int_equal(devs->op.nif, 1);
		assert_string_equal(devs->op.product, "Cruzer Blade");
		assert_string_equal(devs->op.serial, "4C530001");
		free(devs);
		if (!i)
			lock("1-2", true);
	}
	/* Another one at the same port. */
	assert_int_equal(ut_sysfs_path(path, "/devices/pci0/usb1/1-2"), 0);
	snprintf(away, sizeof(away), "%s.away", path);
	assert_int_equal(rename(path, away), 0);
	next.serial = "4C530002\n";
	fake_device(&next);
	assert_int_equal(ut_usb_list(UT_USB_ALL, &devs, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_string_equal(devs->op.serial, "4C530002");
	free(devs);
	alarm(0);
}

static void test_no_usb_at_all(void **state)
{
	struct ut_usb_device *devs;
	size_t n;

	assert_int_equal(ut_usb_list(UT_USB_ALL, &devs, &n, &err), 0);
	assert_int_equal(n, 0);
	free(devs);
}

static void test_bind(void **state)
{
	fake_device(&stick);
	fake("", "bus/usb/drivers/usb/unbind");
	assert_int_equal(ut_stub_bind("1-2", &err), -ENXIO);
	assert_int_equal(err.code, UT_EXIT_MODULE);
	assert_non_null(strstr(err.hint, "modprobe"));
	host_driver();
	assert_int_equal(ut_stub_bind("1-2", &err), 0);
	assert_string_equal(fake_read("bus/usb/drivers/usbip-host/match_busid"),
			    "add 1-2");
	assert_string_equal(fake_read("bus/usb/drivers/usb/unbind"), "1-2");
	assert_string_equal(fake_read("bus/usb/drivers/usbip-host/bind"),
			    "1-2");
}

/* usbip-host does not take it: everything is put back. */
static void test_bind_undone(void **state)
{
	char path[256];

	fake_device(&stick);
	host_driver();
	fake("", "bus/usb/drivers/usb/unbind");
	fake("", "bus/usb/drivers/usb/bind");
	snprintf(path, sizeof(path), "%s/bus/usb/drivers/usbip-host/bind",
		 fake_root);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(ut_stub_bind("1-2", &err), -ENOENT);
	/* A write does not truncate the file: the longer word was written last. */
	assert_string_equal(fake_read("bus/usb/drivers/usbip-host/match_busid"),
			    "del 1-2");
	assert_string_equal(fake_read("bus/usb/drivers/usb/bind"), "1-2");
}

static void test_unbind(void **state)
{
	struct fake_dev d = stick;

	fake_device(&d);
	host_driver();
	assert_int_equal(ut_stub_unbind("1-2", &err), -EINVAL);
	assert_int_equal(err.code, UT_EXIT_NOT_FOUND);
	d.driver = "usbip-host";
	fake_device(&d);
	fake("1\n", "devices/pci0/usb1/1-2/usbip_status");
	assert_int_equal(ut_stub_unbind("1-2", &err), 0);
	assert_string_equal(fake_read("bus/usb/drivers/usbip-host/unbind"),
			    "1-2");
	assert_string_equal(fake_read("bus/usb/drivers/usbip-host/match_busid"),
			    "del 1-2");
	assert_string_equal(fake_read("bus/usb/drivers/usbip-host/rebind"),
			    "1-2");
}

static void test_status(void **state)
{
	static const struct {
		const char *text;
		int status;
	} table[] = {
		{ "1\n", UT_STUB_AVAILABLE }, { "2\n", UT_STUB_USED },
		{ "3\n", UT_STUB_ERROR }, { "9\n", UT_STUB_ERROR },
	};
	size_t i;

	fake_device(&stick);
	assert_int_equal(ut_stub_read_status("1-2"), UT_STUB_NOT_BOUND);
	assert_int_equal(ut_stub_read_status("1-9"), UT_STUB_NOT_BOUND);
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		fake(table[i].text, "devices/pci0/usb1/1-2/usbip_status");
		assert_int_equal(ut_stub_read_status("1-2"), table[i].status);
	}
}

static void test_attach(void **state)
{
	fake_device(&stick);
	assert_int_equal(ut_stub_attach("1-2", 7, &err), -ENODEV);
	assert_int_equal(err.code, UT_EXIT_NOT_FOUND);
	fake("2\n", "devices/pci0/usb1/1-2/usbip_status");
	assert_int_equal(ut_stub_attach("1-2", 7, &err), -EBUSY);
	assert_int_equal(err.code, UT_EXIT_BUSY);
	fake("", "devices/pci0/usb1/1-2/usbip_sockfd");
	assert_int_equal(ut_stub_attach("1-2", 7, &err), 0);
	assert_string_equal(fake_read("devices/pci0/usb1/1-2/usbip_sockfd"),
			    "7");
}

static void test_vudc(void **state)
{
	static const unsigned char desc[18] = {
		18, 1, 0x00, 0x02, 0xef, 0x02, 0x01, 64, 0x6b, 0x1d, 0x04, 0x01,
		0x15, 0x05, 1, 2, 3, 1,
	};
	struct ut_usb_device d, *devs;
	size_t n;

	fake("1\n", "devices/platform/usbip-vudc.0/usbip_status");
	fake("", "devices/platform/usbip-vudc.0/usbip_sockfd");
	fake("high-speed\n",
	     "devices/platform/usbip-vudc.0/udc/usbip-vudc.0/current_speed");
	/* No descriptor: no gadget is bound to it. */
	assert_int_equal(ut_usb_get("usbip-vudc.0", &d, &err), -ENOENT);
	fake_bytes(desc, sizeof(desc), "devices/platform/usbip-vudc.0/dev_desc");
	assert_int_equal(ut_usb_get("usbip-vudc.0", &d, &err), 0);
	assert_true(d.vudc);
	assert_string_equal(d.op.busid, "usbip-vudc.0");
	assert_int_equal(d.op.vid, 0x1d6b);
	assert_int_equal(d.op.pid, 0x0104);
	assert_int_equal(d.op.bcd, 0x0515);
	assert_int_equal(d.op.dev_class, 0xef);
	assert_int_equal(d.op.nconf, 1);
	assert_int_equal(d.op.speed, 3);
	assert_int_equal(d.status, UT_STUB_AVAILABLE);
	assert_int_equal(ut_usb_list(UT_USB_EXPORTED, &devs, &n, &err), 0);
	assert_int_equal(n, 1);
	free(devs);
	assert_int_equal(ut_stub_bind("usbip-vudc.0", &err), -EINVAL);
	assert_int_equal(ut_stub_attach("usbip-vudc.0", 9, &err), 0);
	assert_string_equal(fake_read("devices/platform/usbip-vudc.0/usbip_sockfd"),
			    "9");
	fake_bytes(desc, 5, "devices/platform/usbip-vudc.0/dev_desc");
	assert_int_equal(ut_usb_get("usbip-vudc.0", &d, &err), -EINVAL);
}

/* With this in "devnum" nobody can have the stick, and no list shows it. */
static void not_to_be_had(const char *devnum, int error)
{
	struct fake_dev d = stick;
	struct ut_usb_device dev, *devs;
	size_t n;

	d.devnum = devnum;
	fake_device(&d);
	assert_int_equal(ut_usb_get("1-2", &dev, &err), error);
	assert_int_equal(ut_usb_list(UT_USB_ALL, &devs, &n, &err), 0);
	assert_int_equal(n, 0);
	free(devs);
}

/* A device that goes away while it is being read has no number any more. */
static void test_vanishing(void **state)
{
	not_to_be_had("", -ENOENT);
}

/* A device that is being reset has the number 0: it exists but is not free. */
static void test_resetting(void **state)
{
	not_to_be_had("0\n", -EBUSY);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_descriptor), T(test_hostile_strings),
		T(test_huge_attribute), T(test_busid_syntax), T(test_missing),
		T(test_filters), T(test_imported_is_not_waited_for),
		T(test_reset_is_not_waited_for),
		T(test_no_usb_at_all), T(test_bind),
		T(test_bind_undone), T(test_unbind),
		T(test_status), T(test_attach), T(test_vudc), T(test_vanishing),
		T(test_resetting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
