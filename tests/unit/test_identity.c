// SPDX-License-Identifier: GPL-2.0
/* The descriptors that a dock delivers, compared with what it announced. */
#include <stdlib.h>

#include "lib/unit.h"
#include "wire/usbip_identity.h"

#define V(x)	USBIP_TLS_VIOLATION_##x
#define DEVICE	USBIP_DESC_DEVICE
#define CONFIG	USBIP_DESC_CONFIG
#define OTHER	USBIP_DESC_OTHER_SPEED
#define HID	3
#define STORAGE	8

static const uint8_t device_desc[18] = {
	18, 1, 0x00, 0x02, 0, 0, 0, 64, 0x81, 0x07, 0x67, 0x55, 0x26, 0x01,
	1, 2, 3, 1,
};

static struct usbip_identity id;

/* 0781:5567 release 0126 with a storage interface; @classes: that is known. */
static void announce(bool classes)
{
	struct usbip_announced a = {
		.vendor = 0x0781, .product = 0x5567, .release = 0x0126,
		.classes_known = classes,
	};

	if (classes)
		a.classes[STORAGE / 8] = 1 << STORAGE % 8;
	usbip_identity_init(&id, &a);
}

/* So that ASan sees a byte too many. */
static uint32_t answer(uint8_t type, const uint8_t *d, uint32_t len)
{
	uint8_t *copy = malloc(len + !len);
	uint32_t v;

	assert_non_null(copy);
	memcpy(copy, d, len);
	v = usbip_identity_answer(&id, type, copy, len);
	free(copy);
	return v;
}

/* A configuration: one interface of each class, each with an endpoint. */
static uint32_t config(uint8_t *d, uint8_t value, const uint8_t *classes,
		       uint8_t n)
{
	uint32_t len = 9;
	uint8_t i;

	for (i = 0; i < n; i++, len += 16) {
		const uint8_t one[16] = {
			9, 4, i, 0, 1, classes[i], 6, 0x50, 0,
			7, 5, 0x81 + i, 2, 0, 2, 0,
		};

		memcpy(d + len, one, sizeof(one));
	}
	memcpy(d, (const uint8_t[]){ 9, 2, len, 0, n, value, 0, 0x80, 50 }, 9);
	return len;
}

static uint32_t configured(uint8_t value)
{
	const uint8_t setup[8] = { 0, 9, value };

	return usbip_identity_request(&id, setup);
}

static void test_wants(void **state)
{
	uint8_t setup[8] = { 0x80, 6, 0, DEVICE, 0, 0, 18, 0 };

	assert_int_equal(usbip_identity_wants(setup), DEVICE);
	setup[2] = 7;
	setup[3] = CONFIG;
	assert_int_equal(usbip_identity_wants(setup), CONFIG);
	setup[3] = OTHER;
	assert_int_equal(usbip_identity_wants(setup), OTHER);
	setup[3] = 3;		/* a string */
	assert_int_equal(usbip_identity_wants(setup), 0);
	setup[3] = DEVICE;
	setup[0] = 0x81;	/* of an interface */
	assert_int_equal(usbip_identity_wants(setup), 0);
	setup[0] = 0xc0;	/* of the vendor */
	assert_int_equal(usbip_identity_wants(setup), 0);
	setup[0] = 0x80;
	setup[1] = 8;
	assert_int_equal(usbip_identity_wants(setup), 0);
}

/* Any byte of the ids or the class, in a read of any length that includes it. */
static void test_device(void **state)
{
	static const uint8_t fixed[] = { 4, 5, 6, 8, 9, 10, 11, 12, 13 };
	uint8_t d[18];
	uint32_t len;
	size_t i;

	for (len = 0; len <= 18; len++) {
		announce(true);
		assert_int_equal(answer(DEVICE, device_desc, len), V(NONE));
		for (i = 0; i < sizeof(fixed); i++) {
			announce(true);
			memcpy(d, device_desc, sizeof(d));
			d[fixed[i]] ^= 0x10;
			assert_int_equal(answer(DEVICE, d, len),
					 len > fixed[i] ? V(DEVICE) : V(NONE));
		}
	}
	/* More than exists of it. */
	announce(true);
	assert_int_equal(answer(DEVICE, (const uint8_t[64]){ 18, 1 }, 64),
			 V(DEVICE));
	/* usbcore does not take this for a device descriptor. */
	assert_int_equal(answer(DEVICE, (const uint8_t[18]){ 18, 2 }, 18),
			 V(NONE));
}

/* Short reads first, as usbcore does; then every byte stays what it was. */
static void test_device_changes(void **state)
{
	uint8_t d[18];
	uint32_t i;

	announce(true);
	assert_int_equal(answer(DEVICE, device_desc, 8), V(NONE));
	assert_int_equal(answer(DEVICE, device_desc, 18), V(NONE));
	assert_int_equal(answer(DEVICE, device_desc, 9), V(NONE));
	for (i = 2; i < 18; i++) {
		memcpy(d, device_desc, sizeof(d));
		d[i] ^= 1;
		assert_int_not_equal(answer(DEVICE, d, 18), V(NONE));
		assert_int_equal(answer(DEVICE, d, i), V(NONE));
	}
	d[17] = 2;
	assert_int_equal(answer(DEVICE, d, 18), V(CHANGED));
	assert_int_equal(answer(DEVICE, device_desc, 18), V(NONE));
}

static void test_interfaces(void **state)
{
	static const uint8_t good[] = { STORAGE, STORAGE };
	static const uint8_t bad[] = { STORAGE, HID };
	uint8_t d[64];
	uint32_t len, i;

	announce(true);
	answer(DEVICE, device_desc, 18);
	len = config(d, 1, good, 2);
	for (i = 0; i <= len; i++)
		assert_int_equal(answer(CONFIG, d, i), V(NONE));
	len = config(d, 1, bad, 2);
	/* From the length at which the whole interface descriptor has arrived. */
	for (i = 0; i <= len; i++)
		assert_int_equal(answer(CONFIG, d, i),
				 i < 9 + 16 + 9 ? V(NONE) : V(INTERFACE));
	/* Also as an alternate setting, and of the other speed. */
	d[9 + 16 + 2] = 0;
	d[9 + 16 + 3] = 1;
	assert_int_equal(answer(CONFIG, d, len), V(INTERFACE));
	d[1] = OTHER;
	assert_int_equal(answer(OTHER, d, len), V(INTERFACE));
	assert_int_equal(answer(CONFIG, d, len), V(NONE));
}

/* A class of the device may be that of its interfaces: rules ask for either. */
static void test_class_of_the_device(void **state)
{
	const uint8_t hub[] = { 9 };
	struct usbip_announced a = { .class = { 9 }, .classes_known = true };
	uint8_t d[64];

	usbip_identity_init(&id, &a);
	assert_int_equal(answer(CONFIG, d, config(d, 1, hub, 1)), V(NONE));
}

/* What usbcore does not get to see, it need not check. */
static void test_malformed(void **state)
{
	static const uint8_t bad[] = { HID };
	uint8_t d[128];
	uint32_t len;

	announce(true);
	/* After a descriptor of length 0 usbcore reads nothing, */
	len = config(d + 2, 1, bad, 1) + 2;
	memmove(d, d + 2, 9);
	d[9] = 0;
	d[10] = 5;
	assert_int_equal(answer(CONFIG, d, len), V(NONE));
	/* nor after one that is longer than what has arrived. */
	d[9] = 200;
	assert_int_equal(answer(CONFIG, d, len), V(NONE));
	/* But after an unknown one it does, */
	d[9] = 2;
	d[10] = 0xff;
	assert_int_equal(answer(CONFIG, d, len), V(INTERFACE));
	/* and after a configuration descriptor that is longer than usual. */
	len = config(d, 1, bad, 1);
	memmove(d + 12, d + 9, len - 9);
	d[0] = 12;
	assert_int_equal(answer(CONFIG, d, len + 3), V(INTERFACE));
	d[0] = 8;
	assert_int_equal(answer(CONFIG, d, len + 3), V(NONE));
	/* Nothing relies on wTotalLength and bNumInterfaces. */
	len = config(d, 1, bad, 1);
	d[2] = 9;
	d[4] = 0;
	assert_int_equal(answer(CONFIG, d, len), V(INTERFACE));
}

/* Lists describe only the active configuration. */
static void test_several(void **state)
{
	static const uint8_t good[] = { STORAGE };
	static const uint8_t bad[] = { HID };
	uint8_t d[18], c[64];

	announce(true);
	memcpy(d, device_desc, sizeof(d));
	d[17] = 3;
	assert_int_equal(answer(DEVICE, d, 18), V(NONE));
	assert_int_equal(answer(CONFIG, c, config(c, 1, good, 1)), V(NONE));
	assert_int_equal(answer(CONFIG, c, config(c, 2, bad, 1)), V(NONE));
	assert_int_equal(answer(CONFIG, c, config(c, 0, bad, 1)), V(NONE));
	assert_int_equal(configured(1), V(NONE));
	assert_int_equal(configured(2), V(INTERFACE));
	assert_int_equal(configured(0), V(INTERFACE));
	/* A good one with the same number does not help. */
	assert_int_equal(answer(CONFIG, c, config(c, 2, good, 1)), V(NONE));
	assert_int_equal(configured(2), V(INTERFACE));
}

/* Attached by hand, without a list: what came first holds. */
static void test_not_announced(void **state)
{
	static const uint8_t first[] = { STORAGE, 2 };
	static const uint8_t later[] = { STORAGE, HID };
	uint8_t d[64];

	announce(false);
	answer(DEVICE, device_desc, 18);
	assert_int_equal(answer(CONFIG, d, config(d, 1, first, 2)), V(NONE));
	assert_int_equal(configured(1), V(NONE));
	assert_int_equal(answer(CONFIG, d, config(d, 1, first, 2)), V(NONE));
	assert_int_equal(answer(CONFIG, d, config(d, 1, first, 1)), V(NONE));
	assert_int_equal(answer(CONFIG, d, config(d, 1, later, 2)),
			 V(INTERFACE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wants),
		cmocka_unit_test(test_device),
		cmocka_unit_test(test_device_changes),
		cmocka_unit_test(test_interfaces),
		cmocka_unit_test(test_class_of_the_device),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_not_announced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
