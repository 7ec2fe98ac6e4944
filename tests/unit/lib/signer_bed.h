/* SPDX-License-Identifier: GPL-2.0 */
/* A signer of the machine of renew_bed.h, which a test asks for signatures. */
#ifndef UT_TEST_SIGNER_BED_H
#define UT_TEST_SIGNER_BED_H

#include <gnutls/abstract.h>

#include "lib/renew_bed.h"
#include "lib/unit.h"
#include "tls/sign_text.h"
#include "tls/signer.h"
#include "worker/message.h"

#define SHA256	GNUTLS_SIGN_ECDSA_SECP256R1_SHA256
#define TLS12	0x0303
#define TLS13	0x0304

extern struct ut_signer sign_signer;
extern gnutls_x509_crt_t sign_own;
extern struct ut_msg sign_sig;

void sign_read_own(void);

/* Starts it; of its side a signer is told only the certificate. */
int sign_begin(enum ut_tls_side side);

void sign_start(enum ut_tls_side side, uint16_t min_version);
void sign_stop(void);

/* As ut_signer_sign(). */
int sign_ask_for(uint32_t version, uint32_t algorithm, const void *text,
		 size_t len);

/* True if it signed; sign_sig is the signature. */
bool sign_ask(uint32_t version, uint32_t algorithm, const void *text,
	      size_t len);

/* Is the last signature one of this text, with any hash? */
bool sign_counts(const gnutls_datum_t *text);

#endif /* UT_TEST_SIGNER_BED_H */
