// SPDX-License-Identifier: GPL-2.0
/* Revocation lists that change: which of them take effect, and which do not. */
#include <fcntl.h>
#include <time.h>

#include "lib/crl_bed.h"
#include "tls/verify.h"

/* --- what is logged --- */

static int loud;

static void log_path(char path[256])
{
	snprintf(path, 256, "%s/log", crl_top);
}

/* From here to heard() nothing may fail: it would not be seen. */
static void hear(void)
{
	char path[256];
	int fd;

	log_path(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	loud = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

/* How many times @part was logged. */
static int heard(const char *part)
{
	char path[256], *p;
	struct ut_buf buf;
	int n = 0;

	dup2(loud, STDERR_FILENO);
	close(loud);
	log_path(path);
	crl_ok(ut_file_read(path, &buf, &crl_err));
	for (p = strstr(buf.data, part); p; p = strstr(p + 1, part))
		n++;
	ut_buf_free(&buf);
	return n;
}

/* A list that comes from elsewhere is newer, and is used from then on. */
static void take(const struct ut_buf *list)
{
	assert_int_equal(ut_crl_install(crl_creds, &crl_tls, list->data,
					list->len, &crl_err),
			 1);
	assert_int_equal(crl_reload(), 1);
}

/* --- lists in use --- */

static void test_newer(void **state)
{
	struct ut_pki_cert lost = crl_issue("lost", NULL),
			   good = crl_issue("good", NULL);

	assert_int_equal(crl_reload(), 0);
	assert_false(ut_crl_revoked(crl_creds, lost.serial));
	crl_ok(ut_pki_revoke(&crl_store, "lost", NULL, &crl_err));
	assert_int_equal(crl_reload(), 0);
	crl_copy(crl_dir);
	assert_int_equal(crl_reload(), 1);
	assert_true(ut_crl_revoked(crl_creds, lost.serial));
	assert_false(ut_crl_revoked(crl_creds, good.serial));
	assert_false(ut_crl_revoked(crl_creds, ""));
	assert_int_equal(crl_reload(), 0);
}

/* A revoked certificate does not become valid again with yesterday's list. */
static void test_older(void **state)
{
	struct ut_pki_cert lost = crl_issue("lost", NULL);
	struct ut_buf old = crl_list_of(crl_dir);

	crl_ok(ut_pki_revoke(&crl_store, "lost", NULL, &crl_err));
	crl_copy(crl_dir);
	assert_int_equal(crl_reload(), 1);
	crl_put(old.data, old.len);
	assert_int_equal(crl_reload(), -ESTALE);
	assert_int_equal(crl_err.code, UT_EXIT_CERTIFICATE);
	assert_non_null(strstr(crl_err.msg, "is older than the one in use"));
	assert_true(crl_err.hint[0]);
	assert_true(ut_crl_revoked(crl_creds, lost.serial));
	assert_int_equal(ut_crl_install(crl_creds, &crl_tls, old.data, old.len,
					&crl_err),
			 0);
	ut_buf_free(&old);
}

static void test_not_ours(void **state)
{
	struct ut_buf buf = crl_list_of(crl_other);

	crl_copy(crl_other);
	assert_int_equal(crl_reload(), -EINVAL);
	assert_non_null(strstr(crl_err.msg, "is not signed by our CA"));
	crl_copy(crl_dir);
	assert_int_equal(ut_crl_install(crl_creds, &crl_tls, buf.data, buf.len,
					&crl_err),
			 -EINVAL);
	assert_int_equal(crl_reload(), 0);
	ut_buf_free(&buf);
}

static void test_damaged(void **state)
{
	struct ut_pki_cert lost = crl_issue("lost", NULL);
	struct ut_buf buf;

	crl_ok(ut_pki_revoke(&crl_store, "lost", NULL, &crl_err));
	buf = crl_list_of(crl_dir);
	crl_put(buf.data, buf.len / 2);
	assert_int_equal(crl_reload(), -EINVAL);
	crl_put("", 0);
	assert_int_equal(crl_reload(), -EINVAL);
	assert_int_equal(unlink(crl_tls.crl), 0);
	assert_int_equal(crl_reload(), -ENOENT);
	assert_int_equal(ut_crl_install(crl_creds, &crl_tls, buf.data,
					buf.len / 2, &crl_err),
			 -EINVAL);
	assert_int_equal(ut_crl_install(crl_creds, &crl_tls, "", 0, &crl_err),
			 -EINVAL);
	assert_false(ut_crl_revoked(crl_creds, lost.serial));
	crl_put(buf.data, buf.len);
	assert_int_equal(crl_reload(), 1);
	ut_buf_free(&buf);
}

static void test_install(void **state)
{
	struct ut_pki_cert lost = crl_issue("lost", NULL);
	struct ut_buf pem, der;
	struct stat st;

	pem = crl_list_of(crl_dir);
	assert_int_equal(ut_crl_install(crl_creds, &crl_tls, pem.data, pem.len,
					&crl_err),
			 0);
	ut_buf_free(&pem);
	crl_ok(ut_pki_revoke(&crl_store, "lost", NULL, &crl_err));
	pem = crl_list_of(crl_dir);
	assert_int_equal(chmod(crl_tls.crl, 0600), 0);
	assert_int_equal(ut_crl_install(crl_creds, &crl_tls, pem.data, pem.len,
					&crl_err),
			 1);
	ut_buf_free(&pem);
	assert_int_equal(stat(crl_tls.crl, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	/* In the file, but not in use until it is read. */
	assert_false(ut_crl_revoked(crl_creds, lost.serial));
	assert_int_equal(crl_reload(), 1);
	assert_true(ut_crl_revoked(crl_creds, lost.serial));
	/* As a dock hands it to its tablets. */
	crl_ok(ut_crl_export(crl_creds, &der));
	assert_int_equal(ut_crl_install(crl_creds, &crl_tls, der.data, der.len,
					&crl_err),
			 0);
	ut_buf_free(&der);
	crl_tls.crl[0] = '\0';
	assert_int_equal(crl_reload(), 0);
}

/* The file may be newer than the list in use: a forked process has an old one. */
static void test_install_beside(void **state)
{
	struct ut_pki_cert second;
	struct ut_buf pem, file, now;

	crl_issue("first", NULL);
	second = crl_issue("second", NULL);
	crl_ok(ut_pki_revoke(&crl_store, "first", NULL, &crl_err));
	pem = crl_list_of(crl_dir);
	crl_ok(ut_pki_revoke(&crl_store, "second", NULL, &crl_err));
	crl_copy(crl_dir);
	file = crl_list_of(crl_dir);
	assert_int_equal(ut_crl_install(crl_creds, &crl_tls, pem.data, pem.len,
					&crl_err),
			 0);
	crl_ok(ut_file_read(crl_tls.crl, &now, &crl_err));
	assert_string_equal(now.data, file.data);
	assert_int_equal(crl_reload(), 1);
	assert_true(ut_crl_revoked(crl_creds, second.serial));
	ut_buf_free(&pem);
	ut_buf_free(&file);
	ut_buf_free(&now);
}

static void trust_the_other(void)
{
	FILE *f = fopen(crl_tls.ca, "a");
	struct ut_buf ca;
	char path[256];

	snprintf(path, sizeof(path), "%s/ca.pem", crl_other);
	crl_ok(ut_file_read(path, &ca, &crl_err));
	assert_non_null(f);
	assert_int_equal(fwrite(ca.data, 1, ca.len, f), ca.len);
	fclose(f);
	ut_buf_free(&ca);
}

/* The list of one CA does not replace that of another. */
static void test_two_authorities(void **state)
{
	struct ut_buf a, b, both;
	uint8_t number[UT_CRL_NUMBER];
	struct ut_pki_cert lost = crl_issue("lost", NULL);

	trust_the_other();
	ut_creds_put(crl_creds);
	crl_ok(ut_creds_load(&crl_creds, UT_TLS_TABLET, &crl_tls, &cage_sandbox,
			     &crl_err));
	assert_true(ut_crl_number(crl_creds, number));

	b = crl_list_of(crl_other);
	take(&b);
	assert_false(ut_crl_number(crl_creds, number));
	assert_int_equal(ut_crl_export(crl_creds, &both), -ENOENT);
	crl_ok(ut_pki_revoke(&crl_store, "lost", NULL, &crl_err));
	a = crl_list_of(crl_dir);
	take(&a);
	assert_true(ut_crl_revoked(crl_creds, lost.serial));
	crl_ok(ut_file_read(crl_tls.crl, &both, &crl_err));
	assert_non_null(strstr(both.data, b.data));
	/* One list of two is missing: that would make a certificate valid again. */
	crl_put(b.data, b.len);
	assert_int_equal(crl_reload(), -ESTALE);
	ut_buf_free(&a);
	ut_buf_free(&b);
	ut_buf_free(&both);
}

/*
 * The list of @store, as it is, with a next one that was due an hour ago: other
 * authorities set such dates, ours does not.
 */
static struct ut_buf outdated(const struct ut_pki_store *store)
{
	uint8_t number[UT_CRL_NUMBER];
	size_t size = sizeof(number);
	struct ut_buf pem = { 0 };
	gnutls_datum_t d;
	struct ut_ca ca;

	crl_ok(ut_ca_open(&ca, store, true, &crl_err));
	crl_ok(gnutls_x509_crl_get_number(ca.crl, number, &size, NULL));
	crl_ok(gnutls_x509_crl_set_next_update(ca.crl, time(NULL) - 3600));
	/* GnuTLS drops extensions that were not set anew. */
	crl_ok(gnutls_x509_crl_set_number(ca.crl, number, size));
	crl_ok(gnutls_x509_crl_sign2(ca.crl, ca.crt, ca.key, GNUTLS_DIG_SHA256,
				     0));
	crl_ok(gnutls_x509_crl_export2(ca.crl, GNUTLS_X509_FMT_PEM, &d));
	crl_ok(ut_buf_append(&pem, d.data, d.size, &crl_err));
	gnutls_free(d.data);
	ut_ca_close(&ca);
	return pem;
}

static enum ut_tls_reason reason_of(const char *dir)
{
	struct ut_tls_outcome o = { 0 };
	gnutls_x509_crt_t crt;
	char path[256];

	snprintf(path, sizeof(path), "%s/cert.pem", dir);
	crl_ok(ut_pki_load_crt(&crt, path, &crl_err));
	ut_verify_chain(&crl_creds->trust, UT_TLS_TABLET, &crt, 1, &o);
	gnutls_x509_crt_deinit(crt);
	return o.reason;
}

/* A list that is out of date is warned about; whom it revokes stays out. */
static void test_outdated(void **state)
{
	struct ut_pki_cert lost, later = crl_issue("later", NULL);
	struct ut_buf old, new, foreign;
	char dir[256];
	int ret;

	snprintf(dir, sizeof(dir), "%s/lost", crl_top);
	lost = crl_issue("lost", dir);
	assert_int_equal(reason_of(dir), UT_TLS_OK);
	crl_ok(ut_pki_revoke(&crl_store, "lost", NULL, &crl_err));
	old = outdated(&crl_store);
	crl_put(old.data, old.len);
	hear();
	ret = crl_reload();
	assert_int_equal(heard("is out of date"), 1);
	assert_int_equal(ret, 1);
	assert_true(ut_crl_revoked(crl_creds, lost.serial));
	assert_int_equal(reason_of(dir), UT_TLS_REVOKED);
	crl_ok(crl_restart());
	assert_true(ut_crl_revoked(crl_creds, lost.serial));

	crl_ok(ut_pki_revoke(&crl_store, "later", NULL, &crl_err));
	new = crl_list_of(crl_dir);
	take(&new);
	/* It is still that of the same CA, and the older one. */
	crl_put(old.data, old.len);
	assert_int_equal(crl_reload(), -ESTALE);
	assert_int_equal(ut_crl_install(crl_creds, &crl_tls, old.data, old.len,
					&crl_err),
			 0);
	assert_true(ut_crl_revoked(crl_creds, later.serial));

	foreign = outdated(&crl_foreign);
	crl_put(foreign.data, foreign.len);
	assert_int_equal(crl_reload(), -EINVAL);
	assert_non_null(strstr(crl_err.msg, "is not signed by our CA"));
	ut_buf_free(&old);
	ut_buf_free(&new);
	ut_buf_free(&foreign);
}

/* That of one CA is out of date: nothing changes for the list of another. */
static void test_outdated_beside(void **state)
{
	struct ut_pki_cert lost = crl_issue("lost", NULL);
	struct ut_buf a, b = outdated(&crl_foreign);

	trust_the_other();
	crl_ok(crl_restart());
	take(&b);
	crl_ok(ut_pki_revoke(&crl_store, "lost", NULL, &crl_err));
	a = crl_list_of(crl_dir);
	take(&a);
	assert_true(ut_crl_revoked(crl_creds, lost.serial));
	crl_ok(crl_restart());
	assert_true(ut_crl_revoked(crl_creds, lost.serial));
	ut_buf_free(&a);
	ut_buf_free(&b);
}

/* Adds 600 serial numbers of 1000 bytes, which no certificate can have. */
static void grow(const struct ut_pki_store *store)
{
	unsigned char number[1000];
	struct ut_ca ca;
	int i;

	memset(number, 0x11, sizeof(number));
	crl_ok(ut_ca_open(&ca, store, true, &crl_err));
	for (i = 0; i < 600; i++) {
		number[1] = (unsigned char)(i >> 8);
		number[2] = (unsigned char)i;
		assert_int_equal(gnutls_x509_crl_set_crt_serial(ca.crl, number,
						sizeof(number), time(NULL)),
				 0);
	}
	crl_ok(ut_ca_sign_crl(&ca, &crl_err));
	ut_ca_close(&ca);
}

static bool here(const struct ut_buf *want)
{
	struct ut_buf buf;
	bool same;

	crl_ok(ut_file_read(crl_tls.crl, &buf, &crl_err));
	same = buf.len == want->len && !memcmp(buf.data, want->data, buf.len);
	ut_buf_free(&buf);
	return same;
}

/* Each of the two can be read; together they would be too large. */
static void test_too_long(void **state)
{
	struct ut_buf a, b;

	trust_the_other();
	crl_ok(crl_restart());
	grow(&crl_store);
	grow(&crl_foreign);
	a = crl_list_of(crl_dir);
	b = crl_list_of(crl_other);
	take(&a);
	assert_int_equal(ut_crl_install(crl_creds, &crl_tls, b.data, b.len,
					&crl_err),
			 -EFBIG);
	assert_true(here(&a));
	crl_ok(crl_restart());
	ut_buf_free(&a);
	ut_buf_free(&b);
}

/* --- files that come with a certificate --- */

static int bring(const struct ut_buf *pem)
{
	ut_err_clear(&crl_err);
	return ut_crl_place(&crl_tls, pem, &crl_err);
}

static void test_place(void **state)
{
	struct ut_buf none = { 0 }, old = crl_list_of(crl_dir), new;

	crl_issue("lost", NULL);
	crl_ok(ut_pki_revoke(&crl_store, "lost", NULL, &crl_err));
	new = crl_list_of(crl_dir);
	/* No daemon has seen any of them. */
	crl_ok(bring(&new));
	assert_true(here(&new));
	crl_ok(bring(&old));
	assert_true(here(&new));
	crl_ok(bring(&none));
	assert_true(here(&new));
	/* Somebody put the old one there: neither is usable. */
	crl_put(old.data, old.len);
	assert_int_equal(bring(&old), -ESTALE);
	assert_int_equal(bring(&none), -ESTALE);
	crl_ok(bring(&new));
	assert_true(here(&new));
	ut_buf_free(&old);
	ut_buf_free(&new);
}

/* How often the log says, for this reason, that the file stays. */
static int stays(const struct ut_buf *pem, const char *why)
{
	int ret, n;

	hear();
	ret = bring(pem);
	n = heard(why);
	crl_ok(ret);
	return n;
}

static void test_place_told(void **state)
{
	struct ut_buf none = { 0 }, old = crl_list_of(crl_dir), new;

	assert_int_equal(stays(&old, "stays"), 0);
	assert_int_equal(stays(&none, "stays: none came"), 1);
	crl_issue("lost", NULL);
	crl_ok(ut_pki_revoke(&crl_store, "lost", NULL, &crl_err));
	new = crl_list_of(crl_dir);
	assert_int_equal(stays(&new, "stays"), 0);
	assert_int_equal(stays(&old, "stays: the one that came is older"), 1);
	ut_buf_free(&old);
	ut_buf_free(&new);
}

/* Lists of CAs that are no longer trusted are dropped, and nothing else. */
static void test_place_rest(void **state)
{
	struct ut_buf ca, none = { 0 }, a = crl_list_of(crl_dir),
		      b = crl_list_of(crl_other), both = { 0 };

	crl_ok(ut_file_read(crl_tls.ca, &ca, &crl_err));
	trust_the_other();
	crl_ok(ut_buf_append(&both, b.data, b.len, &crl_err));
	crl_ok(ut_buf_append(&both, a.data, a.len, &crl_err));
	crl_put(both.data, both.len);
	crl_ok(crl_restart());
	crl_ok(ut_file_write(crl_tls.ca, ca.data, ca.len, 0644, true,
			     &crl_err));
	crl_ok(bring(&none));
	assert_true(here(&a));
	crl_ok(crl_restart());
	ut_buf_free(&ca);
	ut_buf_free(&a);
	ut_buf_free(&b);
	ut_buf_free(&both);
}

/* A certificate comes with the list of its CA; the other list stays. */
static void test_place_one_of_two(void **state)
{
	struct ut_buf old = crl_list_of(crl_dir), b = crl_list_of(crl_other), a,
		      both;

	trust_the_other();
	crl_ok(bring(&b));
	crl_ok(ut_file_read(crl_tls.crl, &both, &crl_err));
	assert_non_null(strstr(both.data, old.data));
	assert_non_null(strstr(both.data, b.data));
	ut_buf_free(&both);
	crl_issue("lost", NULL);
	crl_ok(ut_pki_revoke(&crl_store, "lost", NULL, &crl_err));
	a = crl_list_of(crl_dir);
	crl_ok(bring(&a));
	crl_ok(ut_file_read(crl_tls.crl, &both, &crl_err));
	assert_non_null(strstr(both.data, a.data));
	assert_non_null(strstr(both.data, b.data));
	assert_null(strstr(both.data, old.data));
	ut_buf_free(&both);
	ut_buf_free(&old);
	ut_buf_free(&a);
	ut_buf_free(&b);
}

/* --- numbers --- */

/* The lists of others are not always well-made. */
static void test_long_number(void **state)
{
	struct ut_pki_cert lost = crl_issue("lost", NULL);
	unsigned char number[40];
	struct ut_ca ca;

	memset(number, 0x11, sizeof(number));
	crl_ok(ut_ca_open(&ca, &crl_store, true, &crl_err));
	crl_ok(gnutls_x509_crl_set_crt_serial(ca.crl, number, sizeof(number),
					      time(NULL)));
	crl_ok(ut_ca_sign_crl(&ca, &crl_err));
	ut_ca_close(&ca);
	/* After it. */
	crl_ok(ut_pki_revoke(&crl_store, "lost", NULL, &crl_err));
	crl_copy(crl_dir);
	assert_int_equal(crl_reload(), 1);
	assert_true(ut_crl_revoked(crl_creds, lost.serial));
}

/* The number grows with each list, even within a second. */
static void test_numbers(void **state)
{
	uint8_t last[UT_CRL_NUMBER] = { 0 }, number[UT_CRL_NUMBER];
	char name[16];
	int i;

	for (i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "t%d", i);
		crl_issue(name, NULL);
		crl_ok(ut_pki_revoke(&crl_store, name, NULL, &crl_err));
		crl_copy(crl_dir);
		assert_int_equal(crl_reload(), 1);
		assert_true(ut_crl_number(crl_creds, number));
		assert_true(memcmp(number, last, sizeof(last)) > 0);
		memcpy(last, number, sizeof(last));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_newer),
		TEST(test_older),
		TEST(test_not_ours),
		TEST(test_damaged),
		TEST(test_install),
		TEST(test_install_beside),
		TEST(test_two_authorities),
		TWINS(test_two_authorities),
		TEST(test_outdated),
		TEST(test_outdated_beside),
		TWINS(test_outdated_beside),
		TEST(test_too_long),
		TEST(test_place),
		TEST(test_place_told),
		TEST(test_place_rest),
		TWINS(test_place_rest),
		TEST(test_place_one_of_two),
		TWINS(test_place_one_of_two),
		TEST(test_long_number),
		TEST(test_numbers),
	};

	return cmocka_run_group_tests(tests, cage_group_setup,
				      cage_group_teardown);
}
