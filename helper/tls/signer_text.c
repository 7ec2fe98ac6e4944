// SPDX-License-Identifier: GPL-2.0
/*
 * Which texts the signer may be asked to sign. A captured worker must not get
 * signatures that mean something elsewhere: on a certificate, or of the other
 * role.
 */
#include <string.h>

#include "tls/signer.h"

#define PAD		64
#define SHA256_SIZE	32
#define SHA384_SIZE	48
#define RANDOM_SIZE	32
#define CURVE_NAMED	3
#define HS_CLIENT_HELLO	1

/* RFC 8446 section 4.4.3: 64 blanks, context, a zero, the transcript's hash. */
static bool tls13_ok(const struct ut_msg_sign *req, bool server)
{
	const char *context = server ? "TLS 1.3, server CertificateVerify" :
				       "TLS 1.3, client CertificateVerify";
	size_t head = PAD + strlen(context) + 1;
	size_t i, hash;

	if (req->len <= head)
		return false;
	hash = req->len - head;
	if (hash != SHA256_SIZE && hash != SHA384_SIZE)
		return false;
	for (i = 0; i < PAD; i++)
		if (req->data[i] != ' ')
			return false;
	return !memcmp(req->data + PAD, context, head - PAD);
}

/*
 * Server: both randoms, then ECDHE parameters, which begin with the kind of
 * curve (RFC 8422 section 5.4). Client: all handshake messages, ClientHello
 * first.
 */
static bool tls12_ok(const struct ut_msg_sign *req, bool server)
{
	size_t params = 2 * RANDOM_SIZE;

	if (server)
		return req->len > params + 4 &&
		       req->data[params] == CURVE_NAMED &&
		       req->len == params + 4 + req->data[params + 3];
	return req->len > params && req->data[0] == HS_CLIENT_HELLO;
}

bool ut_signer_text_ok(const struct ut_msg_sign *req, bool server, bool tls12)
{
	if (!req->len || req->len > UT_MSG_SIGN_MAX)
		return false;
	return tls13_ok(req, server) || (tls12 && tls12_ok(req, server));
}
