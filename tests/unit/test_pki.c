// SPDX-License-Identifier: GPL-2.0
/*
 * The private CA in a directory of its own, judged by GnuTLS' verification and
 * by certtool, an independent reader of the same files.
 */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/file.h"
#include "lib/pki_bed.h"

static void password(const char *text, mode_t mode)
{
	unlink(pki_pw);
	assert_int_equal(ut_file_write(pki_pw, text, strlen(text), mode, true,
				       &pki_err), 0);
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

	load(pki_dir, "ca.pem", &ca);
	load(pki_dir, "crl.pem", &crl);
	load(pki_dir, cert, &pem);
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
		 pki_dir, cert, pki_dir, pki_dir, want);
	return system(cmd);
}

static void test_files(void **state)
{
	pki_make();
	pki_issue(UT_PKI_DOCK, "dock1");
	assert_int_equal(pki_mode(pki_dir, ""), 0700);
	assert_int_equal(pki_mode(pki_dir, "ca.key"), 0600);
	assert_int_equal(pki_mode(pki_dir, "ca.pem"), 0644);
	assert_int_equal(pki_mode(pki_dir, "crl.pem"), 0644);
	assert_int_equal(pki_mode(pki_dir, "issued"), 0700);
	assert_int_equal(pki_mode(pki_dir, "issued/dock1.key"), 0600);
	assert_int_equal(pki_mode(pki_dir, "issued/dock1.pem"), 0644);
}

static void test_roles(void **state)
{
	pki_make();
	pki_issue(UT_PKI_DOCK, "dock1");
	pki_issue(UT_PKI_TABLET, "tab1");
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

	pki_make();
	assert_int_equal(ut_pki_issue(&pki_store, &req, &made, &pki_err), 0);
	assert_string_equal(made.names, "d 192.0.2.7 2001:db8::7");
	assert_int_equal(verify("issued/d.pem", GNUTLS_KP_TLS_WWW_SERVER, "d"),
			 0);
	assert_int_equal(verify("issued/d.pem", GNUTLS_KP_TLS_WWW_SERVER,
				"192.0.2.7"), 0);
	assert_true(verify("issued/d.pem", GNUTLS_KP_TLS_WWW_SERVER,
			   "192.0.2.8") & GNUTLS_CERT_UNEXPECTED_OWNER);
	req.name = "e";
	req.address[1] = "not-an-address";
	assert_int_equal(ut_pki_issue(&pki_store, &req, &made, &pki_err),
			 -EINVAL);
	assert_int_equal(pki_err.code, UT_EXIT_USAGE);
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

	pki_make();
	assert_int_equal(ut_pki_issue(&pki_store, &old, &made, &pki_err), 0);
	assert_int_equal(made.not_before, old.not_before);
	assert_int_equal(made.not_after, old.not_before + 3 * 86400);
	assert_true(verify("issued/old.pem", GNUTLS_KP_TLS_WWW_CLIENT, NULL) &
		    GNUTLS_CERT_EXPIRED);
	assert_int_equal(ut_pki_issue(&pki_store, &future, &made, &pki_err), 0);
	assert_true(verify("issued/future.pem", GNUTLS_KP_TLS_WWW_CLIENT,
			   NULL) & GNUTLS_CERT_NOT_ACTIVATED);
	assert_int_equal(certtool("issued/future.pem", "Not verified"), 0);
	assert_int_equal(ut_pki_issue(&pki_store, &longer, &made, &pki_err), 0);
	assert_int_equal(ut_pki_list(&pki_store, &certs, &n, &pki_err), 0);
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

	pki_make();
	first = pki_issue(UT_PKI_TABLET, "tab1");
	assert_int_equal(ut_pki_revoke(&pki_store, "nobody", &n, &pki_err),
			 -ENOENT);
	assert_int_equal(pki_err.code, UT_EXIT_NOT_FOUND);
	assert_int_equal(ut_pki_revoke(&pki_store, first.serial, &n, &pki_err),
			 0);
	assert_int_equal(n, 1);
	assert_true(verify("issued/tab1.pem", GNUTLS_KP_TLS_WWW_CLIENT, NULL) &
		    GNUTLS_CERT_REVOKED);
	assert_int_equal(certtool("issued/tab1.pem", "revoked"), 0);
	assert_int_equal(ut_pki_revoke(&pki_store, "tab1", &n, &pki_err),
			 -EALREADY);
	assert_int_equal(ut_pki_issue(&pki_store, &again, &second, &pki_err),
			 0);
	assert_int_equal(verify("issued/tab1.pem", GNUTLS_KP_TLS_WWW_CLIENT,
				NULL), 0);
	assert_int_equal(ut_pki_revoke(&pki_store, "tab1", &n, &pki_err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(ut_pki_list(&pki_store, &certs, &n, &pki_err), 0);
	assert_int_equal(n, 3);
	assert_true(certs[1].revoked && certs[2].revoked);
	free(certs);
}

static void test_no_overwrite(void **state)
{
	struct ut_pki_issue req = { .role = UT_PKI_DOCK, .name = "dock1" };
	struct ut_pki_cert made;
	gnutls_datum_t before, after;

	pki_make();
	load(pki_dir, "ca.key", &before);
	assert_int_equal(ut_pki_init(&pki_store, NULL, 0, false, &pki_err),
			 -EEXIST);
	load(pki_dir, "ca.key", &after);
	assert_int_equal(before.size, after.size);
	assert_memory_equal(before.data, after.data, before.size);
	gnutls_free(before.data);
	gnutls_free(after.data);
	pki_issue(UT_PKI_DOCK, "dock1");
	assert_int_equal(ut_pki_issue(&pki_store, &req, &made, &pki_err),
			 -EEXIST);
	req.force = true;
	assert_int_equal(ut_pki_issue(&pki_store, &req, &made, &pki_err), 0);
}

static void test_password(void **state)
{
	struct ut_pki_issue req = { .role = UT_PKI_DOCK, .name = "dock1" };
	struct ut_pki_cert made;
	gnutls_datum_t key;
	char *found;

	pki_store.password_file = pki_pw;
	password("geheim\n", 0644);
	assert_int_equal(ut_pki_init(&pki_store, NULL, 0, false, &pki_err),
			 -EPERM);
	assert_int_equal(pki_err.code, UT_EXIT_PERMISSION);
	password("\n", 0600);
	assert_int_equal(ut_pki_init(&pki_store, NULL, 0, false, &pki_err),
			 -EINVAL);
	password("geheim\n", 0600);
	pki_make();
	load(pki_dir, "ca.key", &key);
	found = strstr((char *)key.data, "BEGIN ENCRYPTED PRIVATE KEY");
	gnutls_free(key.data);
	assert_non_null(found);
	assert_int_equal(ut_pki_issue(&pki_store, &req, &made, &pki_err), 0);
	req.name = "dock2";
	pki_store.password_file = NULL;
	assert_int_equal(ut_pki_issue(&pki_store, &req, &made, &pki_err),
			 -EKEYREJECTED);
	assert_int_equal(pki_err.code, UT_EXIT_CERTIFICATE);
	pki_store.password_file = pki_pw;
	password("wrong\n", 0600);
	assert_int_equal(ut_pki_issue(&pki_store, &req, &made, &pki_err),
			 -EKEYREJECTED);
	assert_int_equal(pki_err.code, UT_EXIT_CERTIFICATE);
}

static void test_open_directory(void **state)
{
	pki_make();
	assert_int_equal(chmod(pki_dir, 0750), 0);
	assert_int_equal(ut_pki_revoke(&pki_store, "x", NULL, &pki_err),
			 -EPERM);
	assert_int_equal(pki_err.code, UT_EXIT_PERMISSION);
	assert_non_null(strstr(pki_err.hint, "chmod 700"));
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

	pki_make();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		req.name = bad[i];
		assert_int_equal(ut_pki_issue(&pki_store, &req, &made,
					      &pki_err), -EINVAL);
		assert_int_equal(pki_err.code, UT_EXIT_USAGE);
	}
	req.name = "a.b-c_9.example";
	assert_int_equal(ut_pki_issue(&pki_store, &req, &made, &pki_err), 0);
}

static void test_no_ca(void **state)
{
	struct ut_pki_cert *certs;
	size_t n;

	assert_int_equal(ut_pki_list(&pki_store, &certs, &n, &pki_err),
			 -ENOENT);
	assert_int_equal(pki_err.code, UT_EXIT_NOT_FOUND);
	assert_non_null(strstr(pki_err.hint, "pki init"));
}

static void test_new_ca_forgets_the_old(void **state)
{
	struct ut_pki_cert *certs;
	size_t n;

	pki_make();
	pki_issue(UT_PKI_TABLET, "tab1");
	assert_int_equal(ut_pki_init(&pki_store, NULL, 0, true, &pki_err), 0);
	assert_int_not_equal(verify("issued/tab1.pem",
				    GNUTLS_KP_TLS_WWW_CLIENT, NULL), 0);
	assert_int_equal(ut_pki_list(&pki_store, &certs, &n, &pki_err), 0);
	assert_int_equal(n, 1);
	free(certs);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_files), T(test_roles), T(test_addresses), T(test_dates),
		T(test_revoke), T(test_no_overwrite), T(test_password),
		T(test_open_directory), T(test_names), T(test_no_ca),
		T(test_new_ca_forgets_the_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
