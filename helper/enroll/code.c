// SPDX-License-Identifier: GPL-2.0
/* One-time codes: see code.h. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "enroll/code.h"
#include "enroll/frame.h"

#define GROUP 4

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

int ut_code_make(struct ut_code *code, struct ut_err *err)
{
	size_t i;
	int ret;

	ret = gnutls_rnd(GNUTLS_RND_KEY, code->digit, sizeof(code->digit));
	if (ret)
		return ut_err_set(err, UT_EXIT_FAILURE, EIO,
				  "cannot make a code: %s",
				  gnutls_strerror(ret));
	for (i = 0; i < UT_CODE_DIGITS; i++)
		code->digit[i] &= 31;
	return 0;
}

void ut_code_text(const struct ut_code *code, char text[UT_CODE_TEXT_SIZE])
{
	size_t i;

	for (i = 0; i < UT_CODE_DIGITS; i++) {
		if (i && i % GROUP == 0)
			*text++ = '-';
		*text++ = digits[code->digit[i] & 31];
	}
	*text = '\0';
}

/* 0..31, or -1. */
static int digit_of(char c)
{
	const char *p;

	c = (char)toupper((unsigned char)c);
	if (c == 'O')
		c = '0';
	else if (c == 'I' || c == 'L')
		c = '1';
	p = c ? strchr(digits, c) : NULL;
	return p ? (int)(p - digits) : -1;
}

int ut_code_parse(struct ut_code *code, const char *text, struct ut_err *err)
{
	size_t n = 0;
	int v, ret;

	for (; *text; text++) {
		if (*text == '-' || isspace((unsigned char)*text))
			continue;
		v = digit_of(*text);
		if (v < 0)
			break;
		if (n < UT_CODE_DIGITS)
			code->digit[n] = (uint8_t)v;
		n++;
	}
	if (!*text && n == UT_CODE_DIGITS)
		return 0;
	explicit_bzero(code, sizeof(*code));
	if (*text)
		ret = ut_err_set(err, UT_EXIT_USAGE, EINVAL,
				 "this is not a code: it has a character that codes do not have");
	else
		ret = ut_err_set(err, UT_EXIT_USAGE, EINVAL,
				 "this is not a code: it has %zu characters in place of %d",
				 n, UT_CODE_DIGITS);
	ut_err_hint(err, "type the five groups of four characters that the dock shows");
	return ret;
}

int ut_code_key(const struct ut_code *code, uint8_t key[UT_TLS_PSK_SIZE])
{
	static const char salt_text[] = "usbip-tls enrolment code";
	static const char info_text[] = UT_ENROLL_ALPN " TLS 1.3 external PSK";
	const gnutls_datum_t ikm = {
		(unsigned char *)code->digit, sizeof(code->digit)
	};
	const gnutls_datum_t salt = {
		(unsigned char *)salt_text, sizeof(salt_text) - 1
	};
	const gnutls_datum_t info = {
		(unsigned char *)info_text, sizeof(info_text) - 1
	};
	uint8_t prk[32];
	const gnutls_datum_t prk_datum = { prk, sizeof(prk) };
	int ret;

	ret = gnutls_hkdf_extract(GNUTLS_MAC_SHA256, &ikm, &salt, prk);
	if (!ret)
		ret = gnutls_hkdf_expand(GNUTLS_MAC_SHA256, &prk_datum, &info,
					 key, UT_TLS_PSK_SIZE);
	explicit_bzero(prk, sizeof(prk));
	return ret ? -EIO : 0;
}
