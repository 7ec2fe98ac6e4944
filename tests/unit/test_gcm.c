// SPDX-License-Identifier: GPL-2.0
/* What AES-GCM may protect is counted in blocks: never too few, and few too many. */
#include <linux/usbip_tls.h>

#include "lib/unit.h"
#include "wire/usbip_gcm.h"

#define LIMIT	USBIP_TLS_GCM_BLOCK_LIMIT
#define DAY	86400ULL

/* What GCM works on for one record: text and type in blocks, and the tag. */
static uint64_t exactly(uint64_t bytes)
{
	return (bytes + 1 + 15) / 16 + 1;
}

static void test_one_record(void **state)
{
	uint64_t n;

	for (n = 0; n <= USBIP_TLS_RECORD_SIZE; n++) {
		assert_true(usbip_gcm_blocks(1, n) >= exactly(n));
		assert_true(usbip_gcm_blocks(1, n) <= exactly(n) + 1);
	}
}

/* Sums over many records of all lengths. */
static void test_many(void **state)
{
	uint64_t records = 0, bytes = 0, sum = 0, n, i;

	for (i = 0; i < 200000; i++) {
		n = i * 2654435761U % (USBIP_TLS_RECORD_SIZE + 1);
		records++;
		bytes += n;
		sum += exactly(n);
		assert_true(usbip_gcm_blocks(records, bytes) >= sum);
		assert_true(usbip_gcm_blocks(records, bytes) <= sum + records);
	}
}

/* 2^24.5 full records, as in RFC 8446, to within one percent. */
static void test_full_records(void **state)
{
	const uint64_t records = 23726566;
	uint64_t blocks = usbip_gcm_blocks(records,
					   records * USBIP_TLS_RECORD_SIZE);

	assert_true(blocks > LIMIT / 100 * 99 && blocks < LIMIT / 100 * 101);
	/* 2 * limit^2 = 2^70: the limit is 2^34.5, rounded down. */
	assert_true((unsigned __int128)LIMIT * LIMIT <
		    (unsigned __int128)1 << 69);
	assert_true((unsigned __int128)(LIMIT + 1) * (LIMIT + 1) >
		    (unsigned __int128)1 << 69);
}

/* Seconds until the key of one direction is used up. */
static uint64_t lasts(uint64_t per_second, uint64_t bytes)
{
	return LIMIT / usbip_gcm_blocks(per_second, per_second * bytes);
}

/*
 * A mouse of 1000 Hz answers 1000 times a second with 48 + 8 bytes, and 4 KiB
 * reads, 900 a second, come in three answers. Counted in records the first ended
 * after 6.6 hours, the second after 2.2.
 */
static void test_what_ended_early(void **state)
{
	assert_true(lasts(1000, 56) > 45 * DAY);
	assert_true(lasts(900, 48 + 48 + 4096 + 48 + 13) > 1 * DAY);
}

static void test_room(void **state)
{
	assert_true(usbip_gcm_blocks_of(48) == 3 + 2);
	assert_true(usbip_gcm_blocks_of(16384) == 1024 + 2);
	assert_true(usbip_gcm_blocks_of(16385) == 1025 + 4);
	assert_true(usbip_gcm_due(800) == 700);
	assert_true(usbip_gcm_due(LIMIT) == LIMIT - LIMIT / 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_record),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_full_records),
		cmocka_unit_test(test_what_ended_early),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
