// SPDX-License-Identifier: GPL-2.0
/*
 * Clients and docks that know the code and still break the rules: malformed requests
 * and frames, on either side.
 */
#include "lib/enroll_bed.h"

#define TABLET 2

/* --- to the dock --- */

static void send_request(const char *name, size_t len, const void *csr,
			 size_t csr_len)
{
	uint8_t buf[8192];
	size_t n = ev_request(buf, TABLET, name, len, csr, csr_len);

	ev_frame(UT_FRAME_REQUEST, n, buf, n);
}

static void test_bad_names(void **state)
{
	static const struct {
		const char *name;
		size_t len;
	} rows[] = {
		{ "", 0 }, { "../x", 4 }, { "a/b", 3 }, { "a\0b", 3 },
		{ "\0", 1 }, { ".x", 2 }, { "-x", 2 }, { "a b", 3 },
		{ "a\nb", 3 }, { "\xc3\xa4", 2 }, { "a\x1b[2J", 5 },
		/* 64 characters. */
		{ "0123456789012345678901234567890123456789012345678901234567890123",
		  64 },
	};
	struct ut_csr csr = ev_csr();
	size_t i;
	int fd;

	ef.server.tries = 10;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (i % 6 == 0) {
			if (i)
				ef_stop();
			ef_start();
		}
		fd = ev_connect();
		send_request(rows[i].name, rows[i].len, csr.der, csr.len);
		if (ev_refusal() != UT_REFUSAL_NAME)
			fail_msg("name %zu is not refused", i);
		ev_close(fd);
	}
	ef_expect("the name it wants is not a name ()", 6);
	ef_stop();
	assert_int_equal(ef_issued(), 0);
}

static void refuse_csr(const void *der, size_t len, const char *what)
{
	int fd;

	ef_start();
	fd = ev_connect();
	send_request("lea", 3, der, len);
	if (ev_refusal() != UT_REFUSAL_REQUEST)
		fail_msg("%s is not refused", what);
	ev_close(fd);
	ef_expect("turned down", 1);
	assert_int_equal(ef_stop().ret, -EINTR);
	assert_int_equal(ef_issued(), 0);
}

/* The last bytes are the signature. */
static void test_csr_with_a_bad_signature(void **state)
{
	struct ut_csr csr = ev_csr();

	csr.der[csr.len - 3] ^= 1;
	refuse_csr(csr.der, csr.len, "a changed signature");
}

/* A request for @key that @signer has signed: the dock says @what of it. */
static void refuse_signed(gnutls_x509_privkey_t key,
			  gnutls_x509_privkey_t signer,
			  gnutls_digest_algorithm_t hash, const char *what)
{
	uint8_t der[UT_CSR_MAX];
	size_t len = sizeof(der);
	gnutls_x509_crq_t crq;

	gnutls_x509_crq_init(&crq);
	gnutls_x509_crq_set_version(crq, 1);
	gnutls_x509_crq_set_dn(crq, "CN=lea", NULL);
	gnutls_x509_crq_set_key(crq, key);
	assert_int_equal(gnutls_x509_crq_sign2(crq, signer, hash, 0), 0);
	assert_int_equal(gnutls_x509_crq_export(crq, GNUTLS_X509_FMT_DER, der,
						&len), 0);
	gnutls_x509_crq_deinit(crq);
	refuse_csr(der, len, what);
}

/* Correctly signed, but by another key than the one in it. */
static void test_csr_of_another_key(void **state)
{
	gnutls_x509_privkey_t own = ev_new_key(GNUTLS_ECC_CURVE_SECP256R1);
	gnutls_x509_privkey_t other = ev_new_key(GNUTLS_ECC_CURVE_SECP256R1);

	refuse_signed(own, other, GNUTLS_DIG_SHA256,
		      "the signature of another key");
	gnutls_x509_privkey_deinit(own);
	gnutls_x509_privkey_deinit(other);
}

static void test_csr_on_another_curve(void **state)
{
	gnutls_x509_privkey_t key = ev_new_key(GNUTLS_ECC_CURVE_SECP384R1);

	refuse_signed(key, key, GNUTLS_DIG_SHA384, "P-384");
	gnutls_x509_privkey_deinit(key);
}

static void test_csr_damaged(void **state)
{
	struct ut_csr csr = ev_csr();

	refuse_csr(csr.der, csr.len - 1, "a truncated request");
	refuse_csr(csr.der, 0, "no request");
	refuse_csr("nonsense", 8, "nonsense");
}

/* Ends the connection, uses up no try, and leaves the code as good as before. */
static void refuse_frame(int type, size_t claimed, const void *data, size_t len)
{
	struct ut_err err;
	int fd;

	ef_start();
	fd = ev_connect();
	ev_frame(type, claimed, data, len);
	assert_int_equal(ev_refusal(), -1);
	ev_close(fd);
	assert_int_equal(ef_enroll("lea", &ef.code, &err), 0);
	assert_int_equal(ef_end().ret, 0);
	assert_int_equal(ef_count("turned down"), 0);
	assert_int_equal(ef_count("wrong code"), 0);
	assert_int_equal(ef_issued(), 1);
}

static void test_oversize_frame(void **state)
{
	uint8_t buf[UT_FRAME_REQUEST_MAX + 1] = { TABLET };

	refuse_frame(UT_FRAME_REQUEST, sizeof(buf), buf, sizeof(buf));
}

static void test_frame_that_claims_16_mib(void **state)
{
	refuse_frame(UT_FRAME_REQUEST, 0xffffff, "x", 1);
}

static void test_frame_of_another_type(void **state)
{
	refuse_frame(UT_FRAME_INSTALLED, 0, NULL, 0);
}

static void test_request_too_short(void **state)
{
	refuse_frame(UT_FRAME_REQUEST, 1, "\2", 1);
}

static void test_name_longer_than_the_frame(void **state)
{
	refuse_frame(UT_FRAME_REQUEST, 4, "\2\40ab", 4);
}

static void test_unknown_role(void **state)
{
	refuse_frame(UT_FRAME_REQUEST, 3, "\3\1a", 3);
}

/* Truncated: the connection ends in the middle of a frame. */
static void test_truncated_frame(void **state)
{
	struct ut_err err;
	int fd;

	ef_start();
	fd = ev_connect();
	ev_frame(UT_FRAME_REQUEST, 300, "\2\3lea", 5);
	ev_close(fd);
	assert_int_equal(ef_enroll("lea", &ef.code, &err), 0);
	assert_int_equal(ef_end().ret, 0);
	assert_int_equal(ef_issued(), 1);
}

/* Or it never goes on: the dock waits only a short time, and no try is used up. */
static void test_frame_that_stops(void **state)
{
	struct ut_err err;
	int fd;

	ef.server.patience = 3000;
	ef_start();
	fd = ev_connect();
	ev_frame(UT_FRAME_REQUEST, 300, "\2\3lea", 5);
	assert_int_equal(ev_refusal(), -1);
	ev_close(fd);
	assert_int_equal(ef_enroll("lea", &ef.code, &err), 0);
	assert_int_equal(ef_end().ret, 0);
}

/* It has its certificate, but says neither yes nor no. */
static void test_not_confirmed(void **state)
{
	struct ut_csr csr = ev_csr();
	struct ef_result r;
	struct ut_buf buf;
	int fd;

	ef_start();
	fd = ev_connect();
	send_request("lea", 3, csr.der, csr.len);
	assert_int_equal(ut_frame_recv(&ev_tls, UT_FRAME_CERT, UT_FRAME_CERT,
				       UT_PKI_CERT_MAX, &buf), UT_FRAME_CERT);
	ut_buf_free(&buf);
	ev_close(fd);
	r = ef_end();
	assert_int_equal(r.ret, -ECONNABORTED);
	assert_non_null(strstr(r.err.msg, "did not confirm"));
	assert_non_null(strstr(r.err.hint, "pki revoke lea"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EF_TEST(test_bad_names),
		EF_TEST(test_csr_with_a_bad_signature),
		EF_TEST(test_csr_of_another_key),
		EF_TEST(test_csr_on_another_curve), EF_TEST(test_csr_damaged),
		EF_TEST(test_oversize_frame),
		EF_TEST(test_frame_that_claims_16_mib),
		EF_TEST(test_frame_of_another_type),
		EF_TEST(test_request_too_short),
		EF_TEST(test_name_longer_than_the_frame),
		EF_TEST(test_unknown_role), EF_TEST(test_truncated_frame),
		EF_TEST(test_frame_that_stops), EF_TEST(test_not_confirmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
