// SPDX-License-Identifier: GPL-2.0
/*
 * The private CA in a directory of its own, judged by GnuTLS' verification and
 * by certtool, an independent reader of the same files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/file.h"
#include "lib/scratch.h"
#include "lib/unit.h"
#include "pki/pki.h"

/* How far the clock is ahead. */
static time_t ahead;

time_t __wrap_time(time_t *t);
time_t __real_time(time_t *t);

time_t __wrap_time(time_t *t)
{
	return __real_time(t) + ahead;
}

static char top[SCRATCH_SIZE], dir[128], out[128], pw[128];
static struct ut_pki_store store;
static struct ut_err err;

static int setup(void **state)
{
	if (scratch_make(top, "pki"))
		return -1;
	snprintf(dir, sizeof(dir), "%s/ca", top);
	snprintf(out, sizeof(out), "%s/out", top);
	snprintf(pw, sizeof(pw), "%s/pw", top);
	store.dir = dir;
	store.password_file = NULL;
	ut_err_clear(&err);
	ahead = 0;
	return 0;
}

static int teardown(void **state)
{
	return scratch_drop(top);
}

static void password(const char *text, mode_t mode)
{
	unlink(pw);
	assert_int_equal(ut_file_write(pw, text, strlen(text), mode, true,
				       &err), 0);
}

static void init(void)
{
	if (ut_pki_init(&store, NULL, 0, false, &err))
		fail_msg("init: %s", err.msg);
}

static struct ut_pki_cert issue(enum ut_pki_role role, const char *name)
{
	struct ut_pki_issue req = { .role = role, .name = name };
	struct ut_pki_cert made;

	if (ut_pki_issue(&store, &req, &made, &err))
		fail_msg("issue: %s", err.msg);
	return made;
}

static mode_t mode_of(const char *base, const char *name)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", base, name);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void load(const char *base, const char *name, gnutls_datum_t *d)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	assert_int_equal(gnutls_load_file(path, d), 0);
}

/* Verification as a TLS peer does it. Returns the status flags. */
static unsigned int verify(const char *cert, const char *purpose,
			   const char *hostname)
{
	gnutls_typed_vdata_st data[2] = {
		{ GNUTLS_DT_KEY_PURPOSE_OID, (void *)purpose, 0 },
		{ GNUTLS_DT_DNS_HOSTNAME, (void *)hostname, 0 },
	};
	gnutls_x509_trust_list_t list;
	gnutls_datum_t ca, crl, pem;
	gnutls_x509_crt_t crt;
	unsigned int status;

	load(dir, "ca.pem", &ca);
	load(dir, "crl.pem", &crl);
	load(dir, cert, &pem);
	assert_int_equal(gnutls_x509_trust_list_init(&list, 0), 0);
	assert_int_equal(gnutls_x509_trust_list_add_trust_mem(list, &ca, &crl,
					GNUTLS_X509_FMT_PEM, 0,
					GNUTLS_TL_VERIFY_CRL), 1 + 1);
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_x509_crt_import(crt, &pem,
						GNUTLS_X509_FMT_PEM), 0);
	assert_int_equal(gnutls_x509_trust_list_verify_crt2(list, &crt, 1, data,
					hostname ? 2 : 1, 0, &status, NULL), 0);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_trust_list_deinit(list, 1);
	gnutls_free(ca.data);
	gnutls_free(crl.data);
	gnutls_free(pem.data);
	return status;
}

static int certtool(const char *cert, const char *want)
{
	char cmd[600];

	snprintf(cmd, sizeof(cmd),
		 "certtool --verify --verify-profile medium "
		 "--infile %s/%s --load-ca-certificate %s/ca.pem "
		 "--load-crl %s/crl.pem 2>&1 | grep -q '%s'",
		 dir, cert, dir, dir, want);
	return system(cmd);
}

static void test_files(void **state)
{
	init();
	issue(UT_PKI_DOCK, "dock1");
	assert_int_equal(mode_of(dir, ""), 0700);
	assert_int_equal(mode_of(dir, "ca.key"), 0600);
	assert_int_equal(mode_of(dir, "ca.pem"), 0644);
	assert_int_equal(mode_of(dir, "crl.pem"), 0644);
	assert_int_equal(mode_of(dir, "issued"), 0700);
	assert_int_equal(mode_of(dir, "issued/dock1.key"), 0600);
	assert_int_equal(mode_of(dir, "issued/dock1.pem"), 0644);
}

static void test_roles(void **state)
{
	init();
	issue(UT_PKI_DOCK, "dock1");
	issue(UT_PKI_TABLET, "tab1");
	assert_int_equal(verify("issued/dock1.pem", GNUTLS_KP_TLS_WWW_SERVER,
				"dock1"), 0);
	assert_int_equal(verify("issued/tab1.pem", GNUTLS_KP_TLS_WWW_CLIENT,
				NULL), 0);
	assert_int_not_equal(verify("issued/dock1.pem",
				    GNUTLS_KP_TLS_WWW_CLIENT, NULL), 0);
	assert_int_not_equal(verify("issued/tab1.pem",
				    GNUTLS_KP_TLS_WWW_SERVER, NULL), 0);
	assert_true(verify("issued/dock1.pem", GNUTLS_KP_TLS_WWW_SERVER,
			   "dock2") & GNUTLS_CERT_UNEXPECTED_OWNER);
	assert_int_equal(certtool("issued/dock1.pem", " Verified"), 0);
	assert_int_equal(certtool("issued/tab1.pem", " Verified"), 0);
}

static void test_addresses(void **state)
{
	struct ut_pki_issue req = {
		.role = UT_PKI_DOCK, .name = "d",
		.address = { "192.0.2.7", "2001:db8::7" }, .n_address = 2,
	};
	struct ut_pki_cert made;

	init();
	assert_int_equal(ut_pki_issue(&store, &req, &made, &err), 0);
	assert_string_equal(made.names, "d 192.0.2.7 2001:db8::7");
	assert_int_equal(verify("issued/d.pem", GNUTLS_KP_TLS_WWW_SERVER, "d"),
			 0);
	assert_int_equal(verify("issued/d.pem", GNUTLS_KP_TLS_WWW_SERVER,
				"192.0.2.7"), 0);
	assert_true(verify("issued/d.pem", GNUTLS_KP_TLS_WWW_SERVER,
			   "192.0.2.8") & GNUTLS_CERT_UNEXPECTED_OWNER);
	req.name = "e";
	req.address[1] = "not-an-address";
	assert_int_equal(ut_pki_issue(&store, &req, &made, &err), -EINVAL);
	assert_int_equal(err.code, UT_EXIT_USAGE);
}

static void test_dates(void **state)
{
	struct ut_pki_issue old = {
		.role = UT_PKI_TABLET, .name = "old",
		.not_before = 1577836800, .days = 3,
	};
	struct ut_pki_issue future = {
		.role = UT_PKI_TABLET, .name = "future",
		.not_before = time(NULL) + 5 * 86400,
	};
	struct ut_pki_issue longer = {
		.role = UT_PKI_TABLET, .name = "longer",
		.days = UT_PKI_MAX_DAYS,
	};
	struct ut_pki_cert made, *certs;
	size_t n;

	init();
	assert_int_equal(ut_pki_issue(&store, &old, &made, &err), 0);
	assert_int_equal(made.not_before, old.not_before);
	assert_int_equal(made.not_after, old.not_before + 3 * 86400);
	assert_true(verify("issued/old.pem", GNUTLS_KP_TLS_WWW_CLIENT, NULL) &
		    GNUTLS_CERT_EXPIRED);
	assert_int_equal(ut_pki_issue(&store, &future, &made, &err), 0);
	assert_true(verify("issued/future.pem", GNUTLS_KP_TLS_WWW_CLIENT,
			   NULL) & GNUTLS_CERT_NOT_ACTIVATED);
	assert_int_equal(certtool("issued/future.pem", "Not verified"), 0);
	assert_int_equal(ut_pki_issue(&store, &longer, &made, &err), 0);
	assert_int_equal(ut_pki_list(&store, &certs, &n, &err), 0);
	assert_int_equal(certs[0].role, UT_PKI_CA);
	assert_int_equal(made.not_after, certs[0].not_after);
	free(certs);
}

static void test_revoke(void **state)
{
	struct ut_pki_cert first, second, *certs;
	struct ut_pki_issue again = {
		.role = UT_PKI_TABLET, .name = "tab1", .force = true,
	};
	size_t n;

	init();
	first = issue(UT_PKI_TABLET, "tab1");
	assert_int_equal(ut_pki_revoke(&store, "nobody", &n, &err), -ENOENT);
	assert_int_equal(err.code, UT_EXIT_NOT_FOUND);
	assert_int_equal(ut_pki_revoke(&store, first.serial, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_true(verify("issued/tab1.pem", GNUTLS_KP_TLS_WWW_CLIENT, NULL) &
		    GNUTLS_CERT_REVOKED);
	assert_int_equal(certtool("issued/tab1.pem", "revoked"), 0);
	assert_int_equal(ut_pki_revoke(&store, "tab1", &n, &err), -EALREADY);
	assert_int_equal(ut_pki_issue(&store, &again, &second, &err), 0);
	assert_int_equal(verify("issued/tab1.pem", GNUTLS_KP_TLS_WWW_CLIENT,
				NULL), 0);
	assert_int_equal(ut_pki_revoke(&store, "tab1", &n, &err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(ut_pki_list(&store, &certs, &n, &err), 0);
	assert_int_equal(n, 3);
	assert_true(certs[1].revoked && certs[2].revoked);
	free(certs);
}

static void test_no_overwrite(void **state)
{
	struct ut_pki_issue req = { .role = UT_PKI_DOCK, .name = "dock1" };
	struct ut_pki_cert made;
	gnutls_datum_t before, after;

	init();
	load(dir, "ca.key", &before);
	assert_int_equal(ut_pki_init(&store, NULL, 0, false, &err), -EEXIST);
	load(dir, "ca.key", &after);
	assert_int_equal(before.size, after.size);
	assert_memory_equal(before.data, after.data, before.size);
	gnutls_free(before.data);
	gnutls_free(after.data);
	issue(UT_PKI_DOCK, "dock1");
	assert_int_equal(ut_pki_issue(&store, &req, &made, &err), -EEXIST);
	req.force = true;
	assert_int_equal(ut_pki_issue(&store, &req, &made, &err), 0);
}

static bool there(const char *base, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return !access(path, F_OK);
}

static void drop(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(unlink(path), 0);
}

static void test_out(void **state)
{
	struct ut_pki_issue req = { .role = UT_PKI_DOCK, .name = "dock1",
				    .out = out };
	gnutls_certificate_credentials_t cred;
	char cert[256], key[256];
	struct ut_pki_cert made;

	init();
	assert_int_equal(ut_pki_issue(&store, &req, &made, &err), 0);
	assert_int_equal(mode_of(out, "key.pem"), 0600);
	assert_int_equal(mode_of(out, "cert.pem"), 0644);
	assert_int_equal(mode_of(out, "ca.pem"), 0644);
	assert_int_equal(mode_of(out, "crl.pem"), 0644);
	snprintf(cert, sizeof(cert), "%s/cert.pem", out);
	snprintf(key, sizeof(key), "%s/key.pem", out);
	assert_int_equal(gnutls_certificate_allocate_credentials(&cred), 0);
	assert_true(gnutls_certificate_set_x509_key_file(cred, cert, key,
						GNUTLS_X509_FMT_PEM) >= 0);
	gnutls_certificate_free_credentials(cred);
	/* What was handed out is nowhere else. */
	assert_int_equal(mode_of(dir, "issued/dock1.pem"), 0644);
	assert_false(there(dir, "issued/dock1.key"));
	req.name = "dock2";
	assert_int_equal(ut_pki_issue(&store, &req, &made, &err), -EEXIST);
}

/* A key that waits to be fetched goes when its name gets another one. */
static void test_old_key_goes(void **state)
{
	struct ut_pki_issue req = { .role = UT_PKI_DOCK, .name = "dock1",
				    .out = out, .force = true };
	struct ut_pki_cert made;

	init();
	issue(UT_PKI_DOCK, "dock1");
	assert_true(there(dir, "issued/dock1.key"));
	assert_int_equal(ut_pki_issue(&store, &req, &made, &err), 0);
	assert_false(there(dir, "issued/dock1.key"));
	assert_int_equal(mode_of(out, "key.pem"), 0600);
	req.out = NULL;
	assert_int_equal(ut_pki_issue(&store, &req, &made, &err), 0);
	assert_true(there(dir, "issued/dock1.key"));
	assert_int_equal(mode_of(dir, "issued/dock1.key"), 0600);
}

/* How many certificates there are besides that of the CA. */
static size_t issued(void)
{
	struct ut_pki_cert *certs;
	size_t n;

	assert_int_equal(ut_pki_list(&store, &certs, &n, &err), 0);
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

	init();
	snprintf(above, sizeof(above), "%s/a/b", out);
	snprintf(file, sizeof(file), "%s/ca.pem", dir);
	for (i = 0; i < 3; i++) {
		req.out = rows[i];
		assert_true(ut_pki_issue(&store, &req, NULL, &err) < 0);
		assert_int_equal(issued(), 0);
	}
	/* And nothing is in the way of the next attempt. */
	req.out = out;
	assert_int_equal(ut_pki_issue(&store, &req, NULL, &err), 0);
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

	snprintf(cert, sizeof(cert), "%s/issued/dock1.pem", dir);
	snprintf(key, sizeof(key), "%s/%s", base, name);
	assert_int_equal(gnutls_certificate_allocate_credentials(&cred), 0);
	ret = gnutls_certificate_set_x509_key_file(cred, cert, key,
						   GNUTLS_X509_FMT_PEM);
	gnutls_certificate_free_credentials(cred);
	return ret >= 0;
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

	init();
	assert_int_equal(mkdir(out, 0700), 0);
	for (i = 0; i < 3; i++) {
		req.out = rows[i].out ? out : NULL;
		base = rows[i].out ? out : dir;
		block(base, rows[i].blocked, true);
		assert_true(ut_pki_issue(&store, &req, NULL, &err) < 0);
		assert_int_equal(issued(), i + 1);
		snprintf(want, sizeof(want), "its key is %s/%s;", base,
			 rows[i].key);
		assert_non_null(strstr(err.hint, want));
		assert_true(fits(base, rows[i].key));
		assert_int_equal(mode_of(base, rows[i].key), 0600);
		/* As the hint says. */
		assert_int_equal(ut_pki_revoke(&store, strrchr(err.hint, ' ') +
					       1, NULL, &err), 0);
		block(base, rows[i].blocked, false);
	}
	/* Somebody may need it: it is not replaced by the way. */
	drop("issued/dock1.pem");
	req.force = false;
	assert_int_equal(ut_pki_issue(&store, &req, NULL, &err), -EEXIST);
	assert_non_null(strstr(err.msg, "dock1.key.issuing"));
	req.force = true;
	assert_int_equal(ut_pki_issue(&store, &req, NULL, &err), 0);
	assert_true(fits(dir, "issued/dock1.key"));
	assert_false(there(dir, "issued/dock1.key.issuing"));
}

/* A key that waits stays until there is another one. */
static void test_waiting_key(void **state)
{
	struct ut_pki_issue req = { .role = UT_PKI_DOCK, .name = "dock1",
				    .force = true };
	char file[256];
	int i;

	init();
	issue(UT_PKI_DOCK, "dock1");
	snprintf(file, sizeof(file), "%s/ca.pem", dir);
	req.out = file;
	assert_true(ut_pki_issue(&store, &req, NULL, &err) < 0);
	assert_true(fits(dir, "issued/dock1.key"));
	for (i = 0; i < 2; i++) {
		req.out = i ? out : NULL;
		block(dir, "issued/dock1.pem", true);
		assert_true(ut_pki_issue(&store, &req, NULL, &err) < 0);
		block(dir, "issued/dock1.pem", false);
		assert_int_equal(issued(), 1);
		assert_true(fits(dir, "issued/dock1.key"));
		assert_false(there(dir, "issued/dock1.key.issuing"));
		assert_false(there(out, "key.pem.issuing"));
	}
}

/* A CA that is of no use any more leaves nothing behind. */
static void test_expired(void **state)
{
	struct ut_pki_issue req = { .role = UT_PKI_DOCK, .name = "dock1",
				    .out = out };

	init();
	issue(UT_PKI_DOCK, "dock1");
	ahead = (UT_PKI_CA_DAYS + 1) * 86400;
	assert_int_equal(ut_pki_issue(&store, &req, NULL, &err), -EKEYEXPIRED);
	assert_false(there(out, ""));
}

static void test_password(void **state)
{
	struct ut_pki_issue req = { .role = UT_PKI_DOCK, .name = "dock1" };
	struct ut_pki_cert made;
	gnutls_datum_t key;
	char *found;

	store.password_file = pw;
	password("geheim\n", 0644);
	assert_int_equal(ut_pki_init(&store, NULL, 0, false, &err), -EPERM);
	assert_int_equal(err.code, UT_EXIT_PERMISSION);
	password("\n", 0600);
	assert_int_equal(ut_pki_init(&store, NULL, 0, false, &err), -EINVAL);
	password("geheim\n", 0600);
	init();
	load(dir, "ca.key", &key);
	found = strstr((char *)key.data, "BEGIN ENCRYPTED PRIVATE KEY");
	gnutls_free(key.data);
	assert_non_null(found);
	assert_int_equal(ut_pki_issue(&store, &req, &made, &err), 0);
	req.name = "dock2";
	store.password_file = NULL;
	assert_int_equal(ut_pki_issue(&store, &req, &made, &err),
			 -EKEYREJECTED);
	assert_int_equal(err.code, UT_EXIT_CERTIFICATE);
	store.password_file = pw;
	password("wrong\n", 0600);
	assert_int_equal(ut_pki_issue(&store, &req, &made, &err),
			 -EKEYREJECTED);
	assert_int_equal(err.code, UT_EXIT_CERTIFICATE);
}

static void test_open_directory(void **state)
{
	init();
	assert_int_equal(chmod(dir, 0750), 0);
	assert_int_equal(ut_pki_revoke(&store, "x", NULL, &err), -EPERM);
	assert_int_equal(err.code, UT_EXIT_PERMISSION);
	assert_non_null(strstr(err.hint, "chmod 700"));
}

static void test_names(void **state)
{
	static const char *const bad[] = {
		"", ".", "..", "../x", "a/b", "-x", ".x", "a b", "a\nb",
		"0123456789012345678901234567890123456789012345678901234567890123",
	};
	struct ut_pki_issue req = { .role = UT_PKI_TABLET };
	struct ut_pki_cert made;
	size_t i;

	init();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		req.name = bad[i];
		assert_int_equal(ut_pki_issue(&store, &req, &made, &err),
				 -EINVAL);
		assert_int_equal(err.code, UT_EXIT_USAGE);
	}
	req.name = "a.b-c_9.example";
	assert_int_equal(ut_pki_issue(&store, &req, &made, &err), 0);
}

static void test_no_ca(void **state)
{
	struct ut_pki_cert *certs;
	size_t n;

	assert_int_equal(ut_pki_list(&store, &certs, &n, &err), -ENOENT);
	assert_int_equal(err.code, UT_EXIT_NOT_FOUND);
	assert_non_null(strstr(err.hint, "pki init"));
}

static void test_new_ca_forgets_the_old(void **state)
{
	struct ut_pki_cert *certs;
	size_t n;

	init();
	issue(UT_PKI_TABLET, "tab1");
	assert_int_equal(ut_pki_init(&store, NULL, 0, true, &err), 0);
	assert_int_not_equal(verify("issued/tab1.pem",
				    GNUTLS_KP_TLS_WWW_CLIENT, NULL), 0);
	assert_int_equal(ut_pki_list(&store, &certs, &n, &err), 0);
	assert_int_equal(n, 1);
	free(certs);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_files), T(test_roles), T(test_addresses), T(test_dates),
		T(test_revoke), T(test_no_overwrite), T(test_out),
		T(test_old_key_goes), T(test_out_nowhere),
		T(test_cut_short), T(test_waiting_key), T(test_expired),
		T(test_password), T(test_open_directory), T(test_names),
		T(test_no_ca), T(test_new_ca_forgets_the_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
