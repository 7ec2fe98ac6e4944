// SPDX-License-Identifier: GPL-2.0
/* Is this what we asked for? See pki_check.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tls/pki_check.h"
#include "tls/pki_csr.h"
#include "tls/verify.h"

/**
 * struct set - what came, as GnuTLS objects
 * @creds: only what ut_verify_chain() looks at: CA and list
 * @chain: the certificate and what lies between it and the CA
 * @n: how many
 */
struct set {
	struct ut_creds creds;
	gnutls_x509_crt_t *chain;
	unsigned int n;
};

static int unreadable(struct ut_err *err, const char *what, int code)
{
	return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
			  "the %s cannot be read: %s", what,
			  gnutls_strerror(code));
}

static gnutls_datum_t datum(const struct ut_buf *buf)
{
	return (gnutls_datum_t){
		(unsigned char *)buf->data, (unsigned int)buf->len
	};
}

static void free_crts(gnutls_x509_crt_t *crt, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		gnutls_x509_crt_deinit(crt[i]);
	gnutls_free(crt);
}

static int read_crts(const struct ut_buf *buf, bool pem, unsigned int max,
		     const char *what, gnutls_x509_crt_t **crt,
		     unsigned int *n, struct ut_err *err)
{
	const gnutls_datum_t d = datum(buf);
	int ret;

	*crt = NULL;
	*n = 0;
	ret = gnutls_x509_crt_list_import2(crt, n, &d, pem ?
					   GNUTLS_X509_FMT_PEM :
					   GNUTLS_X509_FMT_DER, 0);
	if (ret < 0)
		return unreadable(err, what, ret);
	if (*n && *n <= max)
		return 0;
	free_crts(*crt, *n);
	*crt = NULL;
	*n = 0;
	return ut_err_set(err, UT_EXIT_CERTIFICATE, E2BIG,
			  "the %s is not 1 to %u certificates", what, max);
}

/* The trust list owns the certificates from then on. */
static int read_ca(struct set *s, const struct ut_buf *buf, bool pem,
		   struct ut_err *err)
{
	gnutls_x509_crt_t *ca;
	unsigned int n, i;
	int ret;

	ret = read_crts(buf, pem, pem ? UT_TLS_MAX_CA : 1,
			"certificate of the CA", &ca, &n, err);
	if (ret)
		return ret;
	for (i = 0; i < n; i++) {
		if (gnutls_x509_crt_get_ca_status(ca[i], NULL) > 0)
			continue;
		free_crts(ca, n);
		return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				  "the certificate of the CA is not a CA's");
	}
	ret = gnutls_x509_trust_list_add_cas(s->creds.trust, ca, n, 0);
	if (ret != (int)n) {
		free_crts(ca, n);
		return unreadable(err, "certificate of the CA",
				  GNUTLS_E_X509_CERTIFICATE_ERROR);
	}
	gnutls_free(ca);
	return 0;
}

static int read_crl(struct set *s, const struct ut_buf *buf, bool pem,
		    struct ut_err *err)
{
	const gnutls_datum_t d = datum(buf);
	unsigned int i;
	int ret;

	if (!buf->len)
		return 0;
	ret = gnutls_x509_crl_list_import2(&s->creds.crls.v,
					   &s->creds.crls.n, &d,
					   pem ? GNUTLS_X509_FMT_PEM :
					   GNUTLS_X509_FMT_DER, 0);
	if (ret < 0)
		return unreadable(err, "revocation list", ret);
	for (i = 0; i < s->creds.crls.n; i++)
		if (!ut_verify_crl(&s->creds, s->creds.crls.v[i]))
			return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
					  "the revocation list is not from the CA that came with it");
	return 0;
}

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

static int judge(struct set *s, const struct ut_pki_expect *want,
		 char name[UT_TLS_NAME_SIZE], struct ut_err *err)
{
	struct ut_tls_outcome o = { .reason = UT_TLS_OK };
	struct ut_pki_point point;

	ut_verify_chain(&s->creds, want->role == UT_PKI_DOCK ? UT_TLS_DOCK :
			UT_TLS_TABLET, s->chain, s->n, &o);
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
	    (ut_crt_point(s->chain[0], &point) ||
	     memcmp(&point, want->point, sizeof(point))))
		return ut_err_set(err, UT_EXIT_CERTIFICATE, EINVAL,
				  "the certificate is for another key");
	if (name)
		memcpy(name, o.name, UT_TLS_NAME_SIZE);
	return 0;
}

int ut_pki_check(const struct ut_pki_bundle *b, bool pem,
		 const struct ut_pki_expect *want, char name[UT_TLS_NAME_SIZE],
		 struct ut_err *err)
{
	struct set s = { .n = 0 };
	int ret;

	if (gnutls_x509_trust_list_init(&s.creds.trust, 0))
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot check the certificate");
	ret = read_ca(&s, &b->ca, pem, err);
	if (!ret)
		ret = read_crl(&s, &b->crl, pem, err);
	if (!ret)
		ret = read_crts(&b->cert, pem, pem ? UT_TLS_MAX_CHAIN : 1,
				"certificate", &s.chain, &s.n, err);
	if (!ret)
		ret = judge(&s, want, name, err);
	free_crts(s.chain, s.n);
	ut_crls_free(&s.creds.crls);
	gnutls_x509_trust_list_deinit(s.creds.trust, 1);
	return ret;
}
