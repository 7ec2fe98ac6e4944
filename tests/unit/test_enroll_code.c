// SPDX-License-Identifier: GPL-2.0
/* One-time codes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "enroll/code.h"
#include "lib/unit.h"
#include "tls/psk.h"

static struct ut_err err;

static void test_text_and_back(void **state)
{
	struct ut_code code, back;
	char text[UT_CODE_TEXT_SIZE];
	int i;

	for (i = 0; i < 200; i++) {
		assert_int_equal(ut_code_make(&code, &err), 0);
		ut_code_text(&code, text);
		assert_int_equal(strlen(text), 24);
		assert_null(strpbrk(text, "ILOUilou"));
		assert_int_equal(ut_code_parse(&back, text, &err), 0);
		assert_memory_equal(&code, &back, sizeof(code));
	}
}

/* Each digit takes each of its values: all of the 100 bits are used. */
static void test_all_bits(void **state)
{
	uint32_t seen[UT_CODE_DIGITS] = { 0 };
	struct ut_code code;
	int i, d;

	for (i = 0; i < 2000; i++) {
		assert_int_equal(ut_code_make(&code, &err), 0);
		for (d = 0; d < UT_CODE_DIGITS; d++) {
			assert_true(code.digit[d] < 32);
			seen[d] |= 1u << code.digit[d];
		}
	}
	for (d = 0; d < UT_CODE_DIGITS; d++)
		assert_int_equal(seen[d], 0xffffffff);
}

static void test_forgiving(void **state)
{
	static const char *const same[] = {
		"0123-4567-89AB-CDEF-1011", "0123456789ABCDEF1011",
		"  o123 4567 89ab cdef 1o11\r\n", "O1234567-89abcdef-iOil",
		"0l23\t4567 89AB CDEF L0Li", "0-1-2-3-4567-89AB-CDEF-1011-",
	};
	struct ut_code first, code;
	size_t i;

	assert_int_equal(ut_code_parse(&first, same[0], &err), 0);
	for (i = 1; i < sizeof(same) / sizeof(same[0]); i++) {
		if (ut_code_parse(&code, same[i], &err))
			fail_msg("%zu: %s", i, err.msg);
		assert_memory_equal(&code, &first, sizeof(code));
	}
}

static void test_not_a_code(void **state)
{
	static const char *const bad[] = {
		"", "0123-4567-89AB-CDEF-101", "0123-4567-89AB-CDEF-10111",
		"0123-4567-89AB-CDEF-101U", "0123-4567-89AB-CDEF-101!",
		"0123_4567_89AB_CDEF_1011", "0123-4567-89AB-CDEF-101\xc3\xa4",
	};
	static const struct ut_code none;
	struct ut_code code;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ut_code_parse(&code, bad[i], &err), -EINVAL);
		assert_int_equal(err.code, UT_EXIT_USAGE);
		/* Half of a code is still a secret. */
		assert_memory_equal(&code, &none, sizeof(code));
		assert_null(strstr(err.msg, "0123"));
	}
}

static void test_keys(void **state)
{
	/* HKDF-SHA-256 of 20 zero digits, computed by another implementation. */
	static const uint8_t zero[UT_TLS_PSK_SIZE] = {
		0x84, 0x9a, 0xdb, 0xd7, 0x3a, 0x08, 0xc2, 0x8e,
		0x29, 0xb7, 0x49, 0xe1, 0xdd, 0x94, 0x7c, 0xc5,
		0x68, 0xdf, 0xf8, 0x3c, 0xdc, 0x41, 0xcd, 0xc6,
		0x8b, 0xd5, 0xc5, 0x6e, 0xef, 0x2c, 0x2f, 0x26,
	};
	struct ut_code a = { { 0 } }, b = a;
	uint8_t ka[UT_TLS_PSK_SIZE], kb[UT_TLS_PSK_SIZE];

	assert_int_equal(ut_code_key(&a, ka), 0);
	assert_memory_equal(ka, zero, sizeof(ka));
	b.digit[19] = 1;
	assert_int_equal(ut_code_key(&b, kb), 0);
	assert_memory_not_equal(ka, kb, sizeof(ka));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_and_back),
		cmocka_unit_test(test_all_bits),
		cmocka_unit_test(test_forgiving),
		cmocka_unit_test(test_not_a_code),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
