// SPDX-License-Identifier: GPL-2.0
/* The messages of a handshake: see transcript.h. */
#include <stdlib.h>
#include <string.h>

#include "tls/sign_text.h"
#include "tls/transcript.h"

#define HEAD		4	/* type, length in three bytes */
#define SERVER_HELLO	2	/* what a HelloRetryRequest is on the wire */
#define MESSAGE_HASH	254

static void head(uint8_t out[HEAD], unsigned int type, size_t len)
{
	out[0] = (uint8_t)type;
	out[1] = (uint8_t)(len >> 16);
	out[2] = (uint8_t)(len >> 8);
	out[3] = (uint8_t)len;
}

void ut_transcript_end(struct ut_transcript *t)
{
	free(t->data);
	t->data = NULL;
	t->len = 0;
	t->over = true;
}

void ut_transcript_add(struct ut_transcript *t, unsigned int type,
		       const gnutls_datum_t *msg)
{
	uint8_t *data;

	if (t->over)
		return;
	data = t->len + HEAD + msg->size > UT_SIGN_TEXT_MAX ? NULL :
	       realloc(t->data, t->len + HEAD + msg->size);
	if (!data) {
		ut_transcript_end(t);
		t->lost = true;
		return;
	}
	t->data = data;
	if (type == GNUTLS_HANDSHAKE_HELLO_RETRY_REQUEST) {
		type = SERVER_HELLO;
		t->retry = t->len;
	}
	head(data + t->len, type, msg->size);
	if (msg->size)
		memcpy(data + t->len + HEAD, msg->data, msg->size);
	t->len += HEAD + msg->size;
}

/* In the place of the first ClientHello. */
static int hash_first(const struct ut_transcript *t, gnutls_hash_hd_t hd,
		      gnutls_digest_algorithm_t algorithm, size_t size)
{
	uint8_t first[HEAD + UT_TRANSCRIPT_HASH_MAX];

	head(first, MESSAGE_HASH, size);
	return gnutls_hash_fast(algorithm, t->data, t->retry, first + HEAD) ||
	       gnutls_hash(hd, first, HEAD + size);
}

size_t ut_transcript_hash(const struct ut_transcript *t,
			  gnutls_digest_algorithm_t algorithm,
			  uint8_t out[UT_TRANSCRIPT_HASH_MAX])
{
	const size_t size = gnutls_hash_get_len(algorithm);
	gnutls_hash_hd_t hd;
	int ret = 0;

	if (!t->len || !size || size > UT_TRANSCRIPT_HASH_MAX ||
	    gnutls_hash_init(&hd, algorithm))
		return 0;
	if (t->retry)
		ret = hash_first(t, hd, algorithm, size);
	if (!ret)
		ret = gnutls_hash(hd, t->data + t->retry, t->len - t->retry);
	gnutls_hash_deinit(hd, out);
	return ret ? 0 : size;
}
