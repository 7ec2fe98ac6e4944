/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A request for the signature of a handshake, on its way from the worker by its
 * parent to the signer. It never has a hash of what is to be signed, but what the
 * signer can make the text from (tls/sign_text.h). A text can be longer than one
 * message: then it goes in pieces, each but the last of UT_MSG_SIGN_PIECE bytes.
 */
#ifndef UT_TLS_SIGN_H
#define UT_TLS_SIGN_H

#include <stdint.h>

#include "tls/msg.h"

/* A dock's text at its longest: two randoms and an ECDH share on P-384. */
#define UT_SIGN_DOCK_MAX	(64 + 4 + 97)

/**
 * struct ut_sign_request - one request
 * @version: of TLS: 0x0304, 0x0303
 * @algorithm: gnutls_sign_algorithm_t
 * @total: bytes of @text, 1..UT_SIGN_TEXT_MAX
 * @len: how many of them there are so far
 * @number: tells it from others; ut_signer_sign() sets it
 * @text: TLS 1.3: the hash of the transcript; TLS 1.2: what is signed
 */
struct ut_sign_request {
	uint32_t version;
	uint32_t algorithm;
	uint32_t total;
	uint32_t len;
	uint32_t number;
	uint8_t text[];
};

/* A request for @total bytes, none of which are there; NULL: no memory. */
struct ut_sign_request *ut_sign_new(uint32_t version, uint32_t algorithm,
				    uint32_t total);

/*
 * Sends all pieces of a whole request, until ut_clock_ms() @deadline. 0 or as
 * ut_msg_send(); -ETIMEDOUT.
 */
int ut_sign_send(int fd, const struct ut_sign_request *req, int64_t deadline);

/*
 * Adds a piece that has been received; the first one makes *req, which is NULL
 * before it and the caller's to free. 1: the request is whole; 0: more is to come;
 * -EBADMSG: it is longer than @max, or the piece is not the next one; -ENOMEM.
 */
int ut_sign_take(struct ut_sign_request **req, const struct ut_msg_sign *piece,
		 uint32_t max);

#endif /* UT_TLS_SIGN_H */
