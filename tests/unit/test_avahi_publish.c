// SPDX-License-Identifier: GPL-2.0
/* A dock and the client of Avahi, which is a fake. */
#include <stdlib.h>

#include "lib/avahi_bed.h"
#include "lib/unit.h"

static int setup(void **state)
{
	av_prepare(true, false, "desk");
	return 0;
}

static int teardown(void **state)
{
	return av_close_all();
}

/* --- the client --- */

static void test_nothing_before_start(void **state)
{
	av.config.browse = true;
	assert_int_equal(ut_avahi_connect(&av, NULL, 0), 0);
	assert_int_equal(fake_avahi.groups, 0);
	assert_int_equal(fake_avahi.browsers, 0);
	ut_avahi_start(&av);
	assert_int_equal(fake_avahi.groups, 1);
	assert_int_equal(fake_avahi.browsers, 1);
	/* The same call again changes nothing. */
	fake_state(AVAHI_CLIENT_S_RUNNING);
	assert_int_equal(fake_avahi.groups, 1);
	assert_int_equal(fake_avahi.added, 1);
	assert_int_equal(fake_avahi.browsers, 1);
}

static void test_no_daemon(void **state)
{
	fake_avahi.first_state = AVAHI_CLIENT_CONNECTING;
	av_run();
	assert_int_equal(av_told[UT_DNS_SD_WAITING], 1);
	assert_int_equal(av.error, 0);
	assert_int_equal(fake_avahi.groups, 0);
	fake_state(AVAHI_CLIENT_S_RUNNING);
	assert_int_equal(fake_avahi.added, 1);
	fake_avahi.error = AVAHI_ERR_DISCONNECTED;
	fake_state(AVAHI_CLIENT_FAILURE);
	assert_int_equal(av.error, AVAHI_ERR_DISCONNECTED);
}

static void test_no_bus(void **state)
{
	fake_avahi.client_error = AVAHI_ERR_DBUS_ERROR;
	assert_int_equal(ut_avahi_connect(&av, NULL, 0),
			 AVAHI_ERR_DBUS_ERROR);
}

/* --- publishing --- */

static void test_entry(void **state)
{
	av_run();
	assert_string_equal(fake_avahi.entry,
			    "desk _usbip-tls._tcp 3240 txtvers=1 proto=1");
	assert_true(fake_avahi.committed);
	assert_int_equal(av_told[UT_DNS_SD_PUBLISHED], 0);
	fake_group(AVAHI_ENTRY_GROUP_REGISTERING);
	fake_group(AVAHI_ENTRY_GROUP_ESTABLISHED);
	assert_int_equal(av_told[UT_DNS_SD_PUBLISHED], 1);
	assert_string_equal(av_last.name, "desk");
}

static void test_another_has_the_name(void **state)
{
	av_run();
	fake_group(AVAHI_ENTRY_GROUP_COLLISION);
	assert_int_equal(fake_avahi.resets, 1);
	assert_int_equal(strncmp(fake_avahi.entry, "desk #2 ", 8), 0);
	assert_true(fake_avahi.committed);
	fake_group(AVAHI_ENTRY_GROUP_ESTABLISHED);
	assert_string_equal(av_last.name, "desk #2");
}

static void test_name_taken_here(void **state)
{
	fake_avahi.add_errors = 2;
	av_run();
	assert_int_equal(strncmp(fake_avahi.entry, "desk #3 ", 8), 0);
	assert_true(fake_avahi.committed);
}

/* Every name collides. */
static void test_collisions_end(void **state)
{
	unsigned int i;

	av_run();
	for (i = 0; i < UT_AVAHI_MAX_RENAMES; i++) {
		assert_int_equal(av.error, 0);
		fake_group(AVAHI_ENTRY_GROUP_COLLISION);
	}
	assert_int_equal(av.error, 0);
	fake_group(AVAHI_ENTRY_GROUP_COLLISION);
	assert_int_equal(av.error, AVAHI_ERR_COLLISION);
	assert_int_equal(av_close_all(), 0);

	setup(NULL);
	fake_avahi.add_errors = 1000;
	av_run();
	assert_int_equal(av.error, AVAHI_ERR_COLLISION);
}

/* 63 bytes that end in a two-byte character; the fake checks the length. */
static void test_longest_name(void **state)
{
	char name[64];
	unsigned int i;

	memset(name, 'x', 63);
	memcpy(name + 61, "\xc3\xa4", 3);
	av_prepare(true, false, name);
	av_run();
	assert_int_equal(strncmp(fake_avahi.entry, name, 63), 0);
	for (i = 0; i < UT_AVAHI_MAX_RENAMES; i++)
		fake_group(AVAHI_ENTRY_GROUP_COLLISION);
	assert_int_equal(av.error, 0);
	assert_non_null(strstr(av.name, " #17"));
}

static void test_host_name_changes(void **state)
{
	av_run();
	fake_state(AVAHI_CLIENT_S_COLLISION);
	assert_int_equal(fake_avahi.added, 0);
	fake_state(AVAHI_CLIENT_S_REGISTERING);
	fake_state(AVAHI_CLIENT_S_RUNNING);
	assert_int_equal(fake_avahi.added, 1);
	assert_true(fake_avahi.committed);
	assert_int_equal(fake_avahi.groups, 1);
}

static void test_group_fails(void **state)
{
	av_run();
	fake_avahi.error = AVAHI_ERR_NOT_PERMITTED;
	fake_group(AVAHI_ENTRY_GROUP_FAILURE);
	assert_int_equal(av.error, AVAHI_ERR_NOT_PERMITTED);
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
