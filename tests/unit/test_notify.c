// SPDX-License-Identifier: GPL-2.0
/*
 * What the service manager hears from the daemon: the messages by themselves, then the
 * daemon's loop from start to end. The manager is a socket here.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/quiet_daemon.h"
#include "lib/scratch.h"
#include "lib/unit.h"

#define DEADLINE_MS 30000
#define WATCHDOG_US "200000"
#define MAX_ROUNDS 90	/* as many as fit into an exit status */
#define LEFT_UNDONE 97
#define BAD_EVENT 96

static char dir[SCRATCH_SIZE], conf[SCRATCH_SIZE + 16];
static int manager = -1;
static char heard[512];

/* --- the manager --- */

static int setup(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	assert_int_equal(scratch_make(dir, "notify"), 0);
	snprintf(conf, sizeof(conf), "%s/t.conf", dir);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/socket", dir);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(manager >= 0);
	assert_int_equal(bind(manager, (void *)&un, sizeof(un)), 0);
	assert_int_equal(pipe(quiet_events), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", un.sun_path, 1), 0);
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	return 0;
}

static int teardown(void **state)
{
	close(manager);
	close(quiet_events[0]);
	close(quiet_events[1]);
	unsetenv("NOTIFY_SOCKET");
	return scratch_drop(dir);
}

/* The next message, in @heard; fails after the deadline. */
static const char *hear(void)
{
	struct pollfd p = { manager, POLLIN, 0 };
	ssize_t n;

	assert_int_equal(poll(&p, 1, DEADLINE_MS), 1);
	n = recv(manager, heard, sizeof(heard) - 1, 0);
	assert_true(n > 0);
	heard[n] = '\0';
	return heard;
}

static bool quiet(void)
{
	struct pollfd p = { manager, POLLIN, 0 };

	return poll(&p, 1, 0) == 0;
}

static void want_watchdog(const char *usec, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	assert_int_equal(setenv("WATCHDOG_USEC", usec, 1), 0);
	assert_int_equal(setenv("WATCHDOG_PID", text, 1), 0);
}

/* --- the words --- */

static void words(void **state)
{
	ut_notify_ready("port %d", 3240);
	assert_string_equal(hear(), "READY=1\nSTATUS=port 3240");
	ut_notify_stopping();
	assert_string_equal(hear(), "STOPPING=1\nSTATUS=");
}

/* A name in a message may come from a peer: it must not add a line. */
static void no_line_of_its_own(void **state)
{
	ut_notify_ready("dock \"%s\"", "x\nMAINPID=1");
	assert_string_equal(hear(), "READY=1\nSTATUS=dock \"x?MAINPID=1\"");
}

static void reload_time(void **state)
{
	struct timespec ts;
	int64_t before, after, told;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	before = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
	ut_notify_reloading();
	clock_gettime(CLOCK_MONOTONIC, &ts);
	after = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
	assert_int_equal(sscanf(hear(), "RELOADING=1\nMONOTONIC_USEC=%" SCNd64,
				&told), 1);
	assert_in_range(told, before, after);
}

static void no_manager(void **state)
{
	unsetenv("NOTIFY_SOCKET");
	ut_notify_ready("up");
	ut_notify_reloading();
	ut_notify_stopping();
	assert_true(quiet());
}

/* --- the loop, in a process of its own --- */

static void write_conf(const char *text)
{
	scratch_write(conf, text);
}

/* @watched: whose signs of life are expected; 0: the daemon's. */
static pid_t start_daemon(bool dock, pid_t watched)
{
	struct ut_daemon d = { .is_dock = dock, .is_tablet = !dock,
			       .config_path = conf };
	struct ut_err err;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	if (ut_daemon_loop_open(&d, &err))
		_exit(98);
	d.config = calloc(1, sizeof(*d.config));
	/* Only ever passed back to the functions of lib/quiet_daemon.c. */
	d.dock = dock ? (struct ut_dock *)&d : NULL;
	d.tablet = dock ? NULL : (struct ut_tablet *)&d;
	want_watchdog(WATCHDOG_US, watched ? watched : getpid());
	if (ut_daemon_run(&d, &err))
		_exit(strcmp(err.msg, "a bad event") ? 99 : BAD_EVENT);
	ut_config_free(d.config);
	free(d.config);
	sd_event_unref(d.loop);
	if (quiet_work.left)
		_exit(LEFT_UNDONE);
	_exit(quiet_rounds > MAX_ROUNDS ? MAX_ROUNDS : (int)quiet_rounds);
}

/* The next message that is not a sign of life. */
static const char *hear_words(void)
{
	do
		hear();
	while (!strcmp(heard, "WATCHDOG=1"));
	return heard;
}

static int await_end(pid_t pid)
{
	int status;

	assert_string_equal(hear_words(), "STOPPING=1\nSTATUS=");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int end_daemon(pid_t pid)
{
	assert_int_equal(kill(pid, SIGTERM), 0);
	return await_end(pid);
}

/* An idle loop, in which poll would sleep for ever, sends signs of life. */
static void loop_lives(void **state)
{
	int64_t start = ut_clock_ms();
	pid_t pid;
	int i;

	write_conf("[dock]\nport = 3240\n");
	pid = start_daemon(false, 0);
	assert_string_equal(hear(), "READY=1\nSTATUS=tablet, up");
	for (i = 0; i < 5; i++)
		assert_string_equal(hear(), "WATCHDOG=1");
	/* The first at once, the others every 100 ms, and no faster. */
	assert_true(ut_clock_ms() - start >= 4 * 100 - 10);
	assert_in_range(end_daemon(pid), 3, 20);
}

/* The parent's environment is not meant for us. */
static void watchdog_of_another(void **state)
{
	struct pollfd p = { manager, POLLIN, 0 };
	pid_t pid;

	write_conf("[dock]\nport = 3240\n");
	pid = start_daemon(false, getpid());
	assert_string_equal(hear(), "READY=1\nSTATUS=tablet, up");
	assert_int_equal(poll(&p, 1, 500), 0);
	end_daemon(pid);
}

static void loop_reloads(void **state)
{
	pid_t pid;

	write_conf("[dock]\nport = 3240\n");
	pid = start_daemon(false, 0);
	assert_string_equal(hear_words(), "READY=1\nSTATUS=tablet, up");
	kill(pid, SIGHUP);
	assert_non_null(strstr(hear_words(), "RELOADING=1\n"));
	assert_string_equal(hear_words(), "READY=1\nSTATUS=tablet, reloaded");

	write_conf("[dock]\nprot = 3240\n");
	kill(pid, SIGHUP);
	assert_non_null(strstr(hear_words(), "RELOADING=1\n"));
	hear_words();
	assert_non_null(strstr(heard, "READY=1\nSTATUS=tablet; nothing reloaded, "));
	assert_non_null(strstr(heard, "t.conf:2"));
	end_daemon(pid);
}

/* The nearest deadline counts, whichever part it belongs to. */
static void loop_has_many_deadlines(void **state)
{
	static const struct {
		bool dock;
		enum quiet_part part;
		int timeout, min, max;
	} cases[] = {
		{ true, QUIET_DOCK, -1, 3, 20 },
		{ true, QUIET_DOCK, 3600000, 3, 20 },
		{ true, QUIET_DOCK, 1, 10, MAX_ROUNDS },
		{ false, QUIET_TABLET, 3600000, 3, 20 },
		{ false, QUIET_TABLET, 1, 10, MAX_ROUNDS },
		{ true, QUIET_DISCOVERY, 3600000, 3, 20 },
		{ true, QUIET_DISCOVERY, 1, 10, MAX_ROUNDS },
		{ false, QUIET_CONTROL, 3600000, 3, 20 },
		{ false, QUIET_CONTROL, 1, 10, MAX_ROUNDS },
		{ true, QUIET_UPKEEP, 3600000, 3, 20 },
		{ true, QUIET_UPKEEP, 1, 10, MAX_ROUNDS },
	};
	size_t i;
	pid_t pid;
	int n;

	write_conf("[dock]\nport = 3240\n");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		quiet_timeout[cases[i].part] = cases[i].timeout;
		pid = start_daemon(cases[i].dock, 0);
		assert_non_null(strstr(hear_words(), ", up"));
		for (n = 0; n < 4; n++)
			assert_string_equal(hear(), "WATCHDOG=1");
		assert_in_range(end_daemon(pid), cases[i].min, cases[i].max);
		quiet_timeout[cases[i].part] = -1;
	}
}

/* A part that has been given work does not wait until something else happens. */
static void loop_leaves_nothing(void **state)
{
	static const struct {
		bool dock;
		enum quiet_part from, to;
	} cases[] = {
		{ true, QUIET_OBSERVE, QUIET_DOCK },
		{ true, QUIET_UPKEEP, QUIET_DOCK },
		{ false, QUIET_UPKEEP, QUIET_TABLET },
		{ false, QUIET_FEEDBACK, QUIET_TABLET },
		{ false, QUIET_DISCOVERY, QUIET_TABLET },
		{ true, QUIET_DOCK, QUIET_TELL },
		{ false, QUIET_TABLET, QUIET_TELL },
		{ true, QUIET_TELL, QUIET_CONTROL },
	};
	size_t i;
	pid_t pid;

	write_conf("[dock]\nport = 3240\n");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		quiet_work.from = cases[i].from;
		quiet_work.to = cases[i].to;
		/* Without a watchdog the loop comes round once. */
		pid = start_daemon(cases[i].dock, getpid());
		assert_non_null(strstr(hear_words(), ", up"));
		if (end_daemon(pid) != 1)
			fail_msg("case %zu", i);
	}
	quiet_work.from = quiet_work.to = QUIET_PARTS;
}

/* Whatever its errno, it is not mistaken for the end of the process with the key. */
static void loop_says_why(void **state)
{
	pid_t pid;

	write_conf("[dock]\nport = 3240\n");
	quiet_error = EPIPE;
	pid = start_daemon(true, 0);
	assert_int_equal(write(quiet_events[1], "x", 1), 1);
	assert_non_null(strstr(hear_words(), ", up"));
	assert_int_equal(await_end(pid), BAD_EVENT);
	quiet_error = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(words, setup, teardown),
		cmocka_unit_test_setup_teardown(no_line_of_its_own, setup,
						teardown),
		cmocka_unit_test_setup_teardown(reload_time, setup, teardown),
		cmocka_unit_test_setup_teardown(no_manager, setup, teardown),
		cmocka_unit_test_setup_teardown(watchdog_of_another, setup,
						teardown),
		cmocka_unit_test_setup_teardown(loop_lives, setup, teardown),
		cmocka_unit_test_setup_teardown(loop_reloads, setup, teardown),
		cmocka_unit_test_setup_teardown(loop_has_many_deadlines, setup,
						teardown),
		cmocka_unit_test_setup_teardown(loop_leaves_nothing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(loop_says_why, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
