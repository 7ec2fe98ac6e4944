// SPDX-License-Identifier: GPL-2.0
/*
 * A tablet gets the list, or a new certificate, from a dock; and which tablets get
 * none.
 */
#include "lib/dock_bed.h"
#include "pki/csr.h"
#include "pki/renew.h"
#include "worker/message.h"

static struct ut_err err;

/* --- a process with the key of the CA that dies --- */

static bool dies;

int __wrap_ut_pki_reissue(const struct ut_pki_store *store,
			  const struct ut_pki_holder *holder,
			  const struct ut_pki_point *point,
			  struct ut_pki_issued *out, struct ut_err *e);
int __real_ut_pki_reissue(const struct ut_pki_store *store,
			  const struct ut_pki_holder *holder,
			  const struct ut_pki_point *point,
			  struct ut_pki_issued *out, struct ut_err *e);
void __wrap_ut_log_error(enum ut_log_level level, const struct ut_err *e);
void __real_ut_log_error(enum ut_log_level level, const struct ut_err *e);

int __wrap_ut_pki_reissue(const struct ut_pki_store *store,
			  const struct ut_pki_holder *holder,
			  const struct ut_pki_point *point,
			  struct ut_pki_issued *out, struct ut_err *e)
{
	if (dies)
		_exit(1);
	return __real_ut_pki_reissue(store, holder, point, out, e);
}

void __wrap_ut_log_error(enum ut_log_level level, const struct ut_err *e)
{
	__real_ut_log_error(level, e);
	if (level == UT_LOG_ERR)
		ut_log_notice("that was an error");
}

static int setup(void **state)
{
	int ret = fx_setup(state);
	char text[256];

	mock_dump_empty = true;
	dies = false;
	if (ret)
		return ret;
	snprintf(text, sizeof(text), "[enroll]\npki = %s/home\n", fx.top);
	fx_config(&fx.dock, text);
	return 0;
}

/* Each test has a tablet of its own: what happens to its name stays there. */
static void tablet(const char *name)
{
	char path[128];

	fx_issue("home", UT_PKI_TABLET, name, name, 0, 0);
	fx_tls(&fx.tablet.tls, name);
	snprintf(path, sizeof(path), "%s/%s/crl.pem", fx.top, name);
	snprintf(fx.tablet.tls.crl, sizeof(fx.tablet.tls.crl), "%s", path);
}

static int fetch(const struct ut_csr *csr, struct ut_buf *der)
{
	return fx_fetch(csr, der, &err);
}

static void request(struct ut_csr *csr)
{
	if (ut_renew_request(&fx.tablet.tls, csr, &err))
		fail_msg("%s", err.msg);
}

static void refused(const struct ut_csr *csr, const char *log)
{
	struct ut_buf der;

	assert_int_not_equal(fetch(csr, &der), 0);
	if (err.code != UT_EXIT_REFUSED && err.code != UT_EXIT_BUSY)
		fail_msg("code %d, %s; dock:\n%s", err.code, err.msg, fx_log());
	if (log)
		fx_expect_log(log);
}

static void test_certificate(void **state)
{
	struct ut_pki_cert before, after;
	struct ut_csr csr;
	struct ut_buf der;

	tablet("amber");
	fx_dock_start();
	assert_int_equal(ut_renew_own(&fx.tablet.tls, &before, &err), 0);
	request(&csr);
	if (fetch(&csr, &der))
		fail_msg("%s; dock:\n%s", err.msg, fx_log());
	if (ut_renew_install(&fx.tablet.tls, der.data, der.len, &err))
		fail_msg("%s", err.msg);
	ut_buf_free(&der);
	assert_int_equal(ut_renew_own(&fx.tablet.tls, &after, &err), 0);
	assert_string_equal(after.name, "amber");
	assert_int_equal(after.role, UT_PKI_TABLET);
	assert_string_not_equal(after.serial, before.serial);
	fx_expect_log("tablet \"amber\" has a new certificate");
	fx_expect_log(before.serial);
	/* And the new one is good for the next renewal. */
	request(&csr);
	assert_int_equal(fetch(&csr, &der), 0);
	ut_buf_free(&der);
	fx_dock_stop();
}

static void test_list(void **state)
{
	struct ut_creds *creds;
	struct ut_buf der;

	tablet("azure");
	fx_revoke("home", "azure");
	tablet("azure");
	fx_dock_start();
	if (fetch(NULL, &der))
		fail_msg("%s; dock:\n%s", err.msg, fx_log());
	if (ut_creds_load(&creds, UT_TLS_TABLET, &fx.tablet.tls, &fx.sandbox,
			  &err))
		fail_msg("%s", err.msg);
	/* It came with the certificate already. */
	assert_int_equal(ut_crl_install(creds, &fx.tablet.tls, der.data,
					der.len, &err), 0);
	ut_creds_put(creds);
	ut_buf_free(&der);
	fx_dock_stop();
}

/* Longer than one message, and than what a socket takes at once. */
static void test_long_list(void **state)
{
	struct ut_buf der;
	char name[16];
	int i;

	for (i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "many%d", i);
		fx_issue("home", UT_PKI_TABLET, name, "many", 0, 0);
		fx_revoke("home", name);
	}
	tablet("beige");
	fx_dock_start();
	if (fetch(NULL, &der))
		fail_msg("%s; dock:\n%s", err.msg, fx_log());
	assert_true(der.len > 2 * UT_MSG_DATA);
	ut_buf_free(&der);
	fx_dock_stop();
}

static void test_switched_off(void **state)
{
	struct ut_csr csr;

	tablet("blond");
	fx_config(&fx.dock, "[enroll]\nrenew = no\n");
	fx_dock_start();
	request(&csr);
	refused(&csr, NULL);
	assert_null(strstr(fx_log(), "has a new certificate"));
	fx_dock_stop();
}

static void test_no_ca(void **state)
{
	struct ut_csr csr;

	tablet("brass");
	fx_config(&fx.dock, "[enroll]\npki = /nonexistent\n");
	fx_dock_start();
	request(&csr);
	refused(&csr, NULL);
	fx_dock_stop();
}

/* The dock has a different list from the CA: the CA's counts. */
static void test_revoked_at_the_ca(void **state)
{
	struct ut_csr csr;

	tablet("coral");
	fx_tls(&fx.dock.tls, "dock");
	snprintf(fx.dock.tls.crl, sizeof(fx.dock.tls.crl), "%s",
		 fx.tablet.tls.crl);
	fx_revoke("home", "coral");
	fx_dock_start();
	request(&csr);
	refused(&csr, "the certificate of coral is revoked");
	fx_dock_stop();
}

/* A certificate that the CA on the dock does not know. */
static void test_from_another_ca(void **state)
{
	struct ut_csr csr;
	char text[256];

	tablet("cream");
	snprintf(text, sizeof(text), "[enroll]\npki = %s/foreign\n", fx.top);
	fx_config(&fx.dock, text);
	fx_dock_start();
	request(&csr);
	refused(&csr, "was issued here");
	fx_dock_stop();
}

/* Eight at a time; a tablet that wants more cannot fill anybody's disk. */
static void test_too_many(void **state)
{
	struct ut_csr csr;
	struct ut_buf der;
	int i, n = 0;

	tablet("ebony");
	fx_dock_start();
	request(&csr);
	for (i = 0; i < 12 && !fetch(&csr, &der); i++) {
		n++;
		ut_buf_free(&der);
	}
	assert_true(n >= 1 && n < UT_PKI_MAX_LIVE);
	assert_true(err.code == UT_EXIT_BUSY || err.code == UT_EXIT_REFUSED);
	fx_dock_stop();
}

/* A malformed request; one signed by somebody else is as bad. */
static void test_bad_request(void **state)
{
	struct ut_csr csr;
	struct ut_buf der;

	tablet("green");
	fx_dock_start();
	request(&csr);
	csr.der[csr.len - 1] ^= 1;
	assert_int_not_equal(fetch(&csr, &der), 0);
	fx_expect_log("refused (bad-request)");
	assert_null(strstr(fx_log(), "has a new certificate"));
	fx_dock_stop();
}

/* A worker that was taken over could ask in the name of any tablet it knows. */
static void test_without_the_key(void **state)
{
	struct ut_csr csr, next;

	tablet("ivory");
	fx_dock_start();
	request(&csr);
	csr.proof.s[31] ^= 1;
	refused(&csr, "who asks in the name of ivory does not have its key");
	/* A good one, but for another request. */
	request(&csr);
	request(&next);
	next.proof = csr.proof;
	refused(&next, NULL);
	memset(&next.proof, 0, sizeof(next.proof));
	refused(&next, NULL);
	assert_null(strstr(fx_log(), "has a new certificate"));
	fx_dock_stop();
}

static void test_died(void **state)
{
	struct ut_csr csr;
	struct ut_buf der;

	tablet("khaki");
	dies = true;
	fx_dock_start();
	request(&csr);
	assert_int_not_equal(fetch(&csr, &der), 0);
	fx_expect_log("the process with the key of the CA has died");
	fx_expect_log("that was an error");
	fx_dock_stop();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fx_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_certificate),
		TEST(test_list),
		TEST(test_long_list),
		TEST(test_switched_off),
		TEST(test_no_ca),
		TEST(test_revoked_at_the_ca),
		TEST(test_from_another_ca),
		TEST(test_too_many),
		TEST(test_bad_request),
		TEST(test_without_the_key),
		TEST(test_died),
	};

	return cmocka_run_group_tests(tests, fx_group_setup, fx_group_teardown);
}
