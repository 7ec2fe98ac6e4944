// SPDX-License-Identifier: GPL-2.0
/* The table of hints, in peace and in a flood. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "discovery/found.h"
#include "where_text.h"

#define BEACON	UT_FOUND_BEACON
#define DNS_SD	UT_FOUND_DNS_SD
#define STATIC	UT_FOUND_STATIC

static struct ut_found t;
static unsigned int n_found, n_gone;
static struct ut_where last_found, last_gone;

static void on_found(void *arg, const struct ut_found_entry *e)
{
	assert_ptr_equal(arg, &t);
	assert_true(e->sources);
	last_found = e->where;
	n_found++;
}

static void on_gone(void *arg, const struct ut_found_entry *e)
{
	assert_ptr_equal(arg, &t);
	last_gone = e->where;
	n_gone++;
}

static int setup(void **state)
{
	static const struct ut_found_ops ops = { on_found, on_gone };

	(void)state;
	ut_found_init(&t, &ops, &t);
	n_found = n_gone = 0;
	return 0;
}

/* Place number @i: 10.x.y.z */
static struct ut_where place(unsigned int i)
{
	struct ut_where w = { .family = AF_INET, .port = 3240 };

	w.addr[0] = 10;
	w.addr[1] = (uint8_t)(i >> 16);
	w.addr[2] = (uint8_t)(i >> 8);
	w.addr[3] = (uint8_t)i;
	return w;
}

static int seen(enum ut_found_source source, const struct ut_where *w,
		int64_t now)
{
	return ut_found_seen(&t, source, w, "forged", now);
}

/* @n beacons from as many addresses, one each millisecond. */
static void flood(enum ut_found_source source, unsigned int first,
		  unsigned int n, int64_t now)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct ut_where w = place(first + i);

		assert_int_equal(seen(source, &w, now + i), 0);
		assert_in_range(t.n, 1, UT_FOUND_MAX);
	}
}

static size_t count(unsigned int sources)
{
	size_t n = 0, i;

	for (i = 0; i < t.n; i++)
		n += t.e[i].sources == sources;
	return n;
}

static void test_comes_and_goes(void **state)
{
	struct ut_where w = where_at("192.0.2.1", 0, 3240);
	const struct ut_found_entry *e;

	(void)state;
	assert_int_equal(ut_found_deadline(&t), UT_FOUND_NEVER);
	assert_int_equal(ut_found_seen(&t, BEACON, &w, "desk", 1000), 0);
	assert_int_equal(n_found, 1);
	e = ut_found_get(&t, &w);
	assert_non_null(e);
	assert_string_equal(e->name, "desk");
	assert_int_equal(e->first, 1000);
	assert_false(e->proven);
	assert_int_equal(ut_found_deadline(&t), 1000 + UT_FOUND_BEACON_MS);

	assert_int_equal(ut_found_seen(&t, BEACON, &w, "desk", 6000), 0);
	assert_int_equal(n_found, 1);
	assert_int_equal(t.n, 1);
	ut_found_expire(&t, 6000 + UT_FOUND_BEACON_MS - 1);
	assert_int_equal(n_gone, 0);
	ut_found_expire(&t, 6000 + UT_FOUND_BEACON_MS);
	assert_int_equal(n_gone, 1);
	assert_null(ut_found_get(&t, &w));
	assert_int_equal(ut_found_deadline(&t), UT_FOUND_NEVER);
}

/* Two beacons may get lost. */
static void test_beacon_life(void **state)
{
	(void)state;
	assert_true(UT_FOUND_BEACON_MS > 3 * UT_BEACON_INTERVAL_MS);
	assert_true(UT_FOUND_BEACON_MS < 4 * UT_BEACON_INTERVAL_MS);
}

static void test_two_sources(void **state)
{
	struct ut_where w = where_at("192.0.2.1", 0, 3240);

	(void)state;
	seen(BEACON, &w, 0);
	seen(DNS_SD, &w, 0);
	assert_int_equal(n_found, 1);
	assert_int_equal(t.n, 1);
	ut_found_expire(&t, UT_FOUND_BEACON_MS);
	assert_int_equal(n_gone, 0);
	assert_int_equal(ut_found_get(&t, &w)->sources, UT_FOUND_BIT(DNS_SD));
	ut_found_lost(&t, BEACON, &w, 20000);
	assert_int_equal(n_gone, 0);
	ut_found_lost(&t, DNS_SD, &w, 20000);
	assert_int_equal(n_gone, 1);
	assert_int_equal(t.n, 0);
	ut_found_lost(&t, DNS_SD, &w, 20000);
	assert_int_equal(n_gone, 1);
}

static void test_key(void **state)
{
	struct ut_where a = where_at("fe80::1", 2, 3240);
	struct ut_where b = where_at("fe80::1", 3, 3240);
	struct ut_where c = where_at("fe80::1", 2, 3241);

	(void)state;
	seen(DNS_SD, &a, 0);
	seen(DNS_SD, &b, 0);
	seen(DNS_SD, &c, 0);
	assert_int_equal(t.n, 3);
	seen(DNS_SD, &b, 0);
	assert_int_equal(t.n, 3);
}

static void test_no_place_for_a_dock(void **state)
{
	struct ut_where w = where_at("127.0.0.1", 0, 3240);

	(void)state;
	assert_int_equal(seen(BEACON, &w, 0), -EINVAL);
	assert_int_equal(seen(DNS_SD, &w, 0), -EINVAL);
	assert_int_equal(t.refused, 2);
	/* The administrator knows what he writes. */
	assert_int_equal(seen(STATIC, &w, 0), 0);
	w.port = 0;
	assert_int_equal(seen(STATIC, &w, 0), -EINVAL);
}

static void test_names(void **state)
{
	struct ut_where w = where_at("192.0.2.1", 0, 3240);
	char longest[200];

	(void)state;
	ut_found_seen(&t, BEACON, &w, "a\033[2Jb\n\xff", 0);
	assert_string_equal(t.e[0].name, "a?[2Jb??");
	ut_found_seen(&t, DNS_SD, &w, "desk", 0);
	assert_string_equal(t.e[0].name, "desk");
	/* A beacon cannot rename it. */
	ut_found_seen(&t, BEACON, &w, "other", 0);
	assert_string_equal(t.e[0].name, "desk");
	ut_found_seen(&t, DNS_SD, &w, NULL, 0);
	assert_string_equal(t.e[0].name, "desk");
	ut_found_lost(&t, DNS_SD, &w, 0);
	ut_found_seen(&t, BEACON, &w, "other", 0);
	assert_string_equal(t.e[0].name, "other");

	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	ut_found_seen(&t, BEACON, &w, longest, 0);
	assert_int_equal(strlen(t.e[0].name), UT_FOUND_NAME_SIZE - 1);
}

static void test_flood_of_beacons(void **state)
{
	struct ut_where proven = place(1), by_dns = place(2), fresh = place(3);

	(void)state;
	seen(BEACON, &proven, 0);
	assert_int_equal(ut_found_proven(&t, &proven, "desk", 0), 0);
	seen(DNS_SD, &by_dns, 0);
	flood(BEACON, 1000, 10000, 1);
	assert_int_equal(count(UT_FOUND_BIT(BEACON)),
			 UT_FOUND_PER_SOURCE + 1);
	assert_non_null(ut_found_get(&t, &by_dns));
	assert_string_equal(ut_found_get(&t, &proven)->dock, "desk");
	/* A new dock gets its place in the middle of it. */
	seen(BEACON, &fresh, 20000);
	assert_non_null(ut_found_get(&t, &fresh));
	flood(BEACON, 50000, UT_FOUND_PER_SOURCE - 1, 20001);
	assert_non_null(ut_found_get(&t, &fresh));
	flood(BEACON, 60000, 1, 20100);
	assert_null(ut_found_get(&t, &fresh));
	/* Each that was found is also gone, or still there. */
	assert_int_equal(n_found - n_gone, t.n);
}

/* From all sides: neither kind pushes out the other. */
static void test_flood_of_both(void **state)
{
	(void)state;
	flood(BEACON, 0, 1000, 0);
	flood(DNS_SD, 2000, 1000, 0);
	flood(BEACON, 4000, 1000, 1000);
	assert_int_equal(count(UT_FOUND_BIT(BEACON)), UT_FOUND_PER_SOURCE);
	assert_int_equal(count(UT_FOUND_BIT(DNS_SD)), UT_FOUND_PER_SOURCE);
}

/* Forged by both means at once, a place counts for neither kind. */
static void test_flood_in_concert(void **state)
{
	struct ut_where fresh = place(1);
	unsigned int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		struct ut_where w = place(1000 + i);

		assert_int_equal(seen(BEACON, &w, i), 0);
		assert_int_equal(seen(DNS_SD, &w, i), 0);
		assert_in_range(t.n, 1, UT_FOUND_MAX);
	}
	assert_int_equal(seen(BEACON, &fresh, 2000), 0);
	assert_non_null(ut_found_get(&t, &fresh));
}

static void test_one_address_many_ports(void **state)
{
	struct ut_where other = place(7), w;
	unsigned int port;

	(void)state;
	seen(BEACON, &other, 0);
	for (port = 1; port <= 65535; port++) {
		w = where_at("192.0.2.1", 0, (uint16_t)port);
		seen(BEACON, &w, port);
	}
	assert_int_equal(t.n, 1 + UT_FOUND_PER_HOST);
	assert_non_null(ut_found_get(&t, &other));
	assert_non_null(ut_found_get(&t, &w));
}

static void test_remembered(void **state)
{
	struct ut_where w = place(1);
	const int64_t end = 16000 + UT_FOUND_REMEMBER_MS;

	(void)state;
	seen(BEACON, &w, 0);
	ut_found_proven(&t, &w, "desk", 0);
	ut_found_expire(&t, 16000);
	assert_int_equal(n_gone, 1);
	assert_int_equal(ut_found_get(&t, &w)->sources, 0);
	flood(BEACON, 1000, 1000, 16000);
	flood(DNS_SD, 3000, 1000, 16000);
	assert_true(ut_found_get(&t, &w)->proven);
	/* Found again, it is still proven. */
	n_found = 0;
	seen(BEACON, &w, 18000);
	assert_int_equal(n_found, 1);
	assert_memory_equal(&last_found, &w, sizeof(w));
	assert_true(ut_found_get(&t, &w)->proven);

	setup(NULL);
	seen(BEACON, &w, 0);
	ut_found_proven(&t, &w, "desk", 0);
	ut_found_expire(&t, 16000);
	assert_int_equal(ut_found_deadline(&t), end);
	ut_found_expire(&t, end - 1);
	assert_int_equal(t.n, 1);
	ut_found_expire(&t, end);
	assert_int_equal(t.n, 0);
	assert_int_equal(n_gone, 1);
}

/* The hint was replaced while the handshake ran. */
static void test_proven_too_late(void **state)
{
	struct ut_where w = place(1);

	(void)state;
	flood(BEACON, 1000, 100, 0);
	flood(DNS_SD, 2000, 100, 0);
	assert_int_equal(t.n, UT_FOUND_MAX);
	assert_int_equal(ut_found_proven(&t, &w, "desk", 200), 0);
	assert_int_equal(t.n, UT_FOUND_MAX);
	assert_string_equal(ut_found_get(&t, &w)->dock, "desk");
	assert_int_equal(ut_found_get(&t, &w)->sources, 0);
}

static void test_disproven(void **state)
{
	struct ut_where w = place(1), gone = place(2);

	(void)state;
	seen(BEACON, &w, 0);
	ut_found_proven(&t, &w, "desk", 0);
	ut_found_disproven(&t, &w);
	assert_false(ut_found_get(&t, &w)->proven);
	assert_string_equal(ut_found_get(&t, &w)->dock, "");
	ut_found_proven(&t, &gone, "desk", 0);
	ut_found_disproven(&t, &gone);
	assert_null(ut_found_get(&t, &gone));
	ut_found_disproven(&t, &gone);
}

/* A dock with a good certificate cannot have all the room either. */
static void test_dock_everywhere(void **state)
{
	struct ut_where w, live = place(0);
	unsigned int i;

	(void)state;
	seen(DNS_SD, &live, 0);
	ut_found_proven(&t, &live, "desk", 0);
	for (i = 1; i < 1000; i++) {
		w = place(i);
		assert_int_equal(ut_found_proven(&t, &w, "desk", i), 0);
	}
	assert_int_equal(t.n, UT_FOUND_PER_DOCK);
	/* Where it is now is kept, and where it was last. */
	assert_true(ut_found_get(&t, &live)->proven);
	assert_non_null(ut_found_get(&t, &w));
}

static void test_all_proven(void **state)
{
	struct ut_where w;
	char dock[16];
	unsigned int i;

	(void)state;
	for (i = 0; i < UT_FOUND_MAX; i++) {
		snprintf(dock, sizeof(dock), "dock%u", i);
		w = place(i);
		assert_int_equal(seen(BEACON, &w, i), 0);
		assert_int_equal(ut_found_proven(&t, &w, dock, i), 0);
	}
	w = place(1000);
	assert_int_equal(seen(BEACON, &w, 100), -ENOSPC);
	assert_int_equal(ut_found_proven(&t, &w, "late", 100), -ENOSPC);
	/* One of them has left: a dock that is there is worth more. */
	ut_found_lost(&t, BEACON, &(struct ut_where){ 0 }, 100);
	w = place(5);
	ut_found_lost(&t, BEACON, &w, 100);
	w = place(1000);
	assert_int_equal(seen(BEACON, &w, 100), -ENOSPC);
	assert_int_equal(ut_found_proven(&t, &w, "late", 100), 0);
	w = place(5);
	assert_null(ut_found_get(&t, &w));
}

static void test_static(void **state)
{
	struct ut_where w;
	unsigned int i;

	(void)state;
	for (i = 0; i < UT_FOUND_MAX_STATIC; i++) {
		w = place(i);
		assert_int_equal(seen(STATIC, &w, 0), 0);
		assert_int_equal(seen(STATIC, &w, 0), 0);
	}
	w = place(i);
	assert_int_equal(seen(STATIC, &w, 0), -ENOSPC);
	assert_int_equal(ut_found_deadline(&t), UT_FOUND_NEVER);
	for (i = 0; i < 1000; i++) {
		w = place(1000 + i);
		assert_int_equal(seen(i & 1 ? BEACON : DNS_SD, &w, i), 0);
	}
	assert_int_equal(t.n, UT_FOUND_MAX_STATIC + UT_FOUND_MAX);
	assert_int_equal(count(UT_FOUND_BIT(STATIC)), UT_FOUND_MAX_STATIC);
}

/* Static places become hints like others, in a table that is full. */
static void test_static_no_more(void **state)
{
	struct ut_where w;
	unsigned int round, i;

	(void)state;
	for (round = 0; round < 4; round++) {
		for (i = 0; i < UT_FOUND_MAX_STATIC; i++) {
			w = place(round * 1000 + i);
			assert_int_equal(seen(STATIC, &w, round), 0);
			assert_int_equal(seen(BEACON, &w, round), 0);
		}
		assert_in_range(t.n, 1, UT_FOUND_MAX + UT_FOUND_MAX_STATIC);
		for (i = 0; i < UT_FOUND_MAX_STATIC; i++) {
			w = place(round * 1000 + i);
			ut_found_lost(&t, STATIC, &w, round);
		}
		assert_in_range(t.n, 1, UT_FOUND_MAX);
		assert_int_equal(n_found - n_gone, t.n);
	}
}

static void test_limit(void **state)
{
	struct ut_where a = place(1), b = place(2);

	(void)state;
	seen(DNS_SD, &a, 0);
	seen(STATIC, &b, 0);
	ut_found_limit(&t, DNS_SD, 30000);
	assert_int_equal(ut_found_deadline(&t), 30000);
	/* Named once more, it stays. */
	seen(DNS_SD, &a, 1000);
	ut_found_expire(&t, 30000);
	assert_int_equal(t.n, 2);
	ut_found_limit(&t, DNS_SD, 30000);
	ut_found_expire(&t, 30000);
	assert_int_equal(t.n, 1);
	assert_memory_equal(&last_gone, &a, sizeof(a));
}

/* Anything in any order: the table keeps its bounds, the caller his count. */
static void test_at_random(void **state)
{
	unsigned int i, live;
	size_t k;

	(void)state;
	srandom(1);
	for (i = 0; i < 200000; i++) {
		struct ut_where w = place((unsigned int)random() % 300);
		char dock[8];

		w.port = (uint16_t)(1 + random() % 6);
		snprintf(dock, sizeof(dock), "d%ld", random() % 20);
		switch (random() % 8) {
		case 0:
			ut_found_lost(&t, random() % 3, &w, i);
			break;
		case 1:
			ut_found_proven(&t, &w, dock, i);
			break;
		case 2:
			ut_found_disproven(&t, &w);
			break;
		case 3:
			ut_found_expire(&t, i);
			assert_true(ut_found_deadline(&t) > i);
			break;
		default:
			seen(random() % 3, &w, i);
		}
		for (k = 0, live = 0; k < t.n; k++) {
			live += t.e[k].sources != 0;
			assert_true(t.e[k].sources || t.e[k].proven);
			assert_true(t.e[k].proven == !!t.e[k].dock[0]);
		}
		assert_int_equal(n_found - n_gone, live);
		assert_true(t.n <= UT_FOUND_MAX + UT_FOUND_MAX_STATIC);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_comes_and_goes, setup),
		cmocka_unit_test_setup(test_beacon_life, setup),
		cmocka_unit_test_setup(test_two_sources, setup),
		cmocka_unit_test_setup(test_key, setup),
		cmocka_unit_test_setup(test_no_place_for_a_dock, setup),
		cmocka_unit_test_setup(test_names, setup),
		cmocka_unit_test_setup(test_flood_of_beacons, setup),
		cmocka_unit_test_setup(test_flood_of_both, setup),
		cmocka_unit_test_setup(test_flood_in_concert, setup),
		cmocka_unit_test_setup(test_one_address_many_ports, setup),
		cmocka_unit_test_setup(test_remembered, setup),
		cmocka_unit_test_setup(test_proven_too_late, setup),
		cmocka_unit_test_setup(test_disproven, setup),
		cmocka_unit_test_setup(test_dock_everywhere, setup),
		cmocka_unit_test_setup(test_all_proven, setup),
		cmocka_unit_test_setup(test_static, setup),
		cmocka_unit_test_setup(test_static_no_more, setup),
		cmocka_unit_test_setup(test_limit, setup),
		cmocka_unit_test_setup(test_at_random, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
