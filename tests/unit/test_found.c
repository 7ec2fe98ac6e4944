// SPDX-License-Identifier: GPL-2.0
/* The table of hints when nobody attacks it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hints_bed.h"
#include "lib/unit.h"

static void test_comes_and_goes(void **state)
{
	struct ut_where w = where_at("192.0.2.1", 0, 3240);
	const struct ut_found_entry *e;

	assert_int_equal(ut_found_expire(&hints, 1000), UT_FOUND_NEVER);
	assert_int_equal(ut_found_seen(&hints, BEACON, &w, "desk", 1000), 0);
	assert_int_equal(hints_found, 1);
	e = ut_found_get(&hints, &w);
	assert_non_null(e);
	assert_string_equal(e->name, "desk");
	assert_int_equal(e->first, 1000);
	assert_false(e->proven);
	assert_int_equal(ut_found_expire(&hints, 1000),
			 1000 + UT_FOUND_BEACON_MS);

	assert_int_equal(ut_found_seen(&hints, BEACON, &w, "desk", 6000), 0);
	assert_int_equal(hints_found, 1);
	assert_int_equal(hints.n, 1);
	ut_found_expire(&hints, 6000 + UT_FOUND_BEACON_MS - 1);
	assert_int_equal(hints_gone, 0);
	assert_int_equal(ut_found_expire(&hints, 6000 + UT_FOUND_BEACON_MS),
			 UT_FOUND_NEVER);
	assert_int_equal(hints_gone, 1);
	assert_null(ut_found_get(&hints, &w));
}

/* Two beacons may get lost. */
static void test_beacon_life(void **state)
{
	assert_true(UT_FOUND_BEACON_MS > 3 * UT_BEACON_INTERVAL_MS);
	assert_true(UT_FOUND_BEACON_MS < 4 * UT_BEACON_INTERVAL_MS);
}

static void test_two_sources(void **state)
{
	struct ut_where w = where_at("192.0.2.1", 0, 3240);

	hints_seen(BEACON, &w, 0);
	hints_seen(DNS_SD, &w, 0);
	assert_int_equal(hints_found, 1);
	assert_int_equal(hints.n, 1);
	ut_found_expire(&hints, UT_FOUND_BEACON_MS);
	assert_int_equal(hints_gone, 0);
	assert_int_equal(ut_found_get(&hints, &w)->sources,
			 UT_FOUND_BIT(DNS_SD));
	ut_found_lost(&hints, BEACON, &w, 20000);
	assert_int_equal(hints_gone, 0);
	ut_found_lost(&hints, DNS_SD, &w, 20000);
	assert_int_equal(hints_gone, 1);
	assert_int_equal(hints.n, 0);
	ut_found_lost(&hints, DNS_SD, &w, 20000);
	assert_int_equal(hints_gone, 1);
}

static void test_key(void **state)
{
	struct ut_where a = where_at("fe80::1", 2, 3240);
	struct ut_where b = where_at("fe80::1", 3, 3240);
	struct ut_where c = where_at("fe80::1", 2, 3241);

	hints_seen(DNS_SD, &a, 0);
	hints_seen(DNS_SD, &b, 0);
	hints_seen(DNS_SD, &c, 0);
	assert_int_equal(hints.n, 3);
	hints_seen(DNS_SD, &b, 0);
	assert_int_equal(hints.n, 3);
}

static void test_no_place_for_a_dock(void **state)
{
	struct ut_where w = where_at("127.0.0.1", 0, 3240);

	assert_int_equal(hints_seen(BEACON, &w, 0), -EINVAL);
	assert_int_equal(hints_seen(DNS_SD, &w, 0), -EINVAL);
	w = hints_place(1);
	w.port = 0;
	assert_int_equal(hints_seen(DNS_SD, &w, 0), -EINVAL);
	assert_int_equal(hints.n, 0);
}

static void test_names(void **state)
{
	struct ut_where w = where_at("192.0.2.1", 0, 3240);
	char longest[200];

	ut_found_seen(&hints, BEACON, &w, "a\033[2Jb\n\xff", 0);
	assert_string_equal(hints.e[0].name, "a?[2Jb??");
	ut_found_seen(&hints, DNS_SD, &w, "desk", 0);
	assert_string_equal(hints.e[0].name, "desk");
	/* A beacon cannot rename it. */
	ut_found_seen(&hints, BEACON, &w, "other", 0);
	assert_string_equal(hints.e[0].name, "desk");
	ut_found_seen(&hints, DNS_SD, &w, NULL, 0);
	assert_string_equal(hints.e[0].name, "desk");
	ut_found_lost(&hints, DNS_SD, &w, 0);
	ut_found_seen(&hints, BEACON, &w, "other", 0);
	assert_string_equal(hints.e[0].name, "other");

	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	ut_found_seen(&hints, BEACON, &w, longest, 0);
	assert_int_equal(strlen(hints.e[0].name), UT_FOUND_NAME_SIZE - 1);
}

static void test_disproven(void **state)
{
	struct ut_where w = hints_place(1), gone = hints_place(2);

	hints_seen(BEACON, &w, 0);
	ut_found_proven(&hints, &w, "desk", 0);
	ut_found_disproven(&hints, &w);
	assert_false(ut_found_get(&hints, &w)->proven);
	assert_string_equal(ut_found_get(&hints, &w)->dock, "");
	/* The hint was replaced during the handshake. */
	ut_found_proven(&hints, &gone, "desk", 0);
	ut_found_disproven(&hints, &gone);
	assert_null(ut_found_get(&hints, &gone));
	ut_found_disproven(&hints, &gone);
}

static void test_limit(void **state)
{
	struct ut_where a = hints_place(1), b = hints_place(2);

	hints_seen(DNS_SD, &a, 0);
	hints_seen(BEACON, &b, 20000);
	ut_found_limit(&hints, DNS_SD, 30000);
	assert_int_equal(ut_found_expire(&hints, 20000), 30000);
	/* Announced once more, it stays. */
	hints_seen(DNS_SD, &a, 1000);
	ut_found_expire(&hints, 30000);
	assert_int_equal(hints.n, 2);
	ut_found_limit(&hints, DNS_SD, 30000);
	ut_found_expire(&hints, 30000);
	assert_int_equal(hints.n, 1);
	assert_memory_equal(&hints_last_gone, &a, sizeof(a));
}

/*
 * Anything in any order: the table keeps its limits, and its caller's count stays
 * right.
 */
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_comes_and_goes, hints_setup),
		cmocka_unit_test_setup(test_beacon_life, hints_setup),
		cmocka_unit_test_setup(test_two_sources, hints_setup),
		cmocka_unit_test_setup(test_key, hints_setup),
		cmocka_unit_test_setup(test_no_place_for_a_dock, hints_setup),
		cmocka_unit_test_setup(test_names, hints_setup),
		cmocka_unit_test_setup(test_disproven, hints_setup),
		cmocka_unit_test_setup(test_limit, hints_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
