// SPDX-License-Identifier: GPL-2.0
/*
 * Renewal: when it is due, what is refused, and what is on the disk after a crash at
 * any moment. Whether a pair is good is for ut_creds_load() to say, which reads it as
 * the daemon does.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include "lib/bundle.h"
#include "lib/renew_bed.h"

#define CRASHED 77

/* --- a crash at a rename --- */

static int crash_before, crash_after, renames;

int __wrap_ut_file_rename(const char *from, const char *to, struct ut_err *e);
int __real_ut_file_rename(const char *from, const char *to, struct ut_err *e);

int __wrap_ut_file_rename(const char *from, const char *to, struct ut_err *e)
{
	int ret;

	renames++;
	if (renames == crash_before)
		_exit(CRASHED);
	ret = __real_ut_file_rename(from, to, e);
	if (renames == crash_after)
		_exit(CRASHED);
	return ret;
}

static void test_due(void **state)
{
	time_t now = time(NULL);

	assert_true(ut_renew_due(&renew_tls, now, 30, &renew_err) < 0);
	renew_machine(UT_PKI_TABLET, 100, 60);
	assert_int_equal(ut_renew_due(&renew_tls, now, 30, &renew_err), 0);
	assert_int_equal(ut_renew_due(&renew_tls, now, 59, &renew_err), 0);
	assert_int_equal(ut_renew_due(&renew_tls, now, 61, &renew_err), 1);
	assert_int_equal(ut_renew_due(&renew_tls, now + 31 * DAY, 30,
				      &renew_err),
			 1);
	assert_int_equal(ut_renew_due(&renew_tls, now + 900 * DAY, 30,
				      &renew_err),
			 1);
	/* 30 days before the end would mean always. */
	renew_machine(UT_PKI_TABLET, 2, 8);
	assert_int_equal(ut_renew_due(&renew_tls, now, 30, &renew_err), 0);
	assert_int_equal(ut_renew_due(&renew_tls, now + 4 * DAY, 30,
				      &renew_err),
			 1);
}

static void test_renewal(void **state)
{
	struct ut_pki_cert old = renew_machine(UT_PKI_TABLET, 700, 20), made;
	struct ut_pki_bundle b = renew_answer(&made);
	struct stat st;

	/* Until the answer arrives the old pair is in use. */
	assert_true(renew_there("key.pem.new"));
	renew_expect_pair(old.serial);
	if (ut_renew_install(&renew_tls, b.cert.data, b.cert.len, &renew_err))
		fail_msg("%s", renew_err.msg);
	renew_expect_pair(made.serial);
	assert_false(renew_there("key.pem.new"));
	assert_false(renew_there("cert.pem.new"));
	assert_int_equal(stat(renew_tls.key, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(ut_renew_due(&renew_tls, time(NULL), 30, &renew_err),
			 0);
	/* The same answer once more: nobody is waiting for it. */
	assert_int_equal(ut_renew_install(&renew_tls, b.cert.data, b.cert.len,
					  &renew_err),
			 -ENOKEY);
	ut_pki_bundle_free(&b);
}

/* A request that failed does not stand in the way of the next. */
static void test_second_request(void **state)
{
	struct ut_pki_cert made;
	struct ut_pki_bundle lost, b;

	renew_machine(UT_PKI_TABLET, 700, 20);
	lost = renew_answer(&made);
	b = renew_answer(&made);
	/* Its key is gone. */
	assert_int_equal(ut_renew_install(&renew_tls, lost.cert.data,
					  lost.cert.len, &renew_err),
			 -EINVAL);
	assert_non_null(strstr(renew_err.msg, "belongs neither to the key"));
	assert_int_equal(ut_renew_install(&renew_tls, b.cert.data, b.cert.len,
					  &renew_err),
			 0);
	renew_expect_pair(made.serial);
	ut_pki_bundle_free(&lost);
	ut_pki_bundle_free(&b);
}

/* --- crashes --- */

/* In a child: installs @b, and dies before or after its n-th rename. */
static void crash(const struct ut_pki_bundle *b, int before, int after)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		renames = 0;
		crash_before = before;
		crash_after = after;
		ut_renew_install(&renew_tls, b->cert.data, b->cert.len,
				 &renew_err);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), CRASHED);
}

static void clean(void)
{
	assert_false(renew_there("key.pem.new"));
	assert_false(renew_there("cert.pem.new"));
}

/* Dies before its n-th rename; @has_key: the new key has not been renamed yet. */
static void crash_halfway(int n, bool has_key)
{
	struct ut_pki_cert old = renew_machine(UT_PKI_TABLET, 700, 20), made;
	struct ut_pki_bundle b = renew_answer(&made);

	crash(&b, n, 0);
	assert_int_equal(renew_there("key.pem.new"), has_key);
	assert_true(renew_there("cert.pem.new"));
	assert_string_equal(renew_holder().serial, old.serial);
	renew_expect_pair(made.serial);
	clean();
	ut_pki_bundle_free(&b);
}

static void test_crash_before_the_switch(void **state)
{
	crash_halfway(1, true);
}

/* The new key is with the old certificate: unusable as it is. */
static void test_crash_between_the_renames(void **state)
{
	crash_halfway(2, false);
}

/* Dies after its n-th rename. */
static void crash_after_rename(int n)
{
	struct ut_pki_cert made;
	struct ut_pki_bundle b;

	renew_machine(UT_PKI_TABLET, 700, 20);
	b = renew_answer(&made);
	crash(&b, 0, n);
	renew_expect_pair(made.serial);
	clean();
	ut_pki_bundle_free(&b);
}

static void test_crash_right_after_the_first(void **state)
{
	crash_after_rename(1);
}

static void test_crash_after_the_switch(void **state)
{
	crash_after_rename(2);
}

/* The repair can be cut off, too, and the next request can come before any read. */
static void test_crash_and_next_request(void **state)
{
	struct ut_pki_cert made, next;
	struct ut_pki_bundle b, b2;
	struct ut_pki_holder h;
	struct ut_csr csr;

	renew_machine(UT_PKI_TABLET, 700, 20);
	b = renew_answer(&made);
	crash(&b, 2, 0);
	assert_int_equal(ut_renew_request(&renew_tls, &csr, &renew_err), 0);
	h = renew_holder();
	assert_string_equal(h.serial, made.serial);
	assert_int_equal(bundle_reissue(&renew_store, &h, &csr.point, &next,
					&b2, &renew_err),
			 0);
	assert_int_equal(ut_renew_install(&renew_tls, b2.cert.data, b2.cert.len,
					  &renew_err), 0);
	renew_expect_pair(next.serial);
	clean();
	ut_pki_bundle_free(&b);
	ut_pki_bundle_free(&b2);
}

/* --- answers that are not what was asked for --- */

static void refuse(const struct ut_pki_issue *req,
		   const struct ut_pki_store *from,
		   const struct ut_pki_point *point, const char *msg)
{
	struct ut_pki_holder before = renew_holder();
	struct ut_pki_bundle b;

	if (bundle_issue_point(from, req, point, NULL, &b, &renew_err))
		fail_msg("%s", renew_err.msg);
	assert_true(ut_renew_install(&renew_tls, b.cert.data, b.cert.len,
				     &renew_err) < 0);
	if (!strstr(renew_err.msg, msg) ||
	    renew_err.code != UT_EXIT_CERTIFICATE)
		fail_msg("\"%s\" (%d) instead of \"%s\"", renew_err.msg,
			 renew_err.code, msg);
	ut_pki_bundle_free(&b);
	renew_expect_pair(before.serial);
	assert_false(renew_there("cert.pem.new"));
}

static void test_wrong_answers(void **state)
{
	struct ut_pki_issue req = {
		.role = UT_PKI_TABLET, .name = "lea", .force = true,
	};
	struct ut_csr csr, other;
	struct ut_pki_store foreign;
	char path[128];

	renew_machine(UT_PKI_TABLET, 700, 20);
	assert_int_equal(ut_renew_request(&renew_tls, &other, &renew_err), 0);
	assert_int_equal(ut_renew_request(&renew_tls, &csr, &renew_err), 0);
	refuse(&req, &renew_store, &other.point, "belongs neither to the key");
	req.name = "eve";
	refuse(&req, &renew_store, &csr.point, "is for \"eve\"");
	req.name = "lea";
	req.role = UT_PKI_DOCK;
	refuse(&req, &renew_store, &csr.point, "is for another role");
	req.role = UT_PKI_TABLET;
	req.not_before = time(NULL) + 9 * DAY;
	refuse(&req, &renew_store, &csr.point, "is not valid yet");
	req.not_before = 0;
	snprintf(path, sizeof(path), "%s/foreign", renew_top);
	foreign = (struct ut_pki_store){ .dir = path };
	assert_int_equal(ut_pki_init(&foreign, NULL, 0, false, &renew_err), 0);
	refuse(&req, &foreign, &csr.point, "is not from the CA");
	assert_int_equal(ut_renew_install(&renew_tls, "x", 1, &renew_err),
			 -EINVAL);
	assert_int_equal(ut_renew_install(&renew_tls, path, 0, &renew_err),
			 -EINVAL);
}

/* What a worker says about the same answers. */
static void test_check_in_a_worker(void **state)
{
	struct ut_pki_cert made;
	struct ut_pki_bundle b;
	struct ut_creds *creds;
	struct ut_pki_holder h;
	struct ut_csr csr, other;

	renew_machine(UT_PKI_TABLET, 700, 20);
	assert_int_equal(ut_creds_load(&creds, UT_TLS_TABLET, &renew_tls,
				       &cage_sandbox, &renew_err),
			 0);
	h = renew_holder();
	assert_int_equal(ut_renew_request(&renew_tls, &other, &renew_err), 0);
	assert_int_equal(ut_renew_request(&renew_tls, &csr, &renew_err), 0);
	assert_int_equal(bundle_reissue(&renew_store, &h, &csr.point, &made, &b,
					&renew_err), 0);
	assert_true(ut_renew_check(creds, b.cert.data, b.cert.len, &csr.point));
	assert_false(ut_renew_check(creds, b.cert.data, b.cert.len,
				    &other.point));
	assert_false(ut_renew_check(creds, b.cert.data, b.cert.len - 1,
				    &csr.point));
	assert_false(ut_renew_check(creds, b.cert.data, 0, &csr.point));
	assert_false(ut_renew_check(creds, b.ca.data, b.ca.len, &csr.point));
	ut_pki_bundle_free(&b);
	ut_creds_put(creds);
}

static int fresh(void **state)
{
	crash_before = crash_after = renames = 0;
	return renew_setup(state);
}

int main(void)
{
#define R(f) cmocka_unit_test_setup_teardown(f, fresh, renew_teardown)
	const struct CMUnitTest tests[] = {
		R(test_due), R(test_renewal), R(test_second_request),
		R(test_crash_before_the_switch),
		R(test_crash_between_the_renames),
		R(test_crash_right_after_the_first),
		R(test_crash_after_the_switch), R(test_crash_and_next_request),
		R(test_wrong_answers), R(test_check_in_a_worker),
	};

	return cmocka_run_group_tests(tests, cage_group_setup,
				      cage_group_teardown);
}
