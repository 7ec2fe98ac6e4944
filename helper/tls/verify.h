/* SPDX-License-Identifier: GPL-2.0 */
/* Is this certificate acceptable, and if not, why exactly? */
#ifndef UT_TLS_VERIFY_H
#define UT_TLS_VERIFY_H

#include <gnutls/x509.h>
#include <stdbool.h>

#include "tls/reason.h"
#include "tls/side.h"
#include "tls/trust.h"

/*
 * Checks a chain, the certificate of the peer first: from our CA, of the role
 * @side (exactly that one), in its dates at the time of the call, not revoked.
 * Fills reason, detail, when, name and serial of *o; reason is UT_TLS_OK if all is
 * well. The name is read as early as possible, for the log.
 */
void ut_verify_chain(const struct ut_trust *trust, enum ut_tls_side side,
		     gnutls_x509_crt_t *chain, unsigned int n,
		     struct ut_tls_outcome *o);

/* The same for what came off the wire: DER. */
void ut_verify_raw(const struct ut_trust *trust, enum ut_tls_side side,
		   const gnutls_datum_t *raw, unsigned int n,
		   const char *expect, struct ut_tls_outcome *o);

/* Is the CRL signed by one of our CAs? Its dates are not looked at. */
bool ut_verify_crl(const struct ut_trust *trust, gnutls_x509_crl_t crl);

/*
 * Are both signed by the same one of our CAs? By its key: many CAs have the same name,
 * as "usbip-tls CA" is what ours are called.
 */
bool ut_verify_same_ca(const struct ut_trust *trust, gnutls_x509_crl_t a,
		       gnutls_x509_crl_t b);

/* Is it signed by this CA? */
bool ut_verify_crl_by(gnutls_x509_crt_t ca, gnutls_x509_crl_t crl);

/* Was it made for this role, and for no other one? */
bool ut_verify_role(gnutls_x509_crt_t cert, enum ut_tls_side side);

/*
 * First dNSName, else the CN; 0 if there is none, or one with characters other
 * than letters, digits, '-', '.', '_' and ':' in it: names go to logs and globs.
 */
int ut_verify_name(gnutls_x509_crt_t cert, char name[UT_TLS_NAME_SIZE]);

#define UT_SERIAL_BYTES	((UT_TLS_SERIAL_SIZE - 1) / 2)

/*
 * Lower-case hexadecimal. False: longer than 32 bytes, where RFC 5280 allows 20;
 * *serial is empty then.
 */
bool ut_verify_serial(gnutls_x509_crt_t cert, char serial[UT_TLS_SERIAL_SIZE]);

#endif /* UT_TLS_VERIFY_H */
