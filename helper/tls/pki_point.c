// SPDX-License-Identifier: GPL-2.0
/* Certificates for keys that were made elsewhere: see pki_point.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/abstract.h>

#include "tls/pki_point.h"
#include "tls/pki_store.h"
#include "tls/proof.h"

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

static int take_datum(struct ut_buf *buf, const gnutls_datum_t *d, size_t max,
		      const char *what, struct ut_err *err)
{
	if (d->size > max)
		return ut_err_set(err, UT_EXIT_FAILURE, EFBIG,
				  "the %s has %u bytes, %zu at most can be handed over",
				  what, d->size, max);
	return ut_buf_append(buf, d->data, d->size, err);
}

static int take_crt(struct ut_buf *buf, gnutls_x509_crt_t crt, const char *what,
		    struct ut_err *err)
{
	gnutls_datum_t der = { 0 };
	int ret;

	ret = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der);
	if (ret)
		return ut_gnutls_error(err, ret, what);
	ret = take_datum(buf, &der, UT_PKI_CERT_MAX, what, err);
	gnutls_free(der.data);
	return ret;
}

static int fill_public(struct ut_ca *ca, struct ut_pki_bundle *out,
		       struct ut_err *err)
{
	gnutls_datum_t crl = { 0 };
	int ret;

	ret = take_crt(&out->ca, ca->crt, "certificate of the CA", err);
	if (ret)
		return ret;
	ret = gnutls_x509_crl_export2(ca->crl, GNUTLS_X509_FMT_DER, &crl);
	if (ret)
		return ut_gnutls_error(err, ret, "revocation list");
	ret = take_datum(&out->crl, &crl, UT_PKI_CRL_MAX, "revocation list",
			 err);
	gnutls_free(crl.data);
	return ret;
}

static int fill_bundle(struct ut_ca *ca, gnutls_x509_crt_t crt,
		       struct ut_pki_bundle *out, struct ut_err *err)
{
	int ret;

	memset(out, 0, sizeof(*out));
	ret = take_crt(&out->cert, crt, "certificate", err);
	return ret ? ret : fill_public(ca, out, err);
}

int ut_pki_public(const struct ut_pki_store *store, struct ut_pki_bundle *out,
		  struct ut_err *err)
{
	struct ut_ca ca;
	int ret;

	memset(out, 0, sizeof(*out));
	ret = ut_ca_open(&ca, store, false, err);
	if (!ret)
		ret = fill_public(&ca, out, err);
	ut_ca_close(&ca);
	if (ret)
		ut_pki_bundle_free(out);
	return ret;
}

void ut_pki_bundle_free(struct ut_pki_bundle *b)
{
	ut_buf_free(&b->cert);
	ut_buf_free(&b->ca);
	ut_buf_free(&b->crl);
}

/* issued/NAME.key of an earlier certificate would be taken for this one's. */
static int write_issued(struct ut_ca *ca, const char *name,
			const gnutls_datum_t *pem, struct ut_err *err)
{
	char path[PATH_MAX], rel[128];
	int ret;

	snprintf(rel, sizeof(rel), "issued/%s.key", name);
	ret = ut_path_join(path, sizeof(path), ca->dir, rel, err);
	if (ret)
		return ret;
	if (unlink(path) && errno != ENOENT)
		return ut_err_errno(err, ut_exit_of_errno(errno), errno,
				    "cannot remove %s", path);
	snprintf(rel, sizeof(rel), "issued/%s.pem", name);
	return ut_ca_write(ca->dir, rel, pem, false, true, err);
}

/* The bundle is made before anything is written: nothing is issued in vain. */
static int certify(struct ut_ca *ca, const struct ut_pki_issue *req,
		   gnutls_x509_crt_t crt, struct ut_pki_cert *made,
		   struct ut_pki_bundle *out, struct ut_err *err)
{
	gnutls_datum_t pem = { 0 };
	int ret;

	ret = ut_ca_certify(ca, req, crt, made, &pem, err);
	if (!ret && out)
		ret = fill_bundle(ca, crt, out, err);
	if (!ret)
		ret = ut_ca_record(ca, made, &pem, err);
	if (!ret)
		ret = write_issued(ca, req->name, &pem, err);
	if (ret && out)
		ut_pki_bundle_free(out);
	gnutls_free(pem.data);
	return ret;
}

static int issue_locked(struct ut_ca *ca, const struct ut_pki_issue *req,
			const struct ut_pki_point *point,
			struct ut_pki_cert *made, struct ut_pki_bundle *out,
			struct ut_err *err)
{
	struct ut_pki_cert local;
	gnutls_x509_crt_t crt;
	int ret;

	ret = ut_ca_check_dates(ca, err);
	if (ret)
		return ret;
	ret = gnutls_x509_crt_init(&crt);
	if (ret)
		return ut_gnutls_error(err, ret, "cannot make the certificate");
	ret = set_point(crt, point);
	if (ret)
		ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				 "the public key for %s is not a key: %s",
				 req->name, gnutls_strerror(ret));
	else
		ret = certify(ca, req, crt, made ? made : &local, out, err);
	gnutls_x509_crt_deinit(crt);
	return ret;
}

static bool live(const struct ut_pki_cert *c, time_t now)
{
	return !c->revoked && c->not_after >= now;
}

static int refuse_taken(struct ut_ca *ca, const char *name, struct ut_err *err)
{
	struct ut_pki_cert *certs;
	time_t now = time(NULL);
	size_t i, n;
	int ret;

	ret = ut_ca_list(ca, &certs, &n, err);
	if (ret)
		return ret;
	for (i = 1; i < n && !ret; i++)
		if (!strcmp(certs[i].name, name) && live(&certs[i], now))
			ret = -EEXIST;
	free(certs);
	if (ret) {
		ut_err_set(err, UT_EXIT_FAILURE, EEXIST,
			   "there is a valid certificate for \"%s\" already",
			   name);
		ut_err_hint(err, "choose another name, or revoke the old one: usbip-tls pki revoke %s",
			    name);
	}
	return ret;
}

int ut_pki_issue_point(const struct ut_pki_store *store,
		       const struct ut_pki_issue *req,
		       const struct ut_pki_point *point,
		       struct ut_pki_cert *made, struct ut_pki_bundle *out,
		       struct ut_err *err)
{
	struct ut_ca ca;
	int ret;

	ret = ut_pki_check_request(req, err);
	if (ret)
		return ret;
	ret = ut_ca_open(&ca, store, true, err);
	if (!ret && !req->force)
		ret = refuse_taken(&ca, req->name, err);
	if (!ret)
		ret = issue_locked(&ca, req, point, made, out, err);
	ut_ca_close(&ca);
	return ret;
}

/* --- renewal --- */

static int no_such(const struct ut_pki_holder *holder, struct ut_err *err)
{
	return ut_err_set(err, UT_EXIT_REFUSED, ENOENT,
			  "no %s certificate of %s with the serial number %s was issued here",
			  ut_pki_role_name(holder->role), holder->name,
			  holder->serial);
}

/* May the holder have another one? @certs: all that the CA has issued. */
static int judge(const struct ut_pki_cert *certs, size_t n,
		 const struct ut_pki_holder *holder, struct ut_err *err)
{
	const struct ut_pki_cert *old = NULL;
	time_t now = time(NULL);
	size_t i, alive = 0;

	for (i = 1; i < n; i++) {
		if (strcmp(certs[i].name, holder->name))
			continue;
		alive += live(&certs[i], now);
		if (!strcmp(certs[i].serial, holder->serial) &&
		    certs[i].role == holder->role)
			old = &certs[i];
	}
	if (!old)
		return no_such(holder, err);
	if (old->revoked)
		return ut_err_set(err, UT_EXIT_REFUSED, EKEYREVOKED,
				  "the certificate of %s is revoked",
				  holder->name);
	if (old->not_after < now)
		return ut_err_set(err, UT_EXIT_REFUSED, EKEYEXPIRED,
				  "the certificate of %s has expired",
				  holder->name);
	if (alive >= UT_PKI_MAX_LIVE)
		return ut_err_set(err, UT_EXIT_REFUSED, EDQUOT,
				  "%s has %zu valid certificates already",
				  holder->name, alive);
	return 0;
}

/* The iPAddress names of a certificate, as text, for the next one. */
static void addresses_of(gnutls_x509_crt_t crt, struct ut_pki_issue *req,
			 char text[UT_PKI_MAX_ADDRESSES][INET6_ADDRSTRLEN])
{
	unsigned char san[256];
	unsigned int i;
	size_t size;
	int type;

	for (i = 0; req->n_address < UT_PKI_MAX_ADDRESSES; i++) {
		size = sizeof(san);
		type = gnutls_x509_crt_get_subject_alt_name(crt, i, san, &size,
							    NULL);
		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return;
		if (type != GNUTLS_SAN_IPADDRESS || (size != 4 && size != 16))
			continue;
		req->address[req->n_address] =
			inet_ntop(size == 4 ? AF_INET : AF_INET6, san,
				  text[req->n_address], INET6_ADDRSTRLEN);
		req->n_address++;
	}
}

static int reissue_locked(struct ut_ca *ca, const struct ut_pki_holder *holder,
			  const struct ut_pki_point *point,
			  struct ut_pki_cert *made, struct ut_pki_bundle *out,
			  struct ut_err *err)
{
	char text[UT_PKI_MAX_ADDRESSES][INET6_ADDRSTRLEN];
	struct ut_pki_issue req = {
		.role = holder->role, .name = holder->name, .force = true,
	};
	struct ut_pki_cert *certs;
	char path[PATH_MAX], rel[64];
	gnutls_x509_crt_t crt;
	size_t n;
	int ret;

	ret = ut_ca_list(ca, &certs, &n, err);
	if (ret)
		return ret;
	ret = judge(certs, n, holder, err);
	free(certs);
	if (ret)
		return ret;
	/* It is in the list, so its serial number is a harmless file name. */
	snprintf(rel, sizeof(rel), "certs/%s.pem", holder->serial);
	ret = ut_path_join(path, sizeof(path), ca->dir, rel, err);
	if (!ret)
		ret = ut_pki_load_crt(&crt, path, err);
	if (ret)
		return ret;
	if (holder->proof && !ut_proof_ok(holder->proof, crt, point))
		ret = ut_err_set(err, UT_EXIT_REFUSED, EACCES,
				 "who asks in the name of %s does not have its key",
				 holder->name);
	addresses_of(crt, &req, text);
	gnutls_x509_crt_deinit(crt);
	return ret ? ret : issue_locked(ca, &req, point, made, out, err);
}

int ut_pki_reissue(const struct ut_pki_store *store,
		   const struct ut_pki_holder *holder,
		   const struct ut_pki_point *point, struct ut_pki_cert *made,
		   struct ut_pki_bundle *out, struct ut_err *err)
{
	struct ut_ca ca;
	int ret;

	if ((holder->role != UT_PKI_DOCK && holder->role != UT_PKI_TABLET) ||
	    !ut_pki_name_ok(holder->name))
		return no_such(holder, err);
	ret = ut_ca_open(&ca, store, true, err);
	if (!ret)
		ret = reissue_locked(&ca, holder, point, made, out, err);
	ut_ca_close(&ca);
	return ret;
}
