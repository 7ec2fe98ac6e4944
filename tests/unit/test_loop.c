// SPDX-License-Identifier: GPL-2.0
/* The loop: how much it does in one turn, how long it waits, how it ends. */
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "lib/unit.h"

/* So many sources in one turn, then it is time for what is due. */
#define AT_ONCE	64

static sd_event *loop;
static int ready[2];
static unsigned int called[2], dues, exit_at;
static int due_exits;

static int setup(void **state)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		called[i] = 0;
		ready[i] = eventfd(0, EFD_CLOEXEC);
		if (ready[i] < 0)
			return -1;
	}
	dues = exit_at = 0;
	due_exits = 0;
	return sd_event_new(&loop);
}

static int teardown(void **state)
{
	loop = sd_event_unref(loop);
	close(ready[0]);
	close(ready[1]);
	return 0;
}

/* It reads nothing, so it is called again and again. */
static int on_ready(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	unsigned int *n = arg;

	return ++*n == exit_at ? sd_event_exit(loop, 7) : 0;
}

static void watch(size_t i, uint64_t value)
{
	assert_true(sd_event_add_io(loop, NULL, ready[i], EPOLLIN, on_ready,
				    &called[i]) >= 0);
	if (value)
		assert_int_equal(eventfd_write(ready[i], value), 0);
}

static int64_t on_due(void *arg)
{
	assert_ptr_equal(arg, &dues);
	dues++;
	if (due_exits)
		sd_event_exit(loop, due_exits);
	return INT64_MAX;
}

/* A source that is always ready does not keep the others from their turn. */
static void test_bounded(void **state)
{
	watch(0, 1);
	assert_int_equal(ut_loop_turn(loop, INT64_MAX), 0);
	assert_int_equal(called[0], AT_ONCE);
	watch(1, 1);
	assert_int_equal(ut_loop_turn(loop, INT64_MAX), 0);
	assert_in_range(called[1], AT_ONCE / 2 - 1, AT_ONCE / 2 + 1);
}

static void test_waits(void **state)
{
	int64_t start = ut_clock_ms();

	watch(0, 0);
	assert_int_equal(ut_loop_turn(loop, start + 50), 0);
	assert_true(ut_clock_ms() >= start + 50);
	assert_int_equal(called[0], 0);
}

/* If the deadline is over it does not wait, but serves what is ready. */
static void test_late(void **state)
{
	int64_t start = ut_clock_ms();

	watch(0, 0);
	watch(1, 1);
	assert_int_equal(ut_loop_turn(loop, start - 1000), 0);
	assert_int_equal(called[0], 0);
	assert_true(called[1] > 0);
	sd_event_exit(loop, 0);
	assert_int_equal(ut_loop_turn(loop, INT64_MAX), 0);
}

/* After the end nothing is called, whether ready or due. */
static void test_exit(void **state)
{
	watch(0, 1);
	exit_at = AT_ONCE / 2;
	assert_int_equal(ut_loop_run(loop, on_due, &dues), 7);
	assert_int_equal(called[0], exit_at);
	assert_int_equal(dues, 1);
}

static void test_exit_at_last(void **state)
{
	watch(0, 1);
	exit_at = AT_ONCE;
	assert_int_equal(ut_loop_run(loop, on_due, &dues), 7);
	assert_int_equal(called[0], exit_at);
	assert_int_equal(dues, 1);
}

static void test_next_turn(void **state)
{
	watch(0, 1);
	exit_at = AT_ONCE + 1;
	assert_int_equal(ut_loop_run(loop, on_due, &dues), 7);
	assert_int_equal(dues, 2);
}

static void test_exit_when_due(void **state)
{
	watch(0, 1);
	due_exits = -ETIMEDOUT;
	assert_int_equal(ut_loop_run(loop, on_due, &dues), -ETIMEDOUT);
	assert_int_equal(dues, 1);
	assert_int_equal(called[0], 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_bounded), T(test_waits), T(test_late), T(test_exit),
		T(test_exit_at_last), T(test_next_turn), T(test_exit_when_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
