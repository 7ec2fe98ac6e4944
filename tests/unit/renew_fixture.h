/* SPDX-License-Identifier: GPL-2.0 */
/* A CA, and a machine whose certificate is from it, in a temporary directory. */
#ifndef UT_TESTS_RENEW_FIXTURE_H
#define UT_TESTS_RENEW_FIXTURE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/unit.h"
#include "lib/caged.h"
#include "enroll/install.h"
#include "lib/scratch.h"
#include "tls/pair.h"
#include "tls/pki_store.h"
#include "tls/renew.h"

static struct ut_err err;

#define DAY 86400

static char top[SCRATCH_SIZE], dir[128], home[128];
static struct ut_pki_store store;
static struct ut_config_tls tls;

static int setup(void **state)
{
	if (scratch_make(top, "renew"))
		return -1;
	snprintf(dir, sizeof(dir), "%s/ca", top);
	snprintf(home, sizeof(home), "%s/home", top);
	store = (struct ut_pki_store){ .dir = dir };
	ut_err_clear(&err);
	if (ut_pki_init(&store, NULL, 0, false, &err))
		return -1;
	return ut_install_files(&tls, home, &err);
}

static int teardown(void **state)
{
	return scratch_drop(top);
}

/* A machine with a certificate that began @age days ago and has @left. */
static struct ut_pki_cert machine(enum ut_pki_role role, int age, int left)
{
	struct ut_pki_issue req = {
		.role = role, .name = "lea", .out = home, .force = true,
		.not_before = time(NULL) - age * DAY,
		.days = (unsigned int)(age + left),
	};
	struct ut_pki_cert made;

	if (ut_pki_issue(&store, &req, &made, &err))
		fail_msg("%s", err.msg);
	return made;
}

static inline bool there(const char *name)
{
	return scratch_has(home, name);
}

static struct ut_pki_holder holder(void)
{
	struct ut_pki_holder h = { .proof = NULL };
	struct ut_pki_cert own;

	if (ut_renew_own(&tls, &own, &err))
		fail_msg("%s", err.msg);
	h.role = own.role;
	memcpy(h.name, own.name, sizeof(h.name));
	memcpy(h.serial, own.serial, sizeof(h.serial));
	return h;
}

/* Does the daemon take the pair, and is the certificate this one? */
static inline void expect_pair(const char *serial)
{
	struct ut_creds *creds;

	if (ut_creds_load(&creds, UT_TLS_TABLET, &tls, &cage_sandbox, &err))
		fail_msg("%s", err.msg);
	ut_creds_put(creds);
	assert_string_equal(holder().serial, serial);
}

/* Asks and gets the answer; *made describes it. */
static inline struct ut_pki_bundle answer(struct ut_pki_cert *made)
{
	struct ut_pki_holder h = holder();
	struct ut_pki_bundle b;
	struct ut_csr csr;

	h.proof = &csr.proof;
	if (ut_renew_request(&tls, &csr, &err) ||
	    ut_pki_reissue(&store, &h, &csr.point, made, &b, &err))
		fail_msg("%s", err.msg);
	return b;
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif /* UT_TESTS_RENEW_FIXTURE_H */
