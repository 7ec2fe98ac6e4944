// SPDX-License-Identifier: GPL-2.0
/* Headers and packet descriptors: to host byte order and back. */
#include "lib/pdu_feed.h"

/* CMD_SUBMIT as in the protocol document, with each byte different. */
static const uint8_t submit_raw[USBIP_PDU_HDR_SIZE] = {
	0x00, 0x00, 0x00, 0x01, 0x10, 0x11, 0x12, 0x13, 0x20, 0x21, 0x22, 0x23,
	0x30, 0x31, 0x32, 0x33, 0x40, 0x41, 0x42, 0x43, 0x50, 0x51, 0x52, 0x53,
	0xe0, 0x61, 0x62, 0x63, 0x70, 0x71, 0x72, 0x73, 0x80, 0x81, 0x82, 0x83,
	0x90, 0x91, 0x92, 0x93, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
};

static void test_decode_submit(void **state)
{
	struct usbip_pdu p;

	usbip_pdu_decode(&p, submit_raw);
	assert_int_equal(p.command, USBIP_CMD_SUBMIT);
	assert_int_equal(p.seqnum, 0x10111213);
	assert_int_equal(p.devid, 0x20212223);
	assert_int_equal(p.direction, 0x30313233);
	assert_int_equal(p.ep, 0x40414243);
	assert_int_equal(p.flags, 0x50515253);
	assert_true(p.length == (int32_t)0xe0616263);
	assert_true(p.length < 0);
	assert_int_equal(p.start_frame, 0x70717273);
	assert_true(p.packets == (int32_t)0x80818283);
	assert_true(p.interval == (int32_t)0x90919293);
	assert_memory_equal(p.setup, submit_raw + 40, 8);
	assert_int_equal(p.status, 0);
	assert_int_equal(p.target, 0);
}

static void test_decode_others(void **state)
{
	uint8_t raw[USBIP_PDU_HDR_SIZE];
	struct usbip_pdu p;

	memcpy(raw, submit_raw, sizeof(raw));
	raw[3] = USBIP_RET_SUBMIT;
	usbip_pdu_decode(&p, raw);
	assert_int_equal(p.status, 0x50515253);
	assert_true(p.actual_length == (int32_t)0xe0616263);
	assert_int_equal(p.start_frame, 0x70717273);
	assert_true(p.packets == (int32_t)0x80818283);
	assert_true(p.error_count == (int32_t)0x90919293);
	assert_int_equal(p.length, 0);

	raw[3] = USBIP_CMD_UNLINK;
	usbip_pdu_decode(&p, raw);
	assert_int_equal(p.target, 0x50515253);
	assert_int_equal(p.actual_length, 0);

	raw[3] = USBIP_RET_UNLINK;
	usbip_pdu_decode(&p, raw);
	assert_int_equal(p.status, 0x50515253);

	raw[3] = 7;
	usbip_pdu_decode(&p, raw);
	assert_int_equal(p.command, 7);
	assert_int_equal(p.seqnum, 0x10111213);
	assert_int_equal(p.status, 0);
}

static void test_round_trip(void **state)
{
	uint8_t raw[USBIP_PDU_HDR_SIZE], out[USBIP_PDU_HDR_SIZE];
	/* The bytes of a header that have a meaning, for each command. */
	static const int used[] = { 0, 48, 24, 40, 24 };
	struct usbip_pdu p;
	int command;

	for (command = USBIP_CMD_SUBMIT; command <= USBIP_RET_UNLINK;
	     command++) {
		memcpy(raw, submit_raw, sizeof(raw));
		raw[3] = command;
		memset(raw + used[command], 0, sizeof(raw) - used[command]);
		usbip_pdu_decode(&p, raw);
		memset(out, 0x5a, sizeof(out));
		usbip_pdu_encode(&p, out);
		assert_memory_equal(out, raw, sizeof(raw));
	}
}

static void test_iso_desc(void **state)
{
	uint8_t out[USBIP_ISO_DESC_SIZE];
	struct usbip_iso_desc d;

	usbip_iso_decode(&d, submit_raw + 20);
	assert_int_equal(d.offset, 0x50515253);
	assert_int_equal(d.length, 0xe0616263);
	assert_int_equal(d.actual_length, 0x70717273);
	assert_true(d.status == (int32_t)0x80818283);
	usbip_iso_encode(&d, out);
	assert_memory_equal(out, submit_raw + 20, sizeof(out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode_submit),
		cmocka_unit_test(test_decode_others),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_iso_desc),
	};

	return cmocka_run_group_tests_name("pdu", tests, NULL, NULL);
}
