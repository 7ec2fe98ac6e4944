// SPDX-License-Identifier: GPL-2.0
/*
 * Answers and unlinks that cross, and packet descriptors.
 */
#include "lib/pdu_feed.h"

#define V(x)	USBIP_TLS_VIOLATION_##x
#define HDR	USBIP_PDU_HDR_SIZE
#define DESC	USBIP_ISO_DESC_SIZE
#define CMD	USBIP_CMD_SUBMIT
#define RET	USBIP_RET_SUBMIT

static void expect(struct feed *f, struct usbip_pdu p, uint32_t total,
		   enum usbip_check_verdict verdict)
{
	feed_answer(f, &p, total);
	assert_int_equal(f->res.verdict, verdict);
}

/* The answer first, then that of the unlink: the normal case. */
static void test_in_order(enum usbip_check_side side)
{
	struct feed *f = feed_new(side, side == USBIP_CHECK_DOCK);
	uint32_t s = feed_open(f, EP_BULK, IN, 64, 0);
	uint32_t u = feed_unlink(f, s);

	expect(f, pdu_ret(s, 10), HDR + 10, USBIP_CHECK_PASS);
	expect(f, pdu_ret_unlink(u, 0), HDR, USBIP_CHECK_PASS);
	assert_int_equal(f->c.slots.late_used, 0);
	expect(f, pdu_ret(s, 10), HDR + 10, USBIP_CHECK_REFUSE);
}

/* The reverse: the answer comes too late and is dropped, once. */
static void test_late(enum usbip_check_side side)
{
	struct feed *f = feed_new(side, side == USBIP_CHECK_DOCK);
	uint32_t s = feed_open(f, EP_BULK, IN, 64, 0);
	uint32_t u = feed_unlink(f, s);
	struct usbip_pdu again = pdu_submit(EP_BULK, IN, 64);

	expect(f, pdu_ret_unlink(u, 0), HDR, USBIP_CHECK_PASS);
	/* Its number is not free yet; its rules still hold. */
	again.seqnum = s;
	assert_int_equal(feed_request(f, &again, HDR), V(SEQNUM));
	expect(f, pdu_ret(s, 65), HDR + 65, USBIP_CHECK_REFUSE);
	expect(f, pdu_ret(s, 10), HDR + 10, USBIP_CHECK_DROP);
	assert_int_equal(f->res.data_len, 10);
	assert_int_equal(f->c.dropped, 1);
	assert_int_equal(f->c.slots.submits, 0);
	assert_int_equal(f->c.slots.bytes, 0);
	expect(f, pdu_ret(s, 10), HDR + 10, USBIP_CHECK_REFUSE);
}

/* A cancelled transfer gets no answer of its own. */
static void test_cancelled(enum usbip_check_side side)
{
	struct feed *f = feed_new(side, side == USBIP_CHECK_DOCK);
	uint32_t s = feed_open(f, EP_BULK, IN, 64, 0);
	uint32_t u = feed_unlink(f, s);

	expect(f, pdu_ret_unlink(u, -104), HDR, USBIP_CHECK_PASS);
	assert_int_equal(f->c.slots.submits, 0);
	assert_int_equal(f->c.slots.bytes, 0);
	expect(f, pdu_ret(s, 10), HDR + 10, USBIP_CHECK_REFUSE);
}

static void test_both_sides(void **state)
{
	test_in_order(USBIP_CHECK_DOCK);
	test_in_order(USBIP_CHECK_TABLET);
	test_late(USBIP_CHECK_DOCK);
	test_late(USBIP_CHECK_TABLET);
	test_cancelled(USBIP_CHECK_DOCK);
	test_cancelled(USBIP_CHECK_TABLET);
}

/*
 * Unlinks that found their transfer done: the buffers count until the dock must have
 * sent what was in its queue, and no longer.
 */
static void test_aging(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_DOCK, true);
	uint32_t s[3], u[3], other;
	int i;

	for (i = 0; i < 3; i++) {
		s[i] = feed_open(f, EP_BULK, IN, 100, 0);
		u[i] = feed_unlink(f, s[i]);
	}
	other = feed_open(f, EP_BULK, IN, 1, 0);
	expect(f, pdu_ret_unlink(u[0], 0), HDR, USBIP_CHECK_PASS);
	expect(f, pdu_ret_unlink(u[1], 0), HDR, USBIP_CHECK_PASS);
	assert_int_equal(f->c.slots.bytes, 301);
	assert_int_equal(f->c.slots.aging, 2);
	expect(f, pdu_ret(s[0], 0), HDR, USBIP_CHECK_DROP);
	assert_int_equal(f->c.slots.aging, 1);
	expect(f, pdu_ret(other, 0), HDR, USBIP_CHECK_PASS);
	assert_int_equal(f->c.slots.bytes, 200);
	/* By now s[1] would have been sent, had it been in the queue. */
	expect(f, pdu_ret_unlink(u[2], 0), HDR, USBIP_CHECK_PASS);
	assert_int_equal(f->c.slots.bytes, 100);
	assert_int_equal(f->c.slots.aging, 1);
	/* If it comes all the same, the tablet does not get it. */
	expect(f, pdu_ret(s[1], 0), HDR, USBIP_CHECK_DROP);
	expect(f, pdu_ret(s[2], 0), HDR, USBIP_CHECK_DROP);
	assert_int_equal(f->c.slots.submits, 0);
}

/* Two unlinks of one transfer: only the first can have cancelled it. */
static void test_unlink_twice(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_DOCK, true);
	uint32_t s = feed_open(f, EP_BULK, IN, 100, 0);
	uint32_t u1 = feed_unlink(f, s);
	uint32_t u2 = feed_unlink(f, s);

	expect(f, pdu_ret_unlink(u2, 0), HDR, USBIP_CHECK_PASS);
	assert_int_equal(f->c.slots.bytes, 100);
	assert_int_equal(f->c.slots.aging, 0);
	expect(f, pdu_ret_unlink(u1, -104), HDR, USBIP_CHECK_PASS);
	assert_int_equal(f->c.slots.bytes, 0);
}

static void test_late_iso(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_TABLET, false);
	uint32_t s = feed_open(f, EP_ISO, OUT, 64, 4);
	uint32_t u = feed_unlink(f, s);
	struct usbip_pdu p = pdu_ret(s, 64);

	expect(f, pdu_ret_unlink(u, 0), HDR, USBIP_CHECK_PASS);
	p.packets = 4;
	expect(f, p, 0, USBIP_CHECK_DROP);
	assert_int_equal(f->res.data_len, 0);
	assert_int_equal(f->res.iso_packets, 4);
}

/*
 * vhci-hcd may send the unlink before the transfer. The dock answers it at once and
 * runs the transfer, which counts until it is done.
 */
static void test_unlink_first_dock(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_DOCK, true);
	uint32_t u, s = 2;

	u = feed_unlink(f, s);
	assert_int_equal(feed_open(f, EP_BULK, IN, 1000, 0), s);
	expect(f, pdu_ret_unlink(u, 0), HDR, USBIP_CHECK_PASS);
	assert_int_equal(f->c.slots.submits, 1);
	assert_int_equal(f->c.slots.bytes, 1000);
	/* The tablet has given it back and must not see this. */
	expect(f, pdu_ret(s, 5), HDR + 5, USBIP_CHECK_DROP);
	assert_int_equal(f->c.slots.submits, 0);
	assert_int_equal(f->c.slots.bytes, 0);
}

/* The unlink is answered before the dock has seen the transfer. */
static void test_unlink_answered_first(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_DOCK, true);
	uint32_t u, s = 2;

	u = feed_unlink(f, s);
	expect(f, pdu_ret_unlink(u, 0), HDR, USBIP_CHECK_PASS);
	assert_int_equal(feed_open(f, EP_BULK, IN, 1000, 0), s);
	expect(f, pdu_ret(s, 5), HDR + 5, USBIP_CHECK_PASS);
}

/* What the dock answers by itself says nothing about usbip-host's queues. */
static void test_own_answer_ages_nothing(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_DOCK, true);
	uint32_t s[2], u, own;

	s[0] = feed_open(f, EP_BULK, IN, 1000, 0);
	s[1] = feed_open(f, EP_BULK, IN, 1000, 0);
	u = feed_unlink(f, s[0]);
	own = feed_unlink(f, 12345);
	expect(f, pdu_ret_unlink(u, 0), HDR, USBIP_CHECK_PASS);
	assert_int_equal(f->c.slots.aging, 1);
	expect(f, pdu_ret(s[1], 0), HDR, USBIP_CHECK_PASS);

	expect(f, pdu_ret_unlink(own, 0), HDR, USBIP_CHECK_PASS);
	assert_int_equal(f->c.slots.unlinks, 0);
	assert_int_equal(f->c.slots.aging, 1);
	assert_int_equal(f->c.slots.bytes, 1000);

	/* An answer of usbip-host after one to a transfer does. */
	s[1] = feed_open(f, EP_BULK, IN, 1000, 0);
	u = feed_unlink(f, s[1]);
	expect(f, pdu_ret_unlink(u, -104), HDR, USBIP_CHECK_PASS);
	assert_int_equal(f->c.slots.aging, 0);
	assert_int_equal(f->c.slots.bytes, 0);
	expect(f, pdu_ret(s[0], 0), HDR, USBIP_CHECK_DROP);
}

/* Repeated unlinks must not make open bytes disappear from the count. */
static void test_no_uncounted_bytes(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_DOCK, true);
	struct usbip_pdu p = pdu_submit(EP_BULK, IN, USBIP_PDU_MAX_LINEAR);
	uint32_t u, n = 0;

	for (;;) {
		u = feed_unlink(f, f->next + 1);
		p.seqnum = f->next++;
		if (feed_rx(f, &p) != V(NONE))
			break;
		n++;
		expect(f, pdu_ret_unlink(u, 0), HDR, USBIP_CHECK_PASS);
		assert_int_equal(f->c.slots.submits, n);
		assert_true(n <= USBIP_CHECK_MAX_OPEN_BYTES /
				 USBIP_PDU_MAX_LINEAR);
	}
	assert_int_equal(f->res.violation, V(OPEN));

	/*
	 * The unlink of an old transfer does not close a new one with the same number.
	 */
	f = feed_new(USBIP_CHECK_DOCK, true);
	p.seqnum = f->next++;
	assert_int_equal(feed_rx(f, &p), V(NONE));
	u = feed_unlink(f, p.seqnum);
	expect(f, pdu_ret(p.seqnum, 0), HDR, USBIP_CHECK_PASS);
	assert_int_equal(feed_rx(f, &p), V(NONE));
	expect(f, pdu_ret_unlink(u, 0), HDR, USBIP_CHECK_PASS);
	assert_int_equal(f->c.slots.submits, 1);
}

/* vhci-hcd gets no answer while it is sending the request. */
static void test_wait(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_TABLET, false);
	uint32_t s, u;

	f->c.track_sending = true;
	s = feed_open(f, EP_BULK, OUT, 64, 0);
	expect(f, pdu_ret(s, 64), 0, USBIP_CHECK_WAIT);
	expect(f, pdu_ret(s, 64), 0, USBIP_CHECK_WAIT);
	assert_int_equal(f->c.slots.submits, 1);
	usbip_check_sent(&f->c);
	expect(f, pdu_ret(s, 64), 0, USBIP_CHECK_PASS);

	/* An unlink that overtook its target. */
	u = feed_unlink(f, f->next + 1);
	expect(f, pdu_ret_unlink(u, 0), 0, USBIP_CHECK_WAIT);
	usbip_check_sent(&f->c);
	expect(f, pdu_ret_unlink(u, 0), 0, USBIP_CHECK_WAIT);
	s = feed_open(f, EP_BULK, OUT, 64, 0);
	expect(f, pdu_ret_unlink(u, 0), 0, USBIP_CHECK_WAIT);
	usbip_check_sent(&f->c);
	expect(f, pdu_ret_unlink(u, 0), 0, USBIP_CHECK_PASS);
	expect(f, pdu_ret(s, 64), 0, USBIP_CHECK_DROP);

	/* Others may pass meanwhile; invalid ones are refused at once. */
	s = feed_open(f, EP_BULK, IN, 64, 0);
	usbip_check_sent(&f->c);
	feed_open(f, EP_BULK, OUT, 64, 0);
	expect(f, pdu_ret(s, 64), 0, USBIP_CHECK_PASS);
	expect(f, pdu_ret(4711, 64), 0, USBIP_CHECK_REFUSE);
}

/* After a pause the target of an unlink can no longer be on its way. */
static void test_wait_at_rest(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_TABLET, false);
	struct usbip_pdu p;
	uint32_t u;

	f->c.track_sending = true;
	u = feed_unlink(f, 1000);
	p = pdu_ret_unlink(u, 0);
	/* Not while the unlink itself is being sent. */
	feed_flow(f, USBIP_CHECK_RX_AT_REST, &p, 0);
	assert_int_equal(f->res.verdict, USBIP_CHECK_WAIT);
	usbip_check_sent(&f->c);
	expect(f, p, 0, USBIP_CHECK_WAIT);
	feed_flow(f, USBIP_CHECK_RX_AT_REST, &p, 0);
	assert_int_equal(f->res.verdict, USBIP_CHECK_PASS);
	assert_int_equal(f->c.slots.unlinks, 0);
}

struct iso_rule {
	uint32_t command;
	uint32_t buffer;
	uint32_t actual;
	uint32_t n;
	struct usbip_iso_desc d[3];
	uint32_t violation;
};

static const struct iso_rule iso_rules[] = {
	{ CMD, 100, 0, 0, { { 0 } }, V(NONE) },
	{ CMD, 100, 0, 2, { { 0, 50, 0, 0 }, { 50, 50, 0, 0 } }, V(NONE) },
	/* Stock tablets leave -EXDEV in there. */
	{ CMD, 100, 0, 1, { { 0, 50, 0, -18 } }, V(NONE) },
	{ CMD, 100, 0, 1, { { 100, 0, 0, 0 } }, V(NONE) },
	{ CMD, 0, 0, 1, { { 0, 0, 0, 0 } }, V(NONE) },
	{ CMD, 100, 0, 1, { { 0, 101, 0, 0 } }, V(ISO) },
	{ CMD, 100, 0, 1, { { 101, 0, 0, 0 } }, V(ISO) },
	{ CMD, 100, 0, 1, { { 51, 50, 0, 0 } }, V(ISO) },
	{ CMD, 100, 0, 1, { { 0, 0x7fffffff, 0, 0 } }, V(ISO) },
	{ CMD, 100, 0, 1, { { 0x80000000, 0x80000000, 0, 0 } }, V(ISO) },
	{ CMD, 100, 0, 1, { { 0xffffffff, 1, 0, 0 } }, V(ISO) },
	{ CMD, 100, 0, 1, { { 1, 0xffffffff, 0, 0 } }, V(ISO) },
	{ CMD, 100, 0, 2, { { 0, 50, 0, 0 }, { 50, 50, 1, 0 } }, V(ISO) },
	/* They overlap: more could come back than the buffer holds. */
	{ CMD, 100, 0, 2, { { 0, 60, 0, 0 }, { 0, 40, 0, 0 } }, V(NONE) },
	{ CMD, 100, 0, 2, { { 0, 60, 0, 0 }, { 0, 41, 0, 0 } }, V(ISO) },

	{ RET, 100, 70, 2, { { 0, 50, 50, 0 }, { 50, 50, 20, 0 } }, V(NONE) },
	{ RET, 100, 0, 2, { { 0, 50, 0, -18 }, { 50, 50, 0, -84 } }, V(NONE) },
	{ RET, 100, 0, 0, { { 0 } }, V(NONE) },
	{ RET, 100, 71, 2, { { 0, 50, 50, 0 }, { 50, 50, 20, 0 } }, V(ISO) },
	{ RET, 100, 69, 2, { { 0, 50, 50, 0 }, { 50, 50, 20, 0 } }, V(ISO) },
	{ RET, 100, 51, 1, { { 0, 50, 51, 0 } }, V(ISO) },
	{ RET, 100, 50, 1, { { 51, 50, 50, 0 } }, V(ISO) },
	{ RET, 100, 1, 1, { { 0xffffffff, 2, 1, 0 } }, V(ISO) },
	{ RET, 100, 1, 1, { { 0, 0xffffffff, 1, 0 } }, V(ISO) },
	{ RET, 100, 0, 1, { { 0, 50, 0x80000000, 0 } }, V(ISO) },
	{ RET, 100, 0, 1, { { 0, 50, 0, 1 } }, V(ISO) },
	{ RET, 100, 0, 1, { { 0, 50, 0, -4096 } }, V(ISO) },
};

/* An unlink keeps the time at which it passed until it is answered. */
static void test_unlink_age(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_TABLET, false);
	uint32_t a = feed_open(f, EP_BULK, IN, 8, 0);
	uint32_t b = feed_open(f, EP_BULK, IN, 8, 0);
	struct usbip_pdu p;
	uint32_t first;
	__s32 age = 77;

	assert_false(usbip_check_unlink_age(&f->c, 5, &age));
	f->c.clock = 0xfffffff0;
	first = feed_unlink(f, a);
	f->c.clock = 0xfffffffa;
	feed_unlink(f, b);
	assert_true(usbip_check_unlink_age(&f->c, 0xfffffff8, &age));
	assert_int_equal(age, 8);
	/* The clock may wrap around. */
	assert_true(usbip_check_unlink_age(&f->c, 4, &age));
	assert_int_equal(age, 20);
	/* The younger one still counts when the other is answered. */
	p = pdu_ret_unlink(first, -104);
	assert_int_equal(feed_rx(f, &p), V(NONE));
	assert_true(usbip_check_unlink_age(&f->c, 4, &age));
	assert_int_equal(age, 10);
	assert_true(usbip_check_unlink_age(&f->c, 0xfffffff8, &age));
	assert_int_equal(age, -2);
}

static void test_iso(void **state)
{
	size_t i, j;

	for (i = 0; i < sizeof(iso_rules) / sizeof(iso_rules[0]); i++) {
		const struct iso_rule *r = &iso_rules[i];
		struct usbip_check_result res = {
			.pdu.command = r->command, .iso_packets = r->n,
			.buffer_length = r->buffer, .actual_length = r->actual,
			.asked.shortest = 0xffffffff,
		};
		/* Exactly as large as needed, so that ASan reports a byte too many. */
		uint8_t *raw = malloc(r->n * DESC + 1);

		assert_non_null(raw);
		for (j = 0; j < r->n; j++)
			usbip_iso_encode(&r->d[j], raw + j * DESC);
		if (usbip_check_iso(&res, raw) != r->violation)
			fail_msg("descriptors %zu: not violation %u", i,
				 r->violation);
		free(raw);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_sides),
		cmocka_unit_test(test_aging),
		cmocka_unit_test(test_unlink_twice),
		cmocka_unit_test(test_late_iso),
		cmocka_unit_test(test_unlink_first_dock),
		cmocka_unit_test(test_unlink_answered_first),
		cmocka_unit_test(test_own_answer_ages_nothing),
		cmocka_unit_test(test_no_uncounted_bytes),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_wait_at_rest),
		cmocka_unit_test(test_iso),
		cmocka_unit_test(test_unlink_age),
	};

	return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
