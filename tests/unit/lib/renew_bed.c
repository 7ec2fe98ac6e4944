// SPDX-License-Identifier: GPL-2.0
#include "lib/bundle.h"
#include "lib/renew_bed.h"

struct ut_err renew_err;
char renew_top[SCRATCH_SIZE], renew_dir[128], renew_home[128];
struct ut_pki_store renew_store;
struct ut_config_tls renew_tls;

int renew_setup(void **state)
{
	if (scratch_make(renew_top, "renew"))
		return -1;
	snprintf(renew_dir, sizeof(renew_dir), "%s/ca", renew_top);
	snprintf(renew_home, sizeof(renew_home), "%s/home", renew_top);
	renew_store = (struct ut_pki_store){ .dir = renew_dir };
	ut_err_clear(&renew_err);
	if (ut_pki_init(&renew_store, NULL, 0, false, &renew_err))
		return -1;
	return ut_install_files(&renew_tls, renew_home, &renew_err);
}

int renew_teardown(void **state)
{
	return scratch_drop(renew_top);
}

struct ut_pki_cert renew_machine(enum ut_pki_role role, int age, int left)
{
	struct ut_pki_issue req = {
		.role = role, .name = "lea", .out = renew_home, .force = true,
		.not_before = time(NULL) - age * DAY,
		.days = (unsigned int)(age + left),
	};
	struct ut_pki_cert made;

	if (ut_pki_issue(&renew_store, &req, &made, &renew_err))
		fail_msg("%s", renew_err.msg);
	return made;
}

bool renew_there(const char *name)
{
	return scratch_has(renew_home, name);
}

struct ut_pki_holder renew_holder(void)
{
	struct ut_pki_holder h = { .proof = NULL };
	struct ut_pki_cert own;

	if (ut_renew_own(&renew_tls, &own, &renew_err))
		fail_msg("%s", renew_err.msg);
	h.role = own.role;
	memcpy(h.name, own.name, sizeof(h.name));
	memcpy(h.serial, own.serial, sizeof(h.serial));
	return h;
}

void renew_expect_pair(const char *serial)
{
	struct ut_creds *creds;

	if (ut_creds_load(&creds, UT_TLS_TABLET, &renew_tls, &cage_sandbox,
			  &renew_err))
		fail_msg("%s", renew_err.msg);
	ut_creds_put(creds);
	assert_string_equal(renew_holder().serial, serial);
}

struct ut_pki_bundle renew_answer(struct ut_pki_cert *made)
{
	struct ut_pki_holder h = renew_holder();
	struct ut_pki_bundle b;
	struct ut_csr csr;

	h.proof = &csr.proof;
	if (ut_renew_request(&renew_tls, &csr, &renew_err) ||
	    bundle_reissue(&renew_store, &h, &csr.point, made, &b, &renew_err))
		fail_msg("%s", renew_err.msg);
	return b;
}
