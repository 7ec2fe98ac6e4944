// SPDX-License-Identifier: GPL-2.0
/* Errors meant for a person: see err.h. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/*
 * Length of the UTF-8 sequence at p, or 0 if it is not a valid one or a control
 * character. Overlong forms, surrogates and C1 controls count as invalid: the
 * text goes to a terminal.
 */
static size_t utf8_len(const unsigned char *p)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c;
	size_t n, i;

	if (p[0] < 0x80)
		return p[0] >= 0x20 && p[0] != 0x7f;
	if ((p[0] & 0xe0) == 0xc0) {
		n = 2;
		c = p[0] & 0x1f;
	} else if ((p[0] & 0xf0) == 0xe0) {
		n = 3;
		c = p[0] & 0x0f;
	} else if ((p[0] & 0xf8) == 0xf0) {
		n = 4;
		c = p[0] & 0x07;
	} else {
		return 0;
	}
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c < 0xa0 || c > 0x10ffff ||
	    (c >= 0xd800 && c <= 0xdfff))
		return 0;
	/* Bidirectional controls and line separators can fake other text. */
	if ((c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
		return 0;
	return n;
}

void ut_sanitize(char *s)
{
	unsigned char *p = (unsigned char *)s;
	size_t n;

	while (*p) {
		n = utf8_len(p);
		if (n) {
			p += n;
		} else {
			*p++ = '?';
		}
	}
}

void ut_err_clear(struct ut_err *err)
{
	if (!err)
		return;
	err->code = UT_EXIT_OK;
	err->msg[0] = '\0';
	err->hint[0] = '\0';
}

static int positive(int error)
{
	if (!error)
		return EIO;
	return abs(error);
}

static void set(struct ut_err *err, enum ut_exit code, const char *fmt,
		va_list ap)
{
	err->code = code;
	err->hint[0] = '\0';
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	ut_sanitize(err->msg);
}

int ut_err_set(struct ut_err *err, enum ut_exit code, int error,
	       const char *fmt, ...)
{
	va_list ap;

	if (err) {
		va_start(ap, fmt);
		set(err, code, fmt, ap);
		va_end(ap);
	}
	return -positive(error);
}

int ut_err_errno(struct ut_err *err, enum ut_exit code, int error,
		 const char *fmt, ...)
{
	va_list ap;
	size_t len;

	if (err) {
		va_start(ap, fmt);
		set(err, code, fmt, ap);
		va_end(ap);
		len = strlen(err->msg);
		snprintf(err->msg + len, sizeof(err->msg) - len, ": %s",
			 strerror(positive(error)));
	}
	return -positive(error);
}

void ut_err_prefix(struct ut_err *err, const char *fmt, ...)
{
	char old[UT_ERR_MSG_SIZE];
	va_list ap;
	size_t len;

	if (!err)
		return;
	memcpy(old, err->msg, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	len = strlen(err->msg);
	snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", old);
	ut_sanitize(err->msg);
}

void ut_err_hint(struct ut_err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return;
	va_start(ap, fmt);
	vsnprintf(err->hint, sizeof(err->hint), fmt, ap);
	va_end(ap);
	ut_sanitize(err->hint);
}

enum ut_exit ut_exit_of_errno(int error)
{
	switch (positive(error)) {
	case EACCES:
	case EPERM:
		return UT_EXIT_PERMISSION;
	case ENOENT:
	case ENODEV:
		return UT_EXIT_NOT_FOUND;
	case EBUSY:
		return UT_EXIT_BUSY;
	case ETIMEDOUT:
		return UT_EXIT_TIMEOUT;
	default:
		return UT_EXIT_FAILURE;
	}
}

bool ut_parse_uint(const char *text, size_t most, unsigned int max,
		   unsigned int *out)
{
	size_t len = strlen(text);
	unsigned long v;

	if (!len || len > most || strspn(text, "0123456789") != len)
		return false;
	/* ULONG_MAX for what is beyond it. */
	v = strtoul(text, NULL, 10);
	*out = (unsigned int)v;
	return v <= max;
}

static const char digits[] = "0123456789abcdef";

void ut_hex(char *dst, const void *src, size_t n)
{
	const uint8_t *byte = src;

	for (; n; n--, byte++) {
		*dst++ = digits[*byte >> 4];
		*dst++ = digits[*byte & 0xf];
	}
	*dst = '\0';
}

bool ut_unhex(void *dst, size_t n, const char *src)
{
	uint8_t *byte = dst;
	size_t i;

	if (strlen(src) != 2 * n || strspn(src, digits) != 2 * n)
		return false;
	for (i = 0; i < n; i++, src += 2)
		byte[i] = (uint8_t)((strchr(digits, src[0]) - digits) << 4 |
				    (strchr(digits, src[1]) - digits));
	return true;
}
