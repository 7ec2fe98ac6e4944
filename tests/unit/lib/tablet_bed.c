// SPDX-License-Identifier: GPL-2.0
#include "lib/tablet_bed.h"

#define WAIT_MS 45000

struct ut_tablet *tab;
sd_event *tab_loop;
struct ut_err tab_err;

/* Where there is kernel TLS an attach gets as far as the dock's kernel. */
static const struct mock_call no_room[] = {
	{ .op = MOCK_NEW, .ret = -ENOSPC, .code = UT_EXIT_FAILURE, .fd = -1 },
	{ .op = MOCK_NEW, .ret = -ENOSPC, .code = UT_EXIT_FAILURE, .fd = -1 },
	{ .op = MOCK_NEW, .ret = -ENOSPC, .code = UT_EXIT_FAILURE, .fd = -1 },
	{ .op = MOCK_NEW, .ret = -ENOSPC, .code = UT_EXIT_FAILURE, .fd = -1 },
};

int tab_setup(void **state)
{
	mock_dump_empty = true;
	mock_expect(no_room, sizeof(no_room) / sizeof(no_room[0]));
	return fx_setup(state);
}

int tab_teardown(void **state)
{
	ut_tablet_close(tab);
	tab = NULL;
	return fx_teardown(state);
}

void tab_configure(const char *rest)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "[tablet]\ndock = 127.0.0.1 port=%u\nretry_min = 1\n%s",
		 fx.dock.dock.port, rest);
	fx_config(&fx.tablet, text);
}

void tab_open(const char *more)
{
	if (more)
		fx_config(&fx.tablet, more);
	ut_err_clear(&tab_err);
	/* Shared by all tablets of a test, one after the other. */
	if (!tab_loop)
		assert_true(sd_event_new(&tab_loop) >= 0);
	if (ut_tablet_open(&tab, tab_loop, &fx.tablet, &fx.sandbox, &mock_nl,
			   &tab_err))
		fail_msg("%s", tab_err.msg);
}

struct ut_dock_addr *tab_addr(size_t i)
{
	size_t n;
	struct ut_dock_addr *const *addrs = ut_tablet_addrs(tab, &n);

	assert_true(i < n);
	return addrs[i];
}

int tab_timeout(void)
{
	int64_t next = ut_tablet_due(tab);

	return next == INT64_MAX ? -1 : ut_clock_left(next);
}

/* One event at a time: a state that the next event ends is seen. */
void tab_until(bool (*so)(void), const char *what)
{
	int64_t deadline = ut_clock_ms() + WAIT_MS, next;

	while (!so()) {
		if (!ut_clock_left(deadline))
			fail_msg("not %s: state %s, %s; dock:\n%s", what,
				 ut_dock_addr_state_name(tab_addr(0)->state),
				 tab_addr(0)->error, fx_log());
		next = ut_sooner(deadline, ut_tablet_due(tab));
		if (!so() &&
		    sd_event_run(tab_loop, (uint64_t)ut_clock_left(next) *
				 1000) < 0)
			fail_msg("the loop failed");
	}
}

bool tab_up(void)
{
	return tab_addr(0)->state == UT_DOCK_ADDR_UP;
}

bool tab_has_stick(void)
{
	return tab_up() && tab_addr(0)->remotes.n == 1 &&
	       !strcmp(tab_addr(0)->remotes.v[0].op.busid, "1-2");
}

bool tab_down(void)
{
	return tab_addr(0)->state == UT_DOCK_ADDR_DOWN && tab_addr(0)->error[0];
}

bool tab_denied(void)
{
	return tab_addr(0)->state == UT_DOCK_ADDR_DENIED;
}

bool tab_watched(void)
{
	return tab_addr(0)->state == UT_DOCK_ADDR_UP && !tab_addr(0)->polled;
}
