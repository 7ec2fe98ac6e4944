// SPDX-License-Identifier: GPL-2.0
/* Certificate requests: see pki_csr.h. */
#include <errno.h>
#include <string.h>

#include <gnutls/abstract.h>

#include "tls/pki_csr.h"
#include "tls/pki_store.h"

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

static int point_of(gnutls_pubkey_t pub, struct ut_pki_point *point)
{
	gnutls_datum_t x = { 0 }, y = { 0 };
	gnutls_ecc_curve_t curve;
	int ret = -EBADMSG;

	if (gnutls_pubkey_get_pk_algorithm(pub, NULL) != GNUTLS_PK_ECDSA ||
	    gnutls_pubkey_export_ecc_raw2(pub, &curve, &x, &y,
					  GNUTLS_EXPORT_FLAG_NO_LZ))
		return -EBADMSG;
	if (curve == GNUTLS_ECC_CURVE_SECP256R1 && !ut_pki_pad(point->x, &x))
		ret = ut_pki_pad(point->y, &y);
	gnutls_free(x.data);
	gnutls_free(y.data);
	return ret;
}

int ut_crt_point(gnutls_x509_crt_t crt, struct ut_pki_point *point)
{
	gnutls_pubkey_t pub;
	int ret = -EBADMSG;

	if (gnutls_pubkey_init(&pub))
		return -EBADMSG;
	if (!gnutls_pubkey_import_x509(pub, crt, 0))
		ret = point_of(pub, point);
	gnutls_pubkey_deinit(pub);
	return ret;
}

static int crq_point(gnutls_x509_crq_t crq, struct ut_pki_point *point)
{
	gnutls_pubkey_t pub;
	int ret = -EBADMSG;

	if (gnutls_pubkey_init(&pub))
		return -EBADMSG;
	if (!gnutls_pubkey_import_x509_crq(pub, crq, 0))
		ret = point_of(pub, point);
	gnutls_pubkey_deinit(pub);
	return ret;
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
		ret = crq_point(crq, point);
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
