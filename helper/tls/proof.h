/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who asks for a new certificate has the key of the present one: proven to the
 * process with the CA's key, and not only to the worker that shook hands. So a
 * worker that somebody has taken over cannot ask in the name of a tablet.
 *
 * It is an ECDSA signature on P-256 with SHA-256, over a text and the two
 * coordinates of the new key: whoever repeats it gets a certificate for a key that
 * he does not have. No handshake signs what begins as the text does, so a signer
 * cannot be made to make a proof (tls/sign_text.h).
 */
#ifndef UT_TLS_PROOF_H
#define UT_TLS_PROOF_H

#include <gnutls/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "policy/config.h"
#include "tls/pki_point.h"

/**
 * struct ut_pki_proof - the signature: two numbers, big endian, padded with zeros
 */
struct ut_pki_proof {
	uint8_t r[UT_PKI_COORDINATE];
	uint8_t s[UT_PKI_COORDINATE];
};

/*
 * By the key that is in use. -EINVAL, UT_EXIT_CERTIFICATE: it is of another kind
 * than those of our own CA.
 */
int ut_proof_make(struct ut_pki_proof *proof, const struct ut_config_tls *tls,
		  const struct ut_pki_point *point, struct ut_err *err);

/* Is it made by the key of @crt? */
bool ut_proof_ok(const struct ut_pki_proof *proof, gnutls_x509_crt_t crt,
		 const struct ut_pki_point *point);

#endif /* UT_TLS_PROOF_H */
