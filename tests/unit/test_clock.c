// SPDX-License-Identifier: GPL-2.0
/* How often to look at something. */
#include "base/clock.h"
#include "lib/unit.h"

static void test_rest(void **state)
{
	int64_t took;

	/* A quick look may come as often as one likes. */
	assert_int_equal(ut_clock_rest(0, 20), 20);
	assert_int_equal(ut_clock_rest(5, 20), 20);
	/* At most a fifth of the time is spent on looking. */
	assert_int_equal(ut_clock_rest(6, 20), 24);
	assert_int_equal(ut_clock_rest(50, 20), 200);
	/* But it does look again. */
	assert_int_equal(ut_clock_rest(51, 20), 200);
	for (took = 1; took < INT32_MAX; took *= 3)
		assert_in_range(ut_clock_rest(took, 50), 50, 500);
}

static void test_left(void **state)
{
	int64_t now = ut_clock_ms();

	assert_int_equal(ut_clock_left(now), 0);
	assert_int_equal(ut_clock_left(now - 1000), 0);
	assert_in_range(ut_clock_left(now + 100000), 90000, 100000);
	/* The limit of poll(2). */
	assert_int_equal(ut_clock_left(INT64_MAX), 3600000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
