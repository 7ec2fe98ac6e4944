// SPDX-License-Identifier: GPL-2.0
/* Certificates for keys that are made here, and where those are put: see pki.h. */
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "pki/ca.h"
#include "pki/csr.h"

static const char *const out_files[] = {
	"ca.pem", "crl.pem", "cert.pem", "key.pem", "key.pem" UT_CA_SIDE,
};

/**
 * struct place - of the key
 * @key: where it is to be
 * @side: where it is until there is a certificate for it
 */
struct place {
	char key[PATH_MAX];
	char side[PATH_MAX];
};

static int find_place(struct place *p, const struct ut_ca *ca,
		      const struct ut_pki_issue *req, struct ut_err *err)
{
	const char *dir = req->out ? req->out : ca->dir;
	char key[128] = "key.pem", side[sizeof(key) + sizeof(UT_CA_SIDE)];
	int ret;

	if (!req->out)
		snprintf(key, sizeof(key), "issued/%s.key", req->name);
	snprintf(side, sizeof(side), "%s" UT_CA_SIDE, key);
	ret = ut_path_join(p->key, sizeof(p->key), dir, key, err);
	return ret ? ret :
	       ut_path_join(p->side, sizeof(p->side), dir, side, err);
}

static int copy_ca(struct ut_ca *ca, const struct ut_pki_issue *req,
		   struct ut_err *err)
{
	gnutls_datum_t crt = { 0 }, crl = { 0 };
	int ret;

	ret = gnutls_x509_crt_export2(ca->crt, GNUTLS_X509_FMT_PEM, &crt);
	if (!ret)
		ret = gnutls_x509_crl_export2(ca->crl, GNUTLS_X509_FMT_PEM,
					      &crl);
	if (ret)
		ret = ut_gnutls_error(err, ret, "cannot copy the CA");
	if (!ret)
		ret = ut_ca_write(req->out, "ca.pem", &crt, false, req->force,
				  err);
	if (!ret)
		ret = ut_ca_write(req->out, "crl.pem", &crl, false, req->force,
				  err);
	gnutls_free(crt.data);
	gnutls_free(crl.data);
	return ret;
}

/* On the disk before it is certified: no certificate is left without its key. */
static int store_key(struct ut_ca *ca, const struct ut_pki_issue *req,
		     const struct place *p, const struct ut_buf *key,
		     struct ut_err *err)
{
	int ret = req->out ? ut_dir_make(req->out, 0700, false, err) : 0;

	if (!ret && req->out)
		ret = copy_ca(ca, req, err);
	return ret ? ret : ut_file_write(p->side, key->data, key->len, 0600,
					 req->force, err);
}

static int hand_out(struct ut_ca *ca, const struct ut_pki_issue *req,
		    const struct place *p, const struct ut_pki_issued *made,
		    struct ut_err *err)
{
	struct ut_buf cert = { 0 };
	gnutls_datum_t d;
	int ret = ut_file_rename(p->side, p->key, err);

	if (ret || !req->out)
		return ret;
	ret = ut_pem_encode(&cert, "CERTIFICATE", made->der, made->len, err);
	d = ut_datum(&cert);
	if (!ret)
		ret = ut_ca_write(req->out, "cert.pem", &d, false, req->force,
				  err);
	ut_buf_free(&cert);
	return ret ? ret : ut_ca_forget_keys(ca, req->name, err);
}

static int issue_key(struct ut_ca *ca, const struct ut_pki_issue *req,
		     const struct ut_pki_point *point, const struct ut_buf *key,
		     struct ut_pki_issued *made, struct ut_err *err)
{
	struct place p;
	int ret = find_place(&p, ca, req, err);

	if (!ret)
		ret = store_key(ca, req, &p, key, err);
	if (ret)
		return ret;
	ret = ut_ca_issue(ca, req, point, NULL, made, err);
	if (ret) {
		unlink(p.side);
		return ret;
	}
	ret = hand_out(ca, req, &p, made, err);
	if (ret)
		ut_err_hint(err, "the certificate is issued, its key is %s; to take it back: usbip-tls pki revoke %s",
			    access(p.side, F_OK) ? p.key : p.side,
			    made->cert.serial);
	return ret;
}

static int refuse_files(struct ut_ca *ca, const struct ut_pki_issue *req,
			struct ut_err *err)
{
	char pem[128], key[128], side[128];
	const char *const files[] = { pem, key, side };
	int ret;

	snprintf(pem, sizeof(pem), "issued/%s.pem", req->name);
	snprintf(key, sizeof(key), "issued/%s.key", req->name);
	snprintf(side, sizeof(side), "issued/%s.key" UT_CA_SIDE, req->name);
	ret = ut_pki_refuse_existing(ca->dir, files, 3, err);
	return ret || !req->out ? ret :
	       ut_pki_refuse_existing(req->out, out_files, 5, err);
}

int ut_pki_issue(const struct ut_pki_store *store,
		 const struct ut_pki_issue *req, struct ut_pki_cert *made,
		 struct ut_err *err)
{
	struct ut_pki_issued issued;
	struct ut_buf key = { 0 };
	struct ut_csr csr;
	struct ut_ca ca;
	int ret;

	ret = ut_pki_check_request(req, err);
	if (!ret)
		ret = ut_csr_new(NULL, req->role, req->name, &key, &csr, err);
	if (ret)
		return ret;
	ret = ut_ca_open(&ca, store, true, err);
	if (!ret)
		ret = ut_ca_check_dates(&ca, err);
	if (!ret && !req->force)
		ret = refuse_files(&ca, req, err);
	if (!ret)
		ret = issue_key(&ca, req, &csr.point, &key, &issued, err);
	if (!ret && made)
		*made = issued.cert;
	ut_buf_free(&key);
	ut_ca_close(&ca);
	return ret;
}
