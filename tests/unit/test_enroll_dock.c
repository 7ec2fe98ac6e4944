// SPDX-License-Identifier: GPL-2.0
/*
 * A dock that knows the code but gives what it should not: the tablet takes none of it,
 * tells the dock so, and leaves no file behind.
 */
#include "lib/bundle.h"
#include "lib/enroll_bed.h"

#define SAW_FAILED 42

/**
 * struct gift - what the dock gives
 * @role: of the certificate
 * @name: in it; NULL: the one that was asked for
 * @own_key: for another key than the one that was asked for
 * @other_ca: the CA is another one
 * @other_crl: the list is another CA's
 * @dock: its name
 * @expired: the certificate is
 * @revoked: it is on the list
 * @cert_len: truncates the certificate to so many bytes; 0: not
 * @claim: length that the frame of the certificate claims; 0: the true one
 * @refusal: refuses, with this number, after the certificate
 */
struct gift {
	enum ut_pki_role role;
	const char *name;
	bool own_key;
	bool other_ca;
	bool other_crl;
	const char *dock;
	bool expired;
	bool revoked;
	size_t cert_len;
	size_t claim;
	int refusal;
};

static void other_ca(struct ut_pki_bundle *b, const struct ut_pki_point *point)
{
	struct ut_pki_issue req = { .role = UT_PKI_TABLET, .name = "x" };
	struct ut_pki_store store;
	struct ut_err err;
	char dir[128];

	snprintf(dir, sizeof(dir), "%s/other", ef.top);
	store = (struct ut_pki_store){ .dir = dir };
	if (ut_pki_init(&store, NULL, 0, false, &err) ||
	    bundle_issue_point(&store, &req, point, NULL, b, &err))
		_exit(1);
}

static void reread_crl(struct ut_pki_bundle *b,
		       const struct ut_pki_point *point)
{
	struct ut_pki_issue req = { .role = UT_PKI_TABLET, .name = "later" };
	struct ut_pki_bundle later;
	struct ut_err err;

	if (ut_pki_revoke(&ef.store, "lea", NULL, &err) ||
	    bundle_issue_point(&ef.store, &req, point, NULL, &later, &err))
		_exit(1);
	b->crl = later.crl;
}

static void make(const struct gift *g, const struct ut_enroll_request *asked,
		 struct ut_pki_bundle *b)
{
	struct ut_pki_issue req = {
		.role = g->role, .name = g->name ? g->name : asked->name,
		.not_before = g->expired ? 1577836800 : 0,
		.days = g->expired ? 3 : 0,
	};
	struct ut_pki_point point = asked->point;
	struct ut_pki_bundle other;
	struct ut_err err;

	if (g->own_key)
		point = ev_csr().point;
	if (bundle_issue_point(&ef.store, &req, &point, NULL, b, &err))
		_exit(1);
	if (g->revoked)
		reread_crl(b, &point);
	if (g->other_ca || g->other_crl)
		other_ca(&other, &point);
	if (g->other_ca)
		b->ca = other.ca;
	if (g->other_crl)
		b->crl = other.crl;
}

static void give(const struct gift *g, const struct ut_pki_bundle *b)
{
	size_t len = g->cert_len ? g->cert_len : b->cert.len;
	const uint8_t why = (uint8_t)g->refusal;

	ev_frame(UT_FRAME_CERT, g->claim ? g->claim : len, b->cert.data, len);
	if (g->refusal)
		ev_frame(UT_FRAME_REFUSED, 1, &why, 1);
	if (g->claim || g->refusal)
		return;
	ev_frame(UT_FRAME_CA, b->ca.len, b->ca.data, b->ca.len);
	ev_frame(UT_FRAME_CRL, b->crl.len, b->crl.data, b->crl.len);
	ev_frame(UT_FRAME_DOCK, strlen(g->dock), g->dock, strlen(g->dock));
}

/* The exit status says whether the dock was told FAILED. */
static int be_dock(int listener, const struct gift *g)
{
	struct ut_enroll_request asked;
	struct ut_pki_bundle b;
	struct ut_buf buf;

	if (ev_open(accept(listener, NULL, NULL), UT_TLS_DOCK, &ef.code) ||
	    ut_frame_recv(&ev_tls, UT_FRAME_REQUEST, UT_FRAME_REQUEST,
			  UT_FRAME_REQUEST_MAX, &buf) < 0 ||
	    ut_frame_parse_request((uint8_t *)buf.data, buf.len, &asked))
		return 1;
	make(g, &asked, &b);
	give(g, &b);
	if (ut_frame_recv(&ev_tls, UT_FRAME_FAILED, UT_FRAME_INSTALLED, 0,
			  &buf) == UT_FRAME_FAILED)
		return SAW_FAILED;
	return 0;
}

static int enroll_from(const struct gift *g, struct ut_err *err, int *saw)
{
	uint16_t port;
	int listener = loopback_listen_any(&port), ret, status;
	pid_t pid = fork();

	if (!pid)
		_exit(be_dock(listener, g));
	close(listener);
	ret = ef_enroll_at(port, "lea", &ef.code, err);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	*saw = WEXITSTATUS(status);
	return ret;
}

static void reject(const struct gift *g, enum ut_exit code, const char *msg)
{
	struct ut_err err;
	int saw, ret = enroll_from(g, &err, &saw);

	ef_refused(ret, &err, code, msg);
	assert_int_equal(saw, SAW_FAILED);
	ef_nothing_installed();
}

/* The gift is accepted when nothing is wrong with it. */
static void test_good(void **state)
{
	const struct gift g = { .role = UT_PKI_TABLET, .dock = EF_DOCK };
	struct ut_err err;
	int saw;

	if (enroll_from(&g, &err, &saw))
		fail_msg("%s", err.msg);
	assert_int_equal(saw, 0);
	assert_true(ef_there("cert.pem"));
}

static void test_other_role(void **state)
{
	const struct gift g = { .role = UT_PKI_DOCK, .dock = "" };

	reject(&g, UT_EXIT_CERTIFICATE, "is for another role");
}

static void test_other_name(void **state)
{
	const struct gift g = { .role = UT_PKI_TABLET, .name = "eve",
				.dock = "" };

	reject(&g, UT_EXIT_CERTIFICATE, "is for \"eve\", not for \"lea\"");
}

static void test_other_key(void **state)
{
	const struct gift g = { .role = UT_PKI_TABLET, .own_key = true,
				.dock = "" };

	reject(&g, UT_EXIT_CERTIFICATE, "is for another key");
}

static void test_other_ca(void **state)
{
	const struct gift g = { .role = UT_PKI_TABLET, .other_ca = true,
				.other_crl = true, .dock = "" };

	reject(&g, UT_EXIT_CERTIFICATE, "is not from the CA");
}

static void test_list_of_another_ca(void **state)
{
	const struct gift g = { .role = UT_PKI_TABLET, .other_crl = true,
				.dock = "" };

	reject(&g, UT_EXIT_CERTIFICATE, "revocation list is not from the CA");
}

static void test_expired(void **state)
{
	const struct gift g = { .role = UT_PKI_TABLET, .expired = true,
				.dock = "" };

	reject(&g, UT_EXIT_CERTIFICATE, "has expired");
}

static void test_revoked(void **state)
{
	const struct gift g = { .role = UT_PKI_TABLET, .revoked = true,
				.dock = "" };

	reject(&g, UT_EXIT_CERTIFICATE, "is revoked");
}

static void test_damaged(void **state)
{
	const struct gift g = { .role = UT_PKI_TABLET, .cert_len = 100,
				.dock = "" };

	reject(&g, UT_EXIT_CERTIFICATE, "cannot be read");
}

/* The name would become a file name and a line of the configuration. */
static void test_dock_name(void **state)
{
	static const char *const names[] = {
		"../../etc/cron.d/x", "a b", "a\nattach = allow dock=*",
	};
	struct gift g = { .role = UT_PKI_TABLET };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		g.dock = names[i];
		reject(&g, UT_EXIT_PROTOCOL, "name is not a name");
		assert_int_equal(ut_pki_revoke(&ef.store, "lea", NULL, NULL),
				 0);
	}
}

/* These end the connection at once. */
static void cut_off(const struct gift *g)
{
	struct ut_err err;
	int saw, ret = enroll_from(g, &err, &saw);

	ef_refused(ret, &err, UT_EXIT_PROTOCOL, "failed");
	assert_int_equal(saw, 0);
	ef_nothing_installed();
}

static void test_oversize(void **state)
{
	const struct gift g = { .role = UT_PKI_TABLET,
				.claim = UT_PKI_CERT_MAX + 1 };

	cut_off(&g);
}

static void test_refusal_after_the_gift(void **state)
{
	const struct gift g = { .role = UT_PKI_TABLET, .dock = "",
				.refusal = UT_REFUSAL_TAKEN };

	cut_off(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EF_TEST(test_good), EF_TEST(test_other_role),
		EF_TEST(test_other_name), EF_TEST(test_other_key),
		EF_TEST(test_other_ca), EF_TEST(test_list_of_another_ca),
		EF_TEST(test_expired), EF_TEST(test_revoked),
		EF_TEST(test_damaged), EF_TEST(test_dock_name),
		EF_TEST(test_oversize), EF_TEST(test_refusal_after_the_gift),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
