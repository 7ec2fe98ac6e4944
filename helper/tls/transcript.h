/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The messages of a handshake, followed in a worker as GnuTLS reads and writes
 * them: GnuTLS asks an external key for the signature of a hash and does not say
 * of what, and the signer wants to know.
 */
#ifndef UT_TLS_TRANSCRIPT_H
#define UT_TLS_TRANSCRIPT_H

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UT_TRANSCRIPT_HASH_MAX	64

/**
 * struct ut_transcript - zeroed: nothing so far
 * @data: messages with their heads, one after the other; the transcript's
 * @len: bytes of them
 * @retry: where a HelloRetryRequest begins; 0: there was none
 * @lost: it grew over UT_SIGN_TEXT_MAX, or there was no memory; nothing is kept
 * @over: nobody will ask any more
 */
struct ut_transcript {
	uint8_t *data;
	size_t len;
	size_t retry;
	bool lost;
	bool over;
};

/* What a hook of gnutls_handshake_set_hook_function(GNUTLS_HOOK_PRE) is told. */
void ut_transcript_add(struct ut_transcript *t, unsigned int type,
		       const gnutls_datum_t *msg);

/*
 * The hash that TLS 1.3 means, RFC 8446, 4.4.1: after a HelloRetryRequest the first
 * ClientHello counts by its hash. Returns its length; 0: it cannot be had.
 */
size_t ut_transcript_hash(const struct ut_transcript *t,
			  gnutls_digest_algorithm_t algorithm,
			  uint8_t out[UT_TRANSCRIPT_HASH_MAX]);

/* Frees what there is; nothing is added any more. */
void ut_transcript_end(struct ut_transcript *t);

#endif /* UT_TLS_TRANSCRIPT_H */
