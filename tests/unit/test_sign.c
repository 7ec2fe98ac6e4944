// SPDX-License-Identifier: GPL-2.0
/*
 * What the key of a machine signs: handshakes of its side, and nothing that counts
 * anywhere else, whatever a worker asks for. A real signer, and this test in the
 * place of a worker that somebody has taken over.
 */
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <poll.h>
#include <signal.h>

#include "lib/renew_bed.h"
#include "tls/pki_csr.h"
#include "tls/sign_text.h"
#include "tls/signer.h"

#define SHA256	GNUTLS_SIGN_ECDSA_SECP256R1_SHA256
#define TLS12	0x0303
#define TLS13	0x0304

static struct ut_signer signer;
static gnutls_x509_crt_t own;
static struct ut_msg_signature sig;

/* --- the signer --- */

static void read_own(void)
{
	struct ut_buf pem;

	assert_int_equal(ut_file_read(renew_tls.cert, &pem, &renew_err), 0);
	assert_int_equal(gnutls_x509_crt_init(&own), 0);
	assert_int_equal(gnutls_x509_crt_import(own, &(gnutls_datum_t){
		(unsigned char *)pem.data, (unsigned int)pem.len,
	}, GNUTLS_X509_FMT_PEM), 0);
	ut_buf_free(&pem);
}

/* What a signer is told of its side: the certificate alone. */
static int begin(enum ut_tls_side side)
{
	struct ut_creds c = {
		.side = side,
		.min_version = renew_tls.min_version,
		.packed = -1,
		.n_chain = 1,
	};
	int ret;

	assert_int_equal(gnutls_x509_trust_list_init(&c.trust, 0), 0);
	assert_int_equal(gnutls_pcert_import_x509(&c.chain[0], own, 0), 0);
	ret = ut_signer_start(&signer, &renew_tls, ut_creds_pack(&c),
			      &cage_sandbox, &renew_err);
	ut_creds_changed(&c);
	gnutls_pcert_deinit(&c.chain[0]);
	gnutls_x509_trust_list_deinit(c.trust, 1);
	return ret;
}

static void start(enum ut_tls_side side, uint16_t min_version)
{
	renew_machine(side == UT_TLS_DOCK ? UT_PKI_DOCK : UT_PKI_TABLET, 1, 60);
	read_own();
	renew_tls.min_version = min_version;
	if (begin(side))
		fail_msg("%s", renew_err.msg);
}

static void stop(void)
{
	ut_signer_stop(&signer);
	gnutls_x509_crt_deinit(own);
}

/* True if it was signed; sig is the signature. */
static bool ask(uint32_t version, uint32_t algorithm, const void *text,
		size_t len)
{
	struct ut_sign_request *req = ut_sign_new(version, algorithm,
						  (uint32_t)len);
	int ret;

	memcpy(req->text, text, len);
	req->len = (uint32_t)len;
	ret = ut_signer_sign(&signer, req, &sig);
	free(req);
	/* Anything else: the signer has died. */
	if (ret && ret != -EACCES)
		fail_msg("%zu bytes: %s", len, strerror(-ret));
	return !ret;
}

/* Is the last signature one for this text, by whatever hash? */
static bool counts(const gnutls_datum_t *text)
{
	static const gnutls_sign_algorithm_t by[] = {
		GNUTLS_SIGN_ECDSA_SHA256, GNUTLS_SIGN_ECDSA_SHA384,
		GNUTLS_SIGN_ECDSA_SHA512, GNUTLS_SIGN_ECDSA_SHA224,
		GNUTLS_SIGN_ECDSA_SHA1,
	};
	const gnutls_datum_t s = { sig.data, sig.len };
	gnutls_pubkey_t pub;
	bool ok = false;
	size_t i;

	assert_int_equal(gnutls_pubkey_init(&pub), 0);
	assert_int_equal(gnutls_pubkey_import_x509(pub, own, 0), 0);
	for (i = 0; !ok && i < sizeof(by) / sizeof(by[0]); i++)
		ok = gnutls_pubkey_verify_data2(pub, by[i],
						GNUTLS_VERIFY_ALLOW_BROKEN,
						text, &s) >= 0;
	gnutls_pubkey_deinit(pub);
	return ok;
}

/* --- what must never be signed --- */

static struct ut_pki_point thief = { .x = { 1 }, .y = { 2 } };

/* The first element inside of a DER SEQUENCE: what is signed of it. */
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

static void ask_in_vain(const gnutls_datum_t *evil, const void *text, size_t len)
{
	static const uint32_t versions[] = { TLS12, TLS13 };
	const gnutls_sign_algorithm_t *algorithms = gnutls_sign_list();
	size_t v, a;

	for (v = 0; v < 2; v++) {
		for (a = 0; algorithms[a]; a++)
			if (ask(versions[v], algorithms[a], text, len) &&
			    counts(evil))
				fail_msg("signed as %s of %#x",
					 gnutls_sign_get_name(algorithms[a]),
					 versions[v]);
		assert_false(ask(versions[v], GNUTLS_SIGN_RSA_RAW, text, len));
		assert_false(ask(versions[v], GNUTLS_SIGN_UNKNOWN, text, len));
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

/* The attack that once worked: a hash, and below it the wish of a thief. */
static void test_renewal_by_hash(void **state)
{
	gnutls_datum_t evil, r = { 0 }, s = { 0 };
	struct ut_pki_proof proof;
	uint8_t hash[32];

	start(UT_TLS_TABLET, TLS13);
	evil = renewal();
	assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, evil.data,
					  evil.size, hash), 0);
	/* It is a transcript's hash like any other, so there is a signature. */
	assert_true(ask(TLS13, SHA256, hash, sizeof(hash)));
	assert_int_equal(gnutls_decode_rs_value(&(gnutls_datum_t){
		sig.data, sig.len,
	}, &r, &s), 0);
	assert_false(ut_pki_pad(proof.r, &r) || ut_pki_pad(proof.s, &s));
	assert_false(ut_proof_ok(&proof, own, &thief));
	assert_false(counts(&evil));
	gnutls_free(r.data);
	gnutls_free(s.data);
	gnutls_free(evil.data);
	stop();
}

static void test_nothing_else_is_signed(void **state)
{
	static const uint16_t versions[] = { TLS12, TLS13 };
	enum ut_tls_side side;
	size_t v;

	for (side = UT_TLS_DOCK; side <= UT_TLS_TABLET; side++) {
		for (v = 0; v < 2; v++) {
			start(side, versions[v]);
			never_signed(renewal());
			never_signed(certificate_request());
			never_signed(of_pem(renew_tls.cert, "CERTIFICATE"));
			never_signed(revocation_list());
			never_signed(of_side(side == UT_TLS_DOCK ?
					     UT_TLS_TABLET : UT_TLS_DOCK));
			stop();
		}
	}
}

static void test_tls13(void **state)
{
	static const uint8_t hash[64] = { 7 };
	gnutls_datum_t text;

	start(UT_TLS_DOCK, TLS13);
	text = of_side(UT_TLS_DOCK);
	assert_true(ask(TLS13, SHA256, hash, 32));
	assert_true(counts(&text));
	assert_true(ask(TLS13, SHA256, hash, 48));
	assert_false(counts(&text));
	assert_false(ask(TLS13, SHA256, hash, 31));
	assert_false(ask(TLS13, SHA256, hash, 64));
	/* Of TLS 1.2, and of keys of other kinds. */
	assert_false(ask(TLS13, GNUTLS_SIGN_ECDSA_SHA256, hash, 32));
	assert_false(ask(TLS13, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, hash, 32));
	assert_false(ask(TLS13, GNUTLS_SIGN_EDDSA_ED25519, hash, 32));
	gnutls_free(text.data);
	stop();
}

/* --- TLS 1.2, dock --- */

static const struct share {
	uint8_t group;
	uint8_t len;
	uint8_t first;
} shares[] = { { 29, 32, 0 }, { 23, 65, 4 }, { 24, 97, 4 } };

static size_t dock_text(uint8_t text[UT_SIGN_DOCK_MAX + 1],
			const struct share *s)
{
	memset(text, 0x5a, UT_SIGN_DOCK_MAX + 1);
	memcpy(text + 56, "DOWNGRD\x01", 8);
	memcpy(text + 64, (uint8_t[]){ 3, 0, s->group, s->len, s->first }, 5);
	return 68u + s->len;
}

static void test_dock_tls12(void **state)
{
	uint8_t text[UT_SIGN_DOCK_MAX + 1];
	size_t i, len;

	start(UT_TLS_DOCK, TLS12);
	for (i = 0; i < 3; i++) {
		len = dock_text(text, &shares[i]);
		assert_true(ask(TLS12, SHA256, text, len));
		assert_true(counts(&(gnutls_datum_t){ text, (unsigned)len }));
		assert_true(ask(TLS12, GNUTLS_SIGN_ECDSA_SHA512, text, len));
		assert_false(ask(TLS12, SHA256, text, len - 1));
		assert_false(ask(TLS12, SHA256, text, len + 1));
		assert_false(ask(TLS12, GNUTLS_SIGN_ECDSA_SHA1, text, len));
		text[63] = 0;	/* a server of TLS 1.1 and older */
		assert_false(ask(TLS12, SHA256, text, len));
		dock_text(text, &shares[i]);
		text[64] = 1;	/* a curve of the dock's own making */
		assert_false(ask(TLS12, SHA256, text, len));
		dock_text(text, &shares[i]);
		text[66] = 25;
		assert_false(ask(TLS12, SHA256, text, len));
		dock_text(text, &shares[i]);
		text[67]++;
		assert_false(ask(TLS12, SHA256, text, len));
		dock_text(text, &shares[i]);
		text[68] = 2;	/* compressed */
		assert_int_equal(ask(TLS12, SHA256, text, len), !i);
		dock_text(text, &shares[i]);
		memcpy(text, "usbip-tls", 9);
		assert_false(ask(TLS12, SHA256, text, len));
	}
	stop();
}

/*
 * A share on P-384 has room for the machine's own key, and the random of a tablet for
 * the head of a request: in all the bytes of a PKCS#10 that nobody else could sign.
 */
static void test_dock_text_as_der(void **state)
{
	static const struct {
		const char *head;
		size_t len;
		bool taken;
	} rows[] = {
#define ROW(s, taken) { s, sizeof(s) - 1, taken }
		ROW("\x30\x81\xa2\x02\x01\x00\x30\x30", false),	/* request */
		ROW("\x30\x81\xa2\xa0\x03\x02\x01\x02", false),	/* certificate */
		ROW("\x30\x81\xa2\x02\x01\x01\x30\x0a", false),	/* list */
		ROW("\x30\x81\xa2\x30\x0a\x06\x08\x2a", false),	/* list, v1 */
		ROW("\x30\x82\x00\xa1\x02\x01\x00\x30", false),	/* longer forms */
		ROW("\x30\x83\x00\x00\xa0\x02\x01\x00", false),
		ROW("\x30\x80\x02\x01\x00\x30\x30\x06", false),
		/* Not DER, but taken by GnuTLS or OpenSSL. */
		ROW("\x30\x81\xa2\x02\x89\0\0\0\0\0\0\0\0\x01\x00", false),
		ROW("\x30\x89\0\0\0\0\0\0\0\0\x9a\x02\x01\x00", false),
		ROW("\x3f\x10\x81\xa1\x02\x01\x00\x30", false),
		ROW("\x3f\x80\x10\x81\xa0\x02\x01\x00", false),
		ROW("\x30\x81\xa2\x1f\x02\x01\x00\x30", false),
		ROW("\x10\x81\xa2\x22\x01\x00\x30\x30", false),
		ROW("\x30\x8a\0\0\0\0\0\0\0\0\0\x99\xbf\x80\x00\x03", false),
		/* What is not one: the random of a tablet like any other. */
		ROW("\x3f\x11\x81\xa1\x02\x01\x00\x30", true),
		ROW("\x7f\x10\x81\xa1\x02\x01\x00\x30", true),
		ROW("\x30\x89\0\0\0\0\0\0\0\0\x9b\x02\x01\x00", true),
		ROW("\x30\x81\xa1\x02\x01\x00\x30\x30", true),
		ROW("\x30\x81\xa3\x02\x01\x00\x30\x30", true),
		ROW("\x31\x81\xa2\x02\x01\x00\x30\x30", true),
		ROW("\x30\x81\xa2\x04\x01\x00\x30\x30", true),
		ROW("\x30\x81\xa2\x02\x81\xff\x30\x30", true),
#undef ROW
	};
	uint8_t text[UT_SIGN_DOCK_MAX + 1];
	size_t i, len = dock_text(text, &shares[2]);

	start(UT_TLS_DOCK, TLS12);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(text, rows[i].head, rows[i].len);
		if (ask(TLS12, SHA256, text, len) != rows[i].taken)
			fail_msg("row %zu", i);
	}
	stop();
}

/* --- TLS 1.2, tablet --- */

static uint8_t transcript[UT_SIGN_TEXT_MAX];
static size_t t_len;

static void message(uint8_t type, size_t len)
{
	uint8_t *p = transcript + t_len;

	memset(p, 3, 4 + len);	/* both hellos begin with 3, 3 */
	p[0] = type;
	p[1] = (uint8_t)(len >> 16);
	p[2] = (uint8_t)(len >> 8);
	p[3] = (uint8_t)len;
	t_len += 4 + len;
}

static void messages(const char *types, size_t certificate)
{
	for (t_len = 0; *types; types++)
		message((uint8_t)*types, *types == 11 ? certificate : 70);
}

#define GOOD "\x01\x02\x0b\x0c\x0d\x0e\x0b\x10"

static bool signs_messages(void)
{
	return ask(TLS12, SHA256, transcript, t_len);
}

static void test_tablet_tls12(void **state)
{
	static const char *const bad[] = {
		"", "\x01", "\x02\x0b\x0c\x0d\x0e\x0b\x10",
		"\x01\x02\x0b\x0c\x0d\x0e\x0b",			/* not whole */
		GOOD "\x0f", GOOD "\x14",			/* more */
		"\x01\x02\x0b\x0c\x0e\x0b\x10",			/* not asked */
		"\x01\x02\x02\x0b\x0c\x0d\x0e\x0b\x10",
		"\x01\x02\x0b\x0d\x0c\x0e\x0b\x10",
		"\x16\x01\x02\x0b\x0c\x0d\x0e\x0b\x10",
		"\x01\x02\x08\x0d\x0b",				/* of TLS 1.3 */
	};
	size_t i;

	start(UT_TLS_TABLET, TLS12);
	messages(GOOD, 600);
	assert_true(signs_messages());
	assert_true(counts(&(gnutls_datum_t){ transcript, (unsigned)t_len }));
	messages("\x01\x02\x0b\x16\x0c\x0d\x0e\x0b\x10", 600);
	assert_true(signs_messages());
	messages(GOOD, 32 * 1024);	/* in 66 pieces */
	assert_true(signs_messages());
	for (i = 1; i < sizeof(bad) / sizeof(bad[0]); i++) {
		messages(bad[i], 600);
		if (signs_messages())
			fail_msg("row %zu", i);
	}
	messages(GOOD, 600);
	t_len--;
	assert_false(signs_messages());
	t_len++;
	transcript[t_len++] = 0;
	assert_false(signs_messages());
	t_len--;
	transcript[5] = 1;	/* ClientHello of TLS 1.0 */
	assert_false(signs_messages());
	stop();
}

/* The signer stands still for longer than a handshake waits. */
static void ask_too_late(size_t certificate)
{
	struct ut_sign_request *req;

	messages(GOOD, certificate);
	req = ut_sign_new(TLS12, SHA256, (uint32_t)t_len);
	memcpy(req->text, transcript, t_len);
	req->len = (uint32_t)t_len;
	assert_int_equal(kill(signer.pid, SIGSTOP), 0);
	assert_int_equal(ut_signer_sign(&signer, req, &sig), -ETIMEDOUT);
	assert_int_equal(kill(signer.pid, SIGCONT), 0);
	free(req);
}

/* What comes then is no answer to the next request, nor its end. */
static void test_late_answer(void **state)
{
	struct pollfd p;

	start(UT_TLS_TABLET, TLS12);
	ask_too_late(600);
	messages(GOOD, 500);
	assert_true(signs_messages());
	assert_true(counts(&(gnutls_datum_t){ transcript, (unsigned)t_len }));
	/* More than fits into the channel, so that a part is asked for only. */
	ask_too_late(UT_SIGN_TEXT_MAX / 2 - 1000);
	messages(GOOD, 500);
	assert_true(signs_messages());
	assert_true(counts(&(gnutls_datum_t){ transcript, (unsigned)t_len }));
	ask_too_late(600);
	p = (struct pollfd){ signer.fd, POLLIN, 0 };
	assert_int_equal(poll(&p, 1, 20000), 1);
	assert_false(ut_signer_died(&signer));
	assert_int_equal(kill(signer.pid, SIGKILL), 0);
	assert_int_equal(poll(&p, 1, 20000), 1);
	assert_true(ut_signer_died(&signer));
	stop();
}

/* Each side its own, and TLS 1.2 only where the configuration has it. */
static void test_sides_and_versions(void **state)
{
	uint8_t text[UT_SIGN_DOCK_MAX + 1];
	size_t len = dock_text(text, &shares[0]);

	messages(GOOD, 600);
	start(UT_TLS_DOCK, TLS12);
	assert_false(signs_messages());
	stop();
	start(UT_TLS_DOCK, TLS13);
	assert_false(ask(TLS12, SHA256, text, len));
	stop();
	start(UT_TLS_TABLET, TLS12);
	assert_false(ask(TLS12, SHA256, text, len));
	stop();
	start(UT_TLS_TABLET, TLS13);
	assert_false(signs_messages());
	stop();
}

/* --- pieces --- */

static int take(struct ut_sign_request **req, uint32_t total, uint32_t len,
		uint32_t algorithm)
{
	static struct ut_msg_sign piece;

	piece.version = TLS12;
	piece.algorithm = algorithm;
	piece.total = total;
	piece.len = len;
	return ut_sign_take(req, &piece, 2500);
}

static void test_pieces(void **state)
{
	static const struct {
		uint32_t total, len, algorithm;
	} bad[] = {
		{ 2500, 1023, SHA256 },	/* not full */
		{ 2500, 452, SHA256 },	/* the last one in place of the second */
		{ 2499, 1024, SHA256 },
		{ 2500, 1024, SHA256 + 1 },
	};
	struct ut_sign_request *req = NULL;
	size_t i;

	assert_int_equal(take(&req, 2501, 1024, SHA256), -EBADMSG);
	assert_int_equal(take(&req, 0, 0, SHA256), -EBADMSG);
	assert_null(req);
	assert_int_equal(take(&req, 2500, 1024, SHA256), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(take(&req, bad[i].total, bad[i].len,
				      bad[i].algorithm), -EBADMSG);
	assert_int_equal(take(&req, 2500, 1024, SHA256), 0);
	assert_int_equal(take(&req, 2500, 453, SHA256), -EBADMSG);
	assert_int_equal(take(&req, 2500, 452, SHA256), 1);
	assert_int_equal(take(&req, 2500, 452, SHA256), -EBADMSG);
	free(req);
	req = NULL;
	assert_int_equal(take(&req, 32, 32, SHA256), 1);
	free(req);
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
	read_own();
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
		assert_int_not_equal(begin(UT_TLS_DOCK), 0);
		assert_int_equal(renew_err.code, UT_EXIT_CERTIFICATE);
		if (!strstr(renew_err.msg, rows[i].says) || !renew_err.hint[0])
			fail_msg("%s", renew_err.msg);
	}
	gnutls_x509_crt_deinit(own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_renewal_by_hash),
		T(test_nothing_else_is_signed),
		T(test_tls13),
		T(test_dock_tls12),
		T(test_dock_text_as_der),
		T(test_tablet_tls12),
		T(test_late_answer),
		T(test_sides_and_versions),
		T(test_pieces),
		T(test_unfit_keys),
	};

	return cmocka_run_group_tests(tests, cage_group_setup,
				      cage_group_teardown);
}
