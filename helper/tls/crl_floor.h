/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The newest revocation list that this machine has used, of each CA: no older one
 * is used again, whoever brings it, and whatever was started anew meanwhile.
 *
 * DIR ([tls] crl_state, 0700) has a file "crl-KEY" for each CA, KEY being the
 * SHA-256 of its public key in hexadecimal. In it is a line "NUMBER TIME": the CRL
 * number in hexadecimal, or "-" if the CRL has none, and thisUpdate in seconds.
 * DIR/signed has the same of what a CA on this machine has signed.
 * It lies apart from the CRLs, so that a backup of /etc does not take both back.
 */
#ifndef UT_TLS_CRL_FLOOR_H
#define UT_TLS_CRL_FLOOR_H

#include <gnutls/x509.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "tls/trust.h"

#define UT_CRL_NUMBER	20	/* bytes of a CRL number, RFC 5280 section 5.2.3 */

/**
 * struct ut_crl_age - what tells which of two CRLs of a CA is the newer one
 * @has_number: without, the dates decide
 * @number: padded with zeros at the front
 * @date: thisUpdate
 */
struct ut_crl_age {
	bool has_number;
	uint8_t number[UT_CRL_NUMBER];
	time_t date;
};

void ut_crl_age(gnutls_x509_crl_t crl, struct ut_crl_age *age);

/* More than 0: @a is newer than @b; less: it is older. */
int ut_crl_age_compare(const struct ut_crl_age *a, const struct ut_crl_age *b);

/*
 * Looks whether the newest CRL of @ca among the @n of @v is at least as new as the
 * newest one so far. -ESTALE: it is older, or there is none; *err has no hint then.
 * -EINVAL: the record is damaged. @dir NULL or empty: nothing is kept, 0.
 *
 * @raise: it is the newest one from then on. Where nothing can be written (a read-only
 * system) a warning is logged, and it is 0.
 */
int ut_crl_floor_check(const char *dir, gnutls_x509_crt_t ca,
		       const gnutls_x509_crl_t *v, unsigned int n, bool raise,
		       struct ut_err *err);

/* The same for all CAs of @trust at once: none is raised if one is stale. */
int ut_crl_floor_check_all(const char *dir, const struct ut_trust *trust,
			   const struct ut_crls *crls, bool raise,
			   struct ut_err *err);

#endif /* UT_TLS_CRL_FLOOR_H */
