/* SPDX-License-Identifier: GPL-2.0 */
/* Is this what we asked for? Checks a certificate before it is installed. */
#ifndef UT_PKI_CERT_CHECK_H
#define UT_PKI_CERT_CHECK_H

#include <stdbool.h>

#include "base/err.h"
#include "pki/pki.h"
#include "tls/trust.h"

/**
 * struct ut_pki_expect - what the certificate has to be
 * @role: DOCK or TABLET, exactly that
 * @name: its name; NULL: any
 * @point: its key; NULL: any, also of another kind
 */
struct ut_pki_expect {
	enum ut_pki_role role;
	const char *name;
	const struct ut_pki_point *point;
};

/*
 * Checks @b: the certificate is of the CA that is with it, in its dates, of the
 * wanted role, name and key, and not on the CRL; the CRL (may be empty) is of
 * that CA. @pem: text, with several certificates in cert (a chain) and ca; else
 * DER, one each. *name (may be NULL): the name in the certificate. Returns 0 or
 * -errno, and UT_EXIT_CERTIFICATE.
 */
int ut_pki_check(const struct ut_pki_bundle *b, bool pem,
		 const struct ut_pki_expect *want, char name[UT_TLS_NAME_SIZE],
		 struct ut_err *err);

/* The same for who has all of it as objects already. @err may be NULL. */
int ut_cert_check(const struct ut_trust *trust, gnutls_x509_crt_t *chain,
		  unsigned int n, const struct ut_pki_expect *want,
		  char name[UT_TLS_NAME_SIZE], struct ut_err *err);

#endif /* UT_PKI_CERT_CHECK_H */
