/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Revocation lists: those in use, and newer ones that come while the daemon
 * runs. A CRL counts only if it is signed by a CA of the credentials.
 *
 * Which of two CRLs of a CA is newer say their CRL numbers, else their dates. One
 * that is older than the newest that was ever in use here (tls/crl_floor.h) is not
 * taken, by whatever way it comes: nobody may be let in again by bringing back the
 * CRL of yesterday.
 */
#ifndef UT_TLS_CRL_H
#define UT_TLS_CRL_H

#include <gnutls/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/file.h"
#include "policy/config.h"
#include "tls/crl_floor.h"
#include "tls/trust.h"

struct ut_creds;

/*
 * Reads CRLs and checks them against the CAs of @trust; @path is for the message.
 * -EINVAL: damaged, or, with @all, one of them is or is not signed by our CA. Without
 * @all such a one is left out; returns how many were. The caller frees them then.
 */
int ut_crls_import(struct ut_crls *crls, const struct ut_trust *trust,
		   const gnutls_datum_t *d, gnutls_x509_crt_fmt_t format,
		   const char *path, bool all, struct ut_err *err);

/*
 * The same of the file of @tls, if one is named there, into @trust. -ESTALE: older
 * than what was in use before, or one that was in use is missing. @use: they are what
 * is in use from now on.
 */
int ut_crls_load(struct ut_trust *trust, const struct ut_config_tls *tls,
		 bool use, struct ut_err *err);

/*
 * Reads the CRL of @tls again, and uses it in the place of the one in @creds,
 * which all who have a reference then use. 1: it is another one; 0: it is the
 * same, or none is configured; -ESTALE: it is older than one that was in use here;
 * or as ut_crls_load(). After an error the old one stays.
 */
int ut_crl_reload(struct ut_creds *creds, const struct ut_config_tls *tls,
		  struct ut_err *err);

/*
 * A CRL that has come from somewhere (PEM or DER): if it is newer than those of the
 * same CA in use and in the file of @tls, or there is none, writes it to its place
 * there. 1: written, call ut_crl_reload(); 0: not newer, or no CRL is configured;
 * -EINVAL: not a CRL, or not signed by our CA; -ESTALE: the file would be older than
 * what was in use here; -EFBIG: it would be too long to be read again; that of a file
 * that cannot be read.
 */
int ut_crl_install(const struct ut_creds *creds,
		   const struct ut_config_tls *tls, const void *data,
		   size_t len, struct ut_err *err);

/*
 * The same with the CRLs that came with a new certificate (PEM; empty: none came), as
 * soon as its CA is in place. What in the file is damaged, or of no CA that is trusted
 * now, goes. They are what is in use from now on. That the file stays because none
 * came, or an older one, is logged, and it is 0.
 */
int ut_crl_place(const struct ut_config_tls *tls, const struct ut_buf *pem,
		 struct ut_err *err);

/* Is the certificate with this serial number on a CRL? */
bool ut_crl_revoked(const struct ut_creds *creds, const char *serial);

/*
 * The number of the CRL in use, padded with zeros at the front. False: there is
 * not exactly one CRL, or it has no number: then it is not given to others.
 */
bool ut_crl_number(const struct ut_creds *creds, uint8_t number[UT_CRL_NUMBER]);

/* The CRL in use, DER. -ENOENT: as above. The caller frees *der. */
int ut_crl_export(const struct ut_creds *creds, struct ut_buf *der);

#endif /* UT_TLS_CRL_H */
