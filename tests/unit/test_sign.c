// SPDX-License-Identifier: GPL-2.0
/*
 * What the key of a machine signs: handshakes of its side, and nothing that counts
 * anywhere else, whatever a worker asks for. A real signer; this test takes the place
 * of a worker that was taken over.
 */
#include <gnutls/crypto.h>
#include <signal.h>

#include "base/clock.h"
#include "base/loop.h"
#include "lib/signer_bed.h"
#include "pki/csr.h"
#include "tls/creds.h"

/* --- what must never be signed --- */

static struct ut_pki_point thief = { .x = { 1 }, .y = { 2 } };

/* The first element of a DER SEQUENCE: the part that is signed. */
static gnutls_datum_t signed_part(const gnutls_datum_t *der)
{
	unsigned char *p = der->data;
	gnutls_datum_t part;
	unsigned int len;

	assert_int_equal(p[0], 0x30);
	p += p[1] < 0x80 ? 2 : 2 + (p[1] & 0x7f);
	assert_int_equal(p[0], 0x30);
	len = p[1] < 0x80 ? p[1] + 2u :
	      p[1] == 0x81 ? p[2] + 3u : ((unsigned int)p[2] << 8 | p[3]) + 4;
	part.data = gnutls_malloc(len);
	part.size = len;
	memcpy(part.data, p, len);
	return part;
}

static gnutls_datum_t renewal(void)
{
	static const char text[] = "usbip-tls renewal 1";
	gnutls_datum_t d;

	d.size = sizeof(text) + sizeof(thief);
	d.data = gnutls_malloc(d.size);
	memcpy(d.data, text, sizeof(text));
	memcpy(d.data + sizeof(text), &thief, sizeof(thief));
	return d;
}

/* A request for the machine's own key: only its signature is missing. */
static gnutls_datum_t certificate_request(void)
{
	gnutls_x509_privkey_t key;
	struct ut_csr csr;
	struct ut_buf pem;

	assert_int_equal(ut_file_read(renew_tls.key, &pem, &renew_err), 0);
	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_import(key, &(gnutls_datum_t){
		(unsigned char *)pem.data, (unsigned int)pem.len,
	}, GNUTLS_X509_FMT_PEM), 0);
	if (ut_csr_make(&csr, key, UT_PKI_DOCK, "lea", &renew_err))
		fail_msg("%s", renew_err.msg);
	gnutls_x509_privkey_deinit(key);
	ut_buf_free(&pem);
	return signed_part(&(gnutls_datum_t){ csr.der, (unsigned int)csr.len });
}

static gnutls_datum_t of_pem(const char *path, const char *what)
{
	gnutls_datum_t pem, der, part;

	assert_int_equal(gnutls_load_file(path, &pem), 0);
	assert_int_equal(gnutls_pem_base64_decode2(what, &pem, &der), 0);
	part = signed_part(&der);
	gnutls_free(pem.data);
	gnutls_free(der.data);
	return part;
}

static gnutls_datum_t revocation_list(void)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/crl.pem", renew_home);
	return of_pem(path, "X509 CRL");
}

static gnutls_datum_t of_side(enum ut_tls_side side)
{
	static const uint8_t hash[32] = { 7 };
	gnutls_datum_t d = { gnutls_malloc(UT_SIGN_TLS13_MAX), 0 };

	d.size = (unsigned int)ut_sign_tls13(side, hash, sizeof(hash), d.data);
	return d;
}

static void ask_in_vain(const gnutls_datum_t *evil, const void *text,
			size_t len)
{
	static const uint32_t versions[] = { TLS12, TLS13 };
	const gnutls_sign_algorithm_t *algorithms = gnutls_sign_list();
	size_t v, a;

	for (v = 0; v < 2; v++) {
		for (a = 0; algorithms[a]; a++)
			if (sign_ask(versions[v], algorithms[a], text, len) &&
			    sign_counts(evil))
				fail_msg("signed as %s of %#x",
					 gnutls_sign_get_name(algorithms[a]),
					 versions[v]);
		assert_false(
			sign_ask(versions[v], GNUTLS_SIGN_RSA_RAW, text, len));
		assert_false(
			sign_ask(versions[v], GNUTLS_SIGN_UNKNOWN, text, len));
	}
}

/* As it is, its hash, and its hash as RSA wraps it. */
static void never_signed(gnutls_datum_t evil)
{
	static const gnutls_digest_algorithm_t hashes[] = {
		GNUTLS_DIG_SHA256, GNUTLS_DIG_SHA384, GNUTLS_DIG_SHA512,
	};
	gnutls_datum_t hash, info;
	uint8_t buf[64];
	size_t i;

	ask_in_vain(&evil, evil.data, evil.size);
	for (i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		assert_int_equal(gnutls_hash_fast(hashes[i], evil.data,
						  evil.size, buf), 0);
		hash = (gnutls_datum_t){ buf, gnutls_hash_get_len(hashes[i]) };
		ask_in_vain(&evil, hash.data, hash.size);
		assert_int_equal(gnutls_encode_ber_digest_info(hashes[i], &hash,
							       &info), 0);
		ask_in_vain(&evil, info.data, info.size);
		gnutls_free(info.data);
	}
	gnutls_free(evil.data);
}

/* The attack that once worked: a hash, followed by what a thief wants. */
static void test_renewal_by_hash(void **state)
{
	gnutls_datum_t evil, r = { 0 }, s = { 0 };
	struct ut_pki_proof proof;
	uint8_t hash[32];

	sign_start(UT_TLS_TABLET, TLS13);
	evil = renewal();
	assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, evil.data,
					  evil.size, hash), 0);
	/* It is a transcript hash like any other, so there is a signature. */
	assert_true(sign_ask(TLS13, SHA256, hash, sizeof(hash)));
	assert_int_equal(gnutls_decode_rs_value(&(gnutls_datum_t){
		sign_sig.data, sign_sig.len,
	}, &r, &s), 0);
	assert_false(ut_pki_pad(proof.r, &r) || ut_pki_pad(proof.s, &s));
	assert_false(ut_proof_ok(&proof, sign_own, &thief));
	assert_false(sign_counts(&evil));
	gnutls_free(r.data);
	gnutls_free(s.data);
	gnutls_free(evil.data);
	sign_stop();
}

static void test_nothing_else_is_signed(void **state)
{
	static const uint16_t versions[] = { TLS12, TLS13 };
	enum ut_tls_side side;
	size_t v;

	for (side = UT_TLS_DOCK; side <= UT_TLS_TABLET; side++) {
		for (v = 0; v < 2; v++) {
			sign_start(side, versions[v]);
			never_signed(renewal());
			never_signed(certificate_request());
			never_signed(of_pem(renew_tls.cert, "CERTIFICATE"));
			never_signed(revocation_list());
			never_signed(of_side(side == UT_TLS_DOCK ?
					     UT_TLS_TABLET : UT_TLS_DOCK));
			sign_stop();
		}
	}
}

static void test_tls13(void **state)
{
	static const uint8_t hash[64] = { 7 };
	gnutls_datum_t text;

	sign_start(UT_TLS_DOCK, TLS13);
	text = of_side(UT_TLS_DOCK);
	assert_true(sign_ask(TLS13, SHA256, hash, 32));
	assert_true(sign_counts(&text));
	assert_true(sign_ask(TLS13, SHA256, hash, 48));
	assert_false(sign_counts(&text));
	assert_false(sign_ask(TLS13, SHA256, hash, 31));
	assert_false(sign_ask(TLS13, SHA256, hash, 64));
	/* For TLS 1.2, and for keys of other kinds. */
	assert_false(sign_ask(TLS13, GNUTLS_SIGN_ECDSA_SHA256, hash, 32));
	assert_false(
		sign_ask(TLS13, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, hash, 32));
	assert_false(sign_ask(TLS13, GNUTLS_SIGN_EDDSA_ED25519, hash, 32));
	gnutls_free(text.data);
	sign_stop();
}

/* --- pieces --- */

static int take(struct ut_blob *b, uint32_t total, uint32_t len,
		uint32_t algorithm)
{
	static struct ut_msg piece;

	ut_msg_init(&piece, UT_MSG_SIGN);
	piece.sign.version = TLS12;
	piece.sign.algorithm = algorithm;
	piece.total = total;
	piece.len = len;
	return ut_blob_add(b, &piece, 2500);
}

static void test_pieces(void **state)
{
	static const struct {
		uint32_t total, len, algorithm;
	} bad[] = {
		{ 2500, 1023, SHA256 },	/* not full */
		{ 2500, 452, SHA256 },	/* the last one in place of the second */
		{ 2500, 0, SHA256 },
		{ 2499, 1024, SHA256 },
		{ 2500, 1024, SHA256 + 1 },
	};
	struct ut_blob b = { .at = 0 };
	size_t i;

	assert_int_equal(take(&b, 2501, 1024, SHA256), -EBADMSG);
	assert_int_equal(take(&b, 0, 0, SHA256), -EBADMSG);
	assert_null(b.buf.data);
	assert_int_equal(take(&b, 2500, 1024, SHA256), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(take(&b, bad[i].total, bad[i].len,
				      bad[i].algorithm), -EBADMSG);
	assert_int_equal(take(&b, 2500, 1024, SHA256), 0);
	assert_int_equal(take(&b, 2500, 453, SHA256), -EBADMSG);
	assert_false(ut_blob_whole(&b));
	assert_int_equal(take(&b, 2500, 452, SHA256), 1);
	assert_true(ut_blob_whole(&b));
	assert_int_equal(take(&b, 2500, 452, SHA256), -EBADMSG);
	assert_int_equal(take(&b, 2500, 0, SHA256), -EBADMSG);
	ut_blob_free(&b);
	assert_int_equal(take(&b, 32, 32, SHA256), 1);
	ut_blob_free(&b);
}

/* A caller that can wait does not ask again at once. */
static void test_slow(void **state)
{
	uint8_t hash[32] = { 1 };
	int64_t now;

	sign_start(UT_TLS_TABLET, TLS13);
	assert_true(sign_ask(TLS13, SHA256, hash, sizeof(hash)));
	assert_true(!sign_signer.slow.next);
	assert_int_equal(kill(sign_signer.child.pid, SIGSTOP), 0);
	assert_int_equal(sign_ask_for(TLS13, SHA256, hash, sizeof(hash)),
			 -ETIMEDOUT);
	now = ut_clock_ms();
	assert_true(sign_signer.slow.next > now + 1000);
	assert_int_equal(kill(sign_signer.child.pid, SIGCONT), 0);
	assert_true(sign_ask(TLS13, SHA256, hash, sizeof(hash)));
	assert_true(!sign_signer.slow.next);
	sign_stop();
}

/* Of a dock or a tablet: who answers nonsense is no better than one that has died. */
static void test_nonsense(void **state)
{
	static struct ut_creds creds = { .refs = 1, .packed = -1 };
	const struct ut_blob asked = { .buf = { (char *)"x", 1 } };
	struct ut_creds *in_use = NULL;
	sd_event_source *source = NULL;
	sd_event *loop;
	int signer, code;

	assert_true(sd_event_new(&loop) >= 0);
	assert_int_equal(ut_program_pair(&creds.signer.child.fd, &signer), 0);
	ut_creds_use(&in_use, &source, &creds, loop);
	ut_msg_init(&sign_sig, UT_MSG_SIGNATURE)->sign.number = 1;
	assert_int_equal(ut_msg_send(signer, &sign_sig), 0);
	assert_int_equal(ut_signer_sign(&creds.signer, &asked, &sign_sig),
			 -EACCES);
	assert_int_equal(ut_loop_turn(loop, ut_clock_ms() + 10), 0);
	assert_int_equal(sd_event_get_exit_code(loop, &code), -ENODATA);
	assert_int_equal(ut_msg_tell(signer, UT_MSG_READY, 0), 0);
	assert_int_equal(ut_signer_sign(&creds.signer, &asked, &sign_sig),
			 -EPROTO);
	assert_int_equal(ut_loop_turn(loop, ut_clock_ms() + 10), 0);
	assert_int_equal(sd_event_get_exit_code(loop, &code), 0);
	assert_int_equal(code, UT_SIGNER_DIED);
	sd_event_source_disable_unref(source);
	sd_event_unref(loop);
	close(creds.signer.child.fd);
	close(signer);
}

/* --- keys that are of no use --- */

static void test_unfit_keys(void **state)
{
	static const struct {
		gnutls_pk_algorithm_t pk;
		unsigned int bits;
		const char *says;
	} rows[] = {
		{ GNUTLS_PK_RSA, 1024, "(RSA, 1024 bits) cannot be used" },
		{ GNUTLS_PK_DSA, 2048, "(DSA, 2048 bits) cannot be used" },
		{ GNUTLS_PK_ECDSA,
		  GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP224R1),
		  "224 bits) cannot be used" },
		{ GNUTLS_PK_EDDSA_ED448, 0, "Ed448" },
	};
	gnutls_x509_privkey_t key;
	gnutls_datum_t pem;
	FILE *f;
	size_t i;

	renew_machine(UT_PKI_DOCK, 1, 60);
	sign_read_own();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(gnutls_x509_privkey_init(&key), 0);
		assert_int_equal(gnutls_x509_privkey_generate(key, rows[i].pk,
							      rows[i].bits, 0),
				 0);
		assert_int_equal(gnutls_x509_privkey_export2_pkcs8(key,
			GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem), 0);
		f = fopen(renew_tls.key, "w");
		assert_int_equal(fwrite(pem.data, 1, pem.size, f), pem.size);
		fclose(f);
		gnutls_free(pem.data);
		gnutls_x509_privkey_deinit(key);
		assert_int_not_equal(sign_begin(UT_TLS_DOCK), 0);
		assert_int_equal(renew_err.code, UT_EXIT_CERTIFICATE);
		if (!strstr(renew_err.msg, rows[i].says) || !renew_err.hint[0])
			fail_msg("%s", renew_err.msg);
	}
	gnutls_x509_crt_deinit(sign_own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_renewal_by_hash),
		T(test_nothing_else_is_signed),
		T(test_tls13),
		T(test_pieces),
		T(test_slow),
		T(test_nonsense),
		T(test_unfit_keys),
	};

	return cmocka_run_group_tests(tests, cage_group_setup,
				      cage_group_teardown);
}
