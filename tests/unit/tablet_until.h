/* SPDX-License-Identifier: GPL-2.0 */
/* A tablet in the loop of a test. Include it after dock_fixture.h. */
#ifndef UT_TESTS_TABLET_UNTIL_H
#define UT_TESTS_TABLET_UNTIL_H

#include "base/clock.h"
#include "tablet/tablet.h"

#define WAIT_MS 45000

static struct ut_tablet *tablet;
static struct ut_err err;

/* The place with this number. */
static struct ut_place *place(size_t i)
{
	size_t n;
	struct ut_place *const *places = ut_tablet_places(tablet, &n);

	assert_true(i < n);
	return places[i];
}

/* Runs the loop until it is so. */
static void until(bool (*so)(void), const char *what)
{
	static struct pollfd p[UT_TABLET_MAX_POLL];
	int64_t deadline = ut_clock_ms() + WAIT_MS;
	size_t n;

	while (!so()) {
		int left = ut_clock_left(deadline), wait;

		if (!left)
			fail_msg("not %s: state %s, %s; dock:\n%s", what,
				 ut_place_state_name(place(0)->state),
				 place(0)->error, fx_log());
		n = ut_tablet_poll_fill(tablet, p, UT_TABLET_MAX_POLL);
		wait = ut_tablet_timeout(tablet);
		poll(p, n, wait < 0 || wait > left ? left : wait);
		if (ut_tablet_poll_done(tablet, p, n, &err))
			fail_msg("%s", err.msg);
	}
}

#endif /* UT_TESTS_TABLET_UNTIL_H */
