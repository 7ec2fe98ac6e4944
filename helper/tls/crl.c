// SPDX-License-Identifier: GPL-2.0
/* Revocation lists: see crl.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "tls/creds.h"
#include "tls/crl.h"
#include "tls/crl_floor.h"
#include "tls/verify.h"

/* Bytes of a serial number; RFC 5280 allows 20. */
#define MAX_SERIAL 1024

static int no_memory(struct ut_err *err)
{
	return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
			    "cannot read the revocation list");
}

/* --- reading --- */

static int by_serial(const void *a, const void *b)
{
	return strcmp(a, b);
}

/*
 * The iterator does not go on over a number that the buffer is too small for: all
 * that follow would be missing, so such a list is refused.
 */
static int add_serials(struct ut_crls *lists, gnutls_x509_crl_t crl)
{
	gnutls_x509_crl_iter_t iter = NULL;
	unsigned char raw[MAX_SERIAL];
	int n = gnutls_x509_crl_get_crt_count(crl), i, ret = 0;
	char (*all)[UT_TLS_SERIAL_SIZE];
	size_t size;

	if (n <= 0)
		return 0;
	all = realloc(lists->serial, (lists->n_serial + (size_t)n) *
		      sizeof(*all));
	if (!all)
		return -ENOMEM;
	lists->serial = all;
	for (i = 0; i < n; i++) {
		size = sizeof(raw);
		ret = gnutls_x509_crl_iter_crt_serial(crl, &iter, raw, &size,
						      NULL);
		if (ret)
			break;
		/* Too long for a certificate that would be let in. */
		if (size > UT_SERIAL_BYTES)
			continue;
		ut_hex(all[lists->n_serial++], raw, size);
	}
	gnutls_x509_crl_iter_deinit(iter);
	return i < n ? -EINVAL : 0;
}

/* A list that is signed by somebody else protects from nothing. */
static int check(const struct ut_trust *trust, gnutls_x509_crl_t crl,
		 const char *path, struct ut_err *err)
{
	const struct ut_log_about about = { .reason = "old-crl" };
	time_t next;

	if (!ut_verify_crl(trust, crl))
		return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				  "the revocation list %s is not signed by our CA",
				  path);
	next = gnutls_x509_crl_get_next_update(crl);
	if (next != (time_t)-1 && next < time(NULL))
		ut_log_event(UT_LOG_WARNING, UT_LOG_CERTIFICATE_UNFIT, &about,
			     "the revocation list %s is out of date; get a new one from the CA",
			     path);
	return 0;
}

static int damaged(const char *path, const char *why, struct ut_err *err)
{
	return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
			  "cannot read the revocation list %s: %s", path, why);
}

int ut_crls_import(struct ut_crls *lists, const struct ut_trust *trust,
		   const gnutls_datum_t *d, gnutls_x509_crt_fmt_t format,
		   const char *path, struct ut_err *err)
{
	unsigned int i;
	int ret;

	memset(lists, 0, sizeof(*lists));
	ret = gnutls_x509_crl_list_import2(&lists->v, &lists->n, d, format, 0);
	if (ret < 0) {
		memset(lists, 0, sizeof(*lists));
		return damaged(path, gnutls_strerror(ret), err);
	}
	for (i = 0, ret = 0; !ret && i < lists->n; i++) {
		ret = check(trust, lists->v[i], path, err);
		if (ret)
			break;
		ret = add_serials(lists, lists->v[i]);
		if (ret)
			ret = ret == -ENOMEM ? no_memory(err) :
			      damaged(path, "an entry of it is damaged", err);
	}
	if (ret)
		ut_crls_free(lists);
	else if (lists->n_serial)
		qsort(lists->serial, lists->n_serial, sizeof(*lists->serial),
		      by_serial);
	return ret;
}

int ut_crls_read(struct ut_crls *lists, const struct ut_trust *trust,
		 const char *path, struct ut_err *err)
{
	struct ut_buf buf;
	gnutls_datum_t d;
	int ret;

	ret = ut_file_read(path, &buf, err);
	if (ret) {
		ut_err_prefix(err, "revocation list");
		return ret;
	}
	d = ut_datum(&buf);
	ret = ut_crls_import(lists, trust, &d, GNUTLS_X509_FMT_PEM, path, err);
	ut_buf_free(&buf);
	return ret;
}

bool ut_crl_revoked(const struct ut_creds *creds, const char *serial)
{
	const struct ut_crls *lists = &creds->trust.crls;

	return lists->n_serial && serial[0] &&
	       bsearch(serial, lists->serial, lists->n_serial,
		       sizeof(*lists->serial), by_serial);
}

/* --- which one is newer --- */

/* More than 0: @a is newer than @b; less: it is older. */
static int compare(gnutls_x509_crl_t a, gnutls_x509_crl_t b)
{
	struct ut_crl_age x, y;

	ut_crl_age(a, &x);
	ut_crl_age(b, &y);
	return ut_crl_age_compare(&x, &y);
}

static bool same_issuer(gnutls_x509_crl_t a, gnutls_x509_crl_t b)
{
	gnutls_datum_t x = { 0 }, y = { 0 };
	bool same;

	same = !gnutls_x509_crl_get_raw_issuer_dn(a, &x) &&
	       !gnutls_x509_crl_get_raw_issuer_dn(b, &y) && x.size == y.size &&
	       !memcmp(x.data, y.data, x.size);
	gnutls_free(x.data);
	gnutls_free(y.data);
	return same;
}

/* That of the same CA in @lists, or NULL. */
static gnutls_x509_crl_t like(const struct ut_crls *lists, gnutls_x509_crl_t crl)
{
	unsigned int i;

	for (i = 0; i < lists->n; i++)
		if (same_issuer(lists->v[i], crl))
			return lists->v[i];
	return NULL;
}

static bool same_list(gnutls_x509_crl_t a, gnutls_x509_crl_t b)
{
	gnutls_datum_t x = { 0 }, y = { 0 };
	bool same;

	same = !gnutls_x509_crl_export2(a, GNUTLS_X509_FMT_DER, &x) &&
	       !gnutls_x509_crl_export2(b, GNUTLS_X509_FMT_DER, &y) &&
	       x.size == y.size && !memcmp(x.data, y.data, x.size);
	gnutls_free(x.data);
	gnutls_free(y.data);
	return same;
}

/* 1: @next differs from @now, and is nowhere older; 0: the same; -ESTALE. */
static int news(const struct ut_crls *now, const struct ut_crls *next)
{
	int ret = now->n != next->n;
	gnutls_x509_crl_t other;
	unsigned int i;

	for (i = 0; i < now->n; i++) {
		other = like(next, now->v[i]);
		if (!other || compare(other, now->v[i]) < 0)
			return -ESTALE;
		ret |= !same_list(other, now->v[i]);
	}
	return ret;
}

int ut_crls_raise(const struct ut_trust *trust, const struct ut_config_tls *tls,
		  const struct ut_crls *lists, struct ut_err *err)
{
	int ret = ut_crl_floor_raise_all(tls->crl_state, trust->cas,
					 lists->v, lists->n, err);

	if (ret == -ESTALE)
		ut_err_hint(err, "get the newest list of the CA and put it into %s",
			    tls->crl);
	return ret;
}

int ut_crls_load(struct ut_crls *lists, const struct ut_trust *trust,
		 const struct ut_config_tls *tls, struct ut_err *err)
{
	int ret = ut_crls_read(lists, trust, tls->crl, err);

	if (ret)
		return ret;
	ret = ut_crls_raise(trust, tls, lists, err);
	if (ret)
		ut_crls_free(lists);
	return ret;
}

int ut_crl_reload(struct ut_creds *creds, const struct ut_config_tls *tls,
		  struct ut_err *err)
{
	struct ut_crls next;
	int ret;

	if (!tls->crl[0])
		return 0;
	ret = ut_crls_read(&next, &creds->trust, tls->crl, err);
	if (ret)
		return ret;
	ret = news(&creds->trust.crls, &next);
	if (ret == -ESTALE) {
		ut_err_set(err, UT_EXIT_CERTIFICATE, ESTALE,
			   "the revocation list %s is older than the one in use",
			   tls->crl);
		ut_err_hint(err, "get the newest one from the CA");
	} else if (ret > 0) {
		ret = ut_crls_raise(&creds->trust, tls, &next, err) ? : 1;
	}
	if (ret <= 0) {
		ut_crls_free(&next);
		return ret;
	}
	ut_crls_free(&creds->trust.crls);
	creds->trust.crls = next;
	ut_creds_changed(creds);
	return 1;
}

/* --- a list from elsewhere --- */

static int add_pem(struct ut_buf *out, gnutls_x509_crl_t crl)
{
	gnutls_datum_t pem = { 0 };
	char *data;

	if (gnutls_x509_crl_export2(crl, GNUTLS_X509_FMT_PEM, &pem))
		return -ENOMEM;
	data = realloc(out->data, out->len + pem.size);
	if (data) {
		memcpy(data + out->len, pem.data, pem.size);
		out->data = data;
		out->len += pem.size;
	}
	gnutls_free(pem.data);
	return data ? 0 : -ENOMEM;
}

/* The file as it will be: the new list in the place of that of the same CA. */
static int write_with(const struct ut_crls *now, gnutls_x509_crl_t crl,
		      const char *path, struct ut_err *err)
{
	struct ut_buf out = { 0 };
	int ret = add_pem(&out, crl);
	unsigned int i;

	for (i = 0; !ret && i < now->n; i++)
		if (!same_issuer(now->v[i], crl))
			ret = add_pem(&out, now->v[i]);
	if (ret)
		ret = no_memory(err);
	else
		ret = ut_file_write(path, out.data, out.len, 0644, true, err);
	free(out.data);
	return ret;
}

/* The same, if the file has no newer one by now: the caller may be an old fork. */
static int put_in_place(const struct ut_creds *creds, gnutls_x509_crl_t crl,
			const char *path, struct ut_err *err)
{
	const struct ut_crls *base = &creds->trust.crls;
	struct ut_crls now = { 0 };
	int ret = ut_crls_read(&now, &creds->trust, path, err);
	gnutls_x509_crl_t old;

	if (!ret)
		base = &now;
	else if (ret != -ENOENT)
		return ret;
	old = like(base, crl);
	ret = old && compare(crl, old) <= 0 ? 0 :
	      write_with(base, crl, path, err) ? : 1;
	ut_crls_free(&now);
	return ret;
}

int ut_crl_install(const struct ut_creds *creds, const struct ut_config_tls *tls,
		   const void *data, size_t len, struct ut_err *err)
{
	static const char begin[] = "-----BEGIN ";
	const gnutls_datum_t d = { (unsigned char *)data, (unsigned int)len };
	struct ut_crls got;
	gnutls_x509_crl_t old;
	int ret;

	if (!tls->crl[0])
		return 0;
	if (!len || len > UT_FILE_MAX)
		return damaged("from elsewhere", "its length", err);
	ret = ut_crls_import(&got, &creds->trust, &d, len > sizeof(begin) &&
			     !memcmp(data, begin, sizeof(begin) - 1) ?
			     GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER,
			     "from elsewhere", err);
	if (ret)
		return ret;
	old = like(&creds->trust.crls, got.v[0]);
	if (!old || compare(got.v[0], old) > 0)
		ret = put_in_place(creds, got.v[0], tls->crl, err);
	ut_crls_free(&got);
	return ret;
}

static gnutls_x509_crl_t only_one(const struct ut_creds *creds)
{
	return creds->trust.crls.n == 1 ? creds->trust.crls.v[0] : NULL;
}

bool ut_crl_number(const struct ut_creds *creds, uint8_t number[UT_CRL_NUMBER])
{
	gnutls_x509_crl_t crl = only_one(creds);
	struct ut_crl_age age;

	if (!crl)
		return false;
	ut_crl_age(crl, &age);
	memcpy(number, age.number, UT_CRL_NUMBER);
	return age.has_number;
}

int ut_crl_export(const struct ut_creds *creds, struct ut_buf *der)
{
	gnutls_x509_crl_t crl = only_one(creds);
	gnutls_datum_t d = { 0 };
	int ret;

	if (!crl)
		return -ENOENT;
	if (gnutls_x509_crl_export2(crl, GNUTLS_X509_FMT_DER, &d))
		return -ENOMEM;
	memset(der, 0, sizeof(*der));
	ret = ut_buf_append(der, d.data, d.size, NULL);
	gnutls_free(d.data);
	return ret;
}
