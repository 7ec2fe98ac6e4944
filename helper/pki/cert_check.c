// SPDX-License-Identifier: GPL-2.0
/* Is this what we asked for? See cert_check.h. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "pki/cert_check.h"
#include "pki/csr.h"
#include "tls/verify.h"

static const char *reason_text(enum ut_tls_reason reason)
{
	switch (reason) {
	case UT_TLS_UNKNOWN_CA:
		return "is not from the CA that came with it";
	case UT_TLS_EXPIRED:
		return "has expired";
	case UT_TLS_NOT_YET_VALID:
		return "is not valid yet";
	case UT_TLS_REVOKED:
		return "is revoked";
	case UT_TLS_WRONG_ROLE:
		return "is for another role";
	default:
		return "is damaged or too weak";
	}
}

static int refuse(const struct ut_tls_outcome *o, enum ut_pki_role role,
		  struct ut_err *err)
{
	char now[64];
	int ret = ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
			     "the certificate %s", reason_text(o->reason));

	/* A worker does not ask why, and may not look for the time zone. */
	if (!err)
		return ret;
	ut_tls_date_text(time(NULL), now, sizeof(now));
	if (o->reason == UT_TLS_EXPIRED || o->reason == UT_TLS_NOT_YET_VALID)
		ut_err_hint(err, "check the clock of this machine, which says %s",
			    now);
	else if (o->reason == UT_TLS_WRONG_ROLE)
		ut_err_hint(err, "a %s needs the extended key usage %s, and not the other",
			    ut_pki_role_name(role), role == UT_PKI_DOCK ?
			    "serverAuth" : "clientAuth");
	return ret;
}

int ut_cert_check(const struct ut_trust *trust, gnutls_x509_crt_t *chain,
		  unsigned int n, const struct ut_pki_expect *want,
		  char name[UT_TLS_NAME_SIZE], struct ut_err *err)
{
	struct ut_tls_outcome o = { .reason = UT_TLS_OK };
	struct ut_pki_point point;

	ut_verify_chain(trust, want->role == UT_PKI_DOCK ? UT_TLS_DOCK :
			UT_TLS_TABLET, chain, n, &o);
	if (o.reason != UT_TLS_OK)
		return refuse(&o, want->role, err);
	if (!o.name[0])
		return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				  "the certificate has no name of letters, digits, '-', '.' and '_'");
	if (want->name && strcmp(o.name, want->name))
		return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				  "the certificate is for \"%.64s\", not for \"%s\"",
				  o.name, want->name);
	if (want->point &&
	    (ut_crt_point(chain[0], &point) ||
	     memcmp(&point, want->point, sizeof(point))))
		return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				  "the certificate is for another key");
	if (name)
		memcpy(name, o.name, UT_TLS_NAME_SIZE);
	return 0;
}

static int unreadable(struct ut_err *err, const char *what, unsigned int max,
		      int code)
{
	if (code == GNUTLS_E_SHORT_MEMORY_BUFFER)
		return ut_err_set(err, UT_EXIT_CERTIFICATE, E2BIG,
				  "the %s is not 1 to %u certificates", what,
				  max);
	return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
			  "the %s cannot be read: %s", what,
			  gnutls_strerror(code));
}

static int read_crl(struct ut_trust *trust, const struct ut_buf *buf,
		    gnutls_x509_crt_fmt_t format, struct ut_err *err)
{
	const gnutls_datum_t d = ut_datum(buf);
	struct ut_crls *crls = &trust->crls;
	unsigned int i;
	int ret;

	if (!buf->len)
		return 0;
	ret = gnutls_x509_crl_list_import2(&crls->v, &crls->n, &d, format, 0);
	if (ret < 0)
		return unreadable(err, "revocation list", 0, ret);
	for (i = 0; i < crls->n; i++)
		if (!ut_verify_crl(trust, crls->v[i]))
			return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
					  "the revocation list is not from the CA that came with it");
	return 0;
}

static int check_in(const struct ut_trust *trust, const struct ut_buf *cert,
		    gnutls_x509_crt_fmt_t format,
		    const struct ut_pki_expect *want,
		    char name[UT_TLS_NAME_SIZE], struct ut_err *err)
{
	gnutls_x509_crt_t chain[UT_TLS_MAX_CHAIN];
	const gnutls_datum_t d = ut_datum(cert);
	int n = ut_certs_import(chain, UT_TLS_MAX_CHAIN, &d, format), ret;

	if (n < 0)
		return unreadable(err, "certificate", UT_TLS_MAX_CHAIN, n);
	ret = ut_cert_check(trust, chain, (unsigned int)n, want, name, err);
	ut_certs_free(chain, (unsigned int)n);
	return ret;
}

int ut_pki_check(const struct ut_pki_bundle *b, bool pem,
		 const struct ut_pki_expect *want, char name[UT_TLS_NAME_SIZE],
		 struct ut_err *err)
{
	const gnutls_x509_crt_fmt_t format = pem ? GNUTLS_X509_FMT_PEM :
						   GNUTLS_X509_FMT_DER;
	const gnutls_datum_t ca = ut_datum(&b->ca);
	struct ut_trust trust;
	int ret = ut_trust_open(&trust, &ca, format);

	if (ret > 0)
		return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				  "the certificate of the CA is not a CA's");
	if (ret)
		return unreadable(err, "certificate of the CA", UT_TLS_MAX_CA,
				  ret);
	ret = read_crl(&trust, &b->crl, format, err);
	if (!ret)
		ret = check_in(&trust, &b->cert, format, want, name, err);
	ut_trust_close(&trust);
	return ret;
}
