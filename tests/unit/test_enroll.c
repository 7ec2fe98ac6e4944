// SPDX-License-Identifier: GPL-2.0
/* Enrolment: the right code, wrong codes, tries, time, and the files. */
#include "lib/enroll_bed.h"

#include "pki/cert_check.h"

static mode_t mode_of(const char *name)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", ef.home, name);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

/* As a TLS peer will judge it. */
static void check_installed(const char *name, enum ut_pki_role role)
{
	const struct ut_pki_expect want = { .role = role, .name = name };
	struct ut_pki_bundle b = { 0 };
	struct ut_err err;

	if (ut_file_read(ef.tls.cert, &b.cert, &err) ||
	    ut_file_read(ef.tls.ca, &b.ca, &err) ||
	    ut_file_read(ef.tls.crl, &b.crl, &err) ||
	    ut_pki_check(&b, true, &want, NULL, &err))
		fail_msg("%s", err.msg);
	ut_pki_bundle_free(&b);
	assert_int_equal(mode_of("key.pem"), 0600);
	assert_int_equal(mode_of("cert.pem"), 0644);
	assert_false(ef_there("key.pem.new"));
	assert_false(ef_there("cert.pem.new"));
}

static void test_right_code(void **state)
{
	struct ef_result r;
	struct ut_err err;

	ef_start();
	if (ef_enroll("lea", &ef.code, &err))
		fail_msg("%s; server:\n%s", err.msg, ef_log());
	r = ef_end();
	assert_int_equal(r.ret, 0);
	assert_string_equal(r.made.name, "lea");
	assert_int_equal(r.made.role, UT_PKI_TABLET);
	check_installed("lea", UT_PKI_TABLET);
	assert_int_equal(ef_issued(), 1);
	assert_int_equal(ef_count("left"), 1);
}

/* The machine with the CA never had the key. */
static void test_the_key_stays(void **state)
{
	char path[256];
	struct ut_err err;

	ef_start();
	assert_int_equal(ef_enroll("lea", &ef.code, &err), 0);
	ef_end();
	snprintf(path, sizeof(path), "%s/issued/lea.pem", ef.pki);
	assert_int_equal(access(path, F_OK), 0);
	snprintf(path, sizeof(path), "%s/issued/lea.key", ef.pki);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void test_second_dock(void **state)
{
	struct ut_enroll_client_params params = {
		.host = "127.0.0.1", .port = ef.server.port,
		.role = UT_PKI_DOCK, .name = "attic", .code = &ef.code,
		.tls = &ef.tls,
	};
	char dock[UT_PKI_NAME_SIZE];
	struct ef_result r;
	struct ut_err err;

	ef.server.role = UT_PKI_DOCK;
	ef.server.address[ef.server.n_address++] = "192.0.2.9";
	ef_start();
	if (ut_enroll(&params, dock, &err))
		fail_msg("%s; server:\n%s", err.msg, ef_log());
	r = ef_end();
	assert_int_equal(r.made.role, UT_PKI_DOCK);
	assert_string_equal(r.made.names, "attic 192.0.2.9");
	check_installed("attic", UT_PKI_DOCK);
}

/* A machine that only holds the CA. */
static void test_no_dock(void **state)
{
	struct ut_err err;

	ef.server.dock = "";
	ef_start();
	assert_int_equal(ef_enroll("lea", &ef.code, &err), 0);
	assert_int_equal(ef_end().ret, 0);
}

static void test_wrong_code(void **state)
{
	struct ut_code other = ef_other_code();
	struct ut_err err;
	int ret;

	ef_start();
	ret = ef_enroll("lea", &other, &err);
	ef_refused(ret, &err, UT_EXIT_REFUSED, "does not know this code");
	assert_true(err.hint[0]);
	ef_nothing_installed();
	ef_expect("wrong code:  (), 4 left", 1);
	assert_int_equal(ef_issued(), 0);
	/* A typing error: the next try is as good as the first. */
	assert_int_equal(ef_enroll("lea", &ef.code, &err), 0);
	assert_int_equal(ef_end().ret, 0);
}

static void test_exhausted(void **state)
{
	struct ut_code other = ef_other_code();
	struct ef_result r;
	struct ut_err err;
	unsigned int i;
	int ret;

	ef.server.tries = 3;
	ef_start();
	for (i = 0; i < 3; i++) {
		ret = ef_enroll("lea", &other, &err);
		ef_refused(ret, &err, UT_EXIT_REFUSED, "does not know");
	}
	r = ef_end();
	assert_int_equal(r.ret, -EACCES);
	assert_int_equal(r.err.code, UT_EXIT_REFUSED);
	assert_non_null(strstr(r.err.msg, "tried in vain 3 times"));
	assert_int_equal(ef_count("wrong code"), 3);
	/* By now the right code comes too late, too. */
	ret = ef_enroll("lea", &ef.code, &err);
	ef_refused(ret, &err, UT_EXIT_UNREACHABLE, "cannot reach");
	assert_int_equal(ef_issued(), 0);
	ef_nothing_installed();
}

/* Many at once get no more tries than one after the other. */
static void test_exhausted_at_once(void **state)
{
	struct ut_code other = ef_other_code();
	struct ut_err err;
	pid_t pid[8];
	int i, status;

	ef.server.tries = 3;
	ef_start();
	for (i = 0; i < 8; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(!ef_enroll("lea", &other, &err));
	}
	for (i = 0; i < 8; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(ef_end().ret, -EACCES);
	assert_int_equal(ef_count("wrong code"), 3);
	assert_int_equal(ef_issued(), 0);
}

static void test_expired(void **state)
{
	int64_t begin = ut_clock_ms();
	struct ef_result r;
	struct ut_err err;
	int ret;

	ef.server.lifetime = 1;
	ef_start();
	r = ef_end();
	assert_true(ut_clock_ms() - begin >= 1000);
	assert_int_equal(r.ret, -ETIMEDOUT);
	assert_int_equal(r.err.code, UT_EXIT_TIMEOUT);
	ret = ef_enroll("lea", &ef.code, &err);
	ef_refused(ret, &err, UT_EXIT_UNREACHABLE, "cannot reach");
	assert_non_null(strstr(err.hint, "usbip-tls enroll"));
	ef_nothing_installed();
}

static void test_stopped(void **state)
{
	struct ef_result r;

	ef_start();
	r = ef_stop();
	assert_int_equal(r.ret, -EINTR);
	assert_int_equal(ef_issued(), 0);
}

static void test_code_is_good_once(void **state)
{
	struct ut_err err;
	int ret;

	ef_start();
	assert_int_equal(ef_enroll("lea", &ef.code, &err), 0);
	assert_int_equal(ef_end().ret, 0);
	assert_int_equal(ut_install_refuse(&ef.tls, &err), -EEXIST);
	snprintf(ef.home, sizeof(ef.home), "%s/second", ef.top);
	mkdir(ef.home, 0755);
	ut_install_files(&ef.tls, ef.home, &err);
	ret = ef_enroll("eve", &ef.code, &err);
	ef_refused(ret, &err, UT_EXIT_UNREACHABLE, "cannot reach");
	ef_nothing_installed();
	assert_int_equal(ef_issued(), 1);
}

/* Two clients with the code, at the same moment: one of them gets a certificate. */
static void test_code_is_good_for_one(void **state)
{
	struct ut_err err;
	char name[16];
	int i, status, done = 0;
	pid_t pid[4];

	ef_start();
	for (i = 0; i < 4; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		snprintf(name, sizeof(name), "tab%d", i);
		snprintf(ef.home, sizeof(ef.home), "%s/%s", ef.top, name);
		mkdir(ef.home, 0755);
		ut_install_files(&ef.tls, ef.home, &err);
		_exit(ef_enroll(name, &ef.code, &err) ? 1 : 0);
	}
	for (i = 0; i < 4; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_true(WIFEXITED(status));
		done += !WEXITSTATUS(status);
	}
	assert_int_equal(done, 1);
	assert_int_equal(ef_end().ret, 0);
	assert_int_equal(ef_issued(), 1);
}

static void test_overwrite_refused(void **state)
{
	static const char mine[] = "mine";
	struct ut_buf buf;
	struct ut_err err;
	int ret;

	assert_int_equal(ut_file_write(ef.tls.key, mine, 4, 0600, false, &err),
			 0);
	ef_start();
	ret = ef_enroll("lea", &ef.code, &err);
	ef_refused(ret, &err, UT_EXIT_FAILURE, "key.pem exists already");
	assert_non_null(strstr(err.hint, "--force"));
	assert_int_equal(ut_file_read(ef.tls.key, &buf, &err), 0);
	assert_string_equal(buf.data, mine);
	ut_buf_free(&buf);
	/* Nobody was asked to approve it. */
	assert_int_equal(ef_stop().ret, -EINTR);
	assert_int_equal(ef_issued(), 0);
}

static void test_force_overwrites(void **state)
{
	struct ut_enroll_client_params params = {
		.host = "127.0.0.1", .port = ef.server.port,
		.role = UT_PKI_TABLET, .name = "lea2", .code = &ef.code,
		.tls = &ef.tls, .force = true,
	};
	char dock[UT_PKI_NAME_SIZE];
	struct ut_err err;

	ef_start();
	assert_int_equal(ef_enroll("lea", &ef.code, &err), 0);
	ef_end();
	ef_start();
	if (ut_enroll(&params, dock, &err))
		fail_msg("%s", err.msg);
	ef_end();
	check_installed("lea2", UT_PKI_TABLET);
}

/* If the files cannot be written, nothing is enrolled: the certificate is revoked. */
static void test_cannot_install(void **state)
{
	struct ut_pki_cert *certs;
	struct ef_result r;
	struct ut_err err;
	size_t n;
	int ret;

	/* A directory where the list should be. */
	assert_int_equal(mkdir(ef.tls.crl, 0755), 0);
	ef_start();
	ret = ef_enroll("lea", &ef.code, &err);
	ef_refused(ret, &err, UT_EXIT_FAILURE, "crl.pem");
	r = ef_end();
	assert_int_equal(r.ret, -ECANCELED);
	assert_non_null(strstr(r.err.msg, "did not take its certificate"));
	assert_int_equal(ut_pki_list(&ef.store, &certs, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_true(certs[1].revoked);
	free(certs);
	assert_false(ef_there("cert.pem"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EF_TEST(test_right_code),
		EF_TEST(test_the_key_stays),
		EF_TEST(test_second_dock),
		EF_TEST(test_no_dock),
		EF_TEST(test_wrong_code),
		EF_TEST(test_exhausted),
		EF_TEST(test_exhausted_at_once),
		EF_TEST(test_expired),
		EF_TEST(test_stopped),
		EF_TEST(test_code_is_good_once),
		EF_TEST(test_code_is_good_for_one),
		EF_TEST(test_overwrite_refused),
		EF_TEST(test_force_overwrites),
		EF_TEST(test_cannot_install),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
