// SPDX-License-Identifier: GPL-2.0
/* Who gets a place at the dock, and who has to make room. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "dock/admission.h"
#include "lib/unit.h"

#define MAX_TOTAL	6
#define MAX_PER_KEY	3

static struct ut_caps_entry e[16];
static size_t n;

static struct ut_caps_key key(const char *address)
{
	struct sockaddr_storage ss = { .ss_family = AF_INET };
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ss;
	struct sockaddr_in *in = (struct sockaddr_in *)&ss;

	if (inet_pton(AF_INET, address, &in->sin_addr) == 1)
		return ut_caps_key(&ss);
	ss.ss_family = AF_INET6;
	assert_int_equal(inet_pton(AF_INET6, address, &in6->sin6_addr), 1);
	return ut_caps_key(&ss);
}

static int setup(void **state)
{
	n = 0;
	return 0;
}

static void add(const char *address, enum ut_caps_stage stage, int64_t since)
{
	e[n].key = key(address);
	e[n].stage = stage;
	e[n].since = since;
	n++;
}

static int admit(const char *address)
{
	struct ut_caps_key k = key(address);

	return ut_caps_admit(e, n, &k, MAX_TOTAL, MAX_PER_KEY);
}

static int same(const char *a, const char *b)
{
	struct ut_caps_key x = key(a), y = key(b);

	return !memcmp(&x, &y, sizeof(x));
}

static void test_keys(void **state)
{
	assert_true(same("192.0.2.1", "192.0.2.1"));
	assert_false(same("192.0.2.1", "192.0.2.2"));
	assert_true(same("192.0.2.1", "::ffff:192.0.2.1"));
	assert_true(same("2001:db8::1", "2001:db8:0:0:ffff::9"));
	assert_false(same("2001:db8::1", "2001:db8:0:1::1"));
	/* The 4 bytes of an IPv4 address may equal the start of an IPv6 address. */
	assert_false(same("32.1.13.184", "2001:db8::"));
}

static void test_room(void **state)
{
	assert_int_equal(admit("192.0.2.1"), UT_CAPS_ACCEPT);
	add("192.0.2.1", UT_CAPS_SILENT, 1);
	add("192.0.2.1", UT_CAPS_SILENT, 2);
	assert_int_equal(admit("192.0.2.1"), UT_CAPS_ACCEPT);
	assert_int_equal(admit("192.0.2.2"), UT_CAPS_ACCEPT);
}

static void test_own_oldest_goes(void **state)
{
	add("192.0.2.1", UT_CAPS_SILENT, 5);
	add("192.0.2.9", UT_CAPS_SILENT, 1);
	add("192.0.2.1", UT_CAPS_SILENT, 3);
	add("192.0.2.1", UT_CAPS_SILENT, 4);
	assert_int_equal(admit("192.0.2.1"), 2);
}

static void test_silent_before_handshake(void **state)
{
	add("192.0.2.1", UT_CAPS_HANDSHAKE, 1);
	add("192.0.2.1", UT_CAPS_SILENT, 9);
	add("192.0.2.1", UT_CAPS_HANDSHAKE, 2);
	assert_int_equal(admit("192.0.2.1"), 1);
	e[1].stage = UT_CAPS_AUTHENTICATED;
	assert_int_equal(admit("192.0.2.1"), 0);
}

static void test_authenticated_stay(void **state)
{
	add("192.0.2.1", UT_CAPS_AUTHENTICATED, 1);
	add("192.0.2.1", UT_CAPS_AUTHENTICATED, 2);
	add("192.0.2.1", UT_CAPS_AUTHENTICATED, 3);
	assert_int_equal(admit("192.0.2.1"), UT_CAPS_REFUSE);
	assert_int_equal(admit("192.0.2.2"), UT_CAPS_ACCEPT);
}

static void test_full_house(void **state)
{
	add("192.0.2.1", UT_CAPS_SILENT, 1);
	add("192.0.2.2", UT_CAPS_SILENT, 9);
	add("192.0.2.2", UT_CAPS_HANDSHAKE, 2);
	add("192.0.2.3", UT_CAPS_SILENT, 3);
	add("192.0.2.4", UT_CAPS_SILENT, 4);
	add("192.0.2.5", UT_CAPS_SILENT, 5);
	/* 192.0.2.2 has most connections; of its two, the silent one is evicted. */
	assert_int_equal(admit("192.0.2.6"), 1);
}

static void test_full_of_authenticated(void **state)
{
	static const char *const from[] = {
		"192.0.2.1", "192.0.2.2", "192.0.2.3",
		"192.0.2.4", "192.0.2.5", "192.0.2.6",
	};
	size_t i;

	for (i = 0; i < MAX_TOTAL; i++)
		add(from[i], UT_CAPS_AUTHENTICATED, (int64_t)i);
	assert_int_equal(admit("192.0.2.7"), UT_CAPS_REFUSE);
	e[4].stage = UT_CAPS_HANDSHAKE;
	assert_int_equal(admit("192.0.2.7"), 4);
}

/* All addresses of one IPv6 site count as one. */
static void test_site(void **state)
{
	add("2001:db8::1", UT_CAPS_SILENT, 1);
	add("2001:db8::2", UT_CAPS_SILENT, 2);
	add("2001:db8::3", UT_CAPS_SILENT, 3);
	assert_int_equal(admit("2001:db8::4"), 0);
	assert_int_equal(admit("2001:db8:0:1::4"), UT_CAPS_ACCEPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_keys, setup),
		cmocka_unit_test_setup(test_room, setup),
		cmocka_unit_test_setup(test_own_oldest_goes, setup),
		cmocka_unit_test_setup(test_silent_before_handshake, setup),
		cmocka_unit_test_setup(test_authenticated_stay, setup),
		cmocka_unit_test_setup(test_full_house, setup),
		cmocka_unit_test_setup(test_full_of_authenticated, setup),
		cmocka_unit_test_setup(test_site, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
