/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the key of a machine signs: the part of a handshake of its own side, and
 * nothing else. The signer never signs a hash that somebody gives it, but a text
 * that it has built or read itself:
 *
 *	TLS 1.3		64 blanks, the context string of the side, NUL, and the
 *			hash of the transcript, which alone comes from the worker
 *			(RFC 8446, 4.4.3)
 *	TLS 1.2, dock	the two randoms and an ECDH share (RFC 8422, 5.4); the
 *			dock's random ends as RFC 8446, 4.1.3 has it for servers
 *			that know TLS 1.3, as we all do
 *	TLS 1.2, tablet	the messages from ClientHello to ClientKeyExchange, each
 *			in its place (RFC 5246, 7.4.8)
 *
 * The same key signs renewals (pki/csr.h), and its signature would count below a
 * certificate request, a certificate or a revocation list for whoever took it for a
 * CA. No text from above can be one of these:
 *
 *	A renewal begins with "usbip-tls", as every statement of ours must. TLS 1.3
 *	begins with a blank, the tablet's TLS 1.2 with byte 1; the dock's could, by
 *	the random of a tablet, and is refused then.
 *
 *	The signed part of the other three is one SEQUENCE as a whole, whose first
 *	element is an INTEGER, a SEQUENCE or a [0]. Only the dock's TLS 1.2 can begin
 *	with such a tag, by the random of the tablet, and is refused if it looks like
 *	one as a whole, also in the forms that DER forbids and decoders take all the
 *	same: tags and lengths of more octets than they need. By chance that happens
 *	once in two million handshakes of TLS 1.2; the tablet's next one has another
 *	random.
 *
 * Nor can it be a text of the other version or side, so a signature is good for
 * the handshake that it was made for: 64 blanks against the end of the dock's
 * random, or against byte 1; and certificates are for one side only.
 */
#ifndef UT_TLS_SIGN_TEXT_H
#define UT_TLS_SIGN_TEXT_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls/side.h"

#define UT_SIGN_TLS13_MAX	(64 + 33 + 1 + 64)

/* Two chains of the length that tls/setup.c takes, and what is around them. */
#define UT_SIGN_TEXT_MAX	(80 * 1024)
/* A dock's text at its longest: two randoms and an ECDH share on P-384. */
#define UT_SIGN_DOCK_MAX	(64 + 4 + 97)

#define UT_SIGNATURE_MAX	1024

/**
 * struct ut_sign_request - what a worker wants signed: never a hash, but what the
 *	signer can make the text from
 * @version: of TLS: 0x0304, 0x0303
 * @algorithm: gnutls_sign_algorithm_t
 * @text: TLS 1.3: the hash of the transcript; TLS 1.2: what is signed
 * @len: bytes of it, UT_SIGN_TEXT_MAX at most
 */
struct ut_sign_request {
	uint32_t version;
	uint32_t algorithm;
	const uint8_t *text;
	size_t len;
};

/**
 * struct ut_sign_rules - what the configuration allows
 * @side: whose context string, and whose messages
 * @min_version: 0x0304 or 0x0303
 * @pk: kind of the key
 */
struct ut_sign_rules {
	enum ut_tls_side side;
	uint16_t min_version;
	gnutls_pk_algorithm_t pk;
};

/* The text of TLS 1.3 for a transcript with this hash; returns its length. */
size_t ut_sign_tls13(enum ut_tls_side side, const uint8_t *hash, size_t len,
		     uint8_t buf[UT_SIGN_TLS13_MAX]);

/*
 * The text that a request is for, in @buf or that of the request; false: the key
 * does not sign that.
 */
bool ut_sign_text(const struct ut_sign_rules *rules,
		  const struct ut_sign_request *req,
		  uint8_t buf[UT_SIGN_TLS13_MAX], gnutls_datum_t *text);

#endif /* UT_TLS_SIGN_TEXT_H */
