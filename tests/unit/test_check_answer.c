// SPDX-License-Identifier: GPL-2.0
/* Rules for RET_SUBMIT and RET_UNLINK, on both sides; answers that cross. */
#include "lib/pdu_feed.h"

#define V(x)	USBIP_TLS_VIOLATION_##x
#define HDR	USBIP_PDU_HDR_SIZE
#define DESC	USBIP_ISO_DESC_SIZE

enum field { ACTUAL, STATUS_, PACKETS, ERRORS, SEQ, DEVID_, DIRECTION, EP,
	     COMMAND_ };

struct rule {
	uint32_t ep;
	uint32_t dir;
	int packets;
	enum field field;
	uint32_t value;
	uint32_t violation;
};

#define LENGTH_OPEN	960
#define NPACKETS	10

static const struct rule rules[] = {
	{ EP_BULK, IN, 0, COMMAND_, 0, V(COMMAND) },
	{ EP_BULK, IN, 0, COMMAND_, USBIP_CMD_SUBMIT, V(COMMAND) },
	{ EP_BULK, IN, 0, COMMAND_, USBIP_CMD_UNLINK, V(COMMAND) },
	{ EP_BULK, IN, 0, COMMAND_, 0xffffffff, V(COMMAND) },
	{ EP_BULK, IN, 0, COMMAND_, USBIP_RET_UNLINK, V(SEQNUM) },
	{ EP_BULK, IN, 0, SEQ, 0, V(SEQNUM) },
	{ EP_BULK, IN, 0, SEQ, 2, V(SEQNUM) },
	{ EP_BULK, IN, 0, SEQ, 0x7fffffff, V(SEQNUM) },
	{ EP_BULK, IN, 0, SEQ, 0xffffffff, V(SEQNUM) },
	{ EP_BULK, IN, 0, SEQ, 1 + USBIP_CHECK_SLOTS, V(SEQNUM) },
	{ EP_BULK, IN, 0, DEVID_, DEVID, V(NONE) },
	{ EP_BULK, IN, 0, DEVID_, 1, V(DEVID) },
	{ EP_BULK, IN, 0, DEVID_, 0xffffffff, V(DEVID) },
	{ EP_BULK, IN, 0, DIRECTION, 1, V(NONE) },
	{ EP_BULK, IN, 0, DIRECTION, 2, V(DIRECTION) },
	{ EP_BULK, IN, 0, DIRECTION, 0xffffffff, V(DIRECTION) },
	{ EP_BULK, IN, 0, EP, 15, V(NONE) },
	{ EP_BULK, IN, 0, EP, 16, V(ENDPOINT) },
	{ EP_BULK, IN, 0, EP, 0xffffffff, V(ENDPOINT) },

	{ EP_BULK, IN, 0, ACTUAL, 0, V(NONE) },
	{ EP_BULK, IN, 0, ACTUAL, LENGTH_OPEN, V(NONE) },
	{ EP_BULK, IN, 0, ACTUAL, LENGTH_OPEN + 1, V(LENGTH) },
	{ EP_BULK, IN, 0, ACTUAL, 0x7fffffff, V(LENGTH) },
	{ EP_BULK, IN, 0, ACTUAL, 0x80000000, V(LENGTH) },
	{ EP_BULK, IN, 0, ACTUAL, 0xffffffff, V(LENGTH) },
	{ EP_BULK, OUT, 0, ACTUAL, LENGTH_OPEN, V(NONE) },
	{ EP_BULK, OUT, 0, ACTUAL, LENGTH_OPEN + 1, V(LENGTH) },
	{ EP_BULK, OUT, 0, ACTUAL, 0x80000000, V(LENGTH) },
	{ EP_ISO, IN, NPACKETS, ACTUAL, LENGTH_OPEN, V(NONE) },
	{ EP_ISO, IN, NPACKETS, ACTUAL, LENGTH_OPEN + 1, V(LENGTH) },
	{ EP_ISO, OUT, NPACKETS, ACTUAL, 0xffffffff, V(LENGTH) },

	{ EP_BULK, IN, 0, STATUS_, -32, V(NONE) },
	{ EP_BULK, IN, 0, STATUS_, -4095, V(NONE) },
	{ EP_BULK, IN, 0, STATUS_, -4096, V(STATUS) },
	{ EP_BULK, IN, 0, STATUS_, -EINPROGRESS, V(STATUS) },
	{ EP_BULK, IN, 0, STATUS_, 0x80000000, V(STATUS) },

	{ EP_BULK, IN, 0, PACKETS, 0xffffffff, V(NONE) },
	{ EP_BULK, IN, 0, PACKETS, 1, V(PACKETS) },
	{ EP_BULK, IN, 0, PACKETS, 0x7fffffff, V(PACKETS) },
	{ EP_BULK, IN, 0, PACKETS, 0x80000000, V(PACKETS) },
	{ EP_ISO, IN, NPACKETS, PACKETS, 0, V(PACKETS) },
	{ EP_ISO, IN, NPACKETS, PACKETS, NPACKETS - 1, V(PACKETS) },
	{ EP_ISO, IN, NPACKETS, PACKETS, NPACKETS + 1, V(PACKETS) },
	{ EP_ISO, IN, NPACKETS, PACKETS, 0x7fffffff, V(PACKETS) },
	{ EP_ISO, OUT, NPACKETS, PACKETS, 0x80000000, V(PACKETS) },
	{ EP_ISO, OUT, NPACKETS, PACKETS, 0xffffffff, V(PACKETS) },
	{ EP_ISO, IN, NPACKETS, ERRORS, NPACKETS, V(NONE) },
	{ EP_ISO, IN, NPACKETS, ERRORS, NPACKETS + 1, V(PACKETS) },
	{ EP_ISO, IN, NPACKETS, ERRORS, 0x80000000, V(PACKETS) },
	{ EP_ISO, IN, NPACKETS, ERRORS, 0xffffffff, V(PACKETS) },
	{ EP_BULK, IN, 0, ERRORS, 1, V(PACKETS) },
};

static struct usbip_pdu rule_pdu(const struct rule *r, uint32_t seqnum)
{
	struct usbip_pdu p = pdu_ret(seqnum, 0);

	p.packets = r->packets;
	switch (r->field) {
	case ACTUAL:	p.actual_length = (int32_t)r->value; break;
	case STATUS_:	p.status = (int32_t)r->value; break;
	case PACKETS:	p.packets = (int32_t)r->value; break;
	case ERRORS:	p.error_count = (int32_t)r->value; break;
	case SEQ:	p.seqnum = r->value; break;
	case DEVID_:	p.devid = r->value; break;
	case DIRECTION:	p.direction = r->value; break;
	case EP:	p.ep = r->value; break;
	case COMMAND_:	p.command = r->value; break;
	}
	return p;
}

static void run_rules(enum usbip_check_side side)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *r = &rules[i];
		struct feed *f = feed_new(side, side == USBIP_CHECK_DOCK);
		uint32_t seq = feed_open(f, r->ep, r->dir, LENGTH_OPEN,
					 r->packets);
		struct usbip_pdu p = rule_pdu(r, seq);
		uint32_t total = HDR + r->packets * DESC;
		uint32_t got;

		if (r->dir == IN)
			total += p.actual_length;
		got = feed_answer(f, &p, total < HDR ? HDR : total);
		if (got != r->violation)
			fail_msg("rule %zu (ep %u dir %u field %d value %#x): violation %u instead of %u",
				 i, r->ep, r->dir, r->field, r->value, got,
				 r->violation);
		assert_int_equal(f->c.slots.submits, got != V(NONE));
		assert_int_equal(f->c.slots.bytes,
				 got != V(NONE) ? LENGTH_OPEN : 0);
	}
}

static void test_rules_dock(void **state)
{
	run_rules(USBIP_CHECK_DOCK);
}

static void test_rules_tablet(void **state)
{
	run_rules(USBIP_CHECK_TABLET);
}

static void test_follows(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_TABLET, false);
	struct usbip_pdu p;

	p = pdu_ret(feed_open(f, EP_BULK, IN, 1000, 0), 77);
	p.packets = -1;
	assert_int_equal(feed_rx(f, &p), V(NONE));
	assert_int_equal(f->res.data_len, 77);
	assert_int_equal(f->res.iso_packets, 0);
	/* vhci-hcd ignores it, but 7.2 and older versions differ in it. */
	usbip_pdu_decode(&p, f->hdr);
	assert_int_equal(p.packets, 0);

	p = pdu_ret(feed_open(f, EP_BULK, OUT, 1000, 0), 1000);
	assert_int_equal(feed_rx(f, &p), V(NONE));
	assert_int_equal(f->res.data_len, 0);

	p = pdu_ret(feed_open(f, EP_ISO, IN, 1000, 3), 500);
	p.packets = 3;
	assert_int_equal(feed_rx(f, &p), V(NONE));
	assert_int_equal(f->res.data_len, 500);
	assert_int_equal(f->res.iso_packets, 3);
	assert_int_equal(f->res.actual_length, 500);
	assert_int_equal(f->res.buffer_length, 1000);

	p = pdu_ret(feed_open(f, EP_ISO, OUT, 1000, 3), 1000);
	p.packets = 3;
	assert_int_equal(feed_rx(f, &p), V(NONE));
	assert_int_equal(f->res.data_len, 0);
	assert_int_equal(f->res.iso_packets, 3);

	/* Each request is answered once. */
	assert_int_equal(feed_rx(f, &p), V(SEQNUM));
}

/* What the stock driver sends must be one complete PDU. */
static void test_answer_totals(void **state)
{
	static const uint32_t bad[] = {
		0, 47, 48, 97, 99, 148, 0x7fffffff, 0xffffffff,
	};
	struct feed *f = feed_new(USBIP_CHECK_DOCK, true);
	struct usbip_pdu p = pdu_ret(feed_open(f, EP_BULK, IN, 100, 0), 50);
	struct usbip_pdu u;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(feed_answer(f, &p, bad[i]), V(LENGTH));
	assert_int_equal(feed_answer(f, &p, 98), V(NONE));

	u = pdu_ret_unlink(feed_unlink(f, 99), 0);
	assert_int_equal(feed_answer(f, &u, 49), V(LENGTH));
	assert_int_equal(feed_answer(f, &u, 48), V(NONE));
}

static void test_request_totals(void **state)
{
	static const uint32_t bad[] = {
		0, 47, 48, 97, 98, 99, 147, 149, 0x7fffffff, 0xffffffff,
	};
	struct feed *f = feed_new(USBIP_CHECK_TABLET, false);
	struct usbip_pdu p = pdu_submit(EP_BULK, OUT, 100);
	struct usbip_pdu u = {
		.command = USBIP_CMD_UNLINK, .devid = DEVID, .seqnum = 5,
		.target = p.seqnum,
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(feed_request(f, &p, bad[i]), V(LENGTH));
	assert_int_equal(feed_request(f, &p, 148), V(NONE));
	assert_int_equal(feed_request(f, &u, 47), V(LENGTH));
	assert_int_equal(feed_request(f, &u, 49), V(LENGTH));
	assert_int_equal(feed_request(f, &u, 48), V(NONE));
}

/* Descriptors make it isochronous, if their number is correct. */
static void test_iso_totals(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_TABLET, false);
	struct usbip_pdu p = pdu_submit(EP_ISO, OUT, 100);

	p.packets = 4;
	assert_int_equal(feed_request(f, &p, 148), V(PACKETS));
	assert_int_equal(feed_request(f, &p, 148 + 3 * DESC), V(PACKETS));
	p.packets = 1025;
	assert_int_equal(feed_request(f, &p, 148 + 1025 * DESC), V(PACKETS));
	p.packets = 0;
	assert_int_equal(feed_request(f, &p, 148 + 4 * DESC), V(LENGTH));
	p.packets = 4;
	assert_int_equal(feed_request(f, &p, 148 + 4 * DESC), V(NONE));
	assert_int_equal(f->res.iso_packets, 4);
	p = pdu_submit(EP_ISO, IN, 100);
	p.seqnum = 2;
	p.packets = 1024;
	assert_int_equal(feed_request(f, &p, 48 + 1024 * DESC), V(NONE));
	/* A packet may be empty, and so may all of them. */
	p = pdu_submit(EP_ISO, OUT, 0);
	p.seqnum = 4;
	p.packets = 1;
	assert_int_equal(feed_request(f, &p, 48 + DESC), V(NONE));
	assert_int_equal(f->res.iso_packets, 1);
	/* Not on endpoint 0. */
	p = pdu_submit(EP_CONTROL, IN, 64);
	p.seqnum = 3;
	p.packets = 1;
	assert_int_equal(feed_request(f, &p, 48 + DESC), V(PACKETS));
}

/* Only what vhci-hcd cannot read is rewritten, and nothing on the way out. */
static void test_rewriting(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_TABLET, false);
	uint8_t before[HDR];
	struct usbip_pdu p;

	p = pdu_ret(feed_open(f, EP_ISO, IN, 1000, 3), 500);
	p.packets = 3;
	usbip_pdu_encode(&p, before);
	assert_int_equal(feed_rx(f, &p), V(NONE));
	assert_memory_equal(f->hdr, before, HDR);

	f = feed_new(USBIP_CHECK_DOCK, true);
	p = pdu_ret(feed_open(f, EP_BULK, IN, 100, 0), 0);
	p.packets = -1;
	usbip_pdu_encode(&p, before);
	assert_int_equal(feed_answer(f, &p, HDR), V(NONE));
	assert_memory_equal(f->hdr, before, HDR);

	/* Bytes that belong to no packet. */
	p = pdu_submit(EP_ISO, IN, 100);
	p.seqnum = f->next++;
	assert_int_equal(feed_rx(f, &p), V(NONE));
	p = pdu_ret(p.seqnum, 5);
	assert_int_equal(feed_answer(f, &p, HDR + 5), V(LENGTH));
}

static void test_unlink_statuses(void **state)
{
	static const struct {
		uint32_t status;
		uint32_t violation;
	} table[] = {
		{ 0, V(NONE) }, { (uint32_t)-104, V(NONE) },
		{ (uint32_t)-4095, V(NONE) }, { (uint32_t)-4096, V(STATUS) },
		{ (uint32_t)-EINPROGRESS, V(STATUS) }, { 1, V(NONE) },
		{ 0x7fffffff, V(NONE) }, { 0x80000000, V(STATUS) },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct feed *f = feed_new(USBIP_CHECK_TABLET, false);
		uint32_t s = feed_open(f, EP_INT, IN, 8, 0);
		struct usbip_pdu p = pdu_ret_unlink(feed_unlink(f, s),
						    table[i].status);

		assert_int_equal(feed_rx(f, &p), table[i].violation);
	}
}

/* The protocol says "some kind of error"; vhci-hcd gets one with a name. */
static void test_positive_status(void **state)
{
	static const int32_t values[] = { 1, 22, 0x7fffffff };
	struct usbip_pdu p, got;
	uint32_t s;
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct feed *f = feed_new(USBIP_CHECK_TABLET, false);

		p = pdu_ret(feed_open(f, EP_BULK, IN, 8, 0), 0);
		p.status = values[i];
		assert_int_equal(feed_rx(f, &p), V(NONE));
		usbip_pdu_decode(&got, f->hdr);
		assert_int_equal(got.status, -EPIPE);
		assert_memory_equal(&got, &f->res.pdu, sizeof(got));

		/* Cancelled or not, its answer may still come. */
		s = feed_open(f, EP_BULK, IN, 8, 0);
		p = pdu_ret_unlink(feed_unlink(f, s), values[i]);
		assert_int_equal(feed_rx(f, &p), V(NONE));
		usbip_pdu_decode(&got, f->hdr);
		assert_int_equal(got.status, -ECONNRESET);
		p = pdu_ret(s, 0);
		assert_int_equal(feed_rx(f, &p), V(NONE));
		assert_int_equal(f->res.verdict, USBIP_CHECK_DROP);

		/* Our own driver returns errnos. */
		f = feed_new(USBIP_CHECK_DOCK, true);
		p = pdu_ret(feed_open(f, EP_BULK, IN, 8, 0), 0);
		p.status = values[i];
		assert_int_equal(feed_answer(f, &p, HDR), V(STATUS));
	}
}

static uint8_t *iso_descs(const uint32_t *lengths, uint32_t n)
{
	static uint8_t raw[8 * DESC];
	uint32_t i, offset = 0;

	for (i = 0; i < n; i++) {
		struct usbip_iso_desc d = {
			.offset = offset, .length = lengths[i],
		};

		usbip_iso_encode(&d, raw + i * DESC);
		offset += lengths[i];
	}
	return raw;
}

/* Sends a request with these packets and judges an answer with those. */
static uint32_t answered(const uint32_t *asked, const uint32_t *got, uint32_t n)
{
	struct feed *f = feed_new(USBIP_CHECK_TABLET, false);
	struct usbip_pdu p;
	uint32_t seq;

	f->c.iso_key = (struct usbip_iso_key){ { 0x12345678, 0x7f001122 } };
	seq = feed_open(f, EP_ISO, IN, 1000, n);
	/* As the module does: some at a time. */
	usbip_check_asked(&f->c, seq, iso_descs(asked, n), n / 2);
	usbip_check_asked(&f->c, seq, iso_descs(asked, n) + n / 2 * DESC,
			  n - n / 2);
	p = pdu_ret(seq, 0);
	p.packets = n;
	assert_int_equal(feed_rx(f, &p), V(NONE));
	return usbip_check_iso(&f->res, iso_descs(got, n));
}

/* A driver may have exactly the room that it asked for. */
static void test_packets_as_asked(void **state)
{
	static const uint32_t same[] = { 100, 100, 100 };
	static const uint32_t mixed[] = { 96, 100, 20 };
	static const uint32_t swapped[] = { 100, 96, 20 };
	static const uint32_t shorter[] = { 10, 20, 0 };
	static const uint32_t longer[] = { 100, 101, 100 };
	static const uint32_t one_long[] = { 96, 100, 21 };
	static const uint32_t less[] = { 96, 96, 20 };

	assert_int_equal(answered(same, same, 3), V(NONE));
	assert_int_equal(answered(mixed, mixed, 3), V(NONE));
	assert_int_equal(answered(same, shorter, 3), V(NONE));
	assert_int_equal(answered(mixed, shorter, 3), V(NONE));
	assert_int_equal(answered(same, longer, 3), V(ISO));
	assert_int_equal(answered(mixed, one_long, 3), V(ISO));
	assert_int_equal(answered(mixed, swapped, 3), V(ISO));
	/* Not too long, but neither as requested nor surely short enough. */
	assert_int_equal(answered(mixed, less, 3), V(ISO));
}

/* Other lengths, or the same in another order, have another fingerprint. */
static void test_fingerprint(void **state)
{
	const struct usbip_iso_key key = { { 0xfffffffe, 0x1234567 } };
	struct usbip_iso_asked a, b;
	uint32_t i, k, lengths[1024];

	for (i = 0; i < 1024; i++)
		lengths[i] = i * 7919 % (4 << 20);
	for (k = 0; k < 1024; k += 31) {
		usbip_iso_asked_begin(&a);
		usbip_iso_asked_begin(&b);
		for (i = 0; i < 1024; i++) {
			usbip_iso_asked_add(&a, &key, lengths[i]);
			usbip_iso_asked_add(&b, &key, lengths[i] + (i == k));
		}
		assert_false(usbip_iso_asked_same(&a, &b));
		assert_true(a.print[0] < USBIP_ISO_PRIME);
		assert_true(a.print[1] < USBIP_ISO_PRIME);
		assert_int_equal(a.shortest, 0);
	}
}

/* A number that belongs to a request of the other kind. */
static void test_kinds(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_TABLET, false);
	uint32_t s = feed_open(f, EP_BULK, IN, 8, 0);
	uint32_t u = feed_unlink(f, s);
	struct usbip_pdu p;

	p = pdu_ret(u, 0);
	assert_int_equal(feed_rx(f, &p), V(SEQNUM));
	p = pdu_ret_unlink(s, 0);
	assert_int_equal(feed_rx(f, &p), V(SEQNUM));
	p = pdu_ret_unlink(u, -104);
	assert_int_equal(feed_rx(f, &p), V(NONE));
	assert_int_equal(feed_rx(f, &p), V(SEQNUM));
	assert_int_equal(f->c.slots.unlinks, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_dock),
		cmocka_unit_test(test_rules_tablet),
		cmocka_unit_test(test_positive_status),
		cmocka_unit_test(test_packets_as_asked),
		cmocka_unit_test(test_fingerprint),
		cmocka_unit_test(test_follows),
		cmocka_unit_test(test_answer_totals),
		cmocka_unit_test(test_request_totals),
		cmocka_unit_test(test_iso_totals),
		cmocka_unit_test(test_rewriting),
		cmocka_unit_test(test_unlink_statuses),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
