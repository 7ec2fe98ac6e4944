// SPDX-License-Identifier: GPL-2.0
/* A dock and the client of Avahi, which is a fake. */
#include <stdlib.h>

#include "lib/unit.h"
#include "avahi_fixture.h"

static int setup(void **state)
{
	prepare(true, false, "desk");
	return 0;
}

static int teardown(void **state)
{
	return close_all();
}

/* --- the client --- */

static void test_nothing_before_start(void **state)
{
	avahi.config.browse = true;
	assert_int_equal(ut_avahi_connect(&avahi, NULL, 0), 0);
	assert_int_equal(fake.groups, 0);
	assert_int_equal(fake.browsers, 0);
	ut_avahi_start(&avahi);
	assert_int_equal(fake.groups, 1);
	assert_int_equal(fake.browsers, 1);
	/* Said once more, nothing is done twice. */
	fake_state(AVAHI_CLIENT_S_RUNNING);
	assert_int_equal(fake.groups, 1);
	assert_int_equal(fake.added, 1);
	assert_int_equal(fake.browsers, 1);
}

static void test_no_daemon(void **state)
{
	fake.first_state = AVAHI_CLIENT_CONNECTING;
	run();
	assert_int_equal(told[UT_DNS_SD_WAITING], 1);
	assert_int_equal(avahi.error, 0);
	assert_int_equal(fake.groups, 0);
	fake_state(AVAHI_CLIENT_S_RUNNING);
	assert_int_equal(fake.added, 1);
	fake.error = AVAHI_ERR_DISCONNECTED;
	fake_state(AVAHI_CLIENT_FAILURE);
	assert_int_equal(avahi.error, AVAHI_ERR_DISCONNECTED);
}

static void test_no_bus(void **state)
{
	fake.client_error = AVAHI_ERR_DBUS_ERROR;
	assert_int_equal(ut_avahi_connect(&avahi, NULL, 0),
			 AVAHI_ERR_DBUS_ERROR);
}

/* --- publishing --- */

static void test_entry(void **state)
{
	run();
	assert_string_equal(fake.entry,
			    "desk _usbip-tls._tcp 3240 txtvers=1 proto=1");
	assert_true(fake.committed);
	assert_int_equal(told[UT_DNS_SD_PUBLISHED], 0);
	fake_group(AVAHI_ENTRY_GROUP_REGISTERING);
	fake_group(AVAHI_ENTRY_GROUP_ESTABLISHED);
	assert_int_equal(told[UT_DNS_SD_PUBLISHED], 1);
	assert_string_equal(last.name, "desk");
}

static void test_another_has_the_name(void **state)
{
	run();
	fake_group(AVAHI_ENTRY_GROUP_COLLISION);
	assert_int_equal(fake.resets, 1);
	assert_int_equal(strncmp(fake.entry, "desk #2 ", 8), 0);
	assert_true(fake.committed);
	fake_group(AVAHI_ENTRY_GROUP_ESTABLISHED);
	assert_string_equal(last.name, "desk #2");
}

static void test_name_taken_here(void **state)
{
	fake.add_errors = 2;
	run();
	assert_int_equal(strncmp(fake.entry, "desk #3 ", 8), 0);
	assert_true(fake.committed);
}

/* Somebody objects to each name. */
static void test_collisions_end(void **state)
{
	unsigned int i;

	run();
	for (i = 0; i < UT_AVAHI_MAX_RENAMES; i++) {
		assert_int_equal(avahi.error, 0);
		fake_group(AVAHI_ENTRY_GROUP_COLLISION);
	}
	assert_int_equal(avahi.error, 0);
	fake_group(AVAHI_ENTRY_GROUP_COLLISION);
	assert_int_equal(avahi.error, AVAHI_ERR_COLLISION);
	assert_int_equal(close_all(), 0);

	setup(NULL);
	fake.add_errors = 1000;
	run();
	assert_int_equal(avahi.error, AVAHI_ERR_COLLISION);
}

/* 63 bytes, the last of them half a letter's: the fake looks at the length. */
static void test_longest_name(void **state)
{
	char name[64];
	unsigned int i;

	memset(name, 'x', 63);
	memcpy(name + 61, "\xc3\xa4", 3);
	prepare(true, false, name);
	run();
	assert_int_equal(strncmp(fake.entry, name, 63), 0);
	for (i = 0; i < UT_AVAHI_MAX_RENAMES; i++)
		fake_group(AVAHI_ENTRY_GROUP_COLLISION);
	assert_int_equal(avahi.error, 0);
	assert_non_null(strstr(avahi.name, " #17"));
}

static void test_host_name_changes(void **state)
{
	run();
	fake_state(AVAHI_CLIENT_S_COLLISION);
	assert_int_equal(fake.added, 0);
	fake_state(AVAHI_CLIENT_S_REGISTERING);
	fake_state(AVAHI_CLIENT_S_RUNNING);
	assert_int_equal(fake.added, 1);
	assert_true(fake.committed);
	assert_int_equal(fake.groups, 1);
}

static void test_group_fails(void **state)
{
	run();
	fake.error = AVAHI_ERR_NOT_PERMITTED;
	fake_group(AVAHI_ENTRY_GROUP_FAILURE);
	assert_int_equal(avahi.error, AVAHI_ERR_NOT_PERMITTED);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_before_start),
		TEST(test_no_daemon),
		TEST(test_no_bus),
		TEST(test_entry),
		TEST(test_another_has_the_name),
		TEST(test_name_taken_here),
		TEST(test_collisions_end),
		TEST(test_longest_name),
		TEST(test_host_name_changes),
		TEST(test_group_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
