// SPDX-License-Identifier: GPL-2.0
/*
 * Files that were brought by hand: from pki issue --out, in one file, from another CA.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "enroll/install.h"
#include "lib/caged.h"
#include "lib/scratch.h"
#include "lib/unit.h"
#include "tls/creds.h"
#include "tls/pair.h"

static struct ut_err err;

static char top[SCRATCH_SIZE], dir[128], home[128], stick[128], file[128];
static struct ut_pki_store store;
static struct ut_config_tls tls;

static int setup(void **state)
{
	if (scratch_make(top, "install"))
		return -1;
	snprintf(dir, sizeof(dir), "%s/ca", top);
	snprintf(home, sizeof(home), "%s/home", top);
	snprintf(stick, sizeof(stick), "%s/stick", top);
	snprintf(file, sizeof(file), "%s/file.pem", top);
	store = (struct ut_pki_store){ .dir = dir };
	ut_err_clear(&err);
	if (mkdir(home, 0755) || ut_pki_init(&store, NULL, 0, false, &err))
		return -1;
	return ut_install_files(&tls, home, &err);
}

static int teardown(void **state)
{
	return scratch_drop(top);
}

/* Issues the files of a machine, into stick. */
static void issue(enum ut_pki_role role, const char *name)
{
	struct ut_pki_issue req = {
		.role = role, .name = name, .out = stick, .force = true,
	};

	if (ut_pki_issue(&store, &req, NULL, &err))
		fail_msg("%s", err.msg);
}

static bool there(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", home, name);
	return !access(path, F_OK);
}

static int install(const char *from, enum ut_pki_role role, bool force,
		   char name[UT_TLS_NAME_SIZE])
{
	const struct ut_install_from req = {
		.from = from, .role = role, .force = force,
	};

	ut_err_clear(&err);
	return ut_install_from(&tls, &req, name, &err);
}

static void installed(const char *from, enum ut_pki_role role, bool force,
		      const char *want)
{
	char name[UT_TLS_NAME_SIZE];
	struct ut_creds *creds;
	struct stat st;

	if (install(from, role, force, name))
		fail_msg("%s", err.msg);
	assert_string_equal(name, want);
	if (!there("crl.pem"))
		tls.crl[0] = '\0';
	if (ut_creds_load(&creds, role == UT_PKI_DOCK ? UT_TLS_DOCK :
			  UT_TLS_TABLET, &tls, &cage_sandbox, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(creds->own.name, want);
	ut_creds_put(creds);
	assert_int_equal(stat(tls.key, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_false(there("key.pem.new"));
}

static void refused(const char *from, enum ut_pki_role role, enum ut_exit code,
		    const char *msg)
{
	int ret = install(from, role, false, NULL);

	if (!ret || err.code != code || !strstr(err.msg, msg))
		fail_msg("%d, %d, \"%s\" instead of %d, \"%s\"", ret, err.code,
			 err.msg, code, msg);
	assert_false(there("cert.pem"));
	assert_false(there("key.pem"));
	assert_false(there("key.pem.new"));
}

/* Appends files of stick, or any text, to the one file. */
static void gather(const char *const *names, size_t n)
{
	char path[256];
	struct ut_buf buf;
	FILE *out = fopen(file, "w");
	size_t i;

	assert_non_null(out);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", stick, names[i]);
		assert_int_equal(ut_file_read(path, &buf, &err), 0);
		fprintf(out, "some words\n%s\n", buf.data);
		ut_buf_free(&buf);
	}
	fclose(out);
}

static void test_from_directory(void **state)
{
	issue(UT_PKI_TABLET, "lea");
	installed(stick, UT_PKI_TABLET, false, "lea");
	assert_true(there("crl.pem"));
}

/* A FAT stick: everybody may read everything on it. */
static void test_from_a_stick(void **state)
{
	char path[256];

	issue(UT_PKI_DOCK, "desk");
	snprintf(path, sizeof(path), "%s/key.pem", stick);
	assert_int_equal(chmod(path, 0755), 0);
	installed(stick, UT_PKI_DOCK, false, "desk");
}

static void test_from_one_file(void **state)
{
	static const char *const orders[][4] = {
		{ "ca.pem", "cert.pem", "crl.pem", "key.pem" },
		{ "key.pem", "crl.pem", "cert.pem", "ca.pem" },
	};
	size_t i;

	for (i = 0; i < 2; i++) {
		issue(UT_PKI_TABLET, "lea");
		gather(orders[i], 4);
		installed(file, UT_PKI_TABLET, i, "lea");
	}
}

static void test_wrong_role(void **state)
{
	issue(UT_PKI_DOCK, "desk");
	refused(stick, UT_PKI_TABLET, UT_EXIT_CERTIFICATE,
		"is for another role");
	assert_non_null(strstr(err.hint, "clientAuth"));
}

static void test_wrong_key(void **state)
{
	static const char *const files[] = { "ca.pem", "cert.pem" };
	char key[256], cert[256];

	issue(UT_PKI_TABLET, "lea");
	snprintf(cert, sizeof(cert), "%s/cert.pem", stick);
	snprintf(key, sizeof(key), "%s/kept", stick);
	assert_int_equal(rename(cert, key), 0);
	issue(UT_PKI_TABLET, "ida");
	assert_int_equal(rename(key, cert), 0);
	refused(stick, UT_PKI_TABLET, UT_EXIT_CERTIFICATE,
		"does not belong to the certificate");
	/* No key was brought, and none is here. */
	gather(files, 2);
	refused(file, UT_PKI_TABLET, UT_EXIT_CERTIFICATE,
		"belongs neither to the key");
}

static void test_wrong_ca(void **state)
{
	char path[256];

	issue(UT_PKI_TABLET, "lea");
	assert_int_equal(ut_pki_init(&store, "other", 0, true, &err), 0);
	snprintf(path, sizeof(path), "%s/ca.pem", dir);
	assert_int_equal(setenv("FROM", path, 1), 0);
	assert_int_equal(setenv("TO", stick, 1), 0);
	assert_int_equal(system("cp \"$FROM\" \"$TO\""), 0);
	refused(stick, UT_PKI_TABLET, UT_EXIT_CERTIFICATE, "not from the CA");
}

static void test_nothing_there(void **state)
{
	refused(stick, UT_PKI_TABLET, UT_EXIT_NOT_FOUND, "cannot open");
	assert_int_equal(mkdir(stick, 0755), 0);
	refused(stick, UT_PKI_TABLET, UT_EXIT_NOT_FOUND,
		"there is no certificate");
	assert_int_equal(ut_file_write(file, "words\n", 6, 0644, false, &err),
			 0);
	refused(file, UT_PKI_TABLET, UT_EXIT_NOT_FOUND,
		"there is no certificate");
}

static void test_damaged_files(void **state)
{
	static const char *const bad[] = {
		"-----BEGIN CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERT",
		"-----BEGIN ", "-----BEGIN -----END -----",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END C",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ut_file_write(file, bad[i], strlen(bad[i]),
					       0644, true, &err), 0);
		refused(file, UT_PKI_TABLET, UT_EXIT_CERTIFICATE,
			"cannot read the PEM file");
	}
}

static void test_too_many(void **state)
{
	const char *names[11] = { "ca.pem", "key.pem" };
	size_t i;

	for (i = 2; i < 11; i++)
		names[i] = "cert.pem";
	issue(UT_PKI_TABLET, "lea");
	gather(names, 11);
	refused(file, UT_PKI_TABLET, UT_EXIT_CERTIFICATE,
		"the certificate is not 1 to 8 certificates");
}

static void test_overwrite(void **state)
{
	char name[UT_TLS_NAME_SIZE];

	issue(UT_PKI_TABLET, "lea");
	installed(stick, UT_PKI_TABLET, false, "lea");
	issue(UT_PKI_TABLET, "ida");
	assert_int_equal(install(stick, UT_PKI_TABLET, false, name), -EEXIST);
	assert_int_equal(err.code, UT_EXIT_FAILURE);
	assert_non_null(strstr(err.hint, "--force"));
	installed(stick, UT_PKI_TABLET, true, "ida");
}

/* --- another CA --- */

static gnutls_x509_privkey_t new_key(void)
{
	gnutls_x509_privkey_t key;

	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0), 0);
	return key;
}

static gnutls_x509_crt_t new_crt(const char *dn, unsigned char serial, bool ca)
{
	gnutls_x509_crt_t crt;

	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, &serial, 1);
	gnutls_x509_crt_set_dn(crt, dn, NULL);
	gnutls_x509_crt_set_activation_time(crt, time(NULL) - 60);
	gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 86400);
	gnutls_x509_crt_set_basic_constraints(crt, ca, -1);
	if (ca)
		gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_KEY_CERT_SIGN);
	return crt;
}

static void add_pem(gnutls_x509_crt_t crt)
{
	gnutls_datum_t pem;
	FILE *f = fopen(file, "a");

	assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM,
						 &pem), 0);
	fwrite(pem.data, 1, pem.size, f);
	gnutls_free(pem.data);
	fclose(f);
}

/*
 * Signs the request in @path as an administrator with other tools would, under a root
 * and an intermediate CA; puts all three certificates into the one file.
 */
static void sign_elsewhere(const char *path)
{
	gnutls_x509_privkey_t root_key = new_key(), sub_key = new_key();
	gnutls_x509_crt_t root = new_crt("CN=root", 1, true);
	gnutls_x509_crt_t sub = new_crt("CN=sub", 2, true);
	gnutls_x509_crt_t leaf = new_crt("CN=lea", 3, false);
	gnutls_x509_crq_t crq;
	struct ut_buf buf;
	gnutls_datum_t d;

	assert_int_equal(ut_file_read(path, &buf, &err), 0);
	d.data = (unsigned char *)buf.data;
	d.size = (unsigned int)buf.len;
	assert_int_equal(gnutls_x509_crq_init(&crq), 0);
	assert_int_equal(gnutls_x509_crq_import(crq, &d, GNUTLS_X509_FMT_PEM),
			 0);
	assert_true(gnutls_x509_crq_verify(crq, 0) >= 0);
	gnutls_x509_crt_set_key(root, root_key);
	assert_int_equal(gnutls_x509_crt_sign2(root, root, root_key,
					       GNUTLS_DIG_SHA256, 0), 0);
	gnutls_x509_crt_set_key(sub, sub_key);
	assert_int_equal(gnutls_x509_crt_sign2(sub, root, root_key,
					       GNUTLS_DIG_SHA256, 0), 0);
	/* Key, purpose and names as in the request. */
	assert_int_equal(gnutls_x509_crt_set_crq(leaf, crq), 0);
	assert_int_equal(gnutls_x509_crt_set_crq_extensions(leaf, crq), 0);
	assert_int_equal(gnutls_x509_crt_sign2(leaf, sub, sub_key,
					       GNUTLS_DIG_SHA256, 0), 0);
	add_pem(sub);
	add_pem(leaf);
	add_pem(root);
	gnutls_x509_crq_deinit(crq);
	ut_buf_free(&buf);
	gnutls_x509_crt_deinit(root);
	gnutls_x509_crt_deinit(sub);
	gnutls_x509_crt_deinit(leaf);
	gnutls_x509_privkey_deinit(root_key);
	gnutls_x509_privkey_deinit(sub_key);
}

static void test_external_ca(void **state)
{
	char csr[128], name[UT_TLS_NAME_SIZE];

	snprintf(csr, sizeof(csr), "%s/lea.csr", top);
	if (ut_install_request(&tls, UT_PKI_TABLET, "lea", csr, false, &err))
		fail_msg("%s", err.msg);
	assert_true(there("key.pem.new"));
	assert_false(there("key.pem"));
	/* No second key for the same request. */
	assert_int_equal(ut_install_request(&tls, UT_PKI_TABLET, "lea", csr,
					    false, &err), -EEXIST);
	sign_elsewhere(csr);
	installed(file, UT_PKI_TABLET, false, "lea");
	assert_false(there("crl.pem"));
	/* A new certificate for the same key needs no request. */
	assert_int_equal(install(file, UT_PKI_TABLET, true, name), 0);
	installed(file, UT_PKI_TABLET, true, "lea");
}

/* A request does not disturb a machine that is running. */
static void test_request_beside_a_pair(void **state)
{
	char csr[128];
	struct ut_creds *creds;

	issue(UT_PKI_TABLET, "ida");
	installed(stick, UT_PKI_TABLET, false, "ida");
	snprintf(csr, sizeof(csr), "%s/lea.csr", top);
	assert_int_equal(ut_install_request(&tls, UT_PKI_TABLET, "lea", csr,
					    false, &err), 0);
	assert_int_equal(ut_creds_load(&creds, UT_TLS_TABLET, &tls,
				       &cage_sandbox, &err),
			 0);
	assert_string_equal(creds->own.name, "ida");
	ut_creds_put(creds);
	assert_true(ut_pair_staged(&tls));
	sign_elsewhere(csr);
	installed(file, UT_PKI_TABLET, true, "lea");
}

static void expect_conf(const char *path, const char *want)
{
	struct ut_buf buf;

	if (ut_file_read(path, &buf, &err))
		fail_msg("%s", err.msg);
	if (!strstr(buf.data, want))
		fail_msg("%s", buf.data);
	ut_buf_free(&buf);
}

static void test_drop_in(void **state)
{
	char path[UT_CONFIG_PATH_SIZE], want[UT_CONFIG_PATH_SIZE + 64];

	assert_int_equal(ut_install_dock(home, "192.0.2.7", 0, "desk", false,
					 path, &err), 0);
	snprintf(want, sizeof(want), "%s/conf.d/50-dock-desk.conf", home);
	assert_string_equal(path, want);
	expect_conf(path, "[tablet]\ndock = 192.0.2.7 name=desk\nattach = allow dock=desk\n");
	/* What an administrator has written there stays, except with --force. */
	assert_int_equal(ut_install_dock(home, "fe80::1%eth0", 4000, "desk",
					 false, path, &err), 0);
	expect_conf(path, "dock = 192.0.2.7 name");
	assert_int_equal(ut_install_dock(home, "fe80::1%eth0", 4000, "desk",
					 true, path, &err), 0);
	expect_conf(path, "dock = fe80::1%eth0 port=4000 name=desk\n");
}

static void test_drop_in_refused(void **state)
{
	static const char *const hosts[] = {
		"", "a b", "a\nattach = allow dock=*", "a#b", "a\"b", "a;b",
	};
	char path[UT_CONFIG_PATH_SIZE];
	size_t i;

	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		assert_int_equal(ut_install_dock(home, hosts[i], 0, "desk",
						 false, path, &err), -EINVAL);
	assert_int_equal(ut_install_dock(home, "desk", 0, "../x", false, path,
					 &err), -EINVAL);
	assert_false(there("conf.d"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_from_directory), T(test_from_a_stick),
		T(test_from_one_file), T(test_wrong_role), T(test_wrong_key),
		T(test_wrong_ca), T(test_nothing_there), T(test_damaged_files),
		T(test_too_many), T(test_overwrite), T(test_external_ca),
		T(test_request_beside_a_pair), T(test_drop_in),
		T(test_drop_in_refused),
	};

	return cmocka_run_group_tests(tests, cage_group_setup,
				      cage_group_teardown);
}
