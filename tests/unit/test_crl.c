// SPDX-License-Identifier: GPL-2.0
/* Revocation lists that change: which of them count, and which do not. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/unit.h"
#include "lib/caged.h"
#include "enroll/install.h"
#include "lib/scratch.h"
#include "tls/creds.h"
#include "tls/crl.h"
#include "tls/pki.h"
#include "tls/pki_store.h"

static struct ut_err err;
static char top[SCRATCH_SIZE], dir[128], other[128], home[128], kept[128];
static struct ut_pki_store store, foreign;
static struct ut_config_tls tls;
static struct ut_creds *creds;

static void ok(int ret)
{
	if (ret)
		fail_msg("%s", err.msg);
}

static struct ut_pki_cert issue(const char *name, const char *out)
{
	struct ut_pki_issue req = {
		.role = UT_PKI_TABLET, .name = name, .out = out, .force = true,
	};
	struct ut_pki_cert made;

	ok(ut_pki_issue(&store, &req, &made, &err));
	return made;
}

static int setup(void **state)
{
	if (scratch_make(top, "crl"))
		return -1;
	snprintf(dir, sizeof(dir), "%s/ca", top);
	snprintf(other, sizeof(other), "%s/other", top);
	snprintf(home, sizeof(home), "%s/home", top);
	snprintf(kept, sizeof(kept), "%s/var/lib/kept", top);
	store = (struct ut_pki_store){ .dir = dir };
	foreign = (struct ut_pki_store){ .dir = other };
	ut_err_clear(&err);
	ok(ut_pki_init(&store, NULL, 0, false, &err));
	ok(ut_pki_init(&foreign, "other", 0, false, &err));
	ok(ut_install_files(&tls, home, &err));
	snprintf(tls.crl_state, sizeof(tls.crl_state), "%s", kept);
	issue("lea", home);
	ok(ut_creds_load(&creds, UT_TLS_TABLET, &tls, &cage_sandbox, &err));
	return 0;
}

static int teardown(void **state)
{
	ut_creds_put(creds);
	creds = NULL;
	memset(&tls, 0, sizeof(tls));
	return scratch_drop(top);
}

static struct ut_buf list_of(const char *ca)
{
	struct ut_buf buf;
	char path[256];

	snprintf(path, sizeof(path), "%s/crl.pem", ca);
	ok(ut_file_read(path, &buf, &err));
	return buf;
}

static void put(const void *data, size_t len)
{
	ok(ut_file_write(tls.crl, data, len, 0644, true, &err));
}

/* The list of @ca becomes ours, as by scp. */
static void copy(const char *ca)
{
	struct ut_buf buf = list_of(ca);

	put(buf.data, buf.len);
	ut_buf_free(&buf);
}

static int reload(void)
{
	ut_err_clear(&err);
	return ut_crl_reload(creds, &tls, &err);
}

static void test_newer(void **state)
{
	struct ut_pki_cert lost = issue("lost", NULL), good = issue("good", NULL);

	assert_int_equal(reload(), 0);
	assert_false(ut_crl_revoked(creds, lost.serial));
	ok(ut_pki_revoke(&store, "lost", NULL, &err));
	assert_int_equal(reload(), 0);
	copy(dir);
	assert_int_equal(reload(), 1);
	assert_true(ut_crl_revoked(creds, lost.serial));
	assert_false(ut_crl_revoked(creds, good.serial));
	assert_false(ut_crl_revoked(creds, ""));
	assert_int_equal(reload(), 0);
}

/* Whoever was revoked does not come back with the list of yesterday. */
static void test_older(void **state)
{
	struct ut_pki_cert lost = issue("lost", NULL);
	struct ut_buf old = list_of(dir);

	ok(ut_pki_revoke(&store, "lost", NULL, &err));
	copy(dir);
	assert_int_equal(reload(), 1);
	put(old.data, old.len);
	assert_int_equal(reload(), -ESTALE);
	assert_int_equal(err.code, UT_EXIT_CERTIFICATE);
	assert_non_null(strstr(err.msg, "is older than the one in use"));
	assert_true(err.hint[0]);
	assert_true(ut_crl_revoked(creds, lost.serial));
	assert_int_equal(ut_crl_install(creds, &tls, old.data, old.len, &err),
			 0);
	ut_buf_free(&old);
}

static void test_not_ours(void **state)
{
	struct ut_buf buf = list_of(other);

	copy(other);
	assert_int_equal(reload(), -EINVAL);
	assert_non_null(strstr(err.msg, "is not signed by our CA"));
	copy(dir);
	assert_int_equal(ut_crl_install(creds, &tls, buf.data, buf.len, &err),
			 -EINVAL);
	assert_int_equal(reload(), 0);
	ut_buf_free(&buf);
}

static void test_damaged(void **state)
{
	struct ut_pki_cert lost = issue("lost", NULL);
	struct ut_buf buf;

	ok(ut_pki_revoke(&store, "lost", NULL, &err));
	buf = list_of(dir);
	put(buf.data, buf.len / 2);
	assert_int_equal(reload(), -EINVAL);
	put("", 0);
	assert_int_equal(reload(), -EINVAL);
	assert_int_equal(unlink(tls.crl), 0);
	assert_int_equal(reload(), -ENOENT);
	assert_int_equal(ut_crl_install(creds, &tls, buf.data, buf.len / 2,
					&err), -EINVAL);
	assert_int_equal(ut_crl_install(creds, &tls, "", 0, &err), -EINVAL);
	assert_false(ut_crl_revoked(creds, lost.serial));
	put(buf.data, buf.len);
	assert_int_equal(reload(), 1);
	ut_buf_free(&buf);
}

static void test_install(void **state)
{
	struct ut_pki_cert lost = issue("lost", NULL);
	struct ut_buf pem, der;
	struct stat st;

	pem = list_of(dir);
	assert_int_equal(ut_crl_install(creds, &tls, pem.data, pem.len, &err),
			 0);
	ut_buf_free(&pem);
	ok(ut_pki_revoke(&store, "lost", NULL, &err));
	pem = list_of(dir);
	assert_int_equal(chmod(tls.crl, 0600), 0);
	assert_int_equal(ut_crl_install(creds, &tls, pem.data, pem.len, &err),
			 1);
	ut_buf_free(&pem);
	assert_int_equal(stat(tls.crl, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	/* In the file, but not in use before it is read. */
	assert_false(ut_crl_revoked(creds, lost.serial));
	assert_int_equal(reload(), 1);
	assert_true(ut_crl_revoked(creds, lost.serial));
	/* As a dock gives it to its tablets. */
	ok(ut_crl_export(creds, &der));
	assert_int_equal(ut_crl_install(creds, &tls, der.data, der.len, &err),
			 0);
	ut_buf_free(&der);
	tls.crl[0] = '\0';
	assert_int_equal(reload(), 0);
}

/* What is in the file may be newer than what is in use: that of a fork is old. */
static void test_install_beside(void **state)
{
	struct ut_pki_cert second;
	struct ut_buf pem, file, now;

	issue("first", NULL);
	second = issue("second", NULL);
	ok(ut_pki_revoke(&store, "first", NULL, &err));
	pem = list_of(dir);
	ok(ut_pki_revoke(&store, "second", NULL, &err));
	copy(dir);
	file = list_of(dir);
	assert_int_equal(ut_crl_install(creds, &tls, pem.data, pem.len, &err),
			 0);
	ok(ut_file_read(tls.crl, &now, &err));
	assert_string_equal(now.data, file.data);
	assert_int_equal(reload(), 1);
	assert_true(ut_crl_revoked(creds, second.serial));
	ut_buf_free(&pem);
	ut_buf_free(&file);
	ut_buf_free(&now);
}

/* A list of one CA does not push out that of another. */
static void test_two_authorities(void **state)
{
	struct ut_buf ca, a, b, both;
	uint8_t number[UT_CRL_NUMBER];
	struct ut_pki_cert lost = issue("lost", NULL);
	FILE *f = fopen(tls.ca, "a");
	char path[256];

	snprintf(path, sizeof(path), "%s/ca.pem", other);
	ok(ut_file_read(path, &ca, &err));
	assert_non_null(f);
	assert_int_equal(fwrite(ca.data, 1, ca.len, f), ca.len);
	fclose(f);
	ut_buf_free(&ca);
	ut_creds_put(creds);
	ok(ut_creds_load(&creds, UT_TLS_TABLET, &tls, &cage_sandbox, &err));
	assert_true(ut_crl_number(creds, number));

	b = list_of(other);
	assert_int_equal(ut_crl_install(creds, &tls, b.data, b.len, &err), 1);
	assert_int_equal(reload(), 1);
	assert_false(ut_crl_number(creds, number));
	assert_int_equal(ut_crl_export(creds, &both), -ENOENT);
	ok(ut_pki_revoke(&store, "lost", NULL, &err));
	a = list_of(dir);
	assert_int_equal(ut_crl_install(creds, &tls, a.data, a.len, &err), 1);
	assert_int_equal(reload(), 1);
	assert_true(ut_crl_revoked(creds, lost.serial));
	ok(ut_file_read(tls.crl, &both, &err));
	assert_non_null(strstr(both.data, b.data));
	/* One of them gone: that would let somebody in again. */
	put(b.data, b.len);
	assert_int_equal(reload(), -ESTALE);
	ut_buf_free(&a);
	ut_buf_free(&b);
	ut_buf_free(&both);
}

/* --- over restarts --- */

/* What SIGHUP, a new start and every command do. */
static int restart(void)
{
	ut_creds_put(creds);
	creds = NULL;
	ut_err_clear(&err);
	return ut_creds_load(&creds, UT_TLS_TABLET, &tls, &cage_sandbox, &err);
}

/* The only record there is. */
static void record_path(char path[512])
{
	struct dirent *e;
	DIR *d = opendir(kept);
	int n = 0;

	assert_non_null(d);
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, 512, "%s/%s", kept, e->d_name);
		n++;
	}
	closedir(d);
	assert_int_equal(n, 1);
}

static void test_older_after_restart(void **state)
{
	struct ut_pki_cert lost = issue("lost", NULL);
	struct ut_buf old = list_of(dir);
	struct stat st;

	ok(ut_pki_revoke(&store, "lost", NULL, &err));
	copy(dir);
	assert_int_equal(reload(), 1);
	put(old.data, old.len);
	assert_int_equal(restart(), -ESTALE);
	assert_int_equal(err.code, UT_EXIT_CERTIFICATE);
	assert_non_null(strstr(err.msg, "is older than one that was in use"));
	assert_non_null(strstr(err.hint, tls.crl));
	assert_int_equal(restart(), -ESTALE);
	copy(dir);
	ok(restart());
	assert_true(ut_crl_revoked(creds, lost.serial));
	assert_int_equal(stat(kept, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	ut_buf_free(&old);
}

/* A list that was used by a command, and by no daemon, counts as well. */
static void test_first_seen_at_start(void **state)
{
	struct ut_buf old = list_of(dir);

	issue("lost", NULL);
	ok(ut_pki_revoke(&store, "lost", NULL, &err));
	copy(dir);
	ok(restart());
	put(old.data, old.len);
	assert_int_equal(restart(), -ESTALE);
	ut_buf_free(&old);
}

/* Of two CAs the list of one is gone. */
static void test_missing_after_restart(void **state)
{
	struct ut_buf ca, a = list_of(dir), b = list_of(other);
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/ca.pem", other);
	ok(ut_file_read(path, &ca, &err));
	f = fopen(tls.ca, "a");
	assert_non_null(f);
	assert_int_equal(fwrite(ca.data, 1, ca.len, f), ca.len);
	fclose(f);
	ut_buf_free(&ca);
	/* This one never had a list here, so it needs none. */
	ok(restart());
	put(b.data, b.len);
	assert_int_equal(restart(), -ESTALE);
	assert_non_null(strstr(err.msg, "there is no revocation list of a CA"));
	put(a.data, a.len);
	ok(restart());
	ut_buf_free(&a);
	ut_buf_free(&b);
}

static void test_new_ca(void **state)
{
	ok(ut_pki_init(&store, NULL, 0, true, &err));
	issue("lea", home);
	ok(restart());
}

static void test_damaged_record(void **state)
{
	static const char *const bad[] = {
		"", "\n", "12 34\n", "- \n", "- 1",
		"000000000000000000000000000000000000000g 1\n",
	};
	struct ut_buf good;
	char path[512];
	size_t i;

	record_path(path);
	ok(ut_file_read(path, &good, &err));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ok(ut_file_write(path, bad[i], strlen(bad[i]), 0600, true,
				 &err));
		assert_int_equal(restart(), -EINVAL);
		assert_non_null(strstr(err.hint, path));
	}
	ok(ut_file_write(path, good.data, good.len, 0600, true, &err));
	ok(restart());
	ut_buf_free(&good);
}

/* A system that cannot be written must not lose its devices for that. */
static void test_not_kept(void **state)
{
	char path[512];

	record_path(path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(kept), 0);
	/* Nothing can be made there, not even by root. */
	snprintf(tls.crl_state, sizeof(tls.crl_state), "/proc/self/kept");
	ok(restart());
	assert_int_equal(reload(), 0);
	/* By choice. */
	tls.crl_state[0] = '\0';
	ok(restart());
}

/* --- files that come with a certificate --- */

static int bring(const struct ut_buf *pem)
{
	ut_err_clear(&err);
	return ut_crl_place(&tls, pem, &err);
}

static bool here(const struct ut_buf *want)
{
	struct ut_buf buf;
	bool same;

	ok(ut_file_read(tls.crl, &buf, &err));
	same = buf.len == want->len && !memcmp(buf.data, want->data, buf.len);
	ut_buf_free(&buf);
	return same;
}

static void test_place(void **state)
{
	struct ut_buf none = { 0 }, old = list_of(dir), new;

	issue("lost", NULL);
	ok(ut_pki_revoke(&store, "lost", NULL, &err));
	new = list_of(dir);
	/* No daemon has seen any of them. */
	ok(bring(&new));
	assert_true(here(&new));
	ok(bring(&old));
	assert_true(here(&new));
	ok(bring(&none));
	assert_true(here(&new));
	/* Somebody has put the old one there: neither is any good. */
	put(old.data, old.len);
	assert_int_equal(bring(&old), -ESTALE);
	assert_int_equal(bring(&none), -ESTALE);
	ok(bring(&new));
	assert_true(here(&new));
	ut_buf_free(&old);
	ut_buf_free(&new);
}

/* --- the CA itself --- */

/* What it has signed is not in use before it has come to its place. */
static void test_signed_is_not_used(void **state)
{
	struct ut_pki_cert lost;

	store.crl_state = kept;
	lost = issue("lost", NULL);
	ok(ut_pki_revoke(&store, "lost", NULL, &err));
	ok(restart());
	assert_false(ut_crl_revoked(creds, lost.serial));
	copy(dir);
	assert_int_equal(reload(), 1);
	assert_true(ut_crl_revoked(creds, lost.serial));
}

/* Its next list would lack whom the lost one had, and have a higher number. */
static void test_restored_ca(void **state)
{
	struct ut_pki_cert *certs;
	struct ut_buf old, new;
	char path[256];
	size_t n;

	store.crl_state = kept;
	snprintf(path, sizeof(path), "%s/crl.pem", dir);
	issue("lost", NULL);
	issue("thief", NULL);
	old = list_of(dir);
	ok(ut_pki_revoke(&store, "lost", NULL, &err));
	new = list_of(dir);
	ok(ut_file_write(path, old.data, old.len, 0644, true, &err));
	assert_int_equal(ut_pki_revoke(&store, "thief", NULL, &err), -ESTALE);
	assert_int_equal(err.code, UT_EXIT_CERTIFICATE);
	assert_non_null(strstr(err.msg, "signs nothing"));
	assert_non_null(strstr(err.hint, "any dock or tablet has it"));
	ok(ut_pki_list(&store, &certs, &n, &err));
	free(certs);
	ok(ut_file_write(path, new.data, new.len, 0644, true, &err));
	ok(ut_pki_revoke(&store, "thief", NULL, &err));
	ut_buf_free(&old);
	ut_buf_free(&new);
}

/* --- numbers --- */

/* The lists of others are not always as they should be. */
static void test_long_number(void **state)
{
	struct ut_pki_cert lost = issue("lost", NULL);
	unsigned char number[40];
	struct ut_ca ca;

	memset(number, 0x11, sizeof(number));
	ok(ut_ca_open(&ca, &store, true, &err));
	ok(gnutls_x509_crl_set_crt_serial(ca.crl, number, sizeof(number),
					  time(NULL)));
	ok(ut_ca_sign_crl(&ca, &err));
	ut_ca_close(&ca);
	/* After it. */
	ok(ut_pki_revoke(&store, "lost", NULL, &err));
	copy(dir);
	assert_int_equal(reload(), 1);
	assert_true(ut_crl_revoked(creds, lost.serial));
}

/* The number grows with each list, also within a second. */
static void test_numbers(void **state)
{
	uint8_t last[UT_CRL_NUMBER] = { 0 }, number[UT_CRL_NUMBER];
	char name[16];
	int i;

	for (i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "t%d", i);
		issue(name, NULL);
		ok(ut_pki_revoke(&store, name, NULL, &err));
		copy(dir);
		assert_int_equal(reload(), 1);
		assert_true(ut_crl_number(creds, number));
		assert_true(memcmp(number, last, sizeof(last)) > 0);
		memcpy(last, number, sizeof(last));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
		TEST(test_older_after_restart),
		TEST(test_first_seen_at_start),
		TEST(test_missing_after_restart),
		TEST(test_new_ca),
		TEST(test_damaged_record),
		TEST(test_not_kept),
		TEST(test_place),
		TEST(test_signed_is_not_used),
		TEST(test_restored_ca),
		TEST(test_long_number),
		TEST(test_numbers),
	};

	return cmocka_run_group_tests(tests, cage_group_setup,
				      cage_group_teardown);
}
