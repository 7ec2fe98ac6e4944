// SPDX-License-Identifier: GPL-2.0
/*
 * Strangers who do not know the code: noise, silence, crowds, somebody who replays a
 * recording, somebody in the middle.
 */
#include <sys/mman.h>

#include "lib/enroll_bed.h"
#include "lib/proc_status.h"

#define RECORD_MAX 65536

/* In the server's process; shared with ours. */
static unsigned int *workers;

int __real_ut_worker_start(struct ut_child *w, int peer, struct ut_creds *creds,
			   const struct ut_sandbox *sandbox,
			   struct ut_msg *start);
int __wrap_ut_worker_start(struct ut_child *w, int peer, struct ut_creds *creds,
			   const struct ut_sandbox *sandbox,
			   struct ut_msg *start);

int __wrap_ut_worker_start(struct ut_child *w, int peer, struct ut_creds *creds,
			   const struct ut_sandbox *sandbox,
			   struct ut_msg *start)
{
	__atomic_add_fetch(workers, 1, __ATOMIC_SEQ_CST);
	return __real_ut_worker_start(w, peer, creds, sandbox, start);
}

static int group(void **state)
{
	workers = mmap(NULL, sizeof(*workers), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return workers == MAP_FAILED ? -1 : 0;
}

/* The right client gets through, and no try was used up. */
static void still_good(void)
{
	struct ut_err err;

	if (ef_enroll("lea", &ef.code, &err))
		fail_msg("%s; server:\n%s", err.msg, ef_log());
	assert_int_equal(ef_end().ret, 0);
	assert_int_equal(ef_count("wrong code"), 0);
	assert_int_equal(ef_count("turned down"), 0);
	assert_int_equal(ef_issued(), 1);
}

static void test_garbage(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
		{ "GET / HTTP/1.0\r\n\r\n", 18 },
		{ "\x01\x11\x80\x05\0\0\0\0", 8 },
		{ "\0", 1 },
		/* A handshake record of nonsense, an empty one, an alert. */
		{ "\x16\x03\x01\0\x04\x01\0\0\0", 9 },
		{ "\x16\x03\x01\0\0", 5 },
		{ "\x15\x03\x03\0\x02\x02\x28", 7 },
		{ "\x16\x03\x01\xff\xff", 5 },
	};
	size_t i;
	int fd;

	ef.server.patience = 3000;
	ef_start();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fd = ef_dial();
		assert_int_equal(write(fd, rows[i].bytes, rows[i].len),
				 rows[i].len);
		if (!loopback_closed(fd))
			fail_msg("row %zu is still connected", i);
		close(fd);
	}
	still_good();
}

static void test_silence(void **state)
{
	int64_t begin = ut_clock_ms();
	int fd;

	ef.server.patience = 3000;
	ef_start();
	fd = ef_dial();
	assert_true(loopback_closed(fd));
	assert_true(ut_clock_ms() - begin >= 3000);
	close(fd);
	still_good();
}

#define CROWD (4 * UT_ENROLL_CONNS_MAX)

/* @n of them, who stay, while the right client comes. */
static void besiege(size_t n, int (*dial)(size_t i))
{
	int fd[CROWD];
	size_t i;

	assert_true(n <= CROWD);
	ef_start();
	for (i = 0; i < n; i++)
		fd[i] = dial(i);
	still_good();
	for (i = 0; i < n; i++)
		close(fd[i]);
}

static int dial_silent(size_t i)
{
	return ef_dial();
}

static int dial_from_elsewhere(size_t i)
{
	char from[32];

	snprintf(from, sizeof(from), "127.0.0.%zu", i + 2);
	return loopback_dial(from, ef.server.port);
}

static int dial_half(size_t i)
{
	int fd = dial_silent(i);

	assert_int_equal(write(fd, "\x16\x03\x01\x01\0\x01", 6), 6);
	return fd;
}

/* More than there is room for, all of them silent, and they stay. */
static void test_crowd(void **state)
{
	besiege(CROWD, dial_silent);
}

/* From many addresses, so that no limit per address helps. */
static void test_crowd_of_many(void **state)
{
	besiege(CROWD, dial_from_elsewhere);
}

/* Each of them in the middle of a ClientHello. */
static void test_slow_crowd(void **state)
{
	besiege(UT_ENROLL_CONNS_MAX, dial_half);
}

/* --- at the same time --- */

/* Whoever has sent something is served before a newcomer may evict them. */
static void test_served_first(void **state)
{
	int fd[UT_ENROLL_CONNS_PER_ADDRESS], late, n;
	size_t i;

	ef_start();
	n = proc_fds(ef.pid);
	for (i = 0; i < UT_ENROLL_CONNS_PER_ADDRESS; i++) {
		fd[i] = ef_dial();
		proc_await_fds(ef.pid, ++n);
	}
	proc_stop(ef.pid);
	late = ef_dial();
	assert_int_equal(write(fd[0], "\x16\x03\x01\x01\0\x01", 6), 6);
	assert_int_equal(kill(ef.pid, SIGCONT), 0);
	assert_true(loopback_closed(fd[1]));
	assert_int_equal(poll(&(struct pollfd){ fd[0], POLLIN, 0 }, 1, 0), 0);
	for (i = 0; i < UT_ENROLL_CONNS_PER_ADDRESS; i++)
		close(fd[i]);
	close(late);
	still_good();
}

/* Nobody who connects at this moment is served any more. */
static void test_stop_first(void **state)
{
	int fd, n;

	*workers = 0;
	ef_start();
	n = proc_fds(ef.pid);
	fd = ef_dial();
	proc_await_fds(ef.pid, n + 1);
	proc_stop(ef.pid);
	assert_int_equal(write(fd, "\x16", 1), 1);
	assert_int_equal(write(ef.stop, "x", 1), 1);
	assert_int_equal(kill(ef.pid, SIGCONT), 0);
	assert_int_equal(ef_end().ret, -EINTR);
	assert_int_equal(*workers, 0);
	close(fd);
}

/* --- replay --- */

/**
 * struct tap - a relay that writes down what the tablet says
 * @bytes: it
 * @len: how many
 * @hello_only: lets only the first record pass, and no answer
 */
static struct tap {
	uint8_t bytes[RECORD_MAX];
	size_t len;
	bool hello_only;
} *tap;

static bool pump(int from, int to, bool record)
{
	uint8_t buf[4096];
	ssize_t n = read(from, buf, sizeof(buf));

	if (n <= 0)
		return false;
	if (record && tap->len + (size_t)n <= RECORD_MAX) {
		memcpy(tap->bytes + tap->len, buf, (size_t)n);
		tap->len += (size_t)n;
	}
	return write(to, buf, (size_t)n) == n;
}

/* One connection from @fd to the dock. */
static void relay(int fd)
{
	int dock = ef_dial();
	struct pollfd p[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = dock, .events = POLLIN },
	};

	for (;;) {
		poll(p, 2, EF_DEADLINE_MS);
		if (p[0].revents && !pump(fd, dock, true))
			break;
		if (tap->hello_only && tap->len)
			break;
		if (p[1].revents && !pump(dock, fd, false))
			break;
	}
	close(dock);
	close(fd);
}

/* An enrolment through the tap. Returns what the tablet got. */
static int enroll_through_tap(const char *name, struct ut_err *err)
{
	uint16_t port;
	int listener = loopback_listen_any(&port), status, ret;
	pid_t pid = fork();

	if (!pid) {
		relay(accept(listener, NULL, NULL));
		_exit(0);
	}
	close(listener);
	ret = ef_enroll_at(port, name, &ef.code, err);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return ret;
}

static void replay(void)
{
	int fd = ef_dial();

	assert_true(tap->len > 100);
	assert_int_equal(write(fd, tap->bytes, tap->len), tap->len);
	assert_true(loopback_closed(fd));
	close(fd);
}

static int tap_setup(void **state)
{
	tap = mmap(NULL, sizeof(*tap), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return tap == MAP_FAILED ? -1 : ef_setup(state);
}

static int tap_teardown(void **state)
{
	munmap(tap, sizeof(*tap));
	return ef_teardown(state);
}

/*
 * The attacker lets only the tablet's ClientHello, with its correct binder, pass; then
 * he replays it again and again.
 */
static void test_replayed_hello(void **state)
{
	struct ut_err err;
	int i, ret;

	tap->hello_only = true;
	ef.server.tries = 2;
	ef_start();
	ret = enroll_through_tap("lea", &err);
	ef_refused(ret, &err, UT_EXIT_UNREACHABLE, "has closed the connection");
	for (i = 0; i < 4; i++) {
		int fd = ef_dial();

		assert_int_equal(write(fd, tap->bytes, tap->len), tap->len);
		/* The dock's answer is of no use without the tablet's secret. */
		shutdown(fd, SHUT_WR);
		assert_true(loopback_closed(fd));
		close(fd);
	}
	assert_int_equal(ef_issued(), 0);
	still_good();
}

/*
 * A complete session that ended well, replayed to a dock that (against all odds) shows
 * the same code again.
 */
static void test_replayed_session(void **state)
{
	struct ut_err err;

	ef_start();
	if (enroll_through_tap("ida", &err))
		fail_msg("%s; server:\n%s", err.msg, ef_log());
	assert_int_equal(ef_end().ret, 0);
	unlink(ef.tls.cert);
	unlink(ef.tls.key);
	assert_int_equal(ef_issued(), 1);
	ef.server.force = true;
	ef_start();
	replay();
	replay();
	assert_int_equal(ef_issued(), 1);
	assert_int_equal(ef_enroll("lea", &ef.code, &err), 0);
	assert_string_equal(ef_end().made.name, "lea");
	assert_int_equal(ef_count("turned down"), 0);
	assert_int_equal(ef_issued(), 2);
}

/* --- in the middle --- */

/**
 * struct middle - what the man in the middle has seen
 * @tablet: the handshake with the tablet came to an end
 * @dock: the one with the dock
 */
struct middle {
	bool tablet;
	bool dock;
};

/* Ends TLS on both sides with a guessed code, and would pass on what he reads. */
static void stand_between(int listener, struct middle *m)
{
	struct ut_code guess = ef_other_code();
	int fd = accept(listener, NULL, NULL);

	m->tablet = !ev_open(fd, UT_TLS_DOCK, &guess);
	ev_close(fd);
	fd = ef_dial();
	m->dock = !ev_open(fd, UT_TLS_TABLET, &guess);
	ev_close(fd);
}

static void test_man_in_the_middle(void **state)
{
	struct middle *m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint16_t port;
	int listener = loopback_listen_any(&port), status, ret;
	struct ut_err err;
	pid_t pid;

	assert_true(m != MAP_FAILED);
	*m = (struct middle){ true, true };
	ef_start();
	pid = fork();
	if (!pid) {
		stand_between(listener, m);
		_exit(0);
	}
	close(listener);
	ret = ef_enroll_at(port, "lea", &ef.code, &err);
	ef_refused(ret, &err, UT_EXIT_REFUSED, "does not know this code");
	assert_non_null(strstr(err.hint, "somebody else answers"));
	ef_nothing_installed();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_false(m->tablet);
	assert_false(m->dock);
	munmap(m, sizeof(*m));
	ef_expect("wrong code", 1);
	assert_int_equal(ef_issued(), 0);
	/* Without him it works. */
	assert_int_equal(ef_enroll("lea", &ef.code, &err), 0);
	assert_int_equal(ef_end().ret, 0);
}

/* Somebody who only passes on what he reads learns and changes nothing. */
static void test_relay(void **state)
{
	static const char name[] = "a-name-that-nobody-reads";
	struct ut_err err;
	size_t i;

	ef_start();
	if (enroll_through_tap(name, &err))
		fail_msg("%s; server:\n%s", err.msg, ef_log());
	assert_int_equal(ef_end().ret, 0);
	/* The name is sent only inside TLS. */
	for (i = 0; i + strlen(name) <= tap->len; i++)
		assert_memory_not_equal(tap->bytes + i, name, strlen(name));
}

/* --- false docks --- */

static void test_nobody_there(void **state)
{
	struct ut_err err;
	int ret;

	ret = ef_enroll("lea", &ef.code, &err);
	ef_refused(ret, &err, UT_EXIT_UNREACHABLE, "cannot reach");
	assert_non_null(strstr(err.hint, "it shows the code"));
	ef_nothing_installed();
}

/* Something else is where the dock should be; it says @hello, unless that is NULL. */
static void another(const char *hello, enum ut_exit code, const char *words)
{
	uint16_t port;
	int listener = loopback_listen_any(&port), ret;
	struct ut_err err;
	pid_t pid = fork();

	if (!pid) {
		int fd = accept(listener, NULL, NULL);

		if (hello && write(fd, hello, strlen(hello)) > 0)
			loopback_closed(fd);
		_exit(0);
	}
	close(listener);
	ret = ef_enroll_at(port, "lea", &ef.code, &err);
	ef_refused(ret, &err, code, words);
	waitpid(pid, NULL, 0);
	ef_nothing_installed();
}

static void test_dock_hangs_up(void **state)
{
	another(NULL, UT_EXIT_UNREACHABLE, "closed the connection");
}

static void test_dock_speaks_something_else(void **state)
{
	another("220 mail.example.org ESMTP\r\n", UT_EXIT_PROTOCOL,
		"does not speak TLS");
}

#define TAP_TEST(f) cmocka_unit_test_setup_teardown(f, tap_setup, tap_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EF_TEST(test_garbage), EF_TEST(test_silence),
		EF_TEST(test_crowd), EF_TEST(test_crowd_of_many),
		EF_TEST(test_slow_crowd), EF_TEST(test_served_first),
		EF_TEST(test_stop_first),
		TAP_TEST(test_replayed_hello), TAP_TEST(test_replayed_session),
		EF_TEST(test_man_in_the_middle), TAP_TEST(test_relay),
		EF_TEST(test_nobody_there), EF_TEST(test_dock_hangs_up),
		EF_TEST(test_dock_speaks_something_else),
	};

	return cmocka_run_group_tests(tests, group, NULL);
}
