/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Revocation lists: those in use, and newer ones that come while the daemon
 * runs. A list counts only if it is signed by a CA of the credentials.
 *
 * Which of two lists of a CA is newer say their CRL numbers, else their dates. One
 * that is older than the one in use is never taken while the daemon runs: nobody
 * may be let in again by bringing back the list of yesterday.
 */
#ifndef UT_TLS_CRL_H
#define UT_TLS_CRL_H

#include <gnutls/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/file.h"
#include "policy/config.h"
#include "tls/reason.h"

#define UT_CRL_NUMBER	20	/* bytes of a CRL number, RFC 5280 section 5.2.3 */

struct ut_creds;

/**
 * struct ut_crls - the lists of one file
 * @v: the lists
 * @n: how many; 0: none configured
 * @serial: serial numbers that are on one of them, sorted
 * @n_serial: how many
 */
struct ut_crls {
	gnutls_x509_crl_t *v;
	unsigned int n;
	char (*serial)[UT_TLS_SERIAL_SIZE];
	size_t n_serial;
};

/*
 * Reads the file and checks it against the CAs of @creds. -EINVAL: it is damaged,
 * or a list is not signed by our CA. On success the caller frees it.
 */
int ut_crls_read(struct ut_crls *lists, const struct ut_creds *creds,
		 const char *path, struct ut_err *err);

/* Harmless if it is zeroed. */
void ut_crls_free(struct ut_crls *lists);

/*
 * Reads the list of @tls again, and uses it in the place of the one in @creds,
 * which all who have a reference then use. 1: it is another one; 0: it is the
 * same, or none is configured; -ESTALE: it is older than the one in use; or as
 * ut_crls_read(). After an error the old one stays.
 */
int ut_crl_reload(struct ut_creds *creds, const struct ut_config_tls *tls,
		  struct ut_err *err);

/*
 * A list that has come from somewhere (PEM or DER): if it is newer than the one
 * in use of the same CA, or there is none, writes it to its place in the file of
 * @tls. 1: written, call ut_crl_reload(); 0: not newer, or no list is configured;
 * -EINVAL: not a list, or not signed by our CA.
 */
int ut_crl_install(const struct ut_creds *creds, const struct ut_config_tls *tls,
		   const void *data, size_t len, struct ut_err *err);

/* Is the certificate with this serial number on a list? */
bool ut_crl_revoked(const struct ut_creds *creds, const char *serial);

/*
 * The number of the list in use, padded with zeros at the front. False: there is
 * not exactly one list, or it has no number: then it is not given to others.
 */
bool ut_crl_number(const struct ut_creds *creds, uint8_t number[UT_CRL_NUMBER]);

/* The list in use, DER. -ENOENT: as above. The caller frees *der. */
int ut_crl_export(const struct ut_creds *creds, struct ut_buf *der);

#endif /* UT_TLS_CRL_H */
