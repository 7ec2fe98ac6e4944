// SPDX-License-Identifier: GPL-2.0
/*
 * Strangers at the dock: other protocols, and peers that say nothing. A real tablet
 * must not notice them.
 */
#include <sys/stat.h>

#include "cage/program.h"
#include "lib/dock_bed.h"
#include "lib/proc_status.h"
#include "tls/ktls.h"

/* --- other protocols --- */

static void test_plain_usbip(void **state)
{
	static const uint8_t devlist[8] = { 0x01, 0x11, 0x80, 0x05 };
	static const uint8_t refusal[8] = {
		0x01, 0x11, 0x00, 0x05, 0, 0, 0, 1,
	};
	uint8_t buf[512];
	int fd;

	fx_share_stick();
	fx_dock_start();
	fd = fx_dial();
	assert_int_equal(send(fd, devlist, sizeof(devlist), 0), 8);
	assert_int_equal(fx_read_all(fd, buf, sizeof(buf)), sizeof(refusal));
	assert_memory_equal(buf, refusal, sizeof(refusal));
	close(fd);
	fx_expect_log("refused (plain-usbip): it speaks USB/IP without TLS");
	fx_dock_stop();
}

static void garbage(const void *data, size_t len, const char *log)
{
	uint8_t buf[512];
	size_t n;
	int fd;

	fx_share_stick();
	fx_dock_start();
	fd = fx_dial();
	assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), len);
	n = fx_read_all(fd, buf, sizeof(buf));
	fx_expect_log(log);
	/* A fatal TLS alert, and nothing else. */
	assert_int_equal(n, 7);
	assert_int_equal(buf[0], 21);
	assert_int_equal(buf[5], 2);
	close(fd);
	fx_tablet_lists(1);
	fx_dock_stop();
}

static void test_http(void **state)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: dock\r\n\r\n";

	garbage(get, sizeof(get) - 1, "refused (not-tls): it does not speak TLS");
}

static void test_bad_client_hello(void **state)
{
	uint8_t hello[261] = { 22, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3 };

	memset(hello + 11, 0xff, sizeof(hello) - 11);
	garbage(hello, sizeof(hello), "refused (handshake): the TLS handshake failed");
}

/* Announces 16 MiB and does not stop: it must be cut off. */
static void test_endless_hello(void **state)
{
	static uint8_t record[5 + 16384] = { 22, 3, 1, 0x40, 0, 1, 0xff, 0xff,
					     0xff };
	size_t sent = 0;
	ssize_t n;
	int fd;

	fx_share_stick();
	fx_dock_start();
	fd = fx_dial();
	/* More than the socket buffers hold, so that it is the dock that stops it. */
	while (sent < (64 << 20)) {
		n = send(fd, record, sizeof(record), MSG_NOSIGNAL);
		if (n < 0)
			break;
		sent += (size_t)n;
		memset(record + 5, 0, 4);
	}
	if (sent >= (64 << 20))
		fail_msg("it took everything:\n%s", fx_log());
	close(fd);
	fx_expect_log("refused (handshake): the TLS handshake failed");
	fx_dock_stop();
}

/* --- those that say nothing, or not enough --- */

#define CROWD 40

/* The first bytes of a real ClientHello. */
static const uint8_t half_hello[] = {
	22, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9,
};

static void crowd(bool speak)
{
	int fds[CROWD], i;
	int64_t start;

	fx_share_stick();
	fx_dock_start();
	for (i = 0; i < CROWD; i++) {
		fds[i] = fx_dial();
		if (speak)
			send(fds[i], half_hello, sizeof(half_hello),
			     MSG_NOSIGNAL);
	}
	start = ut_clock_ms();
	fx_tablet_lists(1);
	assert_true(ut_clock_ms() - start < 3000);
	for (i = 0; i < CROWD; i++)
		close(fds[i]);
	fx_expect_log("refused (evicted): too many connections");
	fx_dock_stop();
}

static void test_silent_crowd(void **state)
{
	crowd(false);
}

static void test_crowd_in_mid_handshake(void **state)
{
	crowd(true);
}

/* Whoever has sent something is served before a newcomer may evict them. */
static void test_served_first(void **state)
{
	int early, silent, late, n;

	fx_config(&fx.dock, "[dock]\nmax_per_address = 2\n");
	fx_dock_start();
	n = proc_fds(fx.pid);
	early = fx_dial();
	proc_await_fds(fx.pid, n + 1);
	silent = fx_dial();
	proc_await_fds(fx.pid, n + 2);
	proc_stop(fx.pid);
	late = fx_dial();
	assert_int_equal(send(early, half_hello, sizeof(half_hello), 0),
			 sizeof(half_hello));
	assert_int_equal(kill(fx.pid, SIGCONT), 0);
	assert_true(loopback_closed(silent));
	assert_int_equal(poll(&(struct pollfd){ early, POLLIN, 0 }, 1, 0), 0);
	close(early);
	close(silent);
	close(late);
	fx_dock_stop();
}

static void until_the_deadline(const void *said, size_t len, const char *log)
{
	uint8_t buf[64];
	int fd;

	fx.dock.dock.handshake_timeout = 1;
	fx_dock_start();
	fd = fx_dial();
	if (len)
		send(fd, said, len, MSG_NOSIGNAL);
	assert_int_equal(fx_read_all(fd, buf, sizeof(buf)), 0);
	close(fd);
	fx_expect_log(log);
	fx_dock_stop();
}

static void test_silent_until_the_deadline(void **state)
{
	until_the_deadline(NULL, 0,
		"refused (timeout): it said nothing until the deadline");
}

static void test_half_hello_until_the_deadline(void **state)
{
	until_the_deadline(half_hello, sizeof(half_hello),
		"refused (timeout): it was silent until the deadline");
}

static void test_gone_at_once(void **state)
{
	fx_share_stick();
	fx_dock_start();
	close(fx_dial());
	fx_expect_log("refused (closed): it closed the connection");
	fx_tablet_lists(1);
	fx_dock_stop();
}

/* --- what the tablet says to other servers --- */

static void test_dock_is_something_else(void **state)
{
	static const char ssh[] = "SSH-2.0-OpenSSH_9.2p1\r\n";
	int listener = fx_listen(), fd;
	pid_t pid;

	pid = fork();
	if (!pid) {
		char buf[2048];

		fd = accept(listener, NULL, NULL);
		if (recv(fd, buf, sizeof(buf), 0) > 0)
			send(fd, ssh, sizeof(ssh) - 1, 0);
		while (recv(fd, buf, sizeof(buf), 0) > 0)
			;
		_exit(0);
	}
	close(listener);
	fx_refused(fx_home, UT_EXIT_PROTOCOL, "does not speak TLS", NULL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Whether this machine has kernel TLS or not, the answer is clear. */
static void test_import(void **state)
{
	struct ut_client c = { .devs = NULL };
	struct ut_err err;

	if (ut_ktls_need(&err)) {
		assert_int_equal(err.code, UT_EXIT_MODULE);
		assert_non_null(strstr(err.hint, "modprobe tls"));
		return;
	}
	fx_share_stick();
	fx_dock_start();
	assert_int_not_equal(fx_import(&c, "9-9", &err), 0);
	assert_int_equal(err.code, UT_EXIT_NOT_FOUND);
	fx_dock_stop();
}

/* --- workers that are not to be had --- */

/* The programs of a damaged installation; @worker NULL: there is none. */
static void start_with(const char *worker)
{
	char dir[SCRATCH_SIZE + 8], path[SCRATCH_SIZE + 48];

	snprintf(dir, sizeof(dir), "%s/bin", fx.top);
	mkdir(dir, 0755);
	snprintf(path, sizeof(path), "%s/usbip-tls-signer", dir);
	unlink(path);
	assert_int_equal(symlink(UT_TOP "/build/san/usbip-tls-signer", path), 0);
	snprintf(path, sizeof(path), "%s/usbip-tls-worker", dir);
	unlink(path);
	if (worker)
		assert_int_equal(symlink(worker, path), 0);
	ut_program_dir_set(dir);
	fx_share_stick();
	fx_dock_start();
	ut_program_dir_set(NULL);
}

/* How often the dock logs it when many connections come. */
static size_t says(const char *what)
{
	const char *s;
	char byte;
	size_t n;
	int i, fd;

	for (i = 0; i < 8; i++) {
		fd = fx_dial();
		assert_int_equal(send(fd, "x", 1, MSG_NOSIGNAL), 1);
		fx_read_all(fd, (uint8_t *)&byte, 1);
		close(fd);
	}
	fx_expect_log(what);
	for (n = 0, s = fx_log(); (s = strstr(s, what)); n++)
		s++;
	fx_dock_stop();
	return n;
}

static void test_no_worker(void **state)
{
	start_with(NULL);
	/* Once in ten seconds, and the test may span two periods. */
	assert_in_range(says("cannot start a worker: "), 1, 2);
}

/* Like a program that does not find its libraries. */
static void test_worker_ends_at_once(void **state)
{
	start_with("/bin/false");
	assert_in_range(says("the worker ended with status 1 before it said how it went"),
			1, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plain_usbip),
		TEST(test_http),
		TEST(test_bad_client_hello),
		TEST(test_endless_hello),
		TEST(test_silent_crowd),
		TEST(test_crowd_in_mid_handshake),
		TEST(test_served_first),
		TEST(test_silent_until_the_deadline),
		TEST(test_half_hello_until_the_deadline),
		TEST(test_gone_at_once),
		TEST(test_dock_is_something_else),
		TEST(test_import),
		TEST(test_no_worker),
		TEST(test_worker_ends_at_once),
	};

	return cmocka_run_group_tests(tests, fx_group_setup,
				      fx_group_teardown);
}
