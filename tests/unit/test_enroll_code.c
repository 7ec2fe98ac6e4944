// SPDX-License-Identifier: GPL-2.0
/* One-time codes, and the messages between a worker and its parent. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enroll/code.h"
#include "enroll/msg.h"
#include "lib/unit.h"

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
	/* HKDF-SHA-256 of 20 zero digits, by another implementation. */
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

/* --- messages --- */

static void fill(struct ut_buf *b, size_t len)
{
	size_t i;

	b->data = malloc(len + 1);
	assert_non_null(b->data);
	b->len = len;
	for (i = 0; i < len; i++)
		b->data[i] = (char)(i * 7 + len);
	b->data[len] = '\0';
}

static void test_parts(void **state)
{
	static const size_t sizes[][UT_N_PARTS] = {
		{ 600, 500, 300, 4 }, { 4096, 4096, 4096, 0 },
		{ 1, 1, 4097, 63 }, { 600, 500, UT_PKI_CRL_MAX, 0 },
	};
	struct ut_parts from, to;
	static struct ut_part part;
	unsigned int i, k;
	int ret;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(&from, 0, sizeof(from));
		memset(&to, 0, sizeof(to));
		for (k = 0; k < UT_N_PARTS; k++)
			fill(&from.buf[k], sizes[i][k]);
		ret = 0;
		while (ut_parts_next(&from, &part)) {
			assert_int_equal(ret, 0);
			ret = ut_parts_add(&to, &part);
		}
		assert_int_equal(ret, 1);
		for (k = 0; k < UT_N_PARTS; k++) {
			assert_int_equal(to.buf[k].len, sizes[i][k]);
			assert_memory_equal(to.buf[k].data, from.buf[k].data,
					    sizes[i][k]);
		}
		ut_parts_free(&from);
		ut_parts_free(&to);
	}
}

static void test_parts_out_of_turn(void **state)
{
	struct ut_parts to = { .kind = 0 };
	static struct ut_part part;

	part = (struct ut_part){ .kind = UT_PART_CA, .total = 10, .len = 10 };
	assert_int_equal(ut_parts_add(&to, &part), -EBADMSG);
	part = (struct ut_part){ .kind = UT_PART_CERT, .total = 10, .len = 4 };
	assert_int_equal(ut_parts_add(&to, &part), 0);
	/* Another total, more than the total, nothing at all. */
	part.total = 11;
	assert_int_equal(ut_parts_add(&to, &part), -EBADMSG);
	part.total = 10;
	part.len = 7;
	assert_int_equal(ut_parts_add(&to, &part), -EBADMSG);
	part.len = 0;
	assert_int_equal(ut_parts_add(&to, &part), -EBADMSG);
	part.len = 6;
	assert_int_equal(ut_parts_add(&to, &part), 0);
	assert_int_equal(ut_parts_add(&to, &part), -EBADMSG);
	ut_parts_free(&to);
}

static void test_messages(void **state)
{
	static struct ut_enroll_msg msg, got;
	int a, b;

	assert_int_equal(ut_program_pair(&a, &b), 0);
#define TRY(expect, ...) do { \
	msg = (struct ut_enroll_msg){ __VA_ARGS__ }; \
	assert_int_equal(ut_enroll_msg_send(b, &msg), 0); \
	assert_int_equal(ut_enroll_msg_recv(a, &got), expect); \
} while (0)
	TRY(0, .type = UT_ENROLL_CLAIM);
	TRY(-EBADMSG, .type = UT_ENROLL_NONE);
	TRY(-EBADMSG, .type = 99);
	TRY(0, .type = UT_ENROLL_REQUEST,
	    .request = { .role = UT_PKI_TABLET, .name = "lea" });
	TRY(-EBADMSG, .type = UT_ENROLL_REQUEST,
	    .request = { .role = UT_PKI_CA, .name = "lea" });
	TRY(-EBADMSG, .type = UT_ENROLL_REQUEST,
	    .request = { .role = UT_PKI_TABLET, .name = "../lea" });
	TRY(-EBADMSG, .type = UT_ENROLL_REQUEST,
	    .request = { .role = UT_PKI_TABLET, .name = "" });
	memset(&msg, 'a', sizeof(msg));
	msg.type = UT_ENROLL_REQUEST;
	msg.request.role = UT_PKI_TABLET;
	assert_int_equal(ut_enroll_msg_send(b, &msg), 0);
	assert_int_equal(ut_enroll_msg_recv(a, &got), -EBADMSG);
	TRY(-EBADMSG, .type = UT_ENROLL_REFUSED, .refusal = 0);
	TRY(-EBADMSG, .type = UT_ENROLL_REFUSED, .refusal = UT_REFUSAL_END);
	TRY(0, .type = UT_ENROLL_REFUSED, .refusal = UT_REFUSAL_TAKEN);
	TRY(0, .type = UT_ENROLL_PART, .part = { .kind = UT_PART_CRL,
	    .total = UT_PKI_CRL_MAX, .len = UT_PART_DATA });
	TRY(-EBADMSG, .type = UT_ENROLL_PART, .part = { .kind = UT_PART_CRL,
	    .total = UT_PKI_CRL_MAX + 1, .len = 1 });
	TRY(-EBADMSG, .type = UT_ENROLL_PART, .part = { .kind = UT_PART_CERT,
	    .total = UT_PKI_CERT_MAX, .len = UT_PART_DATA + 1 });
	TRY(-EBADMSG, .type = UT_ENROLL_PART, .part = { .kind = UT_N_PARTS });
	TRY(-EBADMSG, .type = UT_ENROLL_CONFIRMED, .confirmed = 2);
	TRY(-EBADMSG, .type = UT_ENROLL_ERROR, .err = { .code = UT_EXIT_OK });
	TRY(-EBADMSG, .type = UT_ENROLL_OUTCOME,
	    .outcome = { .reason = UT_TLS_N_REASONS });
	/* Too short. */
	assert_int_equal(ut_packet_send(b, &msg, 8), 0);
	assert_int_equal(ut_enroll_msg_recv(a, &got), -EBADMSG);
	assert_int_equal(ut_enroll_msg_recv(a, &got), -EAGAIN);
	close(b);
	assert_int_equal(ut_enroll_msg_recv(a, &got), -EPIPE);
	close(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_and_back),
		cmocka_unit_test(test_all_bits),
		cmocka_unit_test(test_forgiving),
		cmocka_unit_test(test_not_a_code),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_parts_out_of_turn),
		cmocka_unit_test(test_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
