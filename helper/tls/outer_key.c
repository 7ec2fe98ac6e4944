// SPDX-License-Identifier: GPL-2.0
/*
 * A key that is elsewhere. GnuTLS wants the signature of a hash; the signer wants
 * to know of what (tls/sign_text.h). So the worker finds the text, sees that it has
 * the hash which GnuTLS will build on, and sends what the text is made from.
 */
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>

#include "tls/conn_internal.h"
#include "tls/dock_text.h"
#include "tls/sign_text.h"

/**
 * struct to_sign - what GnuTLS wants signed
 * @algorithm: by which
 * @hash: of the text; without data: @text is known
 * @text: what the signature is for
 */
struct to_sign {
	gnutls_sign_algorithm_t algorithm;
	gnutls_datum_t hash;
	gnutls_datum_t text;
};

static enum ut_tls_side side(const struct ut_tls *t)
{
	return t->p.creds->side;
}

static bool is_tls13(const struct ut_tls *t)
{
	return gnutls_protocol_get_version(t->session) == GNUTLS_TLS1_3;
}

/* Is it the text that GnuTLS means? */
static bool means(const struct to_sign *w, const gnutls_datum_t *text)
{
	gnutls_digest_algorithm_t algorithm =
		gnutls_sign_get_hash_algorithm(w->algorithm);
	uint8_t hash[UT_TRANSCRIPT_HASH_MAX];

	if (!w->hash.data)
		return w->text.size == text->size &&
		       !memcmp(w->text.data, text->data, text->size);
	return w->hash.size <= sizeof(hash) &&
	       w->hash.size == gnutls_hash_get_len(algorithm) &&
	       !gnutls_hash_fast(algorithm, text->data, text->size, hash) &&
	       !memcmp(hash, w->hash.data, w->hash.size);
}

/* @buf has room for a hash; it or the transcript has what is asked for. */
static bool request13(struct ut_tls *t, const struct to_sign *w, uint8_t *buf,
		      struct ut_sign_request *req)
{
	uint8_t whole[UT_SIGN_TLS13_MAX];
	gnutls_datum_t text = { .data = whole };

	req->version = 0x0304;
	req->text = buf;
	req->len = ut_transcript_hash(&t->transcript,
				      gnutls_prf_hash_get(t->session), buf);
	text.size = (unsigned int)ut_sign_tls13(side(t), buf, req->len, whole);
	return req->len && means(w, &text);
}

static bool request12(struct ut_tls *t, const struct to_sign *w,
		      struct ut_sign_request *req)
{
	gnutls_datum_t text = {
		.data = t->transcript.data,
		.size = (unsigned int)t->transcript.len,
	};

	if (side(t) == UT_TLS_DOCK && w->text.data)
		text = w->text;
	else if (side(t) == UT_TLS_DOCK &&
		 !ut_dock_text_find(t->session, &text))
		return false;
	req->version = 0x0303;
	req->text = text.data;
	req->len = text.size;
	return text.size && text.size <= UT_SIGN_TEXT_MAX && means(w, &text);
}

static int sign(struct ut_tls *t, const struct to_sign *w, gnutls_datum_t *out)
{
	struct ut_sign_request req = { .algorithm = (uint32_t)w->algorithm };
	uint8_t hash[UT_TRANSCRIPT_HASH_MAX], sig[UT_SIGNATURE_MAX];
	bool ok = is_tls13(t) ? request13(t, w, hash, &req) :
				request12(t, w, &req);
	int len = ok ? t->p.sign(&req, sig, sizeof(sig), t->p.sign_arg) : -1;

	/* Not before: the text may be in it. */
	ut_tls_outer_key_close(t);
	if (len <= 0)
		return GNUTLS_E_PK_SIGN_FAILED;
	out->data = gnutls_malloc((size_t)len);
	if (!out->data)
		return GNUTLS_E_MEMORY_ERROR;
	memcpy(out->data, sig, (size_t)len);
	out->size = (unsigned int)len;
	return 0;
}

/* RSA of TLS 1.2: a DigestInfo tells which hash it is. */
static int unwrap(struct to_sign *w, uint8_t hash[UT_TRANSCRIPT_HASH_MAX])
{
	gnutls_digest_algorithm_t algorithm;
	unsigned int size = UT_TRANSCRIPT_HASH_MAX;
	int ret = gnutls_decode_ber_digest_info(&w->hash, &algorithm, hash,
						&size);

	if (ret)
		return ret;
	w->algorithm = gnutls_pk_to_sign(GNUTLS_PK_RSA, algorithm);
	w->hash = (gnutls_datum_t){ hash, size };
	return 0;
}

static int sign_hash(gnutls_privkey_t key, gnutls_sign_algorithm_t algo,
		     void *arg, unsigned int flags, const gnutls_datum_t *hash,
		     gnutls_datum_t *out)
{
	struct to_sign w = { .algorithm = algo, .hash = *hash };
	uint8_t unwrapped[UT_TRANSCRIPT_HASH_MAX];

	if (algo == GNUTLS_SIGN_RSA_RAW && unwrap(&w, unwrapped))
		return GNUTLS_E_PK_SIGN_FAILED;
	return sign(arg, &w, out);
}

/* For keys that sign a text as a whole: Ed25519. */
static int sign_data(gnutls_privkey_t key, gnutls_sign_algorithm_t algo,
		     void *arg, unsigned int flags, const gnutls_datum_t *data,
		     gnutls_datum_t *out)
{
	const struct to_sign w = { .algorithm = algo, .text = *data };

	return sign(arg, &w, out);
}

static int key_info(gnutls_privkey_t key, unsigned int flags, void *arg)
{
	struct ut_tls *t = arg;
	/* The signer has looked whether its key belongs to this certificate. */
	gnutls_pubkey_t pub = t->p.creds->chain[0].pubkey;
	unsigned int bits = 0;
	int pk = gnutls_pubkey_get_pk_algorithm(pub, &bits);

	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO)
		return pk;
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS)
		return (int)bits;
	if (flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO)
		return gnutls_sign_supports_pk_algorithm(
			GNUTLS_FLAGS_TO_SIGN_ALGO(flags),
			(gnutls_pk_algorithm_t)pk) ? 1 : 0;
	return -1;
}

int ut_tls_outer_key(struct ut_tls *t)
{
	int ret = gnutls_privkey_init(&t->key);

	if (ret)
		return ret;
	return gnutls_privkey_import_ext4(t->key, t, sign_data, sign_hash, NULL,
					  NULL, key_info, 0);
}

void ut_tls_outer_key_follow(struct ut_tls *t, unsigned int type,
			     unsigned int incoming, const gnutls_datum_t *msg)
{
	ut_transcript_add(&t->transcript, type, msg);
	if (type == GNUTLS_HANDSHAKE_SERVER_HELLO && !incoming && !is_tls13(t))
		ut_dock_text_begin();
}

void ut_tls_outer_key_close(struct ut_tls *t)
{
	ut_transcript_end(&t->transcript);
	ut_dock_text_end();
}
