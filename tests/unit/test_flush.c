// SPDX-License-Identifier: GPL-2.0
/* Writing before a detach: how much time each device gets. */
#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "lib/fake_machine.h"
#include "lib/unit.h"
#include "tablet/flush.h"

#define DISK FAKE_USB "/1-1/1-1:1.1/host6/6:0:0:0/block/sdb"

static struct ut_flush f;
static char mnt[SCRATCH_SIZE + 8];

/*
 * What the kernel does in the process that writes: for @sync_ms the first times it is
 * asked, then at once; or for ever.
 */
static int sync_ms, sync_error;
static char count_file[SCRATCH_SIZE + 16];

int __wrap_syncfs(int fd);
int __wrap_fsync(int fd);
int __wrap_swapoff(const char *path);
void __wrap_sync(void);

/* How often the kernel was asked, over all processes. */
static int asked(void)
{
	FILE *c = fopen(count_file, "a+");
	int n;

	assert_non_null(c);
	fputc('x', c);
	n = (int)ftell(c);
	fclose(c);
	return n;
}

int __wrap_syncfs(int fd)
{
	int n = asked();

	if (sync_ms < 0)
		for (;;)
			pause();
	if (n <= 2)
		poll(NULL, 0, sync_ms);
	errno = sync_error;
	return sync_error ? -1 : 0;
}

int __wrap_fsync(int fd)
{
	return __wrap_syncfs(fd);
}

int __wrap_swapoff(const char *path)
{
	assert_string_equal(path, "/dev/sdb2");
	return __wrap_syncfs(-1);
}

void __wrap_sync(void)
{
	__wrap_syncfs(-1);
}

static void stat_is(unsigned int sectors)
{
	char text[64];

	snprintf(text, sizeof(text), "0 0 0 0 1 0 %u 0 0 0 0\n", sectors);
	fake(text, DISK "/stat");
}

static int setup(void **state)
{
	if (fake_machine_setup(state))
		return -1;
	memset(&f, 0, sizeof(f));
	f.stall_ms = 1500;
	sync_ms = 0;
	sync_error = 0;
	snprintf(count_file, sizeof(count_file), "%s/count", fake_root);
	snprintf(mnt, sizeof(mnt), "%s/mnt", fake_root);
	fake_stick(FAKE_USB, "1-1", 'b');
	stat_is(0);
	return mkdir(mnt, 0755);
}

static int teardown(void **state)
{
	ut_flush_free(&f);
	return fake_machine_teardown(state);
}

static void add(uint32_t port, enum ut_use_kind kind, const char *what,
		const char *source)
{
	struct ut_uses u = { 0 };

	assert_int_equal(ut_uses_of("1-1", &u), 0);
	assert_int_equal(ut_uses_add(&u, kind, what, source, 0), 0);
	assert_int_equal(ut_flush_add(&f, port, &u), 0);
	ut_uses_free(&u);
}

/* Runs it for @ms at most; the disk takes something all the time if @moves. */
static int64_t run(int64_t ms, bool moves)
{
	int64_t begin = ut_clock_ms();
	unsigned int n = 0;

	ut_flush_start(&f);
	do {
		if (moves)
			stat_is(++n);
	} while (ut_flush_step(&f, begin + ms));
	return ut_clock_ms() - begin;
}

static void test_written(void **state)
{
	add(0, UT_USE_MOUNT, mnt, "/dev/sdb1");
	assert_true(run(20000, false) < 10000);
	assert_int_equal(f.items[0].ret, 0);
	assert_false(f.items[0].more);
	assert_true(ut_flush_port_done(&f, 0));
	assert_null(ut_flush_failed(&f, 0));
}

static void test_error(void **state)
{
	char text[512], want[256];

	sync_error = EIO;
	add(7, UT_USE_MOUNT, mnt, "/dev/sdb1");
	run(20000, false);
	assert_ptr_equal(ut_flush_failed(&f, 7), &f.items[0]);
	assert_int_equal(f.items[0].ret, -EIO);
	snprintf(want, sizeof(want), "%s (/dev/sdb1)", mnt);
	assert_string_equal(ut_flush_text(&f.items[0], text, sizeof(text)),
			    want);
}

/* A dock that is gone delays nobody for longer than the stall. */
static void test_stalled(void **state)
{
	int64_t took;

	sync_ms = -1;
	add(0, UT_USE_MOUNT, mnt, "/dev/sdb1");
	took = run(60000, false);
	assert_in_range(took, 1500, 20000);
	assert_int_equal(f.items[0].ret, -ETIMEDOUT);
	assert_true(ut_flush_port_done(&f, 0));
}

/* A slow disk may take any time. */
static void test_slow(void **state)
{
	sync_ms = -1;
	add(0, UT_USE_MOUNT, mnt, "/dev/sdb1");
	assert_true(run(5000, true) >= 5000);
	assert_int_equal(f.items[0].ret, -ETIMEDOUT);
	assert_false(ut_flush_port_done(&f, 0));
}

/* Data written during a long pass gets a pass of its own. */
static void test_again(void **state)
{
	sync_ms = 1300;
	add(0, UT_USE_MOUNT, mnt, "/dev/sdb1");
	run(30000, true);
	assert_int_equal(f.items[0].ret, 0);
	assert_false(f.items[0].more);
	assert_int_equal(asked(), 4);
}

/* Somebody keeps writing: the caller is told. */
static void test_more(void **state)
{
	sync_ms = 1300;
	add(0, UT_USE_MOUNT, mnt, "/dev/sdb1");
	run(1900, true);
	assert_int_equal(f.items[0].ret, 0);
	assert_true(f.items[0].more);
}

/* A device that hangs does not delay another port. */
static void test_two_ports(void **state)
{
	sync_ms = -1;
	add(0, UT_USE_MOUNT, mnt, "/dev/sdb1");
	/* Fails at once: there is no such directory. */
	add(1, UT_USE_MOUNT, "/nowhere", "/dev/sdb1");
	ut_flush_start(&f);
	while (!ut_flush_port_done(&f, 1))
		assert_true(ut_flush_step(&f, ut_clock_ms() + 5000));
	assert_false(ut_flush_port_done(&f, 0));
	assert_int_equal(ut_flush_failed(&f, 1)->ret, -ENOENT);
}

static void test_swap(void **state)
{
	add(0, UT_USE_SWAP, "/dev/sdb2", "");
	run(20000, false);
	assert_int_equal(f.items[0].ret, 0);
	assert_int_equal(asked(), 2);
}

/* A disk is written once, however many programs have it open. */
static void test_disk(void **state)
{
	struct ut_uses u = { 0 };
	char text[128];

	ut_uses_add(&u, UT_USE_WRITER, "dd", "/dev/null", 23);
	ut_uses_add(&u, UT_USE_READER, "cat", "/dev/null", 24);
	assert_int_equal(ut_flush_add(&f, 0, &u), 0);
	ut_uses_free(&u);
	assert_int_equal(f.n, 1);
	assert_string_equal(ut_flush_text(&f.items[0], text, sizeof(text)),
			    "/dev/null (dd, process 23)");
	run(20000, false);
	assert_int_equal(f.items[0].ret, 0);
	assert_int_equal(asked(), 2);
}

/* There is always a last place, which stands for everything. */
static void test_too_many(void **state)
{
	struct ut_uses u = { 0 };
	char text[128];
	size_t i;

	for (i = 0; i < UT_FLUSH_MAX + 5; i++)
		assert_int_equal(ut_uses_add(&u, UT_USE_MOUNT, mnt, "x", 0), 0);
	assert_int_equal(ut_flush_add(&f, 0, &u), 0);
	ut_uses_free(&u);
	assert_int_equal(f.n, UT_FLUSH_MAX);
	assert_string_equal(ut_flush_text(&f.items[f.n - 1], text,
					  sizeof(text)),
			    "all file systems of the machine");
}

/* Nor does a port without a place in the table finish any earlier. */
static void test_ports_beyond(void **state)
{
	struct ut_uses u = { 0 };
	size_t i;

	sync_ms = -1;
	/* All of them fail at once, except for the last place. */
	for (i = 0; i < UT_FLUSH_MAX - 1; i++)
		assert_int_equal(ut_uses_add(&u, UT_USE_MOUNT, "/nowhere", "x",
					     0), 0);
	assert_int_equal(ut_flush_add(&f, 0, &u), 0);
	ut_uses_free(&u);
	add(1, UT_USE_MOUNT, mnt, "/dev/sdb1");
	add(2, UT_USE_MOUNT, mnt, "/dev/sdb1");
	assert_int_equal(f.n, UT_FLUSH_MAX);
	ut_flush_start(&f);
	while (!ut_flush_port_done(&f, 0))
		assert_true(ut_flush_step(&f, ut_clock_ms() + 5000));
	assert_false(ut_flush_port_done(&f, 1));
	assert_false(ut_flush_port_done(&f, 2));
	while (ut_flush_step(&f, ut_clock_ms() + 20000))
		;
	assert_true(ut_flush_port_done(&f, 2));
	assert_int_equal(ut_flush_failed(&f, 0)->ret, -ENOENT);
	assert_ptr_equal(ut_flush_failed(&f, 2), &f.items[f.n - 1]);
	assert_int_equal(ut_flush_failed(&f, 2)->ret, -ETIMEDOUT);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_written), T(test_error), T(test_stalled), T(test_slow),
		T(test_again), T(test_more), T(test_two_ports), T(test_swap),
		T(test_disk), T(test_too_many), T(test_ports_beyond),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
