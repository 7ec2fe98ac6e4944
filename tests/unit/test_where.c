// SPDX-License-Identifier: GPL-2.0
/* Places: one form for each place, and which of them can be a dock's. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "lib/where_text.h"

static void test_one_form(void **state)
{
	struct ut_where a = where_at("192.0.2.1", 0, 3240);
	struct ut_where b = where_at("::ffff:192.0.2.1", 7, 3240);
	struct sockaddr sa = { .sa_family = AF_UNIX };

	assert_true(ut_where_same(&a, &b));
	/* The scope of a global address is ignored. */
	a = where_at("2001:db8::1", 2, 3240);
	b = where_at("2001:db8::1", 3, 3240);
	assert_true(ut_where_same(&a, &b));
	a = where_at("fe80::1", 2, 3240);
	b = where_at("fe80::1", 3, 3240);
	assert_false(ut_where_same_host(&a, &b));
	b = where_at("fe80::1", 2, 3241);
	assert_true(ut_where_same_host(&a, &b));
	assert_false(ut_where_same(&a, &b));
	assert_int_equal(ut_where_set(&a, &sa, 1), -EAFNOSUPPORT);
	/* The 4 bytes of an IPv4 address may equal the start of an IPv6 address. */
	a = where_at("32.1.13.184", 0, 1);
	b = where_at("2001:db8::", 0, 1);
	assert_false(ut_where_same(&a, &b));
}

static void test_usable(void **state)
{
	static const char *const good[] = {
		"192.0.2.1", "10.0.0.1", "169.254.3.4", "223.255.255.255",
		"2001:db8::1", "fd00::1", "fe80::1", "::ffff:192.0.2.1",
	};
	static const char *const bad[] = {
		"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.0.1", "224.0.0.251",
		"240.0.0.1", "255.255.255.255", "::", "::1", "ff02::fb",
		"::ffff:127.0.0.1", "nonsense",
	};
	struct ut_where w;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		w = where_at(good[i], 2, 3240);
		if (!ut_where_usable(&w))
			fail_msg("%s", good[i]);
		w.port = 0;
		assert_false(ut_where_usable(&w));
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		w = where_at(bad[i], 2, 3240);
		if (ut_where_usable(&w))
			fail_msg("%s", bad[i]);
	}
	w = where_at("fe80::1", 0, 3240);
	assert_false(ut_where_usable(&w));
	/* A form that ut_where_set() never makes. */
	w = where_at("2001:db8::1", 0, 3240);
	w.scope = 1;
	assert_false(ut_where_usable(&w));
}

static void test_text(void **state)
{
	struct sockaddr_storage ss;
	char host[UT_WHERE_HOST_SIZE], text[UT_WHERE_TEXT_SIZE];
	struct ut_where w = where_at("192.0.2.1", 0, 3240), again;

	assert_string_equal(ut_where_host(&w, host), "192.0.2.1");
	assert_string_equal(ut_where_text(&w, text), "192.0.2.1:3240");
	w = where_at("2001:db8::1", 0, 65535);
	assert_string_equal(ut_where_text(&w, text), "[2001:db8::1]:65535");
	/* Interface 1 is always lo. */
	w = where_at("fe80::1", 1, 3240);
	assert_string_equal(ut_where_host(&w, host), "fe80::1%lo");
	assert_string_equal(ut_where_text(&w, text), "[fe80::1%lo]:3240");

	assert_int_equal(ut_where_sockaddr(&w, &ss),
			 sizeof(struct sockaddr_in6));
	assert_int_equal(ut_where_set(&again, (struct sockaddr *)&ss, 3240), 0);
	assert_memory_equal(&w, &again, sizeof(w));
}

/* Nothing can be longer than the buffer. */
static void test_longest(void **state)
{
	struct ut_where w = where_at("fe80:1111:2222:3333:4444:5555:6666:7777",
				     4294967295U, 65535);
	char text[UT_WHERE_TEXT_SIZE];

	assert_string_equal(ut_where_text(&w, text),
			    "[fe80:1111:2222:3333:4444:5555:6666:7777%4294967295]:65535");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_form),
		cmocka_unit_test(test_usable),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
