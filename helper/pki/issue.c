// SPDX-License-Identifier: GPL-2.0
/* The private CA: issue certificates. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/abstract.h>

#include "base/file.h"
#include "pki/ca.h"
#include "pki/csr.h"

#define SAN "2.5.29.17"		/* subjectAltName */

/* A point that is not on the curve is refused before it is certified. */
static int set_point(gnutls_x509_crt_t crt, const struct ut_pki_point *point)
{
	const gnutls_datum_t x = {
		(unsigned char *)point->x, sizeof(point->x)
	}, y = {
		(unsigned char *)point->y, sizeof(point->y)
	};
	gnutls_pubkey_t pub;
	int ret;

	ret = gnutls_pubkey_init(&pub);
	if (ret)
		return ret;
	ret = gnutls_pubkey_import_ecc_raw(pub, GNUTLS_ECC_CURVE_SECP256R1, &x,
					   &y);
	if (!ret)
		ret = gnutls_pubkey_verify_params(pub);
	if (!ret)
		ret = gnutls_x509_crt_set_pubkey(crt, pub);
	gnutls_pubkey_deinit(pub);
	return ret;
}

static int add_addresses(gnutls_x509_crt_t crt, const struct ut_pki_issue *req)
{
	unsigned char addr[16];
	unsigned int len;
	size_t i;
	int ret;

	for (i = 0; i < req->n_address; i++) {
		if (inet_pton(AF_INET, req->address[i], addr) == 1)
			len = 4;
		else if (inet_pton(AF_INET6, req->address[i], addr) == 1)
			len = 16;
		else
			return GNUTLS_E_INVALID_REQUEST;
		ret = gnutls_x509_crt_set_subject_alt_name(crt,
			GNUTLS_SAN_IPADDRESS, addr, len, GNUTLS_FSAN_APPEND);
		if (ret)
			return ret;
	}
	return 0;
}

/* The names of @req, or all of those of the certificate that this one follows. */
static int set_names(gnutls_x509_crt_t crt, const struct ut_pki_issue *req,
		     gnutls_x509_crt_t old)
{
	gnutls_datum_t san = { 0 };
	int ret;

	if (!old) {
		ret = gnutls_x509_crt_set_subject_alt_name(crt,
			GNUTLS_SAN_DNSNAME, req->name,
			(unsigned int)strlen(req->name), GNUTLS_FSAN_SET);
		return ret ? ret : add_addresses(crt, req);
	}
	ret = gnutls_x509_crt_get_extension_by_oid2(old, SAN, 0, &san, NULL);
	if (!ret)
		ret = gnutls_x509_crt_set_extension_by_oid(crt, SAN, san.data,
							   san.size, 0);
	gnutls_free(san.data);
	return ret;
}

static int fill_and_sign(struct ut_ca *ca, const struct ut_pki_issue *req,
			 gnutls_x509_crt_t old, gnutls_x509_crt_t crt)
{
	time_t from = req->not_before ? req->not_before :
		      time(NULL) - UT_PKI_CLOCK_SKEW;
	time_t days = req->days ? req->days : UT_PKI_DAYS;
	time_t to = from + days * UT_PKI_DAY;
	time_t ca_to = gnutls_x509_crt_get_expiration_time(ca->crt);
	unsigned char id[64];
	size_t id_size = sizeof(id);
	int ret;

	/* It is of no use after its CA, so it does not claim to be. */
	if (to > ca_to && from < ca_to)
		to = ca_to;
	ret = ut_pki_fill(crt, req->name, from, to);
	if (!ret)
		ret = gnutls_x509_crt_set_basic_constraints(crt, 0, -1);
	if (!ret)
		ret = gnutls_x509_crt_set_key_usage(crt,
					GNUTLS_KEY_DIGITAL_SIGNATURE);
	if (!ret)
		ret = gnutls_x509_crt_set_key_purpose_oid(crt,
			req->role == UT_PKI_DOCK ? GNUTLS_KP_TLS_WWW_SERVER :
			GNUTLS_KP_TLS_WWW_CLIENT, 0);
	if (!ret)
		ret = set_names(crt, req, old);
	if (!ret)
		ret = gnutls_x509_crt_get_subject_key_id(ca->crt, id, &id_size,
							 NULL);
	if (!ret)
		ret = gnutls_x509_crt_set_authority_key_id(crt, id, id_size);
	if (!ret)
		ret = gnutls_x509_crt_sign2(crt, ca->crt, ca->key,
					    GNUTLS_DIG_SHA256, 0);
	return ret;
}

/* From what was made, because GnuTLS does not read names back that were just set. */
static int describe(struct ut_pki_issued *out, struct ut_err *err)
{
	const gnutls_datum_t d = { out->der, (unsigned int)out->len };
	gnutls_x509_crt_t crt;
	int ret;

	if (ut_certs_import(&crt, 1, &d, GNUTLS_X509_FMT_DER) != 1)
		return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				  "cannot read the new certificate back");
	ret = ut_pki_describe(crt, &out->cert);
	ut_certs_free(&crt, 1);
	return ret ? ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				"the new certificate is damaged") : 0;
}

static int certify(struct ut_ca *ca, const struct ut_pki_issue *req,
		   gnutls_x509_crt_t old, gnutls_x509_crt_t crt,
		   struct ut_pki_issued *out, struct ut_err *err)
{
	int ret = fill_and_sign(ca, req, old, crt);

	out->len = sizeof(out->der);
	if (!ret)
		ret = gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_DER, out->der,
					     &out->len);
	if (ret == GNUTLS_E_SHORT_MEMORY_BUFFER)
		return ut_err_set(err, UT_EXIT_FAILURE, EFBIG,
				  "the certificate has %zu bytes, %zu at most can be handed over",
				  out->len, sizeof(out->der));
	return ret ? ut_gnutls_error(err, ret, "cannot make the certificate") :
		     describe(out, err);
}

/* In DIR/certs first: what is not there could not be revoked. Both or none. */
static int record(struct ut_ca *ca, const char *name,
		  const struct ut_pki_issued *out, struct ut_err *err)
{
	char path[PATH_MAX], rel[128];
	struct ut_buf pem = { 0 };
	gnutls_datum_t d;
	int ret;

	ret = ut_pem_encode(&pem, "CERTIFICATE", out->der, out->len, err);
	d = ut_datum(&pem);
	snprintf(rel, sizeof(rel), "certs/%s.pem", out->cert.serial);
	if (!ret)
		ret = ut_path_join(path, sizeof(path), ca->dir, rel, err);
	if (!ret)
		ret = ut_ca_write(ca->dir, rel, &d, false, false, err);
	if (!ret) {
		snprintf(rel, sizeof(rel), "issued/%s.pem", name);
		ret = ut_ca_write(ca->dir, rel, &d, false, true, err);
		/* Nobody has it. */
		if (ret)
			unlink(path);
	}
	ut_buf_free(&pem);
	return ret;
}

int ut_ca_forget_keys(const struct ut_ca *ca, const char *name,
		      struct ut_err *err)
{
	static const char *const ends[] = { "", UT_CA_SIDE };
	char path[PATH_MAX], rel[128];
	int ret = 0, i;

	for (i = 0; !ret && i < 2; i++) {
		snprintf(rel, sizeof(rel), "issued/%s.key%s", name, ends[i]);
		ret = ut_path_join(path, sizeof(path), ca->dir, rel, err);
		if (!ret && unlink(path) && errno != ENOENT)
			ret = ut_err_errno(err, ut_exit_of_errno(errno), errno,
					   "cannot remove %s", path);
	}
	return ret;
}

int ut_ca_check_dates(const struct ut_ca *ca, struct ut_err *err)
{
	int ret;

	if (gnutls_x509_crt_get_expiration_time(ca->crt) >= time(NULL))
		return 0;
	ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EKEYEXPIRED,
			 "the CA in %s has expired", ca->dir);
	ut_err_hint(err, "make a new one: usbip-tls pki init --force");
	return ret;
}

int ut_ca_issue(struct ut_ca *ca, const struct ut_pki_issue *req,
		const struct ut_pki_point *point, gnutls_x509_crt_t old,
		struct ut_pki_issued *out, struct ut_err *err)
{
	gnutls_x509_crt_t crt;
	int ret = gnutls_x509_crt_init(&crt);

	if (ret)
		return ut_gnutls_error(err, ret, "cannot make the certificate");
	ret = set_point(crt, point);
	if (ret)
		ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				 "the public key for %s is not a key: %s",
				 req->name, gnutls_strerror(ret));
	else
		ret = certify(ca, req, old, crt, out, err);
	gnutls_x509_crt_deinit(crt);
	return ret ? ret : record(ca, req->name, out, err);
}

int ut_pki_check_request(const struct ut_pki_issue *req, struct ut_err *err)
{
	unsigned char addr[16];
	size_t i;

	if (!ut_pki_name_ok(req->name))
		return ut_err_set(err, UT_EXIT_USAGE, EINVAL,
				  "\"%.80s\" is not a name: letters, digits, '-', '.' and '_' are allowed, 1 to 63 of them, a letter or digit first",
				  req->name);
	if ((req->role != UT_PKI_DOCK && req->role != UT_PKI_TABLET) ||
	    req->n_address > UT_PKI_MAX_ADDRESSES ||
	    req->days > UT_PKI_MAX_DAYS)
		return ut_err_set(err, UT_EXIT_USAGE, EINVAL,
				  "role, number of addresses or days out of range");
	for (i = 0; i < req->n_address; i++)
		if (inet_pton(AF_INET, req->address[i], addr) != 1 &&
		    inet_pton(AF_INET6, req->address[i], addr) != 1)
			return ut_err_set(err, UT_EXIT_USAGE, EINVAL,
					  "\"%s\" is not a numeric address",
					  req->address[i]);
	return 0;
}
