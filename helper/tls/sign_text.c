// SPDX-License-Identifier: GPL-2.0
/* Which texts are those of a handshake: see sign_text.h. Reads what a worker says. */
#include <string.h>

#include "tls/sign_text.h"

#define BLANKS		64
#define RANDOMS		64
#define SHARE_HEAD	4	/* type of curve, curve, length */
#define NAMED_CURVE	3

/* Types of handshake messages, RFC 5246, 7.4 and RFC 6066, 8. */
enum {
	CLIENT_HELLO = 1,
	SERVER_HELLO = 2,
	CERTIFICATE = 11,
	SERVER_KEY_EXCHANGE = 12,
	CERTIFICATE_REQUEST = 13,
	SERVER_HELLO_DONE = 14,
	CLIENT_KEY_EXCHANGE = 16,
	CERTIFICATE_STATUS = 22,
};

#define TLS12	1
#define TLS13	2

static const struct {
	gnutls_sign_algorithm_t algorithm;
	unsigned int versions;
} algorithms[] = {
	{ GNUTLS_SIGN_ECDSA_SECP256R1_SHA256, TLS12 | TLS13 },
	{ GNUTLS_SIGN_ECDSA_SECP384R1_SHA384, TLS12 | TLS13 },
	{ GNUTLS_SIGN_ECDSA_SECP521R1_SHA512, TLS12 | TLS13 },
	{ GNUTLS_SIGN_ECDSA_SHA256, TLS12 },
	{ GNUTLS_SIGN_ECDSA_SHA384, TLS12 },
	{ GNUTLS_SIGN_ECDSA_SHA512, TLS12 },
	{ GNUTLS_SIGN_RSA_SHA256, TLS12 },
	{ GNUTLS_SIGN_RSA_SHA384, TLS12 },
	{ GNUTLS_SIGN_RSA_SHA512, TLS12 },
	{ GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, TLS12 | TLS13 },
	{ GNUTLS_SIGN_RSA_PSS_RSAE_SHA384, TLS12 | TLS13 },
	{ GNUTLS_SIGN_RSA_PSS_RSAE_SHA512, TLS12 | TLS13 },
	{ GNUTLS_SIGN_RSA_PSS_SHA256, TLS12 | TLS13 },
	{ GNUTLS_SIGN_RSA_PSS_SHA384, TLS12 | TLS13 },
	{ GNUTLS_SIGN_RSA_PSS_SHA512, TLS12 | TLS13 },
	{ GNUTLS_SIGN_EDDSA_ED25519, TLS12 | TLS13 },
};

static bool algorithm_ok(const struct ut_sign_rules *rules,
			 const struct ut_sign_request *req)
{
	unsigned int version = req->version == 0x0304 ? TLS13 : TLS12;
	size_t i;

	for (i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if ((uint32_t)algorithms[i].algorithm == req->algorithm)
			return (algorithms[i].versions & version) &&
			       gnutls_sign_supports_pk_algorithm(
					algorithms[i].algorithm, rules->pk);
	return false;
}

size_t ut_sign_tls13(enum ut_tls_side side, const uint8_t *hash, size_t len,
		     uint8_t buf[UT_SIGN_TLS13_MAX])
{
	static const char contexts[][34] = {
		[UT_TLS_DOCK] = "TLS 1.3, server CertificateVerify",
		[UT_TLS_TABLET] = "TLS 1.3, client CertificateVerify",
	};
	const size_t size = sizeof(contexts[side]);	/* with its NUL */

	memset(buf, ' ', BLANKS);
	memcpy(buf + BLANKS, contexts[side], size);
	memcpy(buf + BLANKS + size, hash, len);
	return BLANKS + size + len;
}

/* --- TLS 1.2, dock --- */

static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

/* One of the groups of tls/priority.c, a share of its length and nothing more. */
static bool share_ok(const uint8_t *p, size_t len)
{
	static const struct {
		uint16_t group;
		uint8_t len;
		bool point;	/* not compressed: byte 4 first */
	} groups[] = {
		{ 29, 32, false }, { 23, 65, true }, { 24, 97, true },
	};
	size_t i;

	if (len <= SHARE_HEAD || p[0] != NAMED_CURVE)
		return false;
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].group == get16(p + 1))
			return p[3] == groups[i].len &&
			       len == SHARE_HEAD + (size_t)groups[i].len &&
			       (!groups[i].point || p[SHARE_HEAD] == 4);
	return false;
}

/* Class and number of a tag, whichever bit for "constructed" it has. */
#define TAG(class, number)	((unsigned int)(class) << 8 | (number))
#define TAG_INTEGER		TAG(0, 2)
#define TAG_SEQUENCE		TAG(0, 16)
#define TAG_0			TAG(0x80, 0)

/*
 * The head at @p in any form that a decoder might take; 0: none. Of numbers with more
 * octets than they need, it is the last ones that count: those before are nought, or
 * lost to who has no room for them.
 */
static size_t der_head(const uint8_t *p, size_t len, unsigned int *tag,
		       size_t *body)
{
	size_t at = 1, n;
	uint32_t size = 0;

	if (!len)
		return 0;
	*tag = TAG(p[0] & 0xc0, p[0] & 0x1f);
	if ((p[0] & 0x1f) == 0x1f) {
		while (at < len && (p[at] & 0x80))
			at++;
		if (at == len)
			return 0;
		*tag = TAG(p[0] & 0xc0, p[at++]);
	}
	if (at == len)
		return 0;
	n = p[at++];
	if (n <= 0x80) {	/* 0x80: ends somewhere, as good as right there */
		*body = n < 0x80 ? n : len - at;
		return at;
	}
	n &= 0x7f;
	if (n > len - at)
		return 0;
	while (n--)
		size = size << 8 | p[at++];
	*body = size;
	return at;
}

/* Could it be the signed part of a request, a certificate or a CRL? */
static bool looks_der(const uint8_t *p, size_t len)
{
	unsigned int tag;
	size_t body, head = der_head(p, len, &tag, &body);

	if (!head || tag != TAG_SEQUENCE || body != len - head)
		return false;
	p += head;
	head = der_head(p, body, &tag, &len);
	return head && len <= body - head &&
	       (tag == TAG_INTEGER || tag == TAG_SEQUENCE || tag == TAG_0);
}

static bool dock_text_ok(const uint8_t *p, size_t len)
{
	static const uint8_t knows_tls13[8] = "DOWNGRD\x01";
	static const char ours[9] = "usbip-tls";

	return len > RANDOMS && share_ok(p + RANDOMS, len - RANDOMS) &&
	       !memcmp(p + RANDOMS - sizeof(knows_tls13), knows_tls13,
		       sizeof(knows_tls13)) &&
	       memcmp(p, ours, sizeof(ours)) && !looks_der(p, len);
}

/* --- TLS 1.2, tablet --- */

/* The length of the message at @p with its head; 0: it is not a whole one. */
static size_t message_len(const uint8_t *p, size_t len)
{
	size_t n;

	if (len < 4)
		return 0;
	n = 4 + ((size_t)p[1] << 16 | get16(p + 2));
	return n <= len ? n : 0;
}

/* Both hellos begin with a version; that of TLS 1.3 is elsewhere. */
static bool message_ok(const uint8_t *p, size_t len)
{
	return (p[0] != CLIENT_HELLO && p[0] != SERVER_HELLO) ||
	       (len >= 6 && get16(p + 4) == 0x0303);
}

static bool tablet_text_ok(const uint8_t *p, size_t len)
{
	static const uint8_t order[] = {
		CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE,
		CERTIFICATE_REQUEST, SERVER_HELLO_DONE, CERTIFICATE,
		CLIENT_KEY_EXCHANGE,
	};
	size_t i, n;

	for (i = 0; i < sizeof(order); p += n, len -= n) {
		n = message_len(p, len);
		if (!n)
			return false;
		/* It may be there, and only here. */
		if (p[0] == CERTIFICATE_STATUS &&
		    order[i] == SERVER_KEY_EXCHANGE)
			continue;
		if (p[0] != order[i++] || !message_ok(p, n))
			return false;
	}
	return !len;
}

bool ut_sign_text(const struct ut_sign_rules *rules,
		  const struct ut_sign_request *req,
		  uint8_t buf[UT_SIGN_TLS13_MAX], gnutls_datum_t *text)
{
	const size_t len = req->len;

	if (!algorithm_ok(rules, req))
		return false;
	if (req->version == 0x0304) {
		/* Of SHA-256 or SHA-384, which TLS 1.3 has. */
		if (len != 32 && len != 48)
			return false;
		text->size = (unsigned int)ut_sign_tls13(rules->side, req->text,
							 len, buf);
		text->data = buf;
		return true;
	}
	if (req->version != 0x0303 || rules->min_version > 0x0303)
		return false;
	text->data = (unsigned char *)req->text;
	text->size = (unsigned int)len;
	return rules->side == UT_TLS_DOCK ? dock_text_ok(req->text, len) :
					    tablet_text_ok(req->text, len);
}
