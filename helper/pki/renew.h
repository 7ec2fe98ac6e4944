/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Renewal before expiry, without a hand.
 *
 * Who needs one:		the side that has the CA:
 *	ut_renew_due()
 *	ut_renew_request()  --CSR-->	worker: ut_csr_point()
 *					daemon: ut_pki_reissue()
 *	worker: ut_renew_check()  <--certificate--
 *	daemon: ut_renew_install()
 *
 * The new key lies beside the old one until its certificate is there, see
 * tls/pair.h; a renewal that comes to nothing leaves the old pair in use, takes
 * the new key away by ut_pair_unstage(), and the next one makes another. A machine
 * that has the CA itself renews its own by ut_renew_self().
 */
#ifndef UT_PKI_RENEW_H
#define UT_PKI_RENEW_H

#include "pki/csr.h"
#include "policy/config.h"
#include "tls/creds.h"

#define UT_RENEW_BY_HAND	7	/* days that a key waits for a person */

/*
 * Is it time for a new certificate? 1: yes, also if it has expired; 0: no; or
 * -errno. Never before half of its life is over, whatever @before_days says.
 */
int ut_renew_due(const struct ut_config_tls *tls, time_t now,
		 unsigned int before_days, struct ut_err *err);

/* The same of a certificate that has been read. */
bool ut_renew_is_due(const struct ut_pki_cert *own, time_t now,
		     unsigned int before_days);

/* What the certificate in use says; it is a dock's or a tablet's. 0 or -errno. */
int ut_renew_own(const struct ut_config_tls *tls, struct ut_pki_cert *own,
		 struct ut_err *err);

/* 1: the CA of @store has issued it; 0: it has not, or there is no CA; -errno. */
int ut_renew_from(const struct ut_config_tls *tls,
		  const struct ut_pki_store *store, struct ut_err *err);

/*
 * A new key lies there since not more than UT_RENEW_BY_HAND days: it waits for a
 * certificate that somebody brings ("enroll --csr"), and must not be replaced.
 */
bool ut_renew_waits(const struct ut_config_tls *tls, time_t now);

/* Is there the key of a CA on this machine? */
bool ut_renew_from_here(const struct ut_config *config);

/*
 * Makes a key, encrypted if @tls has a passphrase file, and the request for it, and
 * stages the key (tls/pair.h).
 */
int ut_renew_stage(const struct ut_config_tls *tls, enum ut_pki_role role,
		   const char *name, struct ut_csr *csr, struct ut_err *err);

/* ut_renew_stage() for the role and name of the certificate that is in use. */
int ut_renew_request(const struct ut_config_tls *tls, struct ut_csr *csr,
		     struct ut_err *err);

/*
 * For a worker, which has the answer (DER) from the peer: is it a certificate of
 * our CA for @point, with our role and our name?
 */
bool ut_renew_check(const struct ut_creds *creds, const void *der, size_t len,
		    const struct ut_pki_point *point);

/*
 * Puts a new certificate (DER, from a worker that has checked it) and the staged
 * key into their places. Checks it once more against CA, CRL, role and name of
 * the one in use. Then the certificates have to be loaded again.
 */
int ut_renew_install(const struct ut_config_tls *tls, const void *der,
		     size_t len, struct ut_err *err);

/*
 * For a machine that may have the CA: if its certificate is due, and from this
 * CA, renews it on the spot. 1: renewed; 0: not due, or no CA here; or -errno.
 */
int ut_renew_self(const struct ut_config_tls *tls,
		  const struct ut_pki_store *store, time_t now,
		  unsigned int before_days, struct ut_err *err);

#endif /* UT_PKI_RENEW_H */
