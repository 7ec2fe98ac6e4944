// SPDX-License-Identifier: GPL-2.0
#include "lib/tablet_bed.h"

#define WAIT_MS 45000

struct ut_tablet *tab;
struct ut_err tab_err;

void tab_open(const char *more)
{
	if (more)
		fx_config(&fx.tablet, more);
	ut_err_clear(&tab_err);
	if (ut_tablet_open(&tab, &fx.tablet, &fx.sandbox, &mock_nl, &tab_err))
		fail_msg("%s", tab_err.msg);
}

struct ut_place *tab_place(size_t i)
{
	size_t n;
	struct ut_place *const *places = ut_tablet_places(tab, &n);

	assert_true(i < n);
	return places[i];
}

void tab_until(bool (*so)(void), const char *what)
{
	static struct pollfd p[UT_TABLET_MAX_POLL];
	int64_t deadline = ut_clock_ms() + WAIT_MS;
	size_t n;

	while (!so()) {
		int left = ut_clock_left(deadline), wait;

		if (!left)
			fail_msg("not %s: state %s, %s; dock:\n%s", what,
				 ut_place_state_name(tab_place(0)->state),
				 tab_place(0)->error, fx_log());
		n = ut_tablet_poll_fill(tab, p, UT_TABLET_MAX_POLL);
		wait = ut_tablet_timeout(tab);
		poll(p, n, wait < 0 || wait > left ? left : wait);
		if (ut_tablet_poll_done(tab, p, n, &tab_err))
			fail_msg("%s", tab_err.msg);
	}
}
