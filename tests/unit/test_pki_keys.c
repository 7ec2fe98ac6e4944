// SPDX-License-Identifier: GPL-2.0
/* Where the key of a new certificate is, also if something goes wrong. */
#include <gnutls/gnutls.h>

#include "lib/pki_bed.h"

static void test_out(void **state)
{
	struct ut_pki_issue req = { .role = UT_PKI_DOCK, .name = "dock1",
				    .out = pki_out };
	gnutls_certificate_credentials_t cred;
	char cert[256], key[256];
	struct ut_pki_cert made;

	pki_make();
	assert_int_equal(ut_pki_issue(&pki_store, &req, &made, &pki_err), 0);
	assert_int_equal(pki_mode(pki_out, "key.pem"), 0600);
	assert_int_equal(pki_mode(pki_out, "cert.pem"), 0644);
	assert_int_equal(pki_mode(pki_out, "ca.pem"), 0644);
	assert_int_equal(pki_mode(pki_out, "crl.pem"), 0644);
	snprintf(cert, sizeof(cert), "%s/cert.pem", pki_out);
	snprintf(key, sizeof(key), "%s/key.pem", pki_out);
	assert_int_equal(gnutls_certificate_allocate_credentials(&cred), 0);
	assert_true(gnutls_certificate_set_x509_key_file(cred, cert, key,
						GNUTLS_X509_FMT_PEM) >= 0);
	gnutls_certificate_free_credentials(cred);
	/* What was handed out is nowhere else. */
	assert_int_equal(pki_mode(pki_dir, "issued/dock1.pem"), 0644);
	assert_false(pki_there(pki_dir, "issued/dock1.key"));
	req.name = "dock2";
	assert_int_equal(ut_pki_issue(&pki_store, &req, &made, &pki_err),
			 -EEXIST);
}

/* A key that waits to be fetched goes when its name gets another one. */
static void test_old_key_goes(void **state)
{
	struct ut_pki_issue req = { .role = UT_PKI_DOCK, .name = "dock1",
				    .out = pki_out, .force = true };
	struct ut_pki_cert made;

	pki_make();
	pki_issue(UT_PKI_DOCK, "dock1");
	assert_true(pki_there(pki_dir, "issued/dock1.key"));
	assert_int_equal(ut_pki_issue(&pki_store, &req, &made, &pki_err), 0);
	assert_false(pki_there(pki_dir, "issued/dock1.key"));
	assert_int_equal(pki_mode(pki_out, "key.pem"), 0600);
	req.out = NULL;
	assert_int_equal(ut_pki_issue(&pki_store, &req, &made, &pki_err), 0);
	assert_true(pki_there(pki_dir, "issued/dock1.key"));
	assert_int_equal(pki_mode(pki_dir, "issued/dock1.key"), 0600);
}

/* How many certificates there are besides that of the CA. */
static size_t issued(void)
{
	struct ut_pki_cert *certs;
	size_t n;

	assert_int_equal(ut_pki_list(&pki_store, &certs, &n, &pki_err), 0);
	free(certs);
	return n - 1;
}

/* Nothing is issued whose key would have no place. */
static void test_out_nowhere(void **state)
{
	struct ut_pki_issue req = { .role = UT_PKI_DOCK, .name = "dock1" };
	char above[256], file[256];
	/* In the last one nobody can make a file, not even root. */
	const char *const rows[] = { above, file, "/proc/self" };
	size_t i;

	pki_make();
	snprintf(above, sizeof(above), "%s/a/b", pki_out);
	snprintf(file, sizeof(file), "%s/ca.pem", pki_dir);
	for (i = 0; i < 3; i++) {
		req.out = rows[i];
		assert_true(ut_pki_issue(&pki_store, &req, NULL, &pki_err) < 0);
		assert_int_equal(issued(), 0);
	}
	/* And nothing is in the way of the next attempt. */
	req.out = pki_out;
	assert_int_equal(ut_pki_issue(&pki_store, &req, NULL, &pki_err), 0);
}

/* A directory in the place of a file: that cannot be written. */
static void block(const char *base, const char *name, bool on)
{
	char path[256], aside[270];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	snprintf(aside, sizeof(aside), "%s.aside", path);
	if (on) {
		rename(path, aside);
		assert_int_equal(mkdir(path, 0700), 0);
	} else {
		assert_int_equal(rmdir(path), 0);
		rename(aside, path);
	}
}

/* Is this the key of the last certificate of dock1? */
static bool fits(const char *base, const char *name)
{
	gnutls_certificate_credentials_t cred;
	char cert[256], key[256];
	int ret;

	snprintf(cert, sizeof(cert), "%s/issued/dock1.pem", pki_dir);
	snprintf(key, sizeof(key), "%s/%s", base, name);
	assert_int_equal(gnutls_certificate_allocate_credentials(&cred), 0);
	ret = gnutls_certificate_set_x509_key_file(cred, cert, key,
						   GNUTLS_X509_FMT_PEM);
	gnutls_certificate_free_credentials(cred);
	return ret >= 0;
}

static void drop(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", pki_dir, name);
	assert_int_equal(unlink(path), 0);
}

/* The certificate is there, and something of its files is not: the key is not lost. */
static void test_cut_short(void **state)
{
	static const struct {
		bool out;
		const char *blocked;
		const char *key;
	} rows[] = {
		{ true, "cert.pem", "key.pem" },
		{ true, "key.pem", "key.pem.issuing" },
		{ false, "issued/dock1.key", "issued/dock1.key.issuing" },
	};
	struct ut_pki_issue req = { .role = UT_PKI_DOCK, .name = "dock1",
				    .force = true };
	const char *base;
	char want[256];
	size_t i;

	pki_make();
	assert_int_equal(mkdir(pki_out, 0700), 0);
	for (i = 0; i < 3; i++) {
		req.out = rows[i].out ? pki_out : NULL;
		base = rows[i].out ? pki_out : pki_dir;
		block(base, rows[i].blocked, true);
		assert_true(ut_pki_issue(&pki_store, &req, NULL, &pki_err) < 0);
		assert_int_equal(issued(), i + 1);
		snprintf(want, sizeof(want), "its key is %s/%s;", base,
			 rows[i].key);
		assert_non_null(strstr(pki_err.hint, want));
		assert_true(fits(base, rows[i].key));
		assert_int_equal(pki_mode(base, rows[i].key), 0600);
		/* As the hint says. */
		assert_int_equal(ut_pki_revoke(&pki_store,
					       strrchr(pki_err.hint, ' ') + 1,
					       NULL, &pki_err), 0);
		block(base, rows[i].blocked, false);
	}
	/* Somebody may need it: it is not replaced by the way. */
	drop("issued/dock1.pem");
	req.force = false;
	assert_int_equal(ut_pki_issue(&pki_store, &req, NULL, &pki_err),
			 -EEXIST);
	assert_non_null(strstr(pki_err.msg, "dock1.key.issuing"));
	req.force = true;
	assert_int_equal(ut_pki_issue(&pki_store, &req, NULL, &pki_err), 0);
	assert_true(fits(pki_dir, "issued/dock1.key"));
	assert_false(pki_there(pki_dir, "issued/dock1.key.issuing"));
}

/* A key that waits stays until there is another one. */
static void test_waiting_key(void **state)
{
	struct ut_pki_issue req = { .role = UT_PKI_DOCK, .name = "dock1",
				    .force = true };
	char file[256];
	int i;

	pki_make();
	pki_issue(UT_PKI_DOCK, "dock1");
	snprintf(file, sizeof(file), "%s/ca.pem", pki_dir);
	req.out = file;
	assert_true(ut_pki_issue(&pki_store, &req, NULL, &pki_err) < 0);
	assert_true(fits(pki_dir, "issued/dock1.key"));
	for (i = 0; i < 2; i++) {
		req.out = i ? pki_out : NULL;
		block(pki_dir, "issued/dock1.pem", true);
		assert_true(ut_pki_issue(&pki_store, &req, NULL, &pki_err) < 0);
		block(pki_dir, "issued/dock1.pem", false);
		assert_int_equal(issued(), 1);
		assert_true(fits(pki_dir, "issued/dock1.key"));
		assert_false(pki_there(pki_dir, "issued/dock1.key.issuing"));
		assert_false(pki_there(pki_out, "key.pem.issuing"));
	}
}

/* How far the clock is ahead. */
static time_t ahead;

time_t __wrap_time(time_t *t);
time_t __real_time(time_t *t);

time_t __wrap_time(time_t *t)
{
	return __real_time(t) + ahead;
}

/* A CA that is of no use any more leaves nothing behind. */
static void test_expired(void **state)
{
	struct ut_pki_issue req = { .role = UT_PKI_DOCK, .name = "dock1",
				    .out = pki_out };

	pki_make();
	pki_issue(UT_PKI_DOCK, "dock1");
	ahead = (UT_PKI_CA_DAYS + 1) * 86400;
	assert_int_equal(ut_pki_issue(&pki_store, &req, NULL, &pki_err),
			 -EKEYEXPIRED);
	assert_false(pki_there(pki_out, ""));
	ahead = 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_out), T(test_old_key_goes), T(test_out_nowhere),
		T(test_cut_short), T(test_waiting_key), T(test_expired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
