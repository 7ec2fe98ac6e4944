// SPDX-License-Identifier: GPL-2.0
/*
 * What a worker asks the signer to sign: whatever is accepted must be the text of a
 * handshake of that side and version, and nothing that counts anywhere else.
 *
 * Input: a byte for side and smallest version, one for the version, one for the
 * algorithm, one for the kind of key, then the text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tls/sign_text.h"

#define HEAD 4

static void fail(const char *what)
{
	fprintf(stderr, "fuzz_sign: %s\n", what);
	abort();
}

/**
 * struct element - of BER, as the most lenient decoders read it
 * @kind: class, 0 to 3
 * @number: of the tag
 * @body: where its content begins
 * @len: of its content
 */
struct element {
	unsigned int kind;
	uint64_t number;
	const uint8_t *body;
	uint64_t len;
};

/* Also tags and lengths in more octets than they need, which DER forbids. */
static bool read_element(struct element *e, const uint8_t *p,
			 const uint8_t *end)
{
	unsigned int n, used = 0;
	uint8_t b;

	if (p == end)
		return false;
	b = *p++;
	e->kind = b >> 6;
	e->number = b & 0x1f;
	if (e->number == 0x1f) {
		e->number = 0;
		do {
			if (p == end || e->number >> 57)
				return false;
			b = *p++;
			e->number = e->number << 7 | (b & 0x7f);
		} while (b & 0x80);
	}
	if (p == end)
		return false;
	n = *p++;
	e->len = n;
	if (n == 0x80)
		e->len = (uint64_t)(end - p);
	if (n > 0x80) {
		e->len = 0;
		for (n &= 0x7f; n; n--, p++) {
			if (p == end)
				return false;
			if (!used && !*p)
				continue;
			if (++used > sizeof(e->len))
				return false;
			e->len = e->len << 8 | *p;
		}
	}
	e->body = p;
	return e->len <= (uint64_t)(end - p);
}

/* One SEQUENCE from the first to the last byte, as those of RFC 5280 begin. */
static bool whole_sequence(const uint8_t *p, size_t len)
{
	struct element all, first;

	if (!read_element(&all, p, p + len) || all.kind || all.number != 16 ||
	    all.body + all.len != p + len ||
	    !read_element(&first, all.body, p + len))
		return false;
	return first.kind ? first.kind == 2 && !first.number :
			    first.number == 2 || first.number == 16;
}

static void check12(const struct ut_sign_rules *rules, const uint8_t *p,
		    size_t len)
{
	if (rules->min_version != 0x0303)
		fail("TLS 1.2 where it is off");
	if (rules->side == UT_TLS_TABLET) {
		if (p[0] != 1)
			fail("a tablet's text without a ClientHello");
		return;
	}
	if (len != 100 && len != 133 && len != 165)
		fail("a dock's text of another length");
	if (whole_sequence(p, len))
		fail("a dock's text that is DER");
}

static void check(const struct ut_sign_rules *rules, uint32_t version,
		  const gnutls_datum_t *text)
{
	static const char server[] = "TLS 1.3, server CertificateVerify";
	static const char client[] = "TLS 1.3, client CertificateVerify";
	const char *context = rules->side == UT_TLS_DOCK ? server : client;

	if (text->size >= 9 && !memcmp(text->data, "usbip-tls", 9))
		fail("a renewal");
	if (version == 0x0303)
		check12(rules, text->data, text->size);
	else if (version != 0x0304 || text->size > UT_SIGN_TLS13_MAX ||
		 text->size < 64 + sizeof(server) + 32 ||
		 strspn((const char *)text->data, " ") != 64 ||
		 strcmp((const char *)text->data + 64, context))
		fail("not a text of TLS 1.3");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const gnutls_pk_algorithm_t kinds[] = {
		GNUTLS_PK_ECDSA, GNUTLS_PK_RSA, GNUTLS_PK_EDDSA_ED25519,
	};
	struct ut_sign_rules rules;
	struct ut_sign_request req;
	uint8_t buf[UT_SIGN_TLS13_MAX];
	gnutls_datum_t text;
	uint8_t *copy;

	if (size <= HEAD)
		return 0;
	rules.side = data[0] & 1 ? UT_TLS_TABLET : UT_TLS_DOCK;
	rules.min_version = data[0] & 2 ? 0x0304 : 0x0303;
	rules.pk = kinds[data[3] % 3];
	/* As long as the text, so that a byte too many is seen. */
	copy = malloc(size - HEAD);
	if (!copy)
		return 0;
	memcpy(copy, data + HEAD, size - HEAD);
	req = (struct ut_sign_request){
		.version = 0x0300u | data[1], .algorithm = data[2],
		.text = copy, .len = size - HEAD,
	};
	if (ut_sign_text(&rules, &req, buf, &text))
		check(&rules, req.version, &text);
	free(copy);
	return 0;
}
