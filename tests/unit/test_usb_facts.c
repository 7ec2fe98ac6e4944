// SPDX-License-Identifier: GPL-2.0
/* Interface classes from descriptors, and what the policy learns about a device. */
#include <errno.h>

#include "lib/fake_sysfs.h"
#include "lib/unit.h"
#include "usb/record.h"

#define DEVICE(configs) 18, 1, 0, 2, 0, 0, 0, 64, 0, 0, 0, 0, 0, 1, 1, 2, 3, \
			configs
#define CONFIG_(value, interfaces) 9, 2, 0, 0, interfaces, value, 0, 0x80, 50
#define CONFIG(interfaces) CONFIG_(1, interfaces)
#define INTERFACE(number, alt, class) 9, 4, number, alt, 0, class, 1, 2, 0
#define ENDPOINT 7, 5, 0x81, 2, 0, 2, 0
#define HID_DESCR 9, 0x21, 0x11, 1, 0, 1, 0x22, 63, 0

static struct ut_op_device op;
static struct ut_usb_classes classes;

static void parse(const uint8_t *d, size_t len)
{
	memset(&op, 0, sizeof(op));
	memset(&classes, 0x5a, sizeof(classes));
	ut_descr_parse(d, len, &op, &classes);
}

static bool seen(unsigned int class)
{
	return classes.seen[class / 8] & 1 << class % 8;
}

/* A webcam with two settings, a keyboard, and a second face. */
static const uint8_t camera[] = {
	DEVICE(2),
	CONFIG(2), INTERFACE(0, 0, 0x0e), ENDPOINT, INTERFACE(0, 1, 0x01),
	INTERFACE(1, 0, 0x03), HID_DESCR, ENDPOINT,
	CONFIG_(2, 1), INTERFACE(0, 0, 0x08), ENDPOINT, ENDPOINT,
};

static void test_all_classes(void **state)
{
	unsigned int class, n = 0;

	parse(camera, sizeof(camera));
	assert_true(classes.complete);
	for (class = 0; class < 256; class++)
		n += seen(class);
	assert_int_equal(n, 4);
	assert_true(seen(0x0e) && seen(0x01) && seen(0x03) && seen(0x08));
	/* Not configured: the classes of its first configuration. */
	assert_int_equal(op.nif, 2);
	assert_int_equal(op.interfaces[0][0], 0x0e);
	assert_int_equal(op.interfaces[1][0], 0x03);
	assert_int_equal(op.interfaces[1][1], 1);
	assert_int_equal(op.interfaces[1][2], 2);
}

/* A list of devices names all classes that a tablet may find. */
static void test_record(void **state)
{
	struct ut_usb_device dev;
	struct ut_op_device record;

	parse(camera, sizeof(camera));
	memset(&dev, 0, sizeof(dev));
	dev.op = op;
	dev.classes = classes;
	ut_usb_record(&dev, &record);
	assert_int_equal(record.nif, 4);
	assert_memory_equal(record.interfaces, op.interfaces, 6);
	assert_int_equal(record.interfaces[2][0], 0x01);
	assert_int_equal(record.interfaces[3][0], 0x08);
	assert_int_equal(record.interfaces[3][1] | record.interfaces[3][2], 0);
	/* As many as there may be. */
	memset(&dev.classes, 0xff, sizeof(dev.classes));
	ut_usb_record(&dev, &record);
	assert_int_equal(record.nif, UT_OP_MAX_INTERFACES);
}

static void test_configured(void **state)
{
	memset(&op, 0, sizeof(op));
	op.config_value = 2;
	ut_descr_parse(camera, sizeof(camera), &op, &classes);
	assert_true(classes.complete);
	assert_true(seen(0x03));
	assert_int_equal(op.nif, 1);
	assert_int_equal(op.interfaces[0][0], 0x08);
	/* One that does not exist. */
	op.config_value = 3;
	op.interfaces[0][0] = 0x0a;
	ut_descr_parse(camera, sizeof(camera), &op, &classes);
	assert_int_equal(op.nif, 1);
	assert_int_equal(op.interfaces[0][0], 0x0a);
}

/* Cut off anywhere, it is incomplete, and nothing after the end is read. */
static void test_cut_off(void **state)
{
	uint8_t *copy;
	size_t len;

	for (len = 0; len < sizeof(camera); len++) {
		copy = malloc(len ? len : 1);
		assert_non_null(copy);
		memcpy(copy, camera, len);
		parse(copy, len);
		free(copy);
		/* The last configuration may be without its endpoints. */
		if (len != sizeof(camera) - 7 && len != sizeof(camera) - 14)
			assert_false(classes.complete);
		assert_true(op.nif <= 2);
	}
}

static void test_hostile(void **state)
{
	static const uint8_t zero[] = { DEVICE(1), CONFIG(1), 0, 4, 0, 0 };
	static const uint8_t one[] = { DEVICE(1), CONFIG(1), 1, 4, 0, 0 };
	static const uint8_t small[] = { DEVICE(1), CONFIG(1), 8, 4, 0, 0, 0,
					 3, 1, 2 };
	static const uint8_t wide[] = { DEVICE(1), CONFIG(1), 255, 4, 0, 0 };
	static const uint8_t less[] = { DEVICE(2), CONFIG(1),
					INTERFACE(0, 0, 3) };
	static const uint8_t none[] = { DEVICE(1), CONFIG(0) };
	static const uint8_t other[] = { 18, 2, 0, 2, 0, 0, 0, 64, 0, 0, 0, 0,
					 0, 1, 1, 2, 3, 1, CONFIG(1),
					 INTERFACE(0, 0, 3) };
	static const struct {
		const uint8_t *d;
		size_t len;
	} rows[] = {
		{ zero, sizeof(zero) }, { one, sizeof(one) },
		{ small, sizeof(small) }, { wide, sizeof(wide) },
		{ less, sizeof(less) }, { none, sizeof(none) },
		{ other, sizeof(other) },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		parse(rows[i].d, rows[i].len);
		if (classes.complete)
			fail_msg("row %zu is taken for complete", i);
	}
}

static void test_many_interfaces(void **state)
{
	uint8_t d[18 + 9 + 9 * 40] = { DEVICE(1), CONFIG(40) };
	static const uint8_t one[] = { INTERFACE(0, 0, 0xff) };
	size_t i;

	for (i = 0; i < 40; i++)
		memcpy(d + 27 + 9 * i, one, sizeof(one));
	d[27 + 9 * 39 + 5] = 0x08;
	parse(d, sizeof(d));
	assert_true(classes.complete);
	assert_true(seen(0x08));
	assert_int_equal(op.nif, UT_OP_MAX_INTERFACES);
}

/* --- by sysfs --- */

static const struct fake_dev stick = {
	.parent = "devices/pci0/usb1", .busid = "1-2", .driver = "usbip-host",
	.vid = "0781\n", .pid = "5567\n", .class = "00\n", .speed = "480\n",
	.manufacturer = "SanDisk\n", .product = "Cruzer\n", .serial = "4C53\n",
};

static void facts_of(const char *busid, struct ut_facts *f)
{
	struct ut_usb_device dev;
	struct ut_err err;

	if (ut_usb_get(busid, &dev, &err))
		fail_msg("%s", err.msg);
	ut_usb_facts(&dev, f);
}

/* usbip-host removes the configuration; the interfaces are still known. */
static void test_shared_device(void **state)
{
	struct ut_usb_device dev;
	struct ut_facts f;

	fake_device(&stick);
	fake_gone("devices/pci0/usb1/1-2/1-2:1.0/bInterfaceClass");
	fake_gone("devices/pci0/usb1/1-2/1-2:1.0/bInterfaceSubClass");
	fake_gone("devices/pci0/usb1/1-2/1-2:1.0/bInterfaceProtocol");
	fake_gone("devices/pci0/usb1/1-2/1-2:1.0");
	assert_int_equal(ut_usb_get("1-2", &dev, NULL), 0);
	assert_int_equal(dev.op.config_value, 0);
	assert_int_equal(dev.op.nif, 1);
	assert_int_equal(dev.op.interfaces[0][0], 0x08);
	facts_of("1-2", &f);
	assert_string_equal(f.busid, "1-2");
	assert_string_equal(f.name, "SanDisk Cruzer");
	assert_true(f.classes_known);
	assert_true(ut_facts_has_class(&f, 0x08));
	assert_true(ut_facts_has_class(&f, 0x00));
	assert_false(ut_facts_has_class(&f, 0x03));
	assert_false(f.protected);
}

/* The active configuration is harmless, the other one is a keyboard. */
static void test_second_face(void **state)
{
	static const uint8_t d[] = {
		DEVICE(2), CONFIG(1), INTERFACE(0, 0, 0x08),
		CONFIG(1), INTERFACE(0, 0, 0x03),
	};
	struct ut_facts f;

	fake_device(&stick);
	fake_bytes(d, sizeof(d), "devices/pci0/usb1/1-2/descriptors");
	facts_of("1-2", &f);
	assert_true(f.classes_known);
	assert_true(ut_facts_has_class(&f, 0x03));
}

static void test_no_descriptors(void **state)
{
	static char huge[UT_DESCR_MAX + 2];
	struct ut_facts f;

	fake_device(&stick);
	fake("", "devices/pci0/usb1/1-2/descriptors");
	facts_of("1-2", &f);
	assert_false(f.classes_known);
	assert_true(ut_facts_has_class(&f, 0x08));
	fake_bytes(huge, sizeof(huge), "devices/pci0/usb1/1-2/descriptors");
	facts_of("1-2", &f);
	assert_false(f.classes_known);
}

static void test_never_shared(void **state)
{
	struct fake_dev hub = stick, imported = stick;
	struct ut_facts f;

	hub.class = "09\n";
	fake_device(&hub);
	facts_of("1-2", &f);
	assert_true(f.protected);
	assert_non_null(strstr(f.why, "hub"));
	imported.parent = "devices/platform/vhci_hcd.0/usb3";
	imported.busid = "3-1";
	fake_device(&imported);
	facts_of("3-1", &f);
	assert_true(f.protected);
	assert_non_null(strstr(f.why, "another machine"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_classes),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_configured),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_many_interfaces),
		T(test_shared_device),
		T(test_second_face),
		T(test_no_descriptors),
		T(test_never_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
