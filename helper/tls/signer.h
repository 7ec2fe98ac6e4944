/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The signer: a process of its own that reads the private key, then gives up
 * all rights, and does nothing but sign. Neither the daemon nor a worker ever
 * has the key in its memory.
 *
 * A worker asks its parent, the parent checks that the text is a TLS handshake
 * signature (so a captured worker cannot have a certificate signed) and passes
 * it on.
 */
#ifndef UT_TLS_SIGNER_H
#define UT_TLS_SIGNER_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/err.h"
#include "policy/config.h"
#include "worker/msg.h"
#include "worker/sandbox.h"

/**
 * struct ut_signer - seen from its parent
 * @pid: the process
 * @fd: to talk to it
 * @pk: kind of key
 * @bits: its size
 */
struct ut_signer {
	pid_t pid;
	int fd;
	gnutls_pk_algorithm_t pk;
	unsigned int bits;
};

/*
 * Starts it with the key and passphrase file of @cfg, which must belong to
 * @cert. A key file that others may read is refused (UT_EXIT_PERMISSION).
 */
int ut_signer_start(struct ut_signer *s, const struct ut_config_tls *cfg,
		    gnutls_x509_crt_t cert, const struct ut_sandbox *sandbox,
		    struct ut_err *err);

/*
 * Is this what a TLS handshake signs? @server: as the server. Without @tls12
 * only the CertificateVerify of RFC 8446 section 4.4.3 is.
 */
bool ut_signer_text_ok(const struct ut_msg_sign *req, bool server, bool tls12);

/* Blocks for the time of one signature. -EPIPE: the signer has died. */
int ut_signer_sign(struct ut_signer *s, const struct ut_msg_sign *req,
		   struct ut_msg_signature *sig);

/* Ends it and waits for that. */
void ut_signer_stop(struct ut_signer *s);

#endif /* UT_TLS_SIGNER_H */
