/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one-time code of an enrolment: 100 random bits, shown as five groups of
 * four characters of Crockford's base 32 (no I, L, O, U).
 */
#ifndef UT_ENROLL_CODE_H
#define UT_ENROLL_CODE_H

#include <stdint.h>

#include "base/err.h"
#include "tls/psk.h"

#define UT_CODE_DIGITS		20	/* of 5 bits each */
#define UT_CODE_TEXT_SIZE	25	/* with four hyphens and NUL */

/**
 * struct ut_code - a code; wipe it by explicit_bzero() after use
 * @digit: 0..31
 */
struct ut_code {
	uint8_t digit[UT_CODE_DIGITS];
};

/* A new one. -EIO: no random numbers. */
int ut_code_make(struct ut_code *code, struct ut_err *err);

void ut_code_text(const struct ut_code *code, char text[UT_CODE_TEXT_SIZE]);

/*
 * Reads what a person has typed: upper or lower case, blanks and hyphens
 * anywhere, O for 0, I and L for 1. -EINVAL; the message does not show it.
 */
int ut_code_parse(struct ut_code *code, const char *text, struct ut_err *err);

/*
 * The key for TLS, by HKDF-SHA-256 with the name and version of the protocol, so
 * that a code can never be of use in another one.
 */
int ut_code_key(const struct ut_code *code, uint8_t key[UT_TLS_PSK_SIZE]);

#endif /* UT_ENROLL_CODE_H */
