// SPDX-License-Identifier: GPL-2.0
/* Who asks for a new certificate has the key of the present one: see proof.h. */
#include <errno.h>
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>

#include "tls/key.h"
#include "tls/pki_csr.h"
#include "tls/pki_store.h"
#include "tls/proof.h"

#define TEXT "usbip-tls renewal 1"

/* The text with its NUL, and the key that is to be certified. */
struct statement {
	char text[sizeof(TEXT)];
	struct ut_pki_point point;
};

static void state(struct statement *s, const struct ut_pki_point *point)
{
	memcpy(s->text, TEXT, sizeof(s->text));
	s->point = *point;
}

static int sign(gnutls_privkey_t key, const struct ut_pki_point *point,
		struct ut_pki_proof *proof)
{
	gnutls_datum_t sig = { 0 }, r = { 0 }, s = { 0 }, d;
	struct statement st;
	int ret;

	if (gnutls_privkey_get_pk_algorithm(key, NULL) != GNUTLS_PK_ECDSA)
		return -EINVAL;
	state(&st, point);
	d = (gnutls_datum_t){ (unsigned char *)&st, sizeof(st) };
	ret = gnutls_privkey_sign_data2(key, GNUTLS_SIGN_ECDSA_SHA256, 0, &d,
					&sig);
	if (!ret)
		ret = gnutls_decode_rs_value(&sig, &r, &s);
	if (!ret)
		ret = ut_pki_pad(proof->r, &r) || ut_pki_pad(proof->s, &s);
	gnutls_free(sig.data);
	gnutls_free(r.data);
	gnutls_free(s.data);
	return ret ? -EINVAL : 0;
}

int ut_proof_make(struct ut_pki_proof *proof, const struct ut_config_tls *tls,
		  const struct ut_pki_point *point, struct ut_err *err)
{
	gnutls_privkey_t key;
	int ret;

	if (gnutls_privkey_init(&key))
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot read the key %s", tls->key);
	ret = ut_key_load(key, tls->key, tls->key_password_file, err);
	if (!ret && sign(key, point, proof)) {
		ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				 "the key %s is not one of our own CA's certificates, which alone are renewed",
				 tls->key);
		ut_err_hint(err, "get a new certificate from whoever has issued it, or set renew = no in [enroll]");
	}
	gnutls_privkey_deinit(key);
	return ret;
}

bool ut_proof_ok(const struct ut_pki_proof *proof, gnutls_x509_crt_t crt,
		 const struct ut_pki_point *point)
{
	const gnutls_datum_t r = {
		(unsigned char *)proof->r, sizeof(proof->r)
	}, s = {
		(unsigned char *)proof->s, sizeof(proof->s)
	};
	gnutls_datum_t sig = { 0 }, d;
	struct statement st;
	gnutls_pubkey_t pub;
	bool ok;

	if (gnutls_pubkey_init(&pub))
		return false;
	state(&st, point);
	d = (gnutls_datum_t){ (unsigned char *)&st, sizeof(st) };
	ok = !gnutls_pubkey_import_x509(pub, crt, 0) &&
	     !gnutls_encode_rs_value(&sig, &r, &s) &&
	     gnutls_pubkey_verify_data2(pub, GNUTLS_SIGN_ECDSA_SHA256, 0, &d,
					&sig) >= 0;
	gnutls_free(sig.data);
	gnutls_pubkey_deinit(pub);
	return ok;
}
