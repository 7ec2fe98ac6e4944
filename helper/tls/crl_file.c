// SPDX-License-Identifier: GPL-2.0
/* The file of the revocation lists, and what gets into it: see crl.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "tls/creds.h"
#include "tls/crl.h"
#include "tls/verify.h"

/* --- which one is newer --- */

/* More than 0: @a is newer than @b; less: it is older. */
static int compare(gnutls_x509_crl_t a, gnutls_x509_crl_t b)
{
	struct ut_crl_age x, y;

	ut_crl_age(a, &x);
	ut_crl_age(b, &y);
	return ut_crl_age_compare(&x, &y);
}

/* That of the same CA in @crls, or NULL. */
static gnutls_x509_crl_t like(const struct ut_trust *trust,
			      const struct ut_crls *crls,
			      gnutls_x509_crl_t crl)
{
	unsigned int i;

	for (i = 0; i < crls->n; i++)
		if (ut_verify_same_ca(trust, crls->v[i], crl))
			return crls->v[i];
	return NULL;
}

/* With that of the same CA in @crls; without one it is newer. */
static int compare_in(const struct ut_trust *trust, gnutls_x509_crl_t crl,
		      const struct ut_crls *crls)
{
	gnutls_x509_crl_t old = like(trust, crls, crl);

	return old ? compare(crl, old) : 1;
}

static bool same_crl(gnutls_x509_crl_t a, gnutls_x509_crl_t b)
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

/* 1: @next differs from those in use, and is nowhere older; 0: the same; -ESTALE. */
static int news(const struct ut_trust *trust, const struct ut_crls *next)
{
	const struct ut_crls *now = &trust->crls;
	int ret = now->n != next->n;
	gnutls_x509_crl_t other;
	unsigned int i;

	for (i = 0; i < now->n; i++) {
		other = like(trust, next, now->v[i]);
		if (!other || compare(other, now->v[i]) < 0)
			return -ESTALE;
		ret |= !same_crl(other, now->v[i]);
	}
	return ret;
}

/* --- from the file into use --- */

/* @all: as in ut_crls_import() */
static int read_file(struct ut_crls *crls, const struct ut_trust *trust,
		     const char *path, bool all, struct ut_err *err)
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
	ret = ut_crls_import(crls, trust, &d, GNUTLS_X509_FMT_PEM, path, all,
			     err);
	ut_buf_free(&buf);
	return ret;
}

static int check_floor(const struct ut_trust *trust,
		       const struct ut_config_tls *tls,
		       const struct ut_crls *crls, bool raise,
		       struct ut_err *err)
{
	int ret = ut_crl_floor_check_all(tls->crl_state, trust, crls, raise,
					 err);

	if (ret == -ESTALE)
		ut_err_hint(err, "get the newest list of the CA and put it into %s",
			    tls->crl);
	return ret;
}

int ut_crls_load(struct ut_trust *trust, const struct ut_config_tls *tls,
		 bool use, struct ut_err *err)
{
	int ret;

	if (!tls->crl[0])
		return 0;
	ret = read_file(&trust->crls, trust, tls->crl, true, err);
	if (ret)
		return ret;
	ret = check_floor(trust, tls, &trust->crls, use, err);
	if (ret)
		ut_crls_free(&trust->crls);
	return ret;
}

int ut_crl_reload(struct ut_creds *creds, const struct ut_config_tls *tls,
		  struct ut_err *err)
{
	struct ut_trust *trust = &creds->trust;
	struct ut_crls next;
	int ret;

	if (!tls->crl[0])
		return 0;
	ret = read_file(&next, trust, tls->crl, true, err);
	if (ret)
		return ret;
	ret = news(trust, &next);
	if (ret == -ESTALE) {
		ut_err_set(err, UT_EXIT_CERTIFICATE, ESTALE,
			   "the revocation list %s is older than the one in use",
			   tls->crl);
		ut_err_hint(err, "get the newest one from the CA");
	} else if (ret > 0) {
		ret = check_floor(trust, tls, &next, true, err) ? : 1;
	}
	if (ret <= 0) {
		ut_crls_free(&next);
		return ret;
	}
	ut_crls_free(&trust->crls);
	trust->crls = next;
	ut_creds_changed(creds);
	return 1;
}

/* --- from elsewhere into the file --- */

static int add_pem(struct ut_buf *out, gnutls_x509_crl_t crl)
{
	gnutls_datum_t pem;
	int ret;

	if (gnutls_x509_crl_export2(crl, GNUTLS_X509_FMT_PEM, &pem))
		return -ENOMEM;
	ret = ut_buf_append(out, pem.data, pem.size, NULL);
	gnutls_free(pem.data);
	return ret;
}

/* As long as it can be read again. */
static int write_crls(const struct ut_config_tls *tls,
		      const struct ut_crls *crls, struct ut_err *err)
{
	struct ut_buf pem = { 0 };
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < crls->n; i++)
		ret = add_pem(&pem, crls->v[i]);
	if (ret)
		ut_err_errno(err, UT_EXIT_FAILURE, ret,
			     "cannot write the revocation list");
	else if (pem.len > UT_FILE_MAX)
		ret = ut_err_set(err, UT_EXIT_FAILURE, EFBIG,
				 "the revocation lists in %s would have %zu bytes, %d at most are read",
				 tls->crl, pem.len, UT_FILE_MAX);
	else
		ret = ut_file_write(tls->crl, pem.data, pem.len, 0644, true,
				    err);
	ut_buf_free(&pem);
	return ret;
}

/* Once it is certain that they are not older than what was in use here. */
static int write_file(const struct ut_config_tls *tls,
		      const struct ut_crls *crls, struct ut_err *err)
{
	if (crls->n)
		return write_crls(tls, crls, err);
	/* That of the CA of before would be taken for one of this CA. */
	if (!unlink(tls->crl) || errno == ENOENT)
		return 0;
	return ut_err_errno(err, ut_exit_of_errno(errno), errno,
			    "cannot remove the old revocation list %s",
			    tls->crl);
}

/* @use: from then on no older CRL counts. */
static int put_in_place(const struct ut_config_tls *tls,
			const struct ut_trust *trust,
			const struct ut_crls *crls, bool changed, bool use,
			struct ut_err *err)
{
	int ret = check_floor(trust, tls, crls, false, err);

	if (!ret && changed)
		ret = write_file(tls, crls, err);
	return ret || !use ? ret : check_floor(trust, tls, crls, true, err);
}

/*
 * The file as it will be: those of @got that are newer than both @base and those in
 * use, and what they leave of @base. They stay those of @got and @base; *next has room
 * for all. How many of @got.
 */
static unsigned int compose(struct ut_crls *next, const struct ut_trust *trust,
			    const struct ut_crls *base,
			    const struct ut_crls *got)
{
	struct ut_crls taken;
	unsigned int i;

	for (i = 0; i < got->n; i++)
		if (compare_in(trust, got->v[i], base) > 0 &&
		    compare_in(trust, got->v[i], &trust->crls) > 0)
			next->v[next->n++] = got->v[i];
	taken = *next;
	for (i = 0; i < base->n; i++)
		if (!like(trust, &taken, base->v[i]))
			next->v[next->n++] = base->v[i];
	return taken.n;
}

/* Of a CRL that is there already there is nothing to tell. */
static void tell_stays(const struct ut_config_tls *tls,
		       const struct ut_trust *trust, const struct ut_crls *base,
		       const struct ut_crls *got)
{
	unsigned int i = 0;

	while (i < got->n && !compare_in(trust, got->v[i], base))
		i++;
	if (!got->n || i < got->n)
		ut_log_notice("the revocation list in %s stays: %s", tls->crl,
			      got->n ? "the one that came is older" :
			      "none came");
}

/*
 * The CRLs of @got that are newer than those of the same CA in @base, which is what
 * the file has, and in @trust take their place in it. 1: some did; 0: none is newer.
 * @fresh: as in put_newer(). @dirty: the file has others as well.
 */
static int replace(const struct ut_config_tls *tls,
		   const struct ut_trust *trust,
		   const struct ut_crls *base, const struct ut_crls *got,
		   bool fresh, bool dirty, struct ut_err *err)
{
	struct ut_crls next = {
		.v = calloc(base->n + got->n + 1, sizeof(next.v[0])),
	};
	unsigned int n;
	int ret = 0;

	if (!next.v)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot write the revocation list");
	n = compose(&next, trust, base, got);
	if (n || fresh)
		ret = put_in_place(tls, trust, &next, n || dirty || !next.n,
				   fresh, err);
	if (!ret && fresh && !n && next.n)
		tell_stays(tls, trust, base, got);
	free(next.v);
	return ret ? ret : n > 0;
}

/*
 * @fresh: the CA itself has just been put in place. What in the file is of the one
 * before goes; what is in it afterwards is in use.
 */
static int put_newer(const struct ut_config_tls *tls,
		     const struct ut_trust *trust, const struct ut_crls *got,
		     bool fresh, struct ut_err *err)
{
	struct ut_crls file = { 0 };
	struct ut_err why;
	int ret;

	ret = read_file(&file, trust, tls->crl, !fresh, fresh ? &why : err);
	if (ret < 0 && ret != -ENOENT && !fresh)
		return ret;
	ret = replace(tls, trust, ret < 0 ? &trust->crls : &file, got, fresh,
		      ret > 0, err);
	ut_crls_free(&file);
	return ret;
}

int ut_crl_install(const struct ut_creds *creds,
		   const struct ut_config_tls *tls, const void *data,
		   size_t len, struct ut_err *err)
{
	static const char begin[] = "-----BEGIN ";
	const gnutls_datum_t d = { (unsigned char *)data, (unsigned int)len };
	const struct ut_trust *trust = &creds->trust;
	struct ut_crls got;
	unsigned int i = 0;
	int ret;

	if (!tls->crl[0])
		return 0;
	if (!len || len > UT_FILE_MAX)
		return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				  "a revocation list from elsewhere has %zu bytes",
				  len);
	ret = ut_crls_import(&got, trust, &d, len > sizeof(begin) &&
			     !memcmp(data, begin, sizeof(begin) - 1) ?
			     GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER,
			     "from elsewhere", true, err);
	if (ret)
		return ret;
	while (i < got.n && compare_in(trust, got.v[i], &trust->crls) <= 0)
		i++;
	/* The file may have a newer one by now: the caller may be an old fork. */
	if (i < got.n)
		ret = put_newer(tls, trust, &got, false, err);
	ut_crls_free(&got);
	return ret;
}

int ut_crl_place(const struct ut_config_tls *tls, const struct ut_buf *pem,
		 struct ut_err *err)
{
	const gnutls_datum_t d = ut_datum(pem);
	struct ut_crls got = { 0 };
	struct ut_trust trust;
	int ret;

	ret = ut_trust_load(&trust, tls->ca, err);
	if (ret)
		return ret;
	if (pem->len)
		ret = ut_crls_import(&got, &trust, &d, GNUTLS_X509_FMT_PEM,
				     "that came", true, err);
	if (!ret)
		ret = put_newer(tls, &trust, &got, true, err);
	ut_crls_free(&got);
	ut_trust_close(&trust);
	return ret < 0 ? ret : 0;
}
