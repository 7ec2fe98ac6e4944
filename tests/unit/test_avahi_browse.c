// SPDX-License-Identifier: GPL-2.0
/* What a tablet makes of an Avahi that may say anything; this one is a fake. */
#include <stdlib.h>

#include "lib/avahi_bed.h"
#include "lib/unit.h"
#include "lib/where_text.h"

#define V4 AVAHI_PROTO_INET
#define V6 AVAHI_PROTO_INET6

static AvahiStringList *good_txt;

static int setup(void **state)
{
	av_prepare(false, true, "");
	good_txt = avahi_string_list_new("txtvers=1", "proto=1", NULL);
	av_run();
	return !good_txt;
}

static int teardown(void **state)
{
	avahi_string_list_free(good_txt);
	return av_close_all();
}

static void comes(const char *name)
{
	fake_browser(AVAHI_BROWSER_NEW, 2, V4, name);
}

static void resolved(const char *name, const char *address)
{
	fake_resolve(name, V4, AVAHI_RESOLVER_FOUND, address, 3240, good_txt);
}

static void expect_told(unsigned int found, unsigned int lost)
{
	assert_int_equal(av_told[UT_DNS_SD_FOUND], found);
	assert_int_equal(av_told[UT_DNS_SD_LOST], lost);
}

static void test_comes_and_goes(void **state)
{
	struct ut_where where = where_at("192.0.2.7", 0, 3240);

	comes("desk");
	expect_told(0, 0);
	assert_int_equal(fake_avahi.resolvers[0].asked_for, V4);
	resolved("desk", "192.0.2.7");
	expect_told(1, 0);
	assert_string_equal(av_last.name, "desk");
	assert_memory_equal(&av_last.where, &where, sizeof(where));
	resolved("desk", "192.0.2.7");
	expect_told(1, 0);
	fake_browser(AVAHI_BROWSER_CACHE_EXHAUSTED, -1, -1, NULL);
	fake_browser(AVAHI_BROWSER_ALL_FOR_NOW, -1, -1, NULL);
	expect_told(1, 0);
	fake_browser(AVAHI_BROWSER_REMOVE, 2, V4, "desk");
	expect_told(1, 1);
	assert_memory_equal(&av_last.where, &where, sizeof(where));
	assert_int_equal(fake_avahi.n_resolvers, 0);
	fake_browser(AVAHI_BROWSER_REMOVE, 2, V4, "desk");
	fake_browser(AVAHI_BROWSER_REMOVE, 2, V4, NULL);
	fake_browser(AVAHI_BROWSER_NEW, 2, V4, NULL);
	expect_told(1, 1);
}

static void test_scope(void **state)
{
	fake_browser(AVAHI_BROWSER_NEW, 5, V6, "desk");
	assert_int_equal(fake_avahi.resolvers[0].asked_for, V6);
	fake_resolve("desk", V6, AVAHI_RESOLVER_FOUND, "fe80::1", 3240,
		     good_txt);
	assert_int_equal(av_last.where.family, AF_INET6);
	assert_int_equal(av_last.where.scope, 5);
	fake_resolve("desk", V6, AVAHI_RESOLVER_FOUND, "2001:db8::1", 3240,
		     good_txt);
	expect_told(2, 1);
	assert_int_equal(av_last.where.scope, 0);
	/* No interface given: a link-local address leads nowhere. */
	fake_browser(AVAHI_BROWSER_NEW, AVAHI_IF_UNSPEC, V6, "wide");
	fake_resolve("wide", V6, AVAHI_RESOLVER_FOUND, "fe80::2", 3240,
		     good_txt);
	expect_told(2, 1);
}

static void test_moves(void **state)
{
	comes("desk");
	resolved("desk", "192.0.2.7");
	resolved("desk", "192.0.2.8");
	expect_told(2, 1);
	assert_int_equal(av_last.type, UT_DNS_SD_FOUND);
	fake_resolve("desk", V4, AVAHI_RESOLVER_FAILURE, NULL, 0, NULL);
	expect_told(2, 2);
	fake_resolve("desk", V4, AVAHI_RESOLVER_FAILURE, NULL, 0, NULL);
	expect_told(2, 2);
	resolved("desk", "192.0.2.8");
	expect_told(3, 2);
}

static void test_no_dock_there(void **state)
{
	static const char *const bad[] = {
		"127.0.0.1", "224.0.0.251", "0.0.0.0", "::1", "ff02::fb",
	};
	size_t i;

	comes("desk");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		resolved("desk", bad[i]);
	fake_resolve("desk", V4, AVAHI_RESOLVER_FOUND, "192.0.2.7", 0,
		     good_txt);
	fake_resolve("desk", V4, AVAHI_RESOLVER_FOUND, NULL, 3240, good_txt);
	expect_told(0, 0);
	resolved("desk", "192.0.2.7");
	resolved("desk", "127.0.0.1");
	expect_told(1, 1);
}

static void test_txt(void **state)
{
	static const struct {
		const char *a, *b, *c;
		bool good;
	} rows[] = {
		{ "txtvers=1", "proto=1", NULL, true },
		{ "proto=1", "txtvers=1", "later=x", true },
		{ "txtvers=2", "proto=1", NULL, false },
		{ "txtvers=1", "proto=2", NULL, false },
		{ "txtvers=1", "proto=11", NULL, false },
		{ "txtvers=1", "proto=", NULL, false },
		{ "txtvers=1", "proto", NULL, false },
		{ "txtvers=1", "proto-1", NULL, false },
		{ "txtvers=1", NULL, NULL, false },
		{ "proto=1", NULL, NULL, false },
		{ NULL, NULL, NULL, false },
	};
	AvahiStringList *txt;
	size_t i;

	comes("desk");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(av_told, 0, sizeof(av_told));
		txt = avahi_string_list_new(rows[i].a, rows[i].b, rows[i].c,
					    NULL);
		fake_resolve("desk", V4, AVAHI_RESOLVER_FOUND, "192.0.2.7",
			     3240, txt);
		avahi_string_list_free(txt);
		if (av_told[UT_DNS_SD_FOUND] != rows[i].good)
			fail_msg("row %zu", i);
		fake_resolve("desk", V4, AVAHI_RESOLVER_FAILURE, NULL, 0, NULL);
	}
	/* A value with a NUL in it is not what it seems to be. */
	memset(av_told, 0, sizeof(av_told));
	txt = avahi_string_list_new("txtvers=1", NULL);
	txt = avahi_string_list_add_arbitrary(txt, (const uint8_t *)"proto=1\0",
					      8);
	fake_resolve("desk", V4, AVAHI_RESOLVER_FOUND, "192.0.2.7", 3240, txt);
	avahi_string_list_free(txt);
	expect_told(0, 0);
}

/* Found on two interfaces, it is lost only when both have lost it. */
static void test_two_ways(void **state)
{
	fake_browser(AVAHI_BROWSER_NEW, 2, V4, "desk");
	resolved("desk", "192.0.2.7");
	fake_browser(AVAHI_BROWSER_NEW, 3, V4, "desk");
	fake_avahi.resolvers[0].name[0] = '\0';
	resolved("desk", "192.0.2.7");
	fake_browser(AVAHI_BROWSER_REMOVE, 2, V4, "desk");
	expect_told(2, 0);
	fake_browser(AVAHI_BROWSER_REMOVE, 3, V4, "desk");
	expect_told(2, 1);
}

static void test_long_names(void **state)
{
	char name[400], domain[400];

	memset(name, 'x', sizeof(name));
	memset(domain, 'x', sizeof(domain));
	domain[sizeof(domain) - 1] = '\0';
	name[64] = '\0';
	comes(name);
	assert_int_equal(fake_avahi.made, 0);
	fake_avahi.on_browser(FAKE_BROWSER, 2, V4, AVAHI_BROWSER_NEW, "desk",
			      "_usbip-tls._tcp", domain, 0,
			      fake_avahi.browser_arg);
	assert_int_equal(fake_avahi.made, 0);
	name[63] = '\0';
	comes(name);
	assert_int_equal(fake_avahi.made, 1);
	resolved(name, "192.0.2.7");
	assert_string_equal(av_last.name, name);
}

static void flood(unsigned int first, unsigned int n)
{
	char name[32];
	unsigned int i;

	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "forged %u", first + i);
		comes(name);
		assert_in_range(fake_avahi.n_resolvers, 0,
				UT_AVAHI_MAX_SERVICES);
	}
}

static void test_flood(void **state)
{
	int64_t now;

	comes("desk");
	resolved("desk", "192.0.2.7");
	assert_int_equal(ut_avahi_timeout(&av), -1);
	flood(0, 100000);
	assert_int_equal(fake_avahi.made, UT_AVAHI_MAX_SERVICES);
	expect_told(1, 0);
	/* Ten seconds more: so many a second, the oldest makes room. */
	for (now = 0; now < 10000; now += 100) {
		ut_avahi_tick(&av, now);
		flood(100000 + (unsigned int)now * 10, 1000);
	}
	assert_in_range(fake_avahi.made, UT_AVAHI_MAX_SERVICES + 1,
			UT_AVAHI_MAX_SERVICES + 10 * UT_AVAHI_RATE);
	expect_told(1, 1);
	assert_int_equal(fake_avahi.browsers_made, 1);

	/* Avahi ends. A new search finds what was missed, and what has gone. */
	assert_true(ut_avahi_timeout(&av) > 0);
	now += 10000;
	ut_avahi_tick(&av, now);
	assert_int_equal(fake_avahi.browsers_made, 2);
	assert_int_equal(fake_avahi.browsers, 1);
	comes("desk");
	fake_browser(AVAHI_BROWSER_ALL_FOR_NOW, -1, -1, NULL);
	assert_int_equal(fake_avahi.n_resolvers, 1);
	resolved("desk", "192.0.2.7");
	expect_told(2, 1);
	/* Making room was one more miss; after that there is nothing to do. */
	now += 10000;
	ut_avahi_tick(&av, now);
	comes("desk");
	fake_browser(AVAHI_BROWSER_ALL_FOR_NOW, -1, -1, NULL);
	expect_told(2, 1);
	assert_int_equal(ut_avahi_timeout(&av), -1);
}

static void test_no_resolver(void **state)
{
	fake_avahi.no_resolver = true;
	comes("desk");
	assert_int_equal(fake_avahi.n_resolvers, 0);
	assert_int_equal(av.error, 0);
	ut_avahi_tick(&av, 10000);
	assert_int_equal(fake_avahi.browsers_made, 2);
	comes("desk");
	resolved("desk", "192.0.2.7");
	expect_told(1, 0);
}

static void test_browser_fails(void **state)
{
	fake_avahi.error = AVAHI_ERR_DISCONNECTED;
	fake_browser(AVAHI_BROWSER_FAILURE, -1, -1, NULL);
	assert_int_equal(av.error, AVAHI_ERR_DISCONNECTED);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_comes_and_goes),
		TEST(test_scope),
		TEST(test_moves),
		TEST(test_no_dock_there),
		TEST(test_txt),
		TEST(test_two_ways),
		TEST(test_long_names),
		TEST(test_flood),
		TEST(test_no_resolver),
		TEST(test_browser_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
