// SPDX-License-Identifier: GPL-2.0
/* The table of hints while somebody forges them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hints_bed.h"
#include "lib/unit.h"

/* @n beacons from as many addresses, one each millisecond. */
static void flood(enum ut_found_source source, unsigned int first,
		  unsigned int n, int64_t now)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct ut_where w = hints_place(first + i);

		assert_int_equal(hints_seen(source, &w, now + i), 0);
		assert_in_range(hints.n, 1, UT_FOUND_MAX);
	}
}

static void test_flood_of_beacons(void **state)
{
	struct ut_where proven = hints_place(1), by_dns = hints_place(2),
			fresh = hints_place(3);

	hints_seen(BEACON, &proven, 0);
	assert_int_equal(ut_found_proven(&hints, &proven, "desk", 0), 0);
	hints_seen(DNS_SD, &by_dns, 0);
	flood(BEACON, 1000, 10000, 1);
	assert_int_equal(hints_count(UT_FOUND_BIT(BEACON)),
			 UT_FOUND_PER_SOURCE + 1);
	assert_non_null(ut_found_get(&hints, &by_dns));
	assert_string_equal(ut_found_get(&hints, &proven)->dock, "desk");
	/* A new dock gets a place in the middle of the flood. */
	hints_seen(BEACON, &fresh, 20000);
	assert_non_null(ut_found_get(&hints, &fresh));
	flood(BEACON, 50000, UT_FOUND_PER_SOURCE - 1, 20001);
	assert_non_null(ut_found_get(&hints, &fresh));
	flood(BEACON, 60000, 1, 20100);
	assert_null(ut_found_get(&hints, &fresh));
	/* Everything that was found is also lost, or still there. */
	assert_int_equal(hints_found - hints_gone, hints.n);
}

/* From all sides: neither kind pushes out the other. */
static void test_flood_of_both(void **state)
{
	flood(BEACON, 0, 1000, 0);
	flood(DNS_SD, 2000, 1000, 0);
	flood(BEACON, 4000, 1000, 1000);
	assert_int_equal(hints_count(UT_FOUND_BIT(BEACON)),
			 UT_FOUND_PER_SOURCE);
	assert_int_equal(hints_count(UT_FOUND_BIT(DNS_SD)),
			 UT_FOUND_PER_SOURCE);
}

/* If one place is forged by both kinds, it counts for neither. */
static void test_flood_in_concert(void **state)
{
	struct ut_where fresh = hints_place(1);
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		struct ut_where w = hints_place(1000 + i);

		assert_int_equal(hints_seen(BEACON, &w, i), 0);
		assert_int_equal(hints_seen(DNS_SD, &w, i), 0);
		assert_in_range(hints.n, 1, UT_FOUND_MAX);
	}
	assert_int_equal(hints_seen(BEACON, &fresh, 2000), 0);
	assert_non_null(ut_found_get(&hints, &fresh));
}

static void test_one_address_many_ports(void **state)
{
	struct ut_where other = hints_place(7), w;
	unsigned int port;

	hints_seen(BEACON, &other, 0);
	for (port = 1; port <= 65535; port++) {
		w = where_at("192.0.2.1", 0, (uint16_t)port);
		hints_seen(BEACON, &w, port);
	}
	assert_int_equal(hints.n, 1 + UT_FOUND_PER_HOST);
	assert_non_null(ut_found_get(&hints, &other));
	assert_non_null(ut_found_get(&hints, &w));
}

static void test_remembered(void **state)
{
	struct ut_where w = hints_place(1);
	const int64_t end = 16000 + UT_FOUND_REMEMBER_MS;

	hints_seen(BEACON, &w, 0);
	ut_found_proven(&hints, &w, "desk", 0);
	ut_found_expire(&hints, 16000);
	assert_int_equal(hints_gone, 1);
	assert_int_equal(ut_found_get(&hints, &w)->sources, 0);
	flood(BEACON, 1000, 1000, 16000);
	flood(DNS_SD, 3000, 1000, 16000);
	assert_true(ut_found_get(&hints, &w)->proven);
	/* Found again, it still counts as proven. */
	hints_found = 0;
	hints_seen(BEACON, &w, 18000);
	assert_int_equal(hints_found, 1);
	assert_memory_equal(&hints_last_found, &w, sizeof(w));
	assert_true(ut_found_get(&hints, &w)->proven);

	hints_setup(NULL);
	hints_seen(BEACON, &w, 0);
	ut_found_proven(&hints, &w, "desk", 0);
	assert_int_equal(ut_found_expire(&hints, 16000), end);
	ut_found_expire(&hints, end - 1);
	assert_int_equal(hints.n, 1);
	ut_found_expire(&hints, end);
	assert_int_equal(hints.n, 0);
	assert_int_equal(hints_gone, 1);
}

static void test_proven_too_late(void **state)
{
	struct ut_where w = hints_place(1);

	flood(BEACON, 1000, 100, 0);
	flood(DNS_SD, 2000, 100, 0);
	assert_int_equal(hints.n, UT_FOUND_MAX);
	assert_int_equal(ut_found_proven(&hints, &w, "desk", 200), 0);
	assert_int_equal(hints.n, UT_FOUND_MAX);
	assert_string_equal(ut_found_get(&hints, &w)->dock, "desk");
	assert_int_equal(ut_found_get(&hints, &w)->sources, 0);
}

static void test_dock_everywhere(void **state)
{
	struct ut_where w, live = hints_place(0);
	unsigned int i;

	hints_seen(DNS_SD, &live, 0);
	ut_found_proven(&hints, &live, "desk", 0);
	for (i = 1; i < 1000; i++) {
		w = hints_place(i);
		assert_int_equal(ut_found_proven(&hints, &w, "desk", i), 0);
	}
	assert_int_equal(hints.n, UT_FOUND_PER_DOCK);
	/* Its present place is kept, and so is its last one. */
	assert_true(ut_found_get(&hints, &live)->proven);
	assert_non_null(ut_found_get(&hints, &w));
}

static void test_all_proven(void **state)
{
	struct ut_where w;
	char dock[16];
	unsigned int i;

	for (i = 0; i < UT_FOUND_MAX; i++) {
		snprintf(dock, sizeof(dock), "dock%u", i);
		w = hints_place(i);
		assert_int_equal(hints_seen(BEACON, &w, i), 0);
		assert_int_equal(ut_found_proven(&hints, &w, dock, i), 0);
	}
	w = hints_place(1000);
	assert_int_equal(hints_seen(BEACON, &w, 100), -ENOSPC);
	assert_int_equal(ut_found_proven(&hints, &w, "late", 100), -ENOSPC);
	/* One of them has left: a dock that is there is worth more. */
	ut_found_lost(&hints, BEACON, &(struct ut_where){ 0 }, 100);
	w = hints_place(5);
	ut_found_lost(&hints, BEACON, &w, 100);
	w = hints_place(1000);
	assert_int_equal(hints_seen(BEACON, &w, 100), -ENOSPC);
	assert_int_equal(ut_found_proven(&hints, &w, "late", 100), 0);
	w = hints_place(5);
	assert_null(ut_found_get(&hints, &w));
}

static void test_at_random(void **state)
{
	unsigned int i, live;
	size_t k;

	srandom(1);
	for (i = 0; i < 200000; i++) {
		struct ut_where w = hints_place((unsigned int)random() % 300);
		char dock[8];

		w.port = (uint16_t)(1 + random() % 6);
		snprintf(dock, sizeof(dock), "d%ld", random() % 20);
		switch (random() % 8) {
		case 0:
			ut_found_lost(&hints, random() % UT_FOUND_N_SOURCES,
				      &w, i);
			break;
		case 1:
			ut_found_proven(&hints, &w, dock, i);
			break;
		case 2:
			ut_found_disproven(&hints, &w);
			break;
		case 3:
			assert_true(ut_found_expire(&hints, i) > i);
			break;
		default:
			hints_seen(random() % UT_FOUND_N_SOURCES, &w, i);
		}
		for (k = 0, live = 0; k < hints.n; k++) {
			live += hints.e[k].sources != 0;
			assert_true(hints.e[k].sources || hints.e[k].proven);
			assert_true(hints.e[k].proven == !!hints.e[k].dock[0]);
		}
		assert_int_equal(hints_found - hints_gone, live);
		assert_true(hints.n <= UT_FOUND_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_flood_of_beacons, hints_setup),
		cmocka_unit_test_setup(test_flood_of_both, hints_setup),
		cmocka_unit_test_setup(test_flood_in_concert, hints_setup),
		cmocka_unit_test_setup(test_one_address_many_ports,
				       hints_setup),
		cmocka_unit_test_setup(test_remembered, hints_setup),
		cmocka_unit_test_setup(test_proven_too_late, hints_setup),
		cmocka_unit_test_setup(test_dock_everywhere, hints_setup),
		cmocka_unit_test_setup(test_all_proven, hints_setup),
		cmocka_unit_test_setup(test_at_random, hints_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
