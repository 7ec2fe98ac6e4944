// SPDX-License-Identifier: GPL-2.0
/* The device of an import must be the one of the list, or it is refused. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "tablet/attach.h"

static const struct ut_op_device stick = {
	.busid = "1-2", .busnum = 1, .devnum = 5, .speed = 3, .vid = 0x0781,
	.pid = 0x5567, .bcd = 0x0126, .nconf = 1, .nif = 1,
	.interfaces = { { 8, 6, 0x50 } }, .manufacturer = "SanDisk",
	.product = "Cruzer", .serial = "4C53",
};
static struct ut_op_device got;
static struct ut_err err;

static int compare(void)
{
	return ut_same_device("desk", &stick, &got, &err);
}

static void test_same(void **state)
{
	got = stick;
	assert_int_equal(compare(), 0);
	/* It was plugged in again, and an import lists no interfaces. */
	got.devnum = 9;
	got.config_value = 1;
	memset(got.interfaces, 0, sizeof(got.interfaces));
	assert_int_equal(compare(), 0);
	/* A dock may leave the texts out of one of its records. */
	got.serial[0] = got.product[0] = got.manufacturer[0] = '\0';
	assert_int_equal(compare(), 0);
}

static void test_numbers(void **state)
{
	int i;

	for (i = 0; i < 7; i++) {
		got = stick;
		*(i == 0 ? &got.vid : i == 1 ? &got.pid : &got.bcd) += i < 3;
		got.dev_class = i == 3 ? 3 : 0;
		got.dev_sub = i == 4;
		got.dev_proto = i == 5;
		got.speed = i == 6 ? 5 : 3;
		assert_int_equal(compare(), -ENODEV);
		assert_int_equal(err.code, UT_EXIT_PROTOCOL);
	}
}

static void test_texts(void **state)
{
	got = stick;
	strcpy(got.serial, "4C54\n\"");
	assert_int_equal(compare(), -ENODEV);
	assert_string_equal(err.msg,
		"dock desk gives another device as 1-2 than it announced: "
		"0781:5567 release 0126 class 00/00/00 speed 3 serial \"4C54?\"\" instead of "
		"0781:5567 release 0126 class 00/00/00 speed 3 serial \"4C53\"");
	got = stick;
	strcpy(got.product, "Keyboard");
	assert_int_equal(compare(), -ENODEV);
	got = stick;
	strcpy(got.manufacturer, "Somebody");
	assert_int_equal(compare(), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
