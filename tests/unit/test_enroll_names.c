// SPDX-License-Identifier: GPL-2.0
/* Enrolment: which names and roles a client may have, and who has to approve them. */
#include "lib/enroll_bed.h"

static void test_name_taken(void **state)
{
	struct ef_result r;
	struct ut_err err;
	int ret;

	ef_start();
	assert_int_equal(ef_enroll("lea", &ef.code, &err), 0);
	ef_end();
	unlink(ef.tls.cert);
	unlink(ef.tls.key);
	ef_start();
	ret = ef_enroll("lea", &ef.code, &err);
	ef_refused(ret, &err, UT_EXIT_REFUSED, "valid certificate of the name");
	assert_false(ef_there("cert.pem"));
	assert_false(ef_there("key.pem"));
	ef_expect(
		"turned down: there is a valid certificate of the name it wants (lea), 4 left",
		1);
	/* The code can still be used for another name. */
	assert_int_equal(ef_enroll("lea2", &ef.code, &err), 0);
	ef_end();
	assert_int_equal(ef_issued(), 2);
	unlink(ef.tls.cert);
	unlink(ef.tls.key);
	/* Force on the side with the CA, or a revoked certificate; and the approval. */
	ef.server.pattern = "lea";
	ef.server.force = true;
	ef_start();
	assert_int_equal(ef_enroll("lea", &ef.code, &err), 0);
	r = ef_end();
	assert_int_equal(ut_pki_revoke(&ef.store, r.made.name, NULL, &err), 0);
	unlink(ef.tls.cert);
	unlink(ef.tls.key);
	ef.server.force = false;
	ef_start();
	assert_int_equal(ef_enroll("lea", &ef.code, &err), 0);
	assert_int_equal(ef_end().ret, 0);
}

/* --- names that mean something already --- */

#define NOBODY_ALLOWED "nobody there has allowed it"

/* Another machine; the files of the previous one are out of the way. */
static int newcomer(const char *name, struct ut_err *err)
{
	unlink(ef.tls.cert);
	unlink(ef.tls.key);
	return ef_enroll(name, &ef.code, err);
}

static void approval_missing(const char *name)
{
	struct ut_err err;

	ef_refused(newcomer(name, &err), &err, UT_EXIT_REFUSED, NOBODY_ALLOWED);
	assert_non_null(strstr(err.hint, "--name"));
	assert_false(ef_there("cert.pem"));
	assert_false(ef_there("key.pem"));
}

/* A revoked machine does not come back under its name, to get its rules. */
static void test_name_issued_before(void **state)
{
	struct ef_result r;
	struct ut_err err;

	ef_start();
	assert_int_equal(ef_enroll("office", &ef.code, &err), 0);
	r = ef_end();
	assert_int_equal(ut_pki_revoke(&ef.store, r.made.name, NULL, &err), 0);
	ef_start();
	approval_missing("office");
	ef_expect(
		"turned down: the name it wants was issued before (that certificate is revoked), and there is no terminal to ask at; start with --name office if that is meant (office), 4 left",
		1);
	/* Nor with another spelling that a person would take for the same. */
	approval_missing("Office");
	assert_int_equal(newcomer("lea", &err), 0);
	assert_int_equal(ef_end().ret, 0);
	assert_int_equal(ef_issued(), 2);
	/* A pattern does not approve a name; only the name itself does. */
	ef.server.pattern = "off*";
	ef_start();
	approval_missing("office");
	ef_stop();
	ef.server.pattern = "office";
	ef_start();
	assert_int_equal(newcomer("office", &err), 0);
	assert_int_equal(ef_end().ret, 0);
}

static void test_name_expired(void **state)
{
	const struct ut_pki_issue req = {
		.role = UT_PKI_TABLET, .name = "old", .days = 1,
		.not_before = time(NULL) - 9 * 86400,
	};
	struct ut_err err;

	assert_int_equal(ut_pki_issue(&ef.store, &req, NULL, &err), 0);
	ef_start();
	approval_missing("old");
	ef_expect("that certificate has expired", 1);
	ef_stop();
}

/* The person says no the first time, and yes the second. */
static bool ask(const char *peer, const char *name, const char *why, void *arg)
{
	static unsigned int asked;
	FILE *f = fopen(ef.log, "a");

	assert_non_null(peer);
	fprintf(f, "asked: %s %s\n", name, why);
	fclose(f);
	return asked++;
}

static void test_approval(void **state)
{
	const struct ut_pki_issue req = {
		.role = UT_PKI_TABLET, .name = "lea", .force = true,
	};
	struct ut_err err;

	assert_int_equal(ut_pki_issue(&ef.store, &req, NULL, &err), 0);
	ef.server.approve = ask;
	ef_start();
	/* The name is taken: there is nothing to ask. */
	ef_refused(newcomer("lea", &err), &err, UT_EXIT_REFUSED,
		   "valid certificate of the name");
	assert_int_equal(ef_count("asked: "), 0);
	ef_stop();
	assert_int_equal(ut_pki_revoke(&ef.store, "lea", NULL, &err), 0);
	ef_start();
	approval_missing("lea");
	ef_expect("asked: lea was issued before (that certificate is revoked)",
		  1);
	ef_expect("nobody here has said yes", 1);
	assert_int_equal(newcomer("lea", &err), 0);
	assert_string_equal(ef_end().made.name, "lea");
	assert_int_equal(ef_count("asked: "), 2);
}

static void test_names_of_rules(void **state)
{
	struct ut_config config;
	struct ut_err err;

	assert_int_equal(ut_config_default(&config), 0);
	assert_int_equal(ut_config_parse(&config, "rules",
		"[policy]\ngroup = lab lab-*\nrule = allow tablet=office\n"
		"rule = deny tablet!=guest-*\nrule = allow tablet=*\n", &err),
		0);
	ef.server.config = &config;
	ef_start();
	approval_missing("lab-9");
	ef_expect("is one that the group (lab) is about", 1);
	approval_missing("office");
	ef_expect("is one that a rule (allow tablet=office) is about", 1);
	approval_missing("guest-1");
	ef_expect("is one that a rule (deny tablet!=guest-*) is about", 1);
	assert_int_equal(newcomer("lea", &err), 0);
	assert_int_equal(ef_end().ret, 0);
	ut_config_free(&config);
}

static void test_name_pattern(void **state)
{
	struct ut_err err;
	int ret;

	ef.server.pattern = "lea-*";
	ef_start();
	ret = ef_enroll("eve", &ef.code, &err);
	ef_refused(ret, &err, UT_EXIT_REFUSED, "does not match --name");
	ef_expect("turned down", 1);
	assert_int_equal(ef_enroll("lea-1", &ef.code, &err), 0);
	assert_int_equal(ef_end().ret, 0);
}

static void test_other_role(void **state)
{
	struct ef_result r;
	struct ut_err err;
	int ret;

	ef.server.role = UT_PKI_DOCK;
	ef.server.tries = 1;
	ef_start();
	ret = ef_enroll("lea", &ef.code, &err);
	ef_refused(ret, &err, UT_EXIT_REFUSED, "wants the other role");
	/* Requests that come to nothing use up the tries, too. */
	r = ef_end();
	assert_int_equal(r.ret, -EACCES);
	assert_int_equal(ef_issued(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EF_TEST(test_name_taken),
		EF_TEST(test_name_pattern),
		EF_TEST(test_other_role),
		EF_TEST(test_name_issued_before),
		EF_TEST(test_name_expired),
		EF_TEST(test_approval),
		EF_TEST(test_names_of_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
