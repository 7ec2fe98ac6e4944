// SPDX-License-Identifier: GPL-2.0
/*
 * Revocation lists over restarts, and over backups of the CA: a list older than one
 * that was in use never counts.
 */
#include <dirent.h>

#include "lib/crl_bed.h"

/* The only record that exists. */
static void record_path(char path[512])
{
	struct dirent *e;
	DIR *d = opendir(crl_kept);
	int n = 0;

	assert_non_null(d);
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, 512, "%s/%s", crl_kept, e->d_name);
		n++;
	}
	closedir(d);
	assert_int_equal(n, 1);
}

static void test_older_after_restart(void **state)
{
	struct ut_pki_cert lost = crl_issue("lost", NULL);
	struct ut_buf old = crl_list_of(crl_dir);
	struct stat st;

	crl_ok(ut_pki_revoke(&crl_store, "lost", NULL, &crl_err));
	crl_copy(crl_dir);
	assert_int_equal(crl_reload(), 1);
	crl_put(old.data, old.len);
	assert_int_equal(crl_restart(), -ESTALE);
	assert_int_equal(crl_err.code, UT_EXIT_CERTIFICATE);
	assert_non_null(
		strstr(crl_err.msg, "is older than one that was in use"));
	assert_non_null(strstr(crl_err.hint, crl_tls.crl));
	assert_int_equal(crl_restart(), -ESTALE);
	crl_copy(crl_dir);
	crl_ok(crl_restart());
	assert_true(ut_crl_revoked(crl_creds, lost.serial));
	assert_int_equal(stat(crl_kept, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	ut_buf_free(&old);
}

/* A list used by a command and not by a daemon counts as well. */
static void test_first_seen_at_start(void **state)
{
	struct ut_buf old = crl_list_of(crl_dir);

	crl_issue("lost", NULL);
	crl_ok(ut_pki_revoke(&crl_store, "lost", NULL, &crl_err));
	crl_copy(crl_dir);
	crl_ok(crl_restart());
	crl_put(old.data, old.len);
	assert_int_equal(crl_restart(), -ESTALE);
	ut_buf_free(&old);
}

/* Of two CAs, one has lost its list. */
static void test_missing_after_restart(void **state)
{
	struct ut_buf ca, a = crl_list_of(crl_dir), b = crl_list_of(crl_other);
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/ca.pem", crl_other);
	crl_ok(ut_file_read(path, &ca, &crl_err));
	f = fopen(crl_tls.ca, "a");
	assert_non_null(f);
	assert_int_equal(fwrite(ca.data, 1, ca.len, f), ca.len);
	fclose(f);
	ut_buf_free(&ca);
	/* This CA never had a list here, so it needs none. */
	crl_ok(crl_restart());
	crl_put(b.data, b.len);
	assert_int_equal(crl_restart(), -ESTALE);
	assert_non_null(
		strstr(crl_err.msg, "there is no revocation list of a CA"));
	crl_put(a.data, a.len);
	crl_ok(crl_restart());
	ut_buf_free(&a);
	ut_buf_free(&b);
}

static void test_new_ca(void **state)
{
	crl_ok(ut_pki_init(&crl_store, NULL, 0, true, &crl_err));
	crl_issue("lea", crl_home);
	crl_ok(crl_restart());
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
	crl_ok(ut_file_read(path, &good, &crl_err));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		crl_ok(ut_file_write(path, bad[i], strlen(bad[i]), 0600, true,
				     &crl_err));
		assert_int_equal(crl_restart(), -EINVAL);
		assert_non_null(strstr(crl_err.hint, path));
	}
	crl_ok(ut_file_write(path, good.data, good.len, 0600, true, &crl_err));
	crl_ok(crl_restart());
	ut_buf_free(&good);
}

/* A system that cannot be written to must not lose its devices because of that. */
static void test_not_kept(void **state)
{
	char path[512];

	record_path(path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(crl_kept), 0);
	/* Nothing can be created there, not even by root. */
	snprintf(crl_tls.crl_state, sizeof(crl_tls.crl_state),
		 "/proc/self/kept");
	crl_ok(crl_restart());
	assert_int_equal(crl_reload(), 0);
	/* By configuration. */
	crl_tls.crl_state[0] = '\0';
	crl_ok(crl_restart());
}

/* --- the CA itself --- */

/* A list it has signed is not in use until it is in its place. */
static void test_signed_is_not_used(void **state)
{
	struct ut_pki_cert lost;

	crl_store.crl_state = crl_kept;
	lost = crl_issue("lost", NULL);
	crl_ok(ut_pki_revoke(&crl_store, "lost", NULL, &crl_err));
	crl_ok(crl_restart());
	assert_false(ut_crl_revoked(crl_creds, lost.serial));
	crl_copy(crl_dir);
	assert_int_equal(crl_reload(), 1);
	assert_true(ut_crl_revoked(crl_creds, lost.serial));
}

/* Its next list would lack those on the lost one, and have a higher number. */
static void test_restored_ca(void **state)
{
	struct ut_pki_cert *certs;
	struct ut_buf old, new;
	char path[256];
	size_t n;

	crl_store.crl_state = crl_kept;
	snprintf(path, sizeof(path), "%s/crl.pem", crl_dir);
	crl_issue("lost", NULL);
	crl_issue("thief", NULL);
	old = crl_list_of(crl_dir);
	crl_ok(ut_pki_revoke(&crl_store, "lost", NULL, &crl_err));
	new = crl_list_of(crl_dir);
	crl_ok(ut_file_write(path, old.data, old.len, 0644, true, &crl_err));
	assert_int_equal(ut_pki_revoke(&crl_store, "thief", NULL, &crl_err),
			 -ESTALE);
	assert_int_equal(crl_err.code, UT_EXIT_CERTIFICATE);
	assert_non_null(strstr(crl_err.msg, "signs nothing"));
	assert_non_null(strstr(crl_err.hint, "any dock or tablet has it"));
	crl_ok(ut_pki_list(&crl_store, &certs, &n, &crl_err));
	free(certs);
	crl_ok(ut_file_write(path, new.data, new.len, 0644, true, &crl_err));
	crl_ok(ut_pki_revoke(&crl_store, "thief", NULL, &crl_err));
	ut_buf_free(&old);
	ut_buf_free(&new);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_older_after_restart),
		TEST(test_first_seen_at_start),
		TEST(test_missing_after_restart),
		TWINS(test_missing_after_restart),
		TEST(test_new_ca),
		TEST(test_damaged_record),
		TEST(test_not_kept),
		TEST(test_signed_is_not_used),
		TEST(test_restored_ca),
	};

	return cmocka_run_group_tests(tests, cage_group_setup,
				      cage_group_teardown);
}
