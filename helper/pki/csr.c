// SPDX-License-Identifier: GPL-2.0
/* Requests for certificates, and proofs of the present key: see csr.h. */
#include <errno.h>
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>

#include "pki/ca.h"
#include "pki/csr.h"
#include "tls/key.h"

#define TEXT "usbip-tls renewal 1"

int ut_pki_pad(uint8_t dst[UT_PKI_COORDINATE], const gnutls_datum_t *src)
{
	gnutls_datum_t number = *src;

	/* DER has a zero before what would look negative. */
	while (number.size && !number.data[0]) {
		number.data++;
		number.size--;
	}
	src = &number;
	if (src->size > UT_PKI_COORDINATE)
		return -EBADMSG;
	memset(dst, 0, UT_PKI_COORDINATE - src->size);
	memcpy(dst + UT_PKI_COORDINATE - src->size, src->data, src->size);
	return 0;
}

/* Of one of the two. */
static int point_of(gnutls_x509_crt_t crt, gnutls_x509_crq_t crq,
		    struct ut_pki_point *point)
{
	gnutls_datum_t x = { 0 }, y = { 0 };
	gnutls_ecc_curve_t curve;
	gnutls_pubkey_t pub;
	int ret = -EBADMSG;

	if (gnutls_pubkey_init(&pub))
		return -EBADMSG;
	if (!(crt ? gnutls_pubkey_import_x509(pub, crt, 0) :
		    gnutls_pubkey_import_x509_crq(pub, crq, 0)) &&
	    gnutls_pubkey_get_pk_algorithm(pub, NULL) == GNUTLS_PK_ECDSA &&
	    !gnutls_pubkey_export_ecc_raw2(pub, &curve, &x, &y,
					   GNUTLS_EXPORT_FLAG_NO_LZ) &&
	    curve == GNUTLS_ECC_CURVE_SECP256R1 && !ut_pki_pad(point->x, &x))
		ret = ut_pki_pad(point->y, &y);
	gnutls_free(x.data);
	gnutls_free(y.data);
	gnutls_pubkey_deinit(pub);
	return ret;
}

int ut_crt_point(gnutls_x509_crt_t crt, struct ut_pki_point *point)
{
	return point_of(crt, NULL, point);
}

int ut_csr_point(const void *der, size_t len, struct ut_pki_point *point)
{
	const gnutls_datum_t d = { (unsigned char *)der, (unsigned int)len };
	gnutls_x509_crq_t crq;
	int ret = -EBADMSG;

	if (!len || len > UT_CSR_MAX || gnutls_x509_crq_init(&crq))
		return -EBADMSG;
	/* The signature proves that who asks for a certificate has the key. */
	if (!gnutls_x509_crq_import(crq, &d, GNUTLS_X509_FMT_DER) &&
	    gnutls_x509_crq_verify(crq, 0) >= 0)
		ret = point_of(NULL, crq, point);
	gnutls_x509_crq_deinit(crq);
	return ret;
}

static int fill(gnutls_x509_crq_t crq, gnutls_x509_privkey_t key,
		enum ut_pki_role role, const char *name)
{
	int ret;

	ret = gnutls_x509_crq_set_version(crq, 1);
	if (!ret)
		ret = gnutls_x509_crq_set_dn_by_oid(crq,
						    GNUTLS_OID_X520_COMMON_NAME,
						    0, name,
						    (unsigned int)strlen(name));
	if (!ret)
		ret = gnutls_x509_crq_set_subject_alt_name(crq,
			GNUTLS_SAN_DNSNAME, name, (unsigned int)strlen(name),
			GNUTLS_FSAN_SET);
	if (!ret)
		ret = gnutls_x509_crq_set_key_purpose_oid(crq,
			role == UT_PKI_DOCK ? GNUTLS_KP_TLS_WWW_SERVER :
			GNUTLS_KP_TLS_WWW_CLIENT, 0);
	if (!ret)
		ret = gnutls_x509_crq_set_key_usage(crq,
					GNUTLS_KEY_DIGITAL_SIGNATURE);
	if (!ret)
		ret = gnutls_x509_crq_set_key(crq, key);
	if (!ret)
		ret = gnutls_x509_crq_sign2(crq, key, GNUTLS_DIG_SHA256, 0);
	return ret;
}

int ut_csr_make(struct ut_csr *csr, gnutls_x509_privkey_t key,
		enum ut_pki_role role, const char *name, struct ut_err *err)
{
	gnutls_x509_crq_t crq;
	int ret;

	ret = gnutls_x509_crq_init(&crq);
	if (ret)
		return ut_gnutls_error(err, ret, "cannot make a request");
	ret = fill(crq, key, role, name);
	csr->len = sizeof(csr->der);
	if (!ret)
		ret = gnutls_x509_crq_export(crq, GNUTLS_X509_FMT_DER, csr->der,
					     &csr->len);
	gnutls_x509_crq_deinit(crq);
	/* Read as the other side will, so that no request of ours is refused. */
	if (!ret && ut_csr_point(csr->der, csr->len, &csr->point))
		ret = GNUTLS_E_INTERNAL_ERROR;
	return ret ? ut_gnutls_error(err, ret, "cannot make a request") : 0;
}

int ut_csr_new(const char *password_file, enum ut_pki_role role,
	       const char *name, struct ut_buf *pem, struct ut_csr *csr,
	       struct ut_err *err)
{
	gnutls_x509_privkey_t key = NULL;
	gnutls_datum_t d = { 0 };
	int ret;

	ret = ut_pki_new_key(&key, &d, password_file, err);
	if (!ret)
		ret = ut_csr_make(csr, key, role, name, err);
	if (!ret)
		ret = ut_buf_append(pem, d.data, d.size, err);
	if (key)
		gnutls_x509_privkey_deinit(key);
	ut_datum_free(&d);
	return ret;
}

/* --- proofs --- */

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
