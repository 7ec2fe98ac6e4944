// SPDX-License-Identifier: GPL-2.0
/* The private CA: issue certificates. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "tls/pki_store.h"

static const char *const out_files[] = {
	"ca.pem", "crl.pem", "cert.pem", "key.pem",
};

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

static int fill_and_sign(struct ut_ca *ca, const struct ut_pki_issue *req,
			 gnutls_x509_crt_t crt)
{
	time_t from = req->not_before ? req->not_before :
		      time(NULL) - UT_PKI_CLOCK_SKEW;
	time_t to = from + (time_t)(req->days ? req->days : UT_PKI_DAYS) * UT_PKI_DAY;
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
		ret = gnutls_x509_crt_set_subject_alt_name(crt,
			GNUTLS_SAN_DNSNAME, req->name,
			(unsigned int)strlen(req->name), GNUTLS_FSAN_SET);
	if (!ret)
		ret = add_addresses(crt, req);
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

static int write_out(struct ut_ca *ca, const struct ut_pki_issue *req,
		     const gnutls_datum_t *crt, const gnutls_datum_t *key,
		     struct ut_err *err)
{
	gnutls_datum_t ca_pem = { 0 }, crl = { 0 };
	int ret;

	ret = ut_dir_make(req->out, 0700, false, err);
	if (ret)
		return ret;
	ret = gnutls_x509_crt_export2(ca->crt, GNUTLS_X509_FMT_PEM, &ca_pem);
	if (!ret)
		ret = gnutls_x509_crl_export2(ca->crl, GNUTLS_X509_FMT_PEM,
					      &crl);
	if (ret)
		ret = ut_gnutls_error(err, ret, "cannot copy the CA");
	if (!ret)
		ret = ut_ca_write(req->out, "ca.pem", &ca_pem, false,
				  req->force, err);
	if (!ret)
		ret = ut_ca_write(req->out, "crl.pem", &crl, false, req->force,
				  err);
	if (!ret)
		ret = ut_ca_write(req->out, "key.pem", key, true, req->force,
				  err);
	if (!ret)
		ret = ut_ca_write(req->out, "cert.pem", crt, false, req->force,
				  err);
	gnutls_free(ca_pem.data);
	gnutls_free(crl.data);
	return ret;
}

int ut_ca_record(struct ut_ca *ca, const struct ut_pki_cert *made,
		 const gnutls_datum_t *pem, struct ut_err *err)
{
	char name[128];

	snprintf(name, sizeof(name), "certs/%s.pem", made->serial);
	return ut_ca_write(ca->dir, name, pem, false, false, err);
}

static int write_issued(struct ut_ca *ca, const struct ut_pki_issue *req,
			const struct ut_pki_cert *made,
			const gnutls_datum_t *crt, const gnutls_datum_t *key,
			struct ut_err *err)
{
	char name[128];
	int ret;

	ret = ut_ca_record(ca, made, crt, err);
	if (ret)
		return ret;
	snprintf(name, sizeof(name), "issued/%s.key", req->name);
	ret = ut_ca_write(ca->dir, name, key, true, req->force, err);
	if (ret)
		return ret;
	snprintf(name, sizeof(name), "issued/%s.pem", req->name);
	ret = ut_ca_write(ca->dir, name, crt, false, req->force, err);
	if (!ret && req->out)
		ret = write_out(ca, req, crt, key, err);
	return ret;
}

/* From its PEM, because GnuTLS does not read names back that were just set. */
static int describe_pem(const gnutls_datum_t *pem, struct ut_pki_cert *out,
			struct ut_err *err)
{
	gnutls_x509_crt_t crt;
	int ret;

	ret = gnutls_x509_crt_init(&crt);
	if (ret)
		return ut_gnutls_error(err, ret, "cannot read a certificate");
	ret = gnutls_x509_crt_import(crt, pem, GNUTLS_X509_FMT_PEM);
	if (!ret)
		ret = ut_pki_describe(crt, out);
	gnutls_x509_crt_deinit(crt);
	return ret ? ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				"cannot read the new certificate back") : 0;
}

int ut_ca_certify(struct ut_ca *ca, const struct ut_pki_issue *req,
		  gnutls_x509_crt_t crt, struct ut_pki_cert *made,
		  gnutls_datum_t *pem, struct ut_err *err)
{
	int ret = fill_and_sign(ca, req, crt);

	if (!ret)
		ret = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, pem);
	if (ret)
		return ut_gnutls_error(err, ret, "cannot make the certificate");
	return describe_pem(pem, made, err);
}

static int issue_locked(struct ut_ca *ca, const struct ut_pki_issue *req,
			struct ut_pki_cert *made, struct ut_err *err)
{
	gnutls_datum_t key_pem = { 0 }, crt_pem = { 0 };
	gnutls_x509_privkey_t key = NULL;
	gnutls_x509_crt_t crt = NULL;
	int ret;

	ret = ut_pki_new_key(&key, &key_pem, NULL, err);
	if (ret)
		goto out;
	ret = gnutls_x509_crt_init(&crt);
	if (!ret)
		ret = gnutls_x509_crt_set_key(crt, key);
	if (ret)
		ret = ut_gnutls_error(err, ret, "cannot make the certificate");
	if (!ret)
		ret = ut_ca_certify(ca, req, crt, made, &crt_pem, err);
	if (!ret)
		ret = write_issued(ca, req, made, &crt_pem, &key_pem, err);
out:
	if (crt)
		gnutls_x509_crt_deinit(crt);
	if (key)
		gnutls_x509_privkey_deinit(key);
	ut_datum_free(&key_pem);
	gnutls_free(crt_pem.data);
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

static int check_issue(struct ut_ca *ca, const struct ut_pki_issue *req,
		       struct ut_err *err)
{
	char pem[128], key[128];
	const char *const files[] = { pem, key };
	int ret;

	ret = ut_ca_check_dates(ca, err);
	if (ret || req->force)
		return ret;
	snprintf(pem, sizeof(pem), "issued/%s.pem", req->name);
	snprintf(key, sizeof(key), "issued/%s.key", req->name);
	ret = ut_pki_refuse_existing(ca->dir, files, 2, err);
	if (!ret && req->out)
		ret = ut_pki_refuse_existing(req->out, out_files, 4, err);
	return ret;
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

int ut_pki_issue(const struct ut_pki_store *store,
		 const struct ut_pki_issue *req, struct ut_pki_cert *made,
		 struct ut_err *err)
{
	struct ut_pki_cert local;
	struct ut_ca ca;
	int ret;

	ret = ut_pki_check_request(req, err);
	if (ret)
		return ret;
	ret = ut_ca_open(&ca, store, true, err);
	if (!ret)
		ret = check_issue(&ca, req, err);
	if (!ret)
		ret = issue_locked(&ca, req, made ? made : &local, err);
	ut_ca_close(&ca);
	return ret;
}
