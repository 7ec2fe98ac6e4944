// SPDX-License-Identifier: GPL-2.0
/*
 * No secret is in the memory of a worker that enrols, on either side: not the keys of
 * CA, dock and tablet, not the code, and not its own key once the handshake is over.
 * The process that shows the code has just made the CA and the dock's own key, as in a
 * first enrolment.
 */
#include <sys/file.h>

#include "enroll/self.h"
#include "lib/enroll_bed.h"
#include "lib/secrets_scan.h"

static struct {
	struct ut_config_tls tls;	/* of the dock */
	char ca_key[256];
	char fresh[128];
} dock;

static int setup(void **state)
{
	struct ut_err err;
	char home[128];

	scan_programs();
	if (ef_setup(state))
		return -1;
	snprintf(home, sizeof(home), "%s/dock", ef.top);
	snprintf(dock.fresh, sizeof(dock.fresh), "%s/fresh", ef.top);
	return mkdir(home, 0755) || ut_install_files(&dock.tls, home, &err);
}

static int teardown(void **state)
{
	scan_drop();
	return ef_teardown(state);
}

/*
 * Like the command: makes the CA and its own certificate if there are none, then
 * serves.
 */
static int prepare(struct ut_err *err)
{
	struct ut_self self;

	return ut_self_prepare(&ef.server.store, &dock.tls, true, &self, err);
}

static void serve_from(const char *pki)
{
	ef.server.store.dir = pki;
	snprintf(dock.ca_key, sizeof(dock.ca_key), "%s/ca.key", pki);
	ef_start_after(prepare);
}

static void nothing_secret(bool key_too)
{
	char text[UT_CODE_TEXT_SIZE];
	uint8_t key[UT_TLS_PSK_SIZE];

	scan_key(dock.ca_key);
	scan_key(dock.tls.key);
	scan_bytes(ef.code.digit, sizeof(ef.code.digit), "the code");
	ut_code_text(&ef.code, text);
	scan_none(text, SCAN_WINDOW, "the text of the code");
	if (!key_too)
		return;
	assert_int_equal(ut_code_key(&ef.code, key), 0);
	scan_bytes(key, sizeof(key), "the key of the code");
}

/* A client that has only begun. */
static void stranger(void)
{
	static const uint8_t begun[] = { 22, 3, 1, 2, 0, 1 };
	int fd = ef_dial();

	assert_int_equal(write(fd, begun, sizeof(begun)), sizeof(begun));
	scan_take(1);
	nothing_secret(true);
	scan_drop();
	close(fd);
}

/*
 * The real one, up to the moment when the certificate is being made: both workers have
 * done the handshake and wait for the CA, which somebody has locked.
 */
static void enrol(void)
{
	struct ut_err err;
	int lock =
		open(ef.server.store.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int64_t deadline = ut_clock_ms() + 3000;
	uint8_t key[UT_TLS_PSK_SIZE];
	struct ef_result r;
	int status;
	pid_t pid;

	assert_true(lock >= 0);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	pid = fork();
	if (!pid)
		_exit(ef_enroll("lea", &ef.code, &err) != 0);
	scan_take(2);
	/* Before that the key is theirs. */
	assert_int_equal(ut_code_key(&ef.code, key), 0);
	while (scan_has(key, sizeof(key)) && ut_clock_ms() < deadline) {
		scan_drop();
		poll(NULL, 0, 50);
		scan_take(2);
	}
	nothing_secret(true);
	flock(lock, LOCK_UN);
	close(lock);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	r = ef_end();
	if (status || r.ret)
		fail_msg("%d, %s; server:\n%s", r.ret, r.err.msg, ef_log());
	/* Now it is known what must not have been there. */
	scan_key(ef.tls.key);
	scan_drop();
}

static void test_first_enrolment(void **state)
{
	serve_from(dock.fresh);
	stranger();
	enrol();
}

static void test_with_a_ca(void **state)
{
	serve_from(ef.pki);
	stranger();
	enrol();
}

/* Refused once, once more, then correct. */
static void test_refused_and_repeated(void **state)
{
	struct ut_code wrong = ef_other_code();
	struct ut_err err;
	int i;

	serve_from(dock.fresh);
	for (i = 0; i < 2; i++)
		assert_int_not_equal(ef_enroll("lea", &wrong, &err), 0);
	ef_expect("wrong code", 2);
	stranger();
	enrol();
}

/* The tablet against a server that never answers. */
static void test_tablet(void **state)
{
	uint16_t port;
	int fd = loopback_listen_any(&port), peer, status;
	struct ut_err err;
	pid_t pid;

	pid = fork();
	if (!pid)
		_exit(ef_enroll_at(port, "lea", &ef.code, &err) != 0);
	peer = accept(fd, NULL, NULL);
	assert_true(peer >= 0);
	scan_take(1);
	scan_bytes(ef.code.digit, sizeof(ef.code.digit), "the code");
	assert_false(scan_has("PRIVATE KEY", 11));
	close(peer);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(fd);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_first_enrolment), T(test_with_a_ca),
		T(test_refused_and_repeated), T(test_tablet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
