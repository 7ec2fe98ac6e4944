// SPDX-License-Identifier: GPL-2.0
/* Revocation lists: see crl.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "tls/creds.h"
#include "tls/crl.h"
#include "tls/verify.h"

/* Bytes of a serial number; RFC 5280 allows 20. */
#define MAX_SERIAL 1024

static int no_memory(struct ut_err *err)
{
	return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
			    "cannot read the revocation list");
}

static int by_serial(const void *a, const void *b)
{
	return strcmp(a, b);
}

/*
 * The iterator does not go on over a number that the buffer is too small for: all
 * that follow would be missing, so such a CRL is refused.
 */
static int add_serials(struct ut_crls *crls, gnutls_x509_crl_t crl)
{
	gnutls_x509_crl_iter_t iter = NULL;
	unsigned char raw[MAX_SERIAL];
	int n = gnutls_x509_crl_get_crt_count(crl), i, ret = 0;
	char (*all)[UT_TLS_SERIAL_SIZE];
	size_t size;

	if (n <= 0)
		return 0;
	all = realloc(crls->serial, (crls->n_serial + (size_t)n) *
		      sizeof(*all));
	if (!all)
		return -ENOMEM;
	crls->serial = all;
	for (i = 0; i < n; i++) {
		size = sizeof(raw);
		ret = gnutls_x509_crl_iter_crt_serial(crl, &iter, raw, &size,
						      NULL);
		if (ret)
			break;
		/* Too long for a certificate that would be let in. */
		if (size > UT_SERIAL_BYTES)
			continue;
		ut_hex(all[crls->n_serial++], raw, size);
	}
	gnutls_x509_crl_iter_deinit(iter);
	return i < n ? -EINVAL : 0;
}

/* A CRL that is signed by somebody else protects from nothing. */
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

static int take(struct ut_crls *crls, const struct ut_trust *trust,
		gnutls_x509_crl_t crl, const char *path, struct ut_err *err)
{
	int ret = check(trust, crl, path, err);

	if (ret)
		return ret;
	ret = add_serials(crls, crl);
	if (ret == -ENOMEM)
		return no_memory(err);
	return ret ? damaged(path, "an entry of it is damaged", err) : 0;
}

int ut_crls_import(struct ut_crls *crls, const struct ut_trust *trust,
		   const gnutls_datum_t *d, gnutls_x509_crt_fmt_t format,
		   const char *path, bool all, struct ut_err *err)
{
	unsigned int i = 0;
	int ret, dropped = 0;

	memset(crls, 0, sizeof(*crls));
	ret = gnutls_x509_crl_list_import2(&crls->v, &crls->n, d, format, 0);
	if (ret < 0) {
		memset(crls, 0, sizeof(*crls));
		return damaged(path, gnutls_strerror(ret), err);
	}
	while (i < crls->n) {
		ret = take(crls, trust, crls->v[i], path, err);
		if (!ret) {
			i++;
		} else if (all || ret == -ENOMEM) {
			ut_crls_free(crls);
			return ret;
		} else {
			gnutls_x509_crl_deinit(crls->v[i]);
			crls->v[i] = crls->v[--crls->n];
			dropped++;
		}
	}
	if (crls->n_serial)
		qsort(crls->serial, crls->n_serial, sizeof(*crls->serial),
		      by_serial);
	return dropped;
}

bool ut_crl_revoked(const struct ut_creds *creds, const char *serial)
{
	const struct ut_crls *crls = &creds->trust.crls;

	return crls->n_serial && serial[0] &&
	       bsearch(serial, crls->serial, crls->n_serial,
		       sizeof(*crls->serial), by_serial);
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
