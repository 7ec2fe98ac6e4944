// SPDX-License-Identifier: GPL-2.0
/* Certificates for keys that were made elsewhere: see pki.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/ca.h"
#include "pki/csr.h"

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

static int issue(struct ut_ca *ca, const struct ut_pki_issue *req,
		 const struct ut_pki_point *point, gnutls_x509_crt_t old,
		 struct ut_pki_issued *out, struct ut_err *err)
{
	int ret = ut_ca_check_dates(ca, err);

	if (!ret)
		ret = ut_ca_issue(ca, req, point, old, out, err);
	return ret ? ret : ut_ca_forget_keys(ca, req->name, err);
}

int ut_pki_issue_point(const struct ut_pki_store *store,
		       const struct ut_pki_issue *req,
		       const struct ut_pki_point *point,
		       struct ut_pki_issued *out, struct ut_err *err)
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
		ret = issue(&ca, req, point, NULL, out, err);
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

static int reissue_locked(struct ut_ca *ca, const struct ut_pki_holder *holder,
			  const struct ut_pki_point *point,
			  struct ut_pki_issued *out, struct ut_err *err)
{
	const struct ut_pki_issue req = {
		.role = holder->role, .name = holder->name,
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
	else
		ret = issue(ca, &req, point, crt, out, err);
	gnutls_x509_crt_deinit(crt);
	return ret;
}

int ut_pki_reissue(const struct ut_pki_store *store,
		   const struct ut_pki_holder *holder,
		   const struct ut_pki_point *point, struct ut_pki_issued *out,
		   struct ut_err *err)
{
	struct ut_ca ca;
	int ret;

	if ((holder->role != UT_PKI_DOCK && holder->role != UT_PKI_TABLET) ||
	    !ut_pki_name_ok(holder->name))
		return no_such(holder, err);
	ret = ut_ca_open(&ca, store, true, err);
	if (!ret)
		ret = reissue_locked(&ca, holder, point, out, err);
	ut_ca_close(&ca);
	return ret;
}
