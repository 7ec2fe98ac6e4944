// SPDX-License-Identifier: GPL-2.0
/* Certificates for keys that were made elsewhere: new ones, and renewals. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/bundle.h"
#include "lib/scratch.h"
#include "lib/unit.h"
#include "pki/cert_check.h"
#include "pki/csr.h"

static char top[SCRATCH_SIZE], dir[128];
static struct ut_pki_store store;
static struct ut_err err;

static int setup(void **state)
{
	if (scratch_make(top, "point"))
		return -1;
	snprintf(dir, sizeof(dir), "%s/ca", top);
	store.dir = dir;
	ut_err_clear(&err);
	return ut_pki_init(&store, NULL, 0, false, &err);
}

static int teardown(void **state)
{
	return scratch_drop(top);
}

static struct ut_csr new_csr(void)
{
	gnutls_x509_privkey_t key;
	struct ut_csr csr;

	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0), 0);
	if (ut_csr_make(&csr, key, UT_PKI_TABLET, "x", &err))
		fail_msg("%s", err.msg);
	gnutls_x509_privkey_deinit(key);
	return csr;
}

static struct ut_pki_cert issue(const struct ut_pki_issue *req,
				const struct ut_pki_point *point)
{
	const struct ut_pki_expect want = {
		.role = req->role, .name = req->name, .point = point,
	};
	struct ut_pki_bundle b;
	struct ut_pki_cert made;

	if (bundle_issue_point(&store, req, point, &made, &b, &err))
		fail_msg("issue: %s", err.msg);
	if (!req->not_before && ut_pki_check(&b, false, &want, NULL, &err))
		fail_msg("check: %s", err.msg);
	ut_pki_bundle_free(&b);
	return made;
}

/* A dock with two addresses. */
static const struct ut_pki_issue desk = {
	.role = UT_PKI_DOCK, .name = "desk",
	.address = { "192.0.2.7", "2001:db8::7" }, .n_address = 2,
};

static void test_issue(void **state)
{
	struct ut_pki_issue req = desk;
	struct ut_csr csr = new_csr();
	struct ut_pki_cert made;

	made = issue(&req, &csr.point);
	assert_string_equal(made.names, "desk 192.0.2.7 2001:db8::7");
	assert_int_equal(made.role, UT_PKI_DOCK);
	assert_int_equal(bundle_issue_point(&store, &req, &csr.point, NULL,
					    NULL, &err), -EEXIST);
	req.name = "../desk";
	assert_int_equal(bundle_issue_point(&store, &req, &csr.point, NULL,
					    NULL, &err), -EINVAL);
}

/* The name of a revoked or expired certificate is free again. */
static void test_free_names(void **state)
{
	struct ut_pki_issue req = {
		.role = UT_PKI_TABLET, .name = "lea",
		.not_before = 1577836800, .days = 3,
	};
	struct ut_csr csr = new_csr();

	issue(&req, &csr.point);
	req.not_before = 0;
	req.days = 0;
	issue(&req, &csr.point);
	assert_int_equal(bundle_issue_point(&store, &req, &csr.point, NULL,
					    NULL, &err), -EEXIST);
	assert_int_equal(ut_pki_revoke(&store, "lea", NULL, &err), 0);
	issue(&req, &csr.point);
	req.force = true;
	issue(&req, &csr.point);
}

/* What a captured worker could send. */
static void test_points_off_the_curve(void **state)
{
	struct ut_pki_issue req = { .role = UT_PKI_TABLET, .name = "lea" };
	struct ut_csr csr = new_csr();
	struct ut_pki_point points[3] = { 0 };
	struct ut_pki_cert *certs;
	size_t i, n;

	points[1] = csr.point;
	points[1].y[31] ^= 1;
	memset(&points[2], 0xff, sizeof(points[2]));
	for (i = 0; i < 3; i++) {
		assert_int_equal(bundle_issue_point(&store, &req, &points[i],
						    NULL, NULL, &err), -EINVAL);
		assert_int_equal(err.code, UT_EXIT_CERTIFICATE);
	}
	assert_int_equal(ut_pki_list(&store, &certs, &n, &err), 0);
	assert_int_equal(n, 1);
	free(certs);
}

static struct ut_pki_holder holder_of(const struct ut_pki_cert *c)
{
	struct ut_pki_holder h = { .role = c->role };

	memcpy(h.name, c->name, sizeof(h.name));
	memcpy(h.serial, c->serial, sizeof(h.serial));
	return h;
}

static int reissue(const struct ut_pki_holder *h, struct ut_pki_cert *made)
{
	struct ut_csr csr = new_csr();
	const struct ut_pki_expect want = {
		.role = h->role, .name = h->name, .point = &csr.point,
	};
	struct ut_pki_bundle b;
	int ret;

	ret = bundle_reissue(&store, h, &csr.point, made, &b, &err);
	if (ret)
		return ret;
	if (ut_pki_check(&b, false, &want, NULL, &err))
		fail_msg("check: %s", err.msg);
	ut_pki_bundle_free(&b);
	return 0;
}

static void test_reissue(void **state)
{
	struct ut_csr csr = new_csr();
	struct ut_pki_cert first = issue(&desk, &csr.point), second;
	struct ut_pki_holder h = holder_of(&first);

	assert_int_equal(reissue(&h, &second), 0);
	assert_string_equal(second.name, "desk");
	assert_int_equal(second.role, UT_PKI_DOCK);
	assert_string_equal(second.names, first.names);
	assert_string_not_equal(second.serial, first.serial);
	assert_true(second.not_after >= first.not_after);
	/* And again, with the new one. */
	h = holder_of(&second);
	assert_int_equal(reissue(&h, NULL), 0);
}

static void test_reissue_only_to_its_holder(void **state)
{
	struct ut_pki_issue req = { .role = UT_PKI_TABLET, .name = "lea" };
	struct ut_pki_issue other = { .role = UT_PKI_TABLET, .name = "ida" };
	struct ut_csr csr = new_csr();
	struct ut_pki_cert lea = issue(&req, &csr.point);
	struct ut_pki_cert ida = issue(&other, &csr.point);
	struct ut_pki_holder h;

	h = holder_of(&lea);
	h.role = UT_PKI_DOCK;
	assert_int_equal(reissue(&h, NULL), -ENOENT);
	h = holder_of(&lea);
	memcpy(h.name, ida.name, sizeof(h.name));
	assert_int_equal(reissue(&h, NULL), -ENOENT);
	h = holder_of(&lea);
	h.serial[0] = '\0';
	assert_int_equal(reissue(&h, NULL), -ENOENT);
	snprintf(h.serial, sizeof(h.serial), "../issued/lea");
	assert_int_equal(reissue(&h, NULL), -ENOENT);
	h = holder_of(&lea);
	h.role = UT_PKI_CA;
	assert_int_equal(reissue(&h, NULL), -ENOENT);
	snprintf(h.name, sizeof(h.name), "a/b");
	assert_int_equal(reissue(&h, NULL), -ENOENT);
}

static void test_reissue_refused(void **state)
{
	struct ut_pki_issue old = {
		.role = UT_PKI_TABLET, .name = "old",
		.not_before = 1577836800, .days = 3,
	};
	struct ut_pki_issue req = { .role = UT_PKI_TABLET, .name = "lea" };
	struct ut_csr csr = new_csr();
	struct ut_pki_cert expired = issue(&old, &csr.point);
	struct ut_pki_cert lea = issue(&req, &csr.point), next;
	struct ut_pki_holder h = holder_of(&expired);

	assert_int_equal(reissue(&h, NULL), -EKEYEXPIRED);
	h = holder_of(&lea);
	assert_int_equal(reissue(&h, &next), 0);
	assert_int_equal(ut_pki_revoke(&store, lea.serial, NULL, &err), 0);
	assert_int_equal(reissue(&h, NULL), -EKEYREVOKED);
	assert_int_equal(err.code, UT_EXIT_REFUSED);
	/* The next certificate was not revoked. */
	h = holder_of(&next);
	assert_int_equal(reissue(&h, NULL), 0);
}

/* The holder of a certificate must not be able to fill the CA's disk with more. */
static void test_reissue_has_a_limit(void **state)
{
	struct ut_pki_issue req = { .role = UT_PKI_TABLET, .name = "lea" };
	struct ut_csr csr = new_csr();
	struct ut_pki_cert lea = issue(&req, &csr.point);
	struct ut_pki_holder h = holder_of(&lea);
	int i;

	for (i = 1; i < UT_PKI_MAX_LIVE; i++)
		assert_int_equal(reissue(&h, NULL), 0);
	assert_int_equal(reissue(&h, NULL), -EDQUOT);
	assert_int_equal(err.code, UT_EXIT_REFUSED);
}

static void test_passphrase(void **state)
{
	struct ut_pki_issue req = { .role = UT_PKI_TABLET, .name = "lea" };
	struct ut_csr csr = new_csr();
	char pw[128];

	snprintf(pw, sizeof(pw), "%s/pw", top);
	assert_int_equal(ut_file_write(pw, "geheim\n", 7, 0600, true, &err), 0);
	store.password_file = pw;
	assert_int_equal(ut_pki_init(&store, NULL, 0, true, &err), 0);
	issue(&req, &csr.point);
	store.password_file = NULL;
	req.force = true;
	assert_int_equal(bundle_issue_point(&store, &req, &csr.point, NULL,
					    NULL, &err), -EKEYREJECTED);
}

/* A process that has nothing to hand over hands over something. */
static void test_take(void **state)
{
	static struct ut_pki_issued made;
	struct ut_buf der = { 0 };

	assert_int_equal(ut_pki_take(&der, &made, &err), -EBADMSG);
	made.len = sizeof(made.der) + 1;
	assert_int_equal(ut_pki_take(&der, &made, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "the key of the CA says nonsense"));
	made.len = sizeof(made.der);
	assert_int_equal(ut_pki_take(&der, &made, &err), 0);
	assert_int_equal(der.len, sizeof(made.der));
	ut_buf_free(&der);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_issue), T(test_free_names), T(test_points_off_the_curve),
		T(test_reissue), T(test_reissue_only_to_its_holder),
		T(test_reissue_refused), T(test_reissue_has_a_limit),
		T(test_passphrase), T(test_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
