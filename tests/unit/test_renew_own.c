// SPDX-License-Identifier: GPL-2.0
/*
 * Renewal on the machine with the CA, and what happens to a key: its passphrase, its
 * lock, and a key that waits for a certificate.
 */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "lib/renew_bed.h"

/* --- the machine with the CA --- */

static void test_self(void **state)
{
	struct ut_pki_cert old = renew_machine(UT_PKI_DOCK, 700, 40);
	struct ut_creds *creds;

	assert_int_equal(ut_renew_self(&renew_tls, &renew_store, time(NULL), 30,
				       &renew_err),
			 0);
	assert_string_equal(renew_holder().serial, old.serial);
	if (ut_renew_self(&renew_tls, &renew_store, time(NULL), 50,
			  &renew_err) != 1)
		fail_msg("%s", renew_err.msg);
	assert_string_not_equal(renew_holder().serial, old.serial);
	assert_int_equal(ut_renew_due(&renew_tls, time(NULL), 50, &renew_err),
			 0);
	assert_int_equal(ut_creds_load(&creds, UT_TLS_DOCK, &renew_tls,
				       &cage_sandbox, &renew_err),
			 0);
	ut_creds_put(creds);
}

static void test_self_without_the_ca(void **state)
{
	struct ut_pki_cert old = renew_machine(UT_PKI_DOCK, 700, 10);
	struct ut_pki_store none = { .dir = renew_home };
	struct ut_pki_store foreign;
	char path[128];

	assert_int_equal(ut_renew_self(&renew_tls, &none, time(NULL), 30,
				       &renew_err),
			 0);
	snprintf(path, sizeof(path), "%s/foreign", renew_top);
	foreign = (struct ut_pki_store){ .dir = path };
	assert_int_equal(ut_pki_init(&foreign, NULL, 0, false, &renew_err), 0);
	assert_int_equal(ut_renew_self(&renew_tls, &foreign, time(NULL), 30,
				       &renew_err),
			 0);
	assert_string_equal(renew_holder().serial, old.serial);
}

static void test_self_revoked(void **state)
{
	renew_machine(UT_PKI_DOCK, 700, 10);
	assert_int_equal(ut_pki_revoke(&renew_store, "lea", NULL, &renew_err),
			 0);
	assert_int_equal(ut_renew_self(&renew_tls, &renew_store, time(NULL), 30,
				       &renew_err),
			 -EKEYREVOKED);
}

static void test_key_with_a_passphrase(void **state)
{
	struct ut_pki_bundle b;
	struct ut_pki_cert made;
	struct ut_creds *creds;
	struct ut_buf key;

	renew_machine(UT_PKI_TABLET, 700, 20);
	snprintf(renew_tls.key_password_file,
		 sizeof(renew_tls.key_password_file), "%s/pw", renew_top);
	assert_int_equal(ut_file_write(renew_tls.key_password_file, "geheim\n",
				       7, 0600, true, &renew_err),
			 0);
	b = renew_answer(&made);
	assert_int_equal(ut_renew_install(&renew_tls, b.cert.data, b.cert.len,
					  &renew_err),
			 0);
	assert_int_equal(ut_file_read(renew_tls.key, &key, &renew_err), 0);
	assert_non_null(strstr(key.data, "BEGIN ENCRYPTED PRIVATE KEY"));
	ut_buf_free(&key);
	ut_pki_bundle_free(&b);
	if (ut_creds_load(&creds, UT_TLS_TABLET, &renew_tls, &cage_sandbox,
			  &renew_err))
		fail_msg("%s", renew_err.msg);
	ut_creds_put(creds);
}

/* Anybody may open the directory of the key, and lock it. */
static void test_locked_by_a_stranger(void **state)
{
	char path[UT_CONFIG_PATH_SIZE + 5];
	struct stat st;
	int fd, lock;

	renew_machine(UT_PKI_TABLET, 20, 10);
	fd = open(renew_home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	lock = ut_pair_lock(&renew_tls, &renew_err);
	assert_true(lock >= 0);
	snprintf(path, sizeof(path), "%s.lock", renew_tls.key);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* A process of ours that hangs is not waited for for ever. */
	assert_int_equal(ut_pair_lock(&renew_tls, &renew_err), -EBUSY);
	ut_pair_unlock(lock);
	close(fd);
}

/* A key that was made for a request by hand is left alone for a week. */
static void test_key_that_waits(void **state)
{
	time_t now = time(NULL);
	struct ut_csr csr;

	renew_machine(UT_PKI_TABLET, 20, 10);
	assert_false(ut_renew_waits(&renew_tls, now));
	assert_int_equal(ut_renew_request(&renew_tls, &csr, &renew_err), 0);
	assert_true(ut_renew_waits(&renew_tls, now + DAY));
	assert_false(ut_renew_waits(&renew_tls, now + 8 * DAY));
	ut_pair_unstage(&renew_tls);
	assert_false(ut_renew_waits(&renew_tls, now));
	assert_false(renew_there("key.pem.new"));
	ut_pair_unstage(&renew_tls);
	assert_true(renew_there("key.pem"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_self), T(test_self_without_the_ca), T(test_self_revoked),
		T(test_key_with_a_passphrase), T(test_locked_by_a_stranger),
		T(test_key_that_waits),
	};

	return cmocka_run_group_tests(tests, cage_group_setup,
				      cage_group_teardown);
}
