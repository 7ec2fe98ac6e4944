// SPDX-License-Identifier: GPL-2.0
/* USB/IP operations: formats, limits, and strings without an end. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/unit.h"
#include "proto/op.h"

static const struct ut_op_device stick = {
	.path = "/sys/devices/pci0000:00/0000:00:03.0/usb2/2-1",
	.busid = "2-1", .busnum = 2, .devnum = 5, .speed = 5,
	.vid = 0x46f4, .pid = 0x0001, .bcd = 0x0100,
	.dev_class = 0xa0, .dev_sub = 0xa1, .dev_proto = 0xa2,
	.config_value = 1, .nconf = 2, .nif = 2,
	.interfaces = { { 8, 6, 80 }, { 3, 1, 2 } },
	.manufacturer = "QEMU", .product = "QEMU USB HARDDRIVE",
	.serial = "MARKER-1",
};

static void test_header(void **state)
{
	static const uint8_t raw[] = { 1, 0x11, 0x80, 3, 0, 0, 0, 4 };
	uint8_t out[UT_OP_HDR_SIZE];
	struct ut_op_header h;

	ut_op_encode_header(out, UT_OP_REQ_IMPORT, UT_OP_ST_NODEV);
	assert_memory_equal(out, raw, sizeof(raw));
	assert_int_equal(ut_op_decode_header(raw, &h), 0);
	assert_int_equal(h.code, UT_OP_REQ_IMPORT);
	assert_int_equal(h.status, UT_OP_ST_NODEV);
	out[1] = 0x10;
	assert_int_equal(ut_op_decode_header(out, &h), -EPROTO);
	assert_int_equal(h.version, 0x0110);
}

static void test_device_layout(void **state)
{
	uint8_t raw[UT_OP_DEVICE_SIZE];

	memset(raw, 0x5a, sizeof(raw));
	ut_op_encode_device(raw, &stick);
	assert_string_equal((char *)raw, stick.path);
	assert_string_equal((char *)raw + 256, "2-1");
	assert_int_equal(raw[287], 0);
	assert_memory_equal(raw + 288, "\0\0\0\2\0\0\0\5\0\0\0\5", 12);
	assert_memory_equal(raw + 300, "\x46\xf4\0\1\1\0", 6);
	assert_memory_equal(raw + 306, "\xa0\xa1\xa2\1\2\2", 6);
	/* The strings, where stock peers do not look. */
	assert_memory_equal(raw + strlen(stick.path) + 1,
			    "manufacturer=QEMU\0product=QEMU USB HARDDRIVE\0"
			    "serial=MARKER-1\0\0", 62);
}

static void test_device_round_trip(void **state)
{
	uint8_t raw[UT_OP_DEVICE_SIZE];
	uint8_t ifs[2 * UT_OP_IF_SIZE];
	struct ut_op_device dev;

	ut_op_encode_device(raw, &stick);
	memset(&dev, 0x5a, sizeof(dev));
	assert_int_equal(ut_op_decode_device(raw, &dev), 0);
	assert_int_equal(dev.interfaces[0][0], 0);
	assert_int_equal(ut_op_interfaces_size(&dev), sizeof(ifs));
	ut_op_encode_interfaces(ifs, &stick);
	assert_memory_equal(ifs, "\x08\x06\x50\0\x03\x01\x02\0", 8);
	ut_op_decode_interfaces(ifs, &dev);
	assert_memory_equal(&dev, &stick, sizeof(dev));
}

/* The longest of everything: a string that does not fit is left out. */
static void test_strings_do_not_fit(void **state)
{
	uint8_t raw[UT_OP_DEVICE_SIZE];
	struct ut_op_device in = stick, dev;

	memset(in.manufacturer, 'm', sizeof(in.manufacturer) - 1);
	memset(in.product, 'p', sizeof(in.product) - 1);
	ut_op_encode_device(raw, &in);
	assert_int_equal(ut_op_decode_device(raw, &dev), 0);
	assert_string_equal(dev.path, in.path);
	assert_string_equal(dev.manufacturer, in.manufacturer);
	assert_string_equal(dev.product, "");
	assert_string_equal(dev.serial, in.serial);

	memset(in.path, '/', sizeof(in.path) - 1);
	ut_op_encode_device(raw, &in);
	assert_int_equal(ut_op_decode_device(raw, &dev), 0);
	assert_string_equal(dev.path, in.path);
	assert_string_equal(dev.manufacturer, "");
	assert_string_equal(dev.serial, "");

	/* Up to the last byte: 256 = path, NUL, "serial=", 8, NUL. */
	in = stick;
	in.manufacturer[0] = in.product[0] = '\0';
	memset(in.path, '/', 256 - 1 - 7 - 8 - 1);
	ut_op_encode_device(raw, &in);
	assert_int_equal(ut_op_decode_device(raw, &dev), 0);
	assert_string_equal(dev.serial, in.serial);
	in.path[256 - 1 - 7 - 8 - 1] = '/';
	ut_op_encode_device(raw, &in);
	assert_int_equal(ut_op_decode_device(raw, &dev), 0);
	assert_string_equal(dev.serial, "");
}

static void test_foreign_paths(void **state)
{
	uint8_t raw[UT_OP_DEVICE_SIZE];
	struct ut_op_device dev;

	/* RemoteHub */
	ut_op_encode_device(raw, &stick);
	memset(raw, 0, UT_OP_PATH_SIZE);
	memcpy(raw, "Logitech - Mouse", 16);
	assert_int_equal(ut_op_decode_device(raw, &dev), 0);
	assert_string_equal(dev.product, "Logitech - Mouse");
	assert_string_equal(dev.serial, "");

	/* No NUL anywhere. */
	memset(raw, 'x', UT_OP_PATH_SIZE);
	assert_int_equal(ut_op_decode_device(raw, &dev), 0);
	assert_int_equal(strlen(dev.path), UT_OP_PATH_SIZE - 1);
	assert_int_equal(strlen(dev.product), UT_OP_TEXT_SIZE - 1);

	/* A string that runs into the bus id, one with an unknown key, and two. */
	memset(raw, 's', UT_OP_PATH_SIZE);
	memcpy(raw, "/sys/x\0color=red\0serial=1\0serial=2\0product=", 43);
	assert_int_equal(ut_op_decode_device(raw, &dev), 0);
	assert_string_equal(dev.path, "/sys/x");
	assert_string_equal(dev.serial, "1");
	assert_string_equal(dev.product, "");

	/* An empty path ends nothing and names nothing. */
	memset(raw, 0, UT_OP_PATH_SIZE);
	assert_int_equal(ut_op_decode_device(raw, &dev), 0);
	assert_string_equal(dev.path, "");
	assert_string_equal(dev.product, "");
}

static void test_bad_records(void **state)
{
	uint8_t raw[UT_OP_DEVICE_SIZE];
	struct ut_op_device dev;

	ut_op_encode_device(raw, &stick);
	raw[311] = UT_OP_MAX_INTERFACES;
	assert_int_equal(ut_op_decode_device(raw, &dev), 0);
	raw[311] = UT_OP_MAX_INTERFACES + 1;
	assert_int_equal(ut_op_decode_device(raw, &dev), -EPROTO);
	raw[311] = 255;
	assert_int_equal(ut_op_decode_device(raw, &dev), -EPROTO);
	raw[311] = 1;
	memset(raw + 256, '1', UT_OP_BUSID_SIZE);
	assert_int_equal(ut_op_decode_device(raw, &dev), -EPROTO);
}

static void test_busid(void **state)
{
	static const char *const good[] = {
		"1-1", "1-1.4.2", "usbip-vudc.0", "abcdefghijklmnopqrstuvwxyz-12345",
		"0000:00:14.0",
	};
	static const char *const bad[] = {
		"", ".", "../../etc", "1-1/..", "1-1 ", "1-1\n", "\xff", "a\\b",
	};
	uint8_t req[UT_OP_IMPORT_REQ_SIZE];
	char busid[UT_OP_BUSID_SIZE];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		bool fits = strlen(good[i]) < UT_OP_BUSID_SIZE;

		assert_int_equal(ut_op_encode_import_request(req, good[i], 1),
				 fits ? 0 : -EINVAL);
		if (!fits)
			continue;
		assert_int_equal(ut_op_decode_busid(req + UT_OP_HDR_SIZE,
						    busid), 0);
		assert_string_equal(busid, good[i]);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint8_t raw[UT_OP_BUSID_SIZE] = { 0 };

		assert_int_equal(ut_op_encode_import_request(req, bad[i], 0),
				 -EINVAL);
		memcpy(raw, bad[i], strlen(bad[i]));
		assert_int_equal(ut_op_decode_busid(raw, busid), -EPROTO);
	}
}

static void test_count(void **state)
{
	static const struct {
		uint32_t n;
		int ret;
	} table[] = {
		{ 0, 0 }, { 1, 0 }, { UT_OP_MAX_DEVICES, 0 },
		{ UT_OP_MAX_DEVICES + 1, -EPROTO }, { 0x7fffffff, -EPROTO },
		{ 0x80000000, -EPROTO }, { 0xffffffff, -EPROTO },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint8_t raw[UT_OP_COUNT_SIZE];
		uint32_t n;

		ut_op_put32(raw, table[i].n);
		assert_int_equal(ut_op_decode_count(raw, &n), table[i].ret);
		assert_int_equal(n, table[i].n);
	}
}

static void test_name(void **state)
{
	struct ut_op_device dev = { .busid = "1-1" };
	char name[UT_OP_NAME_SIZE];

	ut_op_name(&dev, name);
	assert_string_equal(name, "");
	strcpy(dev.product, "Keyboard");
	ut_op_name(&dev, name);
	assert_string_equal(name, "Keyboard");
	strcpy(dev.manufacturer, "Acme");
	ut_op_name(&dev, name);
	assert_string_equal(name, "Acme Keyboard");
	dev.product[0] = '\0';
	ut_op_name(&dev, name);
	assert_string_equal(name, "Acme");
	/* Texts without an end fill the name, and no more. */
	memset(dev.manufacturer, 'm', sizeof(dev.manufacturer));
	memset(dev.product, 'p', sizeof(dev.product));
	ut_op_name(&dev, name);
	assert_int_equal(strlen(name), sizeof(name) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_device_layout),
		cmocka_unit_test(test_device_round_trip),
		cmocka_unit_test(test_strings_do_not_fit),
		cmocka_unit_test(test_foreign_paths),
		cmocka_unit_test(test_bad_records),
		cmocka_unit_test(test_busid),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_name),
	};

	return cmocka_run_group_tests_name("operations", tests, NULL, NULL);
}
