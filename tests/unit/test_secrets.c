// SPDX-License-Identifier: GPL-2.0
/*
 * No secret is in the memory of a worker of a dock or a tablet. The processes that
 * start them are forks of this one, which has made all the keys: what a worker
 * inherited from its parent would be found.
 */
#include <sys/file.h>

#include "lib/dock_bed.h"
#include "lib/secrets_scan.h"
#include "lib/tablet_bed.h"
#include "pki/renew.h"
#include "tablet/attach.h"
#include "tablet/tablet_internal.h"
#include "tls/ktls.h"

static const char *const dirs[] = {
	"tablet", "dock", "dock-expired", "tablet-revoked", "tablet-as-dock",
};

int __wrap_ut_ktls_still(struct ut_err *err);

/* Here no key reaches the kernel. */
int __wrap_ut_ktls_still(struct ut_err *err)
{
	return 0;
}

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

/* The certificate of the dock or tablet is found in its worker: so it is its memory. */
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

static int group_setup(void **state)
{
	char path[256], with[256];
	size_t i;

	if (fx_group_setup(state))
		return -1;
	path_of(with, "", "passphrase");
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		path_of(path, dirs[i], "key.pem");
		scan_seal(path, with);
	}
	path_of(path, "home", "ca.key");
	scan_seal(path, with);
	return 0;
}

static int setup(void **state)
{
	char text[256];

	scan_programs();
	mock_dump_empty = true;
	if (fx_setup(state))
		return -1;
	snprintf(text, sizeof(text), "[tls]\nkey_password_file = %s/passphrase\n",
		 fx.top);
	fx_config(&fx.dock, text);
	fx_config(&fx.tablet, text);
	return 0;
}

static int teardown(void **state)
{
	scan_drop();
	ut_tablet_close(tab);
	tab = NULL;
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

	return fx_list(fx_home, &devs, &n, &tab_err) != 0;
}

static int attach(void)
{
	struct ut_attach_req req = {
		.host = "127.0.0.1", .wait = true, .port = fx.dock.dock.port,
		.expect = "127.0.0.1", .busid = "1-2", .timeout = 30,
		.sandbox = &fx.sandbox, .nl = &mock_nl,
	};
	struct ut_attached made;

	return ut_creds_load(&req.creds, UT_TLS_TABLET, &fx.tablet.tls,
			     &fx.sandbox, &tab_err) ||
	       ut_attach(&req, &made, &tab_err);
}

/* The keys of a renewal, old and new, were in this process. */
static int renew(void)
{
	struct ut_csr csr;
	struct ut_buf der;

	if (ut_renew_request(&fx.tablet.tls, &csr, &tab_err) ||
	    fx_fetch(&csr, &der, &tab_err))
		return 1;
	ut_buf_free(&der);
	return 0;
}

/* --- tests --- */

/* Shows that the scan finds what is there. */
static void test_planted(void **state)
{
	uint8_t scalar[SCAN_SCALAR], back[SCAN_SCALAR];
	gnutls_x509_privkey_t key;
	char path[256], byte;
	int fd[2], i;
	pid_t pid;

	path_of(path, "dock", "key.pem");
	key = scan_key_load(path);
	scan_key_bytes(key, scalar);
	gnutls_x509_privkey_deinit(key);
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

	fx_dock_start();
	fd = fx_dial();
	assert_int_equal(write(fd, begun, sizeof(begun)), sizeof(begun));
	scan_take(1);
	certificate_is_there("dock");
	nothing_secret();
	close(fd);
	fx_dock_stop();
}

/* A key and its certificate may be in one file: a worker gets none of its text. */
static void test_key_beside_certificate(void **state)
{
	struct ut_buf all, cert;
	char path[256];

	path_of(path, "dock", "key.pem");
	assert_int_equal(ut_file_read(path, &all, NULL), 0);
	path_of(path, "dock", "cert.pem");
	assert_int_equal(ut_file_read(path, &cert, NULL), 0);
	assert_int_equal(ut_buf_append(&all, cert.data, cert.len, NULL), 0);
	path_of(path, "dock", "all.pem");
	assert_int_equal(ut_file_write(path, all.data, all.len, 0600, true,
				       NULL), 0);
	snprintf(fx.dock.tls.key, sizeof(fx.dock.tls.key), "%s", path);
	snprintf(fx.dock.tls.cert, sizeof(fx.dock.tls.cert), "%s", path);
	test_dock_serving(state);
	unlink(path);
	ut_buf_free(&all);
	ut_buf_free(&cert);
}

/* A dock that does not answer keeps the worker as it is. */
static void by_hand(int (*what)(void))
{
	int fd = fx_listen();
	pid_t pid = asks(what);
	int peer = accept(fd, NULL, NULL);

	assert_true(peer >= 0);
	scan_take(1);
	certificate_is_there("tablet");
	nothing_secret();
	close(peer);
	ended(pid);
	close(fd);
}

static void test_list_by_hand(void **state)
{
	by_hand(list);
}

static void test_attach_by_hand(void **state)
{
	by_hand(attach);
}

static void watch(void)
{
	char text[128];

	fx_dock_start();
	snprintf(text, sizeof(text), "[tablet]\ndock = 127.0.0.1 port=%u\n",
		 fx.dock.dock.port);
	tab_open(text);
	tab_until(tab_watched, "watched");
}

static void test_watch(void **state)
{
	watch();
	scan_take(2);
	certificate_is_there("tablet");
	certificate_is_there("dock");
	nothing_secret();
	fx_dock_stop();
}

static bool told_of_stick(void)
{
	return tab_addr(0)->remotes.n == 1;
}

static bool attaching(void)
{
	return ut_auto_jobs(&tab->ctx) == 1;
}

/* The dock stops answering as soon as a rule wants its device. */
static void test_attach_by_rule(void **state)
{
	fx_share_stick();
	watch();
	tab_until(told_of_stick, "told of the stick");
	assert_int_equal(kill(fx.pid, SIGSTOP), 0);
	fx_config(&fx.tablet, "[tablet]\nattach = allow dock=desk\n");
	tab_until(attaching, "attaching");
	/* The dock's worker, the one that watches, and the one that attaches. */
	scan_take(3);
	certificate_is_there("tablet");
	nothing_secret();
	ut_tablet_close(tab);
	tab = NULL;
	assert_int_equal(kill(fx.pid, SIGCONT), 0);
	fx_dock_stop();
}

/* Both workers wait for the CA, which somebody has locked. */
static void test_renewal(void **state)
{
	char text[512], path[256];
	pid_t pid;
	int lock;

	snprintf(text, sizeof(text), "[enroll]\npki = %s/home\n"
		 "pki_password_file = %s/passphrase\n", fx.top, fx.top);
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
	/* The next key exists by now: it waits for its certificate. */
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
		T(test_planted), T(test_dock_serving),
		T(test_key_beside_certificate), T(test_list_by_hand),
		T(test_attach_by_hand), T(test_watch), T(test_attach_by_rule),
		T(test_renewal),
	};

	return cmocka_run_group_tests(tests, group_setup, fx_group_teardown);
}
