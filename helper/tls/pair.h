/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A certificate and its key are two files that have to be replaced together.
 *
 * The new key lies beside the old one as KEY.new while its certificate is being
 * asked for. Then CERT.new is written, after it was found to fit KEY.new, and
 * both are renamed, the key first. A crash at any moment leaves one of
 *
 *	KEY	CERT					nothing was begun
 *	KEY	CERT	KEY.new				a certificate was asked for
 *	KEY	CERT	KEY.new	CERT.new		complete, but not in use
 *	KEY'	CERT		CERT.new		between the two renames
 *	KEY'	CERT'					done
 *
 * CERT.new exists for the time of the two renames only, so it says without a look
 * at the keys how far they came. ut_pair_lock() finishes what it finds; everyone
 * who reads the pair takes it first. Two processes cannot be in here at once.
 */
#ifndef UT_TLS_PAIR_H
#define UT_TLS_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/err.h"
#include "policy/config.h"

/*
 * Locks KEY.lock, which stays and which nobody but its owner can open, and finishes
 * what a crash has cut. Returns a descriptor for ut_pair_unlock(), or -errno;
 * -EBUSY: somebody else has had it for seconds.
 */
int ut_pair_lock(const struct ut_config_tls *tls, struct ut_err *err);

/* Also ends the lock in children that have inherited it. */
void ut_pair_unlock(int lock);

/* Writes KEY.new (0600), or replaces it. */
int ut_pair_stage(const struct ut_config_tls *tls, const void *pem, size_t len,
		  struct ut_err *err);

/* Is there a KEY.new? */
bool ut_pair_staged(const struct ut_config_tls *tls);

/* When it was written; 0: there is none. */
time_t ut_pair_staged_since(const struct ut_config_tls *tls);

/* Takes a KEY.new away that no certificate was got for. */
void ut_pair_unstage(const struct ut_config_tls *tls);

/*
 * Puts a certificate, PEM, in its place: with KEY.new if that is its key, else
 * with the key that is there. -EINVAL, UT_EXIT_CERTIFICATE: neither is.
 */
int ut_pair_commit(const struct ut_config_tls *tls, const void *pem,
		   size_t len, struct ut_err *err);

#endif /* UT_TLS_PAIR_H */
