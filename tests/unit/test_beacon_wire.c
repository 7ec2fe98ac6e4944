// SPDX-License-Identifier: GPL-2.0
/* The bytes of a beacon: every length, and every field that can be wrong. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/unit.h"
#include "proto/beacon_packet.h"

static const struct ut_beacon desk = {
	.name = "desk", .port = 3240, .use_tls = true,
};

/* As RemoteHub sends it. */
static void make(uint8_t raw[UT_BEACON_SIZE])
{
	memset(raw, 0, UT_BEACON_SIZE);
	memcpy(raw, "RHBN\0\0\0\0\0\0\0\0\0\0\0\0desk", 20);
	memcpy(raw + 80, "\x0c\xa8\x01", 3);
}

static int decode(const uint8_t *raw)
{
	struct ut_beacon b;

	return ut_beacon_decode(raw, UT_BEACON_SIZE, true, &b);
}

static void test_layout(void **state)
{
	uint8_t want[UT_BEACON_SIZE], out[UT_BEACON_SIZE];

	make(want);
	memset(out, 0x5a, sizeof(out));
	assert_int_equal(ut_beacon_encode(out, &desk), 0);
	assert_memory_equal(out, want, sizeof(want));
}

static void test_round_trip(void **state)
{
	uint8_t raw[UT_BEACON_SIZE];
	struct ut_beacon b;

	assert_int_equal(ut_beacon_encode(raw, &desk), 0);
	memset(&b, 0x5a, sizeof(b));
	assert_int_equal(ut_beacon_decode(raw, sizeof(raw), true, &b), 0);
	assert_string_equal(b.name, "desk");
	assert_int_equal(b.port, 3240);
	assert_true(b.use_tls);
	/* No old bytes of the buffer remain after the name. */
	assert_int_equal(b.name[63], 0);
}

/* On the heap, so that the sanitizer reports a read past the end. */
static void test_every_length(void **state)
{
	uint8_t raw[UT_BEACON_SIZE], *cut;
	struct ut_beacon b = desk;
	size_t len;

	make(raw);
	for (len = 0; len <= 2 * UT_BEACON_SIZE; len++) {
		cut = calloc(1, len ? len : 1);
		assert_non_null(cut);
		memcpy(cut, raw, len < sizeof(raw) ? len : sizeof(raw));
		assert_int_equal(ut_beacon_decode(cut, len, true, &b),
				 len == UT_BEACON_SIZE ? 0 : -EPROTO);
		free(cut);
	}
}

static void test_ident(void **state)
{
	uint8_t raw[UT_BEACON_SIZE];
	size_t i;

	for (i = 0; i < 4; i++) {
		make(raw);
		raw[i] ^= 0x20;
		assert_int_equal(decode(raw), -EPROTO);
	}
}

static void test_version(void **state)
{
	uint8_t raw[UT_BEACON_SIZE];
	size_t i;

	for (i = 8; i < 12; i++) {
		make(raw);
		raw[i] = 1;
		assert_int_equal(decode(raw), -EPROTO);
	}
	/* The id, the minor version and the attention field may be anything. */
	make(raw);
	memset(raw + 4, 0xff, 4);
	memset(raw + 12, 0xff, 4);
	memset(raw + 83, 0xff, 4);
	assert_int_equal(decode(raw), 0);
}

static void test_name(void **state)
{
	uint8_t raw[UT_BEACON_SIZE];
	struct ut_beacon b = { .port = 1 };

	make(raw);
	memset(raw + 16, 'x', 64);
	assert_int_equal(decode(raw), -EPROTO);
	raw[79] = '\0';
	assert_int_equal(ut_beacon_decode(raw, sizeof(raw), true, &b), 0);
	assert_int_equal(strlen(b.name), 63);
	raw[16] = '\0';
	assert_int_equal(ut_beacon_decode(raw, sizeof(raw), true, &b), 0);
	assert_string_equal(b.name, "");
	/* Bytes after the NUL are ignored. */
	assert_int_equal(b.name[1], 0);

	memset(b.name, 'x', sizeof(b.name));
	assert_int_equal(ut_beacon_encode(raw, &b), -EINVAL);
	b.name[63] = '\0';
	assert_int_equal(ut_beacon_encode(raw, &b), 0);
}

static void test_port(void **state)
{
	uint8_t raw[UT_BEACON_SIZE];
	struct ut_beacon b = desk;

	make(raw);
	raw[80] = raw[81] = 0;
	assert_int_equal(decode(raw), -EPROTO);
	raw[80] = raw[81] = 0xff;
	assert_int_equal(ut_beacon_decode(raw, sizeof(raw), true, &b), 0);
	assert_int_equal(b.port, 65535);
	b.port = 0;
	assert_int_equal(ut_beacon_encode(raw, &b), -EINVAL);
}

static void test_use_tls(void **state)
{
	uint8_t raw[UT_BEACON_SIZE];
	struct ut_beacon b;

	make(raw);
	assert_int_equal(ut_beacon_decode(raw, sizeof(raw), false, &b),
			 -EPROTO);
	raw[82] = 2;
	assert_int_equal(decode(raw), -EPROTO);
	raw[82] = 0;
	assert_int_equal(decode(raw), -EPROTO);
	assert_int_equal(ut_beacon_decode(raw, sizeof(raw), false, &b), 0);
	assert_false(b.use_tls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_ident),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_use_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
