// SPDX-License-Identifier: GPL-2.0
/*
 * No secret is in the memory of a worker of a dock or a tablet. The processes that
 * start them are forks of this one, which has made all the keys: what a worker had
 * from its parent would be found.
 */
#include <sys/file.h>

#include "dock_visit.h"
#include "secrets_scan.h"
#include "tablet_until.h"
#include "tls/renew.h"

static const char *const dirs[] = {
	"tablet", "dock", "dock-expired", "tablet-revoked", "tablet-as-dock",
};

static void path_of(char path[256], const char *dir, const char *name)
{
	snprintf(path, 256, "%s/%s/%s", fx.top, dir, name);
}

static void nothing_secret(void)
{
	char path[256];
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		path_of(path, dirs[i], "key.pem");
		scan_key(path);
	}
	path_of(path, "home", "ca.key");
	scan_key(path);
	path_of(path, "foreign", "ca.key");
	scan_key(path);
}

/* That of the dock or the tablet is in its worker: so this is its memory. */
static void certificate_is_there(const char *dir)
{
	gnutls_datum_t d, der;
	struct ut_buf pem;
	char path[256];

	path_of(path, dir, "cert.pem");
	assert_int_equal(ut_file_read(path, &pem, NULL), 0);
	d = (gnutls_datum_t){ (unsigned char *)pem.data,
			      (unsigned int)pem.len };
	assert_int_equal(gnutls_pem_base64_decode2("CERTIFICATE", &d, &der), 0);
	assert_true(scan_has(der.data, der.size));
	gnutls_free(der.data);
	ut_buf_free(&pem);
}

static int setup(void **state)
{
	scan_programs();
	mock_dump_empty = true;
	return fx_setup(state);
}

static int teardown(void **state)
{
	scan_drop();
	ut_tablet_close(tablet);
	tablet = NULL;
	return fx_teardown(state);
}

/* --- a process of the test that asks the dock something --- */

static pid_t asks(int (*what)(void))
{
	pid_t pid = fork();

	if (!pid)
		_exit(what());
	return pid;
}

static void ended(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
}

static int list(void)
{
	struct ut_op_device *devs;
	size_t n;

	return fx_list(fx_home, &devs, &n, &err) != 0;
}

/* The keys of a renewal, old and new, have been here. */
static int renew(void)
{
	const struct ut_client_target target = {
		.host = fx_home, .port = fx.dock.dock.port,
		.config = &fx.tablet, .timeout = 30,
	};
	struct ut_csr csr;
	struct ut_buf der;

	if (ut_renew_request(&fx.tablet.tls, &csr, &err) ||
	    ut_client_fetch(&target, &csr, &der, &err))
		return 1;
	ut_buf_free(&der);
	return 0;
}

/* --- tests --- */

/* What the scan is worth. */
static void test_planted(void **state)
{
	uint8_t scalar[SCAN_SCALAR], back[SCAN_SCALAR];
	char path[256], byte;
	int fd[2], i;
	pid_t pid;

	(void)state;
	path_of(path, "dock", "key.pem");
	scan_key_bytes(path, scalar);
	for (i = 0; i < SCAN_SCALAR; i++)
		back[i] = scalar[SCAN_SCALAR - 1 - i];
	memset(scalar, 0, sizeof(scalar));
	assert_int_equal(pipe(fd), 0);
	pid = fork();
	if (!pid) {
		void *planted = malloc(SCAN_SCALAR);

		memcpy(planted, back, SCAN_SCALAR);
		close(fd[1]);
		_exit(read(fd[0], &byte, 1) != 0);
	}
	scan_read(pid);
	assert_true(scan_has(back, sizeof(back)));
	close(fd[1]);
	ended(pid);
	close(fd[0]);
}

static void test_dock_serving(void **state)
{
	static const uint8_t begun[] = { 22, 3, 1, 2, 0, 1 };
	int fd;

	(void)state;
	fx_dock_start();
	fd = fx_dial();
	assert_int_equal(write(fd, begun, sizeof(begun)), sizeof(begun));
	scan_take(1);
	certificate_is_there("dock");
	nothing_secret();
	close(fd);
	fx_dock_stop();
}

/* A list by hand; an attach is no different until the dock has answered. */
static void test_by_hand(void **state)
{
	int fd = fx_listen();
	pid_t pid = asks(list);
	int peer = accept(fd, NULL, NULL);

	(void)state;
	assert_true(peer >= 0);
	scan_take(1);
	certificate_is_there("tablet");
	nothing_secret();
	close(peer);
	ended(pid);
	close(fd);
}

static bool watched(void)
{
	return place(0)->state == UT_PLACE_UP && !place(0)->polled;
}

static void test_watch(void **state)
{
	char text[128];

	(void)state;
	fx_dock_start();
	snprintf(text, sizeof(text), "[tablet]\ndock = 127.0.0.1 port=%u\n",
		 fx.dock.dock.port);
	fx_config(&fx.tablet, text);
	if (ut_tablet_open(&tablet, &fx.tablet, &fx.sandbox, &mock_nl, &err))
		fail_msg("%s", err.msg);
	until(watched, "watched");
	scan_take(2);
	certificate_is_there("tablet");
	certificate_is_there("dock");
	nothing_secret();
	fx_dock_stop();
}

/* Both workers wait for the CA, which somebody has locked. */
static void test_renewal(void **state)
{
	char text[256], path[256];
	pid_t pid;
	int lock;

	(void)state;
	snprintf(text, sizeof(text), "[enroll]\npki = %s/home\n", fx.top);
	fx_config(&fx.dock, text);
	fx_dock_start();
	path_of(path, "home", "");
	lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(lock >= 0);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	pid = asks(renew);
	scan_take(2);
	certificate_is_there("tablet");
	certificate_is_there("dock");
	/* The next key is there by now: it waits for its certificate. */
	path_of(path, "tablet", "key.pem.new");
	assert_int_equal(access(path, F_OK), 0);
	scan_key(path);
	nothing_secret();
	close(lock);
	ended(pid);
	unlink(path);
	fx_dock_stop();
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_planted), T(test_dock_serving), T(test_by_hand),
		T(test_watch), T(test_renewal),
	};

	return cmocka_run_group_tests(tests, fx_group_setup, fx_group_teardown);
}
