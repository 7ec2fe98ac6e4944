// SPDX-License-Identifier: GPL-2.0
/*
 * Thousands of connections a second from one address cost the dock no process, and a
 * tablet does not notice them. And a dock without descriptors waits.
 */
#include <sys/mman.h>
#include <sys/resource.h>

#include "dock/dock_conn.h"
#include "lib/dock_bed.h"

/* How many connections come, all within the first second. */
#define FLOOD	3000
/* max_rate of the tests; three seconds' worth get in at once. */
#define RATE	20

/* Counted in the dock's process; shared with ours. */
static unsigned int *workers;

void __real_ut_conn_start(struct ut_dock *dock, struct ut_conn *c);
void __wrap_ut_conn_start(struct ut_dock *dock, struct ut_conn *c);

/* Starts the process. */
void __wrap_ut_conn_start(struct ut_dock *dock, struct ut_conn *c)
{
	__atomic_add_fetch(workers, 1, __ATOMIC_SEQ_CST);
	__real_ut_conn_start(dock, c);
}

static int group(void **state)
{
	workers = mmap(NULL, sizeof(*workers), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return workers == MAP_FAILED ? -1 : fx_group_setup(state);
}

static int setup(void **state)
{
	*workers = 0;
	return fx_setup(state);
}

static const uint8_t half_hello[] = {
	22, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9,
};

/* From an address that no tablet has. */
static int dial_from_elsewhere(void)
{
	return loopback_dial("127.0.0.9", fx.dock.dock.port);
}

static pid_t flood(void)
{
	pid_t pid = fork();
	int fd, i;

	if (pid)
		return pid;
	for (i = 0; i < FLOOD; i++) {
		fd = dial_from_elsewhere();
		send(fd, half_hello, sizeof(half_hello), MSG_NOSIGNAL);
		close(fd);
	}
	_exit(0);
}

static void test_flood(void **state)
{
	int64_t start, usual, took;
	unsigned int most;
	int status;
	pid_t pid;

	fx_share_stick();
	fx_dock_start();
	start = ut_clock_ms();
	fx_tablet_lists(1);
	usual = ut_clock_ms() - start;
	start = ut_clock_ms();
	pid = flood();
	fx_tablet_lists(1);
	took = ut_clock_ms() - start;
	print_message("a list takes %lld ms, %lld ms in the flood\n",
		      (long long)usual, (long long)took);
	/*
	 * Far longer, if each connection of the flood cost a process; below it is
	 * counted how many did. A SYN that meets a full queue is sent again after 1, 3
	 * and 7 s.
	 */
	assert_true(took < 10 * usual + 15000);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* For the flood, and for two tablets. */
	most = RATE * (unsigned int)(4 + (ut_clock_ms() - start) / 1000) + 2;
	print_message("%u workers for %u connections\n", *workers, FLOOD);
	assert_in_range(*workers, 2, most);
	fx_expect_log("refused (rate): ");
	fx_tablet_lists(1);
	fx_dock_stop();
}

/* utime and stime, in ticks. */
static unsigned long cpu(pid_t pid)
{
	unsigned long user, system;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
				&user, &system), 2);
	fclose(f);
	return user + system;
}

#define MANY 90

static void test_no_descriptors(void **state)
{
	struct rlimit all, few;
	int fds[MANY], i;
	unsigned long before;

	fx_config(&fx.dock, "[dock]\nmax_rate = 1000\nmax_connections = 500\n"
		  "max_per_address = 500\n");
	fx_share_stick();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
	few = (struct rlimit){ 64, all.rlim_max };
	fx_dock_start();
	assert_int_equal(prlimit(fx.pid, RLIMIT_NOFILE, &few, NULL), 0);
	for (i = 0; i < MANY; i++)
		fds[i] = dial_from_elsewhere();
	fx_expect_log("Too many open files");
	before = cpu(fx.pid);
	poll(NULL, 0, 2000);
	/* Asking again and again for two seconds would take 200. */
	print_message("%lu ticks in 2 s\n", cpu(fx.pid) - before);
	assert_true(cpu(fx.pid) - before < 50);
	for (i = 0; i < MANY; i++)
		close(fds[i]);
	assert_int_equal(prlimit(fx.pid, RLIMIT_NOFILE, &all, NULL), 0);
	fx_tablet_lists(1);
	fx_dock_stop();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fx_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_flood), TEST(test_no_descriptors),
	};

	return cmocka_run_group_tests(tests, group, fx_group_teardown);
}
