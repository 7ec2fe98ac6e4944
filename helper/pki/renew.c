// SPDX-License-Identifier: GPL-2.0
/* Renewal: see renew.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pki/ca.h"
#include "pki/cert_check.h"
#include "pki/renew.h"
#include "tls/pair.h"
#include "tls/verify.h"

int ut_renew_own(const struct ut_config_tls *tls, struct ut_pki_cert *own,
		 struct ut_err *err)
{
	gnutls_x509_crt_t crt;
	int ret;

	ret = ut_pki_load_crt(&crt, tls->cert, err);
	if (ret)
		return ret;
	ret = ut_pki_describe(crt, own);
	gnutls_x509_crt_deinit(crt);
	if (ret)
		return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				  "%s is damaged", tls->cert);
	if (own->role != UT_PKI_DOCK && own->role != UT_PKI_TABLET)
		return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				  "%s is neither for a dock nor for a tablet",
				  tls->cert);
	return 0;
}

bool ut_renew_is_due(const struct ut_pki_cert *own, time_t now,
		     unsigned int before_days)
{
	time_t half = own->not_before + (own->not_after - own->not_before) / 2;
	time_t from = own->not_after - (time_t)before_days * UT_PKI_DAY;

	return now >= (from > half ? from : half);
}

int ut_renew_due(const struct ut_config_tls *tls, time_t now,
		 unsigned int before_days, struct ut_err *err)
{
	struct ut_pki_cert own;
	int ret = ut_renew_own(tls, &own, err);

	return ret ? ret : ut_renew_is_due(&own, now, before_days);
}

int ut_renew_stage(const struct ut_config_tls *tls, enum ut_pki_role role,
		   const char *name, struct ut_csr *csr, struct ut_err *err)
{
	struct ut_buf pem = { 0 };
	int ret;

	ret = ut_csr_new(tls->key_password_file[0] ? tls->key_password_file :
			 NULL, role, name, &pem, csr, err);
	if (ret)
		return ret;
	ret = ut_pair_stage(tls, pem.data, pem.len, err);
	ut_buf_free(&pem);
	return ret;
}

int ut_renew_request(const struct ut_config_tls *tls, struct ut_csr *csr,
		     struct ut_err *err)
{
	struct ut_pki_cert own;
	int ret = ut_renew_own(tls, &own, err);

	if (!ret)
		ret = ut_renew_stage(tls, own.role, own.name, csr, err);
	return ret ? ret : ut_proof_make(&csr->proof, tls, &csr->point, err);
}

bool ut_renew_check(const struct ut_creds *creds, const void *der, size_t len,
		    const struct ut_pki_point *point)
{
	const gnutls_datum_t d = { (unsigned char *)der, (unsigned int)len };
	const struct ut_pki_expect want = {
		.role = creds->side == UT_TLS_DOCK ? UT_PKI_DOCK :
						     UT_PKI_TABLET,
		.name = creds->own.name, .point = point,
	};
	gnutls_x509_crt_t crt;
	bool ok;

	if (!len || len > UT_PKI_CERT_MAX || !creds->own.name[0] ||
	    ut_certs_import(&crt, 1, &d, GNUTLS_X509_FMT_DER) != 1)
		return false;
	ok = !ut_cert_check(&creds->trust, &crt, 1, &want, NULL, NULL);
	ut_certs_free(&crt, 1);
	return ok;
}

/* As it would be judged by a peer who has the same files. */
static int check_new(const struct ut_config_tls *tls, const struct ut_buf *pem,
		     struct ut_err *err)
{
	struct ut_pki_bundle b = { .cert = *pem };
	struct ut_pki_expect want = { .name = NULL };
	struct ut_pki_cert own;
	int ret;

	ret = ut_renew_own(tls, &own, err);
	if (!ret)
		ret = ut_file_read(tls->ca, &b.ca, err);
	if (!ret && tls->crl[0] && !access(tls->crl, F_OK))
		ret = ut_file_read(tls->crl, &b.crl, err);
	want.role = own.role;
	want.name = own.name;
	if (!ret)
		ret = ut_pki_check(&b, true, &want, NULL, err);
	ut_buf_free(&b.ca);
	ut_buf_free(&b.crl);
	return ret;
}

int ut_renew_install(const struct ut_config_tls *tls, const void *der,
		     size_t len, struct ut_err *err)
{
	struct ut_buf pem = { 0 };
	int ret;

	if (!len || len > UT_PKI_CERT_MAX)
		return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				  "the new certificate has %zu bytes", len);
	if (!ut_pair_staged(tls))
		return ut_err_set(err, UT_EXIT_CERTIFICATE, ENOKEY,
				  "no new certificate was asked for");
	ret = ut_pem_encode(&pem, "CERTIFICATE", der, len, err);
	if (ret)
		return ret;
	ret = check_new(tls, &pem, err);
	if (!ret)
		ret = ut_pair_commit(tls, pem.data, pem.len, err);
	ut_buf_free(&pem);
	return ret;
}

static int renew_here(const struct ut_config_tls *tls,
		      const struct ut_pki_store *store,
		      const struct ut_pki_cert *own, struct ut_err *err)
{
	struct ut_pki_holder holder = { .role = own->role };
	struct ut_pki_issued issued;
	struct ut_csr csr;
	int ret;

	memcpy(holder.name, own->name, sizeof(holder.name));
	memcpy(holder.serial, own->serial, sizeof(holder.serial));
	ret = ut_renew_request(tls, &csr, err);
	if (!ret)
		ret = ut_pki_reissue(store, &holder, &csr.point, &issued, err);
	if (!ret)
		ret = ut_renew_install(tls, issued.der, issued.len, err);
	if (ret)
		ut_pair_unstage(tls);
	return ret ? ret : 1;
}

/* Of ours nothing stays; what stays is for a certificate that is brought by hand. */
bool ut_renew_waits(const struct ut_config_tls *tls, time_t now)
{
	time_t since = ut_pair_staged_since(tls);

	return since && now >= since &&
	       now - since < UT_RENEW_BY_HAND * UT_PKI_DAY;
}

bool ut_renew_from_here(const struct ut_config *config)
{
	const struct ut_pki_store store = ut_pki_store_of(config);

	return ut_pki_has(&store, "ca.key");
}

int ut_renew_from(const struct ut_config_tls *tls,
		  const struct ut_pki_store *store, struct ut_err *err)
{
	gnutls_x509_crt_t own;
	unsigned int status = 0;
	struct ut_ca ca;
	int ret;

	if (!ut_pki_has(store, "ca.key"))
		return 0;
	ret = ut_pki_load_crt(&own, tls->cert, err);
	if (ret)
		return ret;
	ret = ut_ca_open(&ca, store, false, err);
	if (!ret)
		ret = !gnutls_x509_crt_verify(own, &ca.crt, 1,
					      GNUTLS_VERIFY_DISABLE_TIME_CHECKS,
					      &status) && !status;
	ut_ca_close(&ca);
	gnutls_x509_crt_deinit(own);
	return ret;
}

int ut_renew_self(const struct ut_config_tls *tls,
		  const struct ut_pki_store *store, time_t now,
		  unsigned int before_days, struct ut_err *err)
{
	struct ut_pki_cert own;
	int ret;

	ret = ut_renew_own(tls, &own, err);
	if (ret)
		return ret;
	if (!ut_renew_is_due(&own, now, before_days))
		return 0;
	ret = ut_renew_from(tls, store, err);
	return ret > 0 ? renew_here(tls, store, &own, err) : ret;
}
