/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a side needs for its handshakes: CA, revocation list, own certificate,
 * and the signer, which is the only process that has the private key.
 */
#ifndef UT_TLS_CREDS_H
#define UT_TLS_CREDS_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>

#include "cage/sandbox.h"
#include "base/err.h"
#include "policy/config.h"
#include "tls/crl.h"
#include "tls/reason.h"
#include "tls/side.h"
#include "tls/signer.h"
#include "tls/trust.h"

/**
 * struct ut_creds - one set, replaced as a whole when the files are read again
 * @refs: owners; ut_creds_get(), ut_creds_put()
 * @side: which role our own certificate must have
 * @min_version: 0x0304 or 0x0303
 * @cipher: the only one; USBIP_TLS_CIPHER_UNSPEC: any
 * @optional: dock: tablets without a certificate are let in
 * @trust: the CA's certificates, and its revocation lists; these alone are replaced
 *	within a set, see tls/crl.h
 * @chain: our certificate and what lies between it and the CA
 * @n_chain: how many
 * @own: what a message says about our certificate
 * @packed: all of it that workers need, see ut_creds_pack(); -1: not made yet
 * @signer: the process with the key; none in a worker
 */
struct ut_creds {
	unsigned int refs;
	enum ut_tls_side side;
	uint16_t min_version;
	enum usbip_tls_cipher cipher;
	bool optional;
	struct ut_trust trust;
	gnutls_pcert_st chain[UT_TLS_MAX_CHAIN];
	unsigned int n_chain;
	struct ut_tls_own own;
	int packed;
	struct ut_signer signer;
};

/*
 * Loads and checks everything; starts the signer. An own certificate that peers
 * will refuse (CA, role, dates, revoked) gives a warning in the log only,
 * because the peer is who decides. UT_EXIT_CERTIFICATE, UT_EXIT_PERMISSION or
 * UT_EXIT_NOT_FOUND. On success *creds has one reference.
 *
 * @sandbox NULL: only a look whether all is well, in a process that serves nobody:
 * the key is read here, no signer is started, and nothing is kept of the CRL.
 */
int ut_creds_load(struct ut_creds **creds, enum ut_tls_side side,
		  const struct ut_config_tls *cfg,
		  const struct ut_sandbox *sandbox, struct ut_err *err);

/*
 * Has this machine a certificate with which it can be @side? False if there is
 * none, or if it was made for something else. True also for one that cannot be
 * read: ut_creds_load() says what is wrong with it.
 */
bool ut_creds_fit(const struct ut_config_tls *cfg, enum ut_tls_side side);

struct ut_creds *ut_creds_get(struct ut_creds *creds);

/* The last reference ends the signer. NULL is fine. */
void ut_creds_put(struct ut_creds *creds);

/* What the loop ends with when the process with the private key dies: no -errno. */
#define UT_SIGNER_DIED	1

/*
 * creds_use.c: takes the reference of @creds in the place of *in_use, which may be
 * NULL; *signer is the source that goes with it. Programs of libexec do not link this.
 */
void ut_creds_use(struct ut_creds **in_use, sd_event_source **signer,
		  struct ut_creds *creds, sd_event *loop);

/*
 * creds_pack.c: the public part for a program of libexec, in a sealed memfd: who we
 * are, whom we trust. Made once, and again after ut_creds_changed(). Returns the
 * descriptor, which stays the credentials', or -errno.
 */
int ut_creds_pack(struct ut_creds *creds);
void ut_creds_changed(struct ut_creds *creds);

/* The other end: reads it and closes @fd. NULL: it is damaged, or no memory. */
struct ut_creds *ut_creds_unpack(int fd);

#endif /* UT_TLS_CREDS_H */
