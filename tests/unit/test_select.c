// SPDX-License-Identifier: GPL-2.0
/* Which device a user means: by bus id, vid:pid, serial number, name, part. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "usb/select.h"

static struct ut_err err;

static const struct ut_op_device devs[] = {
	{ .busid = "1-1", .vid = 0x0781, .pid = 0x5567,
	  .manufacturer = "SanDisk", .product = "Cruzer Blade",
	  .serial = "AAA" },
	{ .busid = "1-2", .vid = 0x0781, .pid = 0x5567,
	  .manufacturer = "SanDisk", .product = "Cruzer Blade",
	  .serial = "BBB" },
	{ .busid = "1-10", .vid = 0x046d, .pid = 0xc31c,
	  .manufacturer = "Logitech", .product = "USB Keyboard",
	  .serial = "1-2" },
	{ .busid = "2-1", .vid = 0x1d6b, .pid = 0x0104 },
	{ .busid = "2-2", .vid = 0x0002, .pid = 0x0003,
	  .product = "Cruzer" },
};

static int pick(const char *what, size_t *index)
{
	*index = 99;
	ut_err_clear(&err);
	return ut_select(devs, sizeof(devs) / sizeof(devs[0]), what, "dock1",
			 index, &err);
}

static void finds(const char *what, size_t want)
{
	size_t index;

	if (pick(what, &index))
		fail_msg("\"%s\": %s", what, err.msg);
	assert_int_equal(index, want);
}

static void test_unique(void **state)
{
	finds("1-1", 0);
	finds("1-10", 2);
	finds("046d:c31c", 2);
	finds("046D:C31C", 2);
	finds("BBB", 1);
	finds("USB Keyboard", 2);
	finds("logitech usb keyboard", 2);
	finds("keyb", 2);
	finds("1d6b:0104", 3);
}

/* A bus id takes precedence over a serial number that looks like one. */
static void test_order(void **state)
{
	finds("1-2", 1);
	/* An exact name takes precedence over a part of others. */
	finds("cruzer", 4);
}

static void test_ambiguous(void **state)
{
	size_t index;

	assert_int_equal(pick("0781:5567", &index), -ENOTUNIQ);
	assert_int_equal(err.code, UT_EXIT_AMBIGUOUS);
	assert_non_null(strstr(err.msg, "2 devices on dock1"));
	assert_non_null(strstr(err.msg, "1-1 (0781:5567 SanDisk Cruzer Blade)"));
	assert_non_null(strstr(err.msg, "1-2 (0781:5567 SanDisk Cruzer Blade)"));
	assert_null(strstr(err.msg, "1-10"));
	assert_true(err.hint[0]);
	assert_int_equal(pick("Cruzer Blade", &index), -ENOTUNIQ);
	assert_int_equal(pick("cruz", &index), -ENOTUNIQ);
	assert_non_null(strstr(err.msg, "3 devices"));
}

static void test_none(void **state)
{
	static const char *const none[] = {
		"", "1-3", "aaa", "ffff:ffff", "0781", "printer",
	};
	size_t i, index;

	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		/* "0781" is not a name, and half a vid:pid is not one. */
		assert_int_equal(pick(none[i], &index), -ENOENT);
		assert_int_equal(err.code, UT_EXIT_NOT_FOUND);
	}
	assert_int_equal(ut_select(NULL, 0, "1-1", "dock1", &index, &err),
			 -ENOENT);
}

/* A device without strings has no name that a part could match. */
static void test_nameless(void **state)
{
	size_t index;

	assert_int_equal(ut_select(&devs[3], 1, " ", "dock1", &index, &err),
			 -ENOENT);
}

static void test_many_candidates(void **state)
{
	static struct ut_op_device many[100];
	size_t i, index;

	for (i = 0; i < 100; i++) {
		snprintf(many[i].busid, sizeof(many[i].busid), "1-%zu", i + 1);
		memset(many[i].product, 'x', sizeof(many[i].product) - 1);
	}
	assert_int_equal(ut_select(many, 100, "xx", "dock1", &index, &err),
			 -ENOTUNIQ);
	assert_non_null(strstr(err.msg, "100 devices"));
	assert_non_null(strstr(err.msg, ", ..."));
}

static void test_clean(void **state)
{
	struct ut_op_device d = { .busid = "1-1" };
	char text[300];

	memset(d.product, 'A', sizeof(d.product));
	strcpy(d.serial, "x\033[31m\n");
	strcpy(d.manufacturer, "M\xc3\xbcller");
	ut_op_clean(&d);
	assert_int_equal(strlen(d.product), sizeof(d.product) - 1);
	assert_string_equal(d.serial, "x?[31m?");
	assert_string_equal(d.manufacturer, "M\xc3\xbcller");
	ut_op_text(&d, text, sizeof(text));
	assert_int_equal(strncmp(text, "0000:0000 M", 11), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unique), cmocka_unit_test(test_order),
		cmocka_unit_test(test_ambiguous), cmocka_unit_test(test_none),
		cmocka_unit_test(test_nameless),
		cmocka_unit_test(test_many_candidates),
		cmocka_unit_test(test_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
