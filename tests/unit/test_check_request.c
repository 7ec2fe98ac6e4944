// SPDX-License-Identifier: GPL-2.0
/* Rules for CMD_SUBMIT and CMD_UNLINK, as the dock receives them. */
#include "lib/pdu_feed.h"

#define V(x)	USBIP_TLS_VIOLATION_##x

enum field { LENGTH, FLAGS, PACKETS, INTERVAL, DIRECTION, EP, COMMAND_, DEVID_,
	     SETUP_TYPE, SETUP_REQUEST, SETUP_LENGTH };

struct rule {
	uint32_t ep;
	uint32_t dir;
	int length;
	enum field field;
	uint32_t value;
	uint32_t flags;
	uint32_t violation;
};

#define SG	USBIP_URB_DMA_MAP_SG
#define LIN	USBIP_PDU_MAX_LINEAR
#define BIG	USBIP_PDU_MAX_TRANSFER

static const struct rule rules[] = {
	{ EP_BULK, IN, 0, COMMAND_, 0, 0, V(COMMAND) },
	{ EP_BULK, IN, 0, COMMAND_, USBIP_RET_SUBMIT, 0, V(COMMAND) },
	{ EP_BULK, IN, 0, COMMAND_, USBIP_RET_UNLINK, 0, V(COMMAND) },
	{ EP_BULK, IN, 0, COMMAND_, 5, 0, V(COMMAND) },
	{ EP_BULK, IN, 0, COMMAND_, 0x01000000, 0, V(COMMAND) },
	{ EP_BULK, IN, 0, COMMAND_, 0xffffffff, 0, V(COMMAND) },
	{ EP_BULK, IN, 0, DEVID_, 0, 0, V(DEVID) },
	{ EP_BULK, IN, 0, DEVID_, DEVID + 1, 0, V(DEVID) },
	{ EP_BULK, IN, 0, DEVID_, 0xffffffff, 0, V(DEVID) },
	{ EP_BULK, IN, 0, DIRECTION, 2, 0, V(DIRECTION) },
	{ EP_BULK, IN, 0, DIRECTION, 0x80000001, 0, V(DIRECTION) },
	{ EP_BULK, IN, 0, DIRECTION, 0xffffffff, 0, V(DIRECTION) },
	{ EP_BULK, IN, 0, EP, 15, 0, V(ENDPOINT) },
	{ EP_BULK, IN, 0, EP, 16, 0, V(ENDPOINT) },
	{ EP_BULK, IN, 0, EP, 0x80000001, 0, V(ENDPOINT) },
	{ EP_BULK, IN, 0, EP, 0xffffffff, 0, V(ENDPOINT) },
	{ EP_BULK, OUT, 8, EP, EP_BULK_OUT, 0, V(NONE) },
	{ EP_BULK, IN, 8, EP, EP_BULK_OUT, 0, V(ENDPOINT) },

	{ EP_BULK, OUT, 0, LENGTH, 0, 0, V(NONE) },
	{ EP_BULK, OUT, 0, LENGTH, LIN, 0, V(NONE) },
	{ EP_BULK, OUT, 0, LENGTH, LIN + 1, 0, V(LENGTH) },
	{ EP_BULK, IN, 0, LENGTH, LIN, 0, V(NONE) },
	{ EP_BULK, IN, 0, LENGTH, LIN + 1, 0, V(LENGTH) },
	{ EP_BULK, IN, 0, LENGTH, 0x7fffffff, 0, V(LENGTH) },
	{ EP_BULK, IN, 0, LENGTH, 0x80000000, 0, V(LENGTH) },
	{ EP_BULK, IN, 0, LENGTH, 0xffffffff, 0, V(LENGTH) },
	{ EP_BULK, OUT, 0, LENGTH, 0x80000000, 0, V(LENGTH) },
	{ EP_BULK, OUT, 0, LENGTH, 0xffffffff, SG, V(LENGTH) },
	{ EP_BULK, IN, 0, LENGTH, 0, SG, V(LENGTH) },
	{ EP_BULK, IN, 0, LENGTH, 1, SG, V(NONE) },
	{ EP_BULK, IN, 0, LENGTH, BIG, SG, V(NONE) },
	{ EP_BULK, IN, 0, LENGTH, BIG + 1, SG, V(LENGTH) },
	{ EP_INT, IN, 0, LENGTH, BIG, SG, V(NONE) },
	{ EP_INT, IN, 0, LENGTH, BIG + 1, SG, V(LENGTH) },
	{ EP_INT, IN, 0, LENGTH, LIN + 1, 0, V(LENGTH) },
	{ EP_ISO, IN, 0, LENGTH, LIN, 0, V(NONE) },
	{ EP_ISO, IN, 0, LENGTH, LIN + 1, 0, V(LENGTH) },
	{ EP_ISO, IN, 0, LENGTH, 64, SG, V(FLAGS) },
	{ EP_CONTROL, IN, 64, FLAGS, SG, 0, V(FLAGS) },

	{ EP_BULK, IN, 8, FLAGS, 0x00000008, 0, V(FLAGS) },
	{ EP_BULK, IN, 8, FLAGS, 0x00000020, 0, V(FLAGS) },
	{ EP_BULK, IN, 8, FLAGS, 0x00000400, 0, V(FLAGS) },
	{ EP_BULK, IN, 8, FLAGS, 0x01000000, 0, V(FLAGS) },
	{ EP_BULK, IN, 8, FLAGS, 0x7fffffff, 0, V(FLAGS) },
	{ EP_BULK, IN, 8, FLAGS, 0x80000000, 0, V(FLAGS) },
	{ EP_BULK, IN, 8, FLAGS, 0xffffffff, 0, V(FLAGS) },
	{ EP_BULK, IN, 8, FLAGS, 0x00ff03c7, 0, V(NONE) },

	{ EP_CONTROL, IN, 18, SETUP_TYPE, 0x80, 0, V(NONE) },
	{ EP_CONTROL, IN, 18, SETUP_TYPE, 0x00, 0, V(DIRECTION) },
	{ EP_CONTROL, OUT, 18, SETUP_TYPE, 0x80, 0, V(DIRECTION) },
	{ EP_CONTROL, OUT, 18, SETUP_TYPE, 0x21, 0, V(NONE) },
	{ EP_CONTROL, OUT, 0, SETUP_TYPE, 0x80, 0, V(NONE) },
	{ EP_CONTROL, IN, 0, SETUP_TYPE, 0x80, 0, V(NONE) },
	{ EP_CONTROL, IN, 0, SETUP_TYPE, 0x00, 0, V(DIRECTION) },
	{ EP_CONTROL, OUT, 0, SETUP_REQUEST, 5, 0, V(COMMAND) },
	{ EP_CONTROL, IN, 18, SETUP_REQUEST, 5, 0, V(COMMAND) },
	{ EP_CONTROL, OUT, 0, SETUP_REQUEST, 9, 0, V(NONE) },
	{ EP_CONTROL, OUT, 0, SETUP_REQUEST, 2 << 8 | 3, 0, V(COMMAND) },
	{ EP_CONTROL, OUT, 0, SETUP_REQUEST, 1 << 8 | 3, 0, V(NONE) },
	{ EP_CONTROL, IN, 18, SETUP_LENGTH, 17, 0, V(LENGTH) },
	{ EP_CONTROL, IN, 18, SETUP_LENGTH, 0xffff, 0, V(LENGTH) },
	{ EP_CONTROL, OUT, 0, SETUP_LENGTH, 1, 0, V(LENGTH) },
	{ EP_CONTROL, OUT, 18, SETUP_LENGTH, 0, 0, V(LENGTH) },
	{ EP_CONTROL, OUT, 0xffff, SETUP_LENGTH, 0xffff, 0, V(NONE) },
	{ EP_CONTROL, IN, 0x10000, SETUP_LENGTH, 0, 0, V(DIRECTION) },

	{ EP_ISO, IN, 64, PACKETS, 0, 0, V(NONE) },
	{ EP_ISO, IN, 64, PACKETS, 1024, 0, V(NONE) },
	{ EP_ISO, IN, 64, PACKETS, 1025, 0, V(PACKETS) },
	{ EP_ISO, OUT, 64, PACKETS, 0x7fffffff, 0, V(PACKETS) },
	{ EP_ISO, OUT, 64, PACKETS, 0x80000000, 0, V(PACKETS) },
	{ EP_ISO, OUT, 64, PACKETS, 0xffffffff, 0, V(PACKETS) },
	{ EP_BULK, IN, 64, PACKETS, 0xffffffff, 0, V(NONE) },
	{ EP_BULK, IN, 64, PACKETS, 1, 0, V(PACKETS) },
	{ EP_BULK, IN, 64, PACKETS, 0x7fffffff, 0, V(PACKETS) },
	{ EP_BULK, IN, 64, PACKETS, 0x80000000, 0, V(PACKETS) },
	{ EP_CONTROL, IN, 64, PACKETS, 1, 0, V(PACKETS) },
	{ EP_INT, IN, 64, PACKETS, 0xfffffffe, 0, V(PACKETS) },

	{ EP_INT, IN, 8, INTERVAL, 1, 0, V(NONE) },
	{ EP_INT, IN, 8, INTERVAL, 0x7fffffff, 0, V(NONE) },
	{ EP_INT, IN, 8, INTERVAL, 0, 0, V(NONE) },
	{ EP_INT, IN, 8, INTERVAL, 0x80000000, 0, V(INTERVAL) },
	{ EP_INT, IN, 8, INTERVAL, 0xffffffff, 0, V(INTERVAL) },
	{ EP_ISO, IN, 8, INTERVAL, 0, 0, V(NONE) },
	{ EP_ISO, IN, 8, INTERVAL, 0xffffffff, 0, V(INTERVAL) },
	{ EP_BULK, IN, 8, INTERVAL, 0, 0, V(NONE) },
	{ EP_BULK, IN, 8, INTERVAL, 0xffffffff, 0, V(NONE) },
};

static struct usbip_pdu rule_pdu(const struct rule *r)
{
	struct usbip_pdu p = pdu_submit(r->ep, r->dir, r->length);

	p.seqnum = 1;
	p.flags = r->flags;
	switch (r->field) {
	case LENGTH:	p.length = (int32_t)r->value; break;
	case FLAGS:	p.flags = r->value; break;
	case PACKETS:	p.packets = (int32_t)r->value; break;
	case INTERVAL:	p.interval = (int32_t)r->value; break;
	case DIRECTION:	p.direction = r->value; break;
	case EP:	p.ep = r->value; break;
	case COMMAND_:	p.command = r->value; break;
	case DEVID_:	p.devid = r->value; break;
	case SETUP_TYPE: p.setup[0] = r->value; break;
	case SETUP_REQUEST:	/* and the low byte of its value */
		p.setup[1] = r->value & 0xff;
		p.setup[2] = r->value >> 8;
		break;
	case SETUP_LENGTH:
		p.setup[6] = r->value & 0xff;
		p.setup[7] = r->value >> 8;
		break;
	}
	return p;
}

static void test_rules(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct feed *f = feed_new(USBIP_CHECK_DOCK, true);
		struct usbip_pdu p = rule_pdu(&rules[i]);
		uint32_t got = feed_rx(f, &p);

		if (got != rules[i].violation)
			fail_msg("rule %zu (ep %u dir %u field %d value %#x): violation %u instead of %u",
				 i, rules[i].ep, rules[i].dir, rules[i].field,
				 rules[i].value, got, rules[i].violation);
		/* Only requests that pass become open. */
		assert_int_equal(f->c.slots.submits, got == V(NONE));
		assert_int_equal(f->c.refused, got != V(NONE));
	}
}

static void test_follows(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_DOCK, true);

	feed_open(f, EP_BULK, OUT, 1000, 0);
	assert_int_equal(f->res.data_len, 1000);
	assert_int_equal(f->res.iso_packets, 0);
	feed_open(f, EP_BULK, IN, 1000, 0);
	assert_int_equal(f->res.data_len, 0);
	assert_int_equal(f->res.buffer_length, 1000);
	feed_open(f, EP_ISO, OUT, 960, 10);
	assert_int_equal(f->res.data_len, 960);
	assert_int_equal(f->res.iso_packets, 10);
	feed_open(f, EP_ISO, IN, 960, 10);
	assert_int_equal(f->res.data_len, 0);
	assert_int_equal(f->res.iso_packets, 10);
	feed_open(f, EP_CONTROL, OUT, 7, 0);
	assert_int_equal(f->res.data_len, 7);
}

/* Flags of the tablet's kernel do not reach the dock's. */
static void test_scrub(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_DOCK, true);
	struct usbip_pdu p = pdu_submit(EP_BULK, OUT, 100);

	p.seqnum = 1;
	p.flags = 0x00ff03c7;
	p.packets = -1;
	assert_int_equal(feed_rx(f, &p), V(NONE));
	p.flags = USBIP_URB_SHORT_NOT_OK | USBIP_URB_ISO_ASAP |
		  USBIP_URB_ZERO_PACKET | USBIP_URB_NO_INTERRUPT |
		  USBIP_URB_DIR_IN | USBIP_URB_DMA_MAP_SG;
	p.packets = 0;
	assert_memory_equal(&f->res.pdu, &p, sizeof(p));
	usbip_pdu_decode(&p, f->hdr);
	assert_memory_equal(&f->res.pdu, &p, sizeof(p));
}

/* A control IN of 0 bytes goes out, for usbcore: usbip-win2 sends it like that. */
static void test_control_in_of_nothing(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_DOCK, true);
	struct usbip_pdu p = pdu_submit(EP_CONTROL, IN, 0), got;

	p.seqnum = 1;
	p.flags = USBIP_URB_DIR_IN | USBIP_URB_SHORT_NOT_OK;
	assert_int_equal(feed_rx(f, &p), V(NONE));
	usbip_pdu_decode(&got, f->hdr);
	assert_int_equal(got.direction, OUT);
	assert_int_equal(got.flags, USBIP_URB_SHORT_NOT_OK);
	assert_memory_equal(got.setup, p.setup, 8);
	assert_memory_equal(&f->res.pdu, &got, sizeof(got));

	/* The same from a driver of the tablet. */
	f = feed_new(USBIP_CHECK_TABLET, false);
	assert_int_equal(feed_request(f, &p, USBIP_PDU_HDR_SIZE), V(NONE));
	assert_true(f->res.rewritten);
	usbip_pdu_decode(&got, f->hdr);
	assert_int_equal(got.direction, OUT);
	/* Its answer carries no data. */
	p = pdu_ret(1, 0);
	assert_int_equal(feed_rx(f, &p), V(NONE));
	assert_int_equal(f->res.data_len, 0);
}

static __u32 seven(void *ctx, __u32 dir, __u32 ep)
{
	assert_int_equal(dir, IN);
	return ep == EP_INT || ep == EP_ISO ? 7 : 0;
}

/* An interval of 0 leaves the choice to the dock. */
static void test_interval(void **state)
{
	static const struct {
		uint32_t ep;
		int interval;
		bool oracle;
		int want;
	} rows[] = {
		{ EP_INT, 0, true, 7 }, { EP_INT, 0, false, 1 },
		{ EP_ISO, 0, true, 7 }, { EP_INT, 3, true, 3 },
		{ EP_BULK, 0, true, 0 },
	};
	struct usbip_pdu p, got;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct feed *f = feed_new(USBIP_CHECK_DOCK, true);

		f->c.interval = rows[i].oracle ? seven : NULL;
		p = pdu_submit(rows[i].ep, IN, 8);
		p.interval = rows[i].interval;
		p.packets = rows[i].ep == EP_ISO;
		p.seqnum = 1;
		assert_int_equal(feed_rx(f, &p), V(NONE));
		usbip_pdu_decode(&got, f->hdr);
		assert_int_equal(got.interval, rows[i].want);
		assert_memory_equal(&f->res.pdu, &got, sizeof(got));
	}
}

/* usbip-host would drop the device, so it never sees the request. */
static void test_isochronous_without_packets(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_DOCK, true);
	struct usbip_pdu p = pdu_submit(EP_ISO, OUT, 100);
	struct usbip_pdu r = pdu_ret(1, 0), u;
	int i;

	p.seqnum = f->next++;
	assert_int_equal(feed_rx(f, &p), V(NONE));
	assert_int_equal(f->res.verdict, USBIP_CHECK_ANSWER);
	assert_int_equal(f->res.data_len, 100);
	assert_int_equal(f->res.iso_packets, 0);
	assert_int_equal(f->c.slots.submits, 1);
	assert_int_equal(f->c.slots.bytes, 0);
	/* Its unlink is answered in the same way, and after it. */
	u = pdu_ret_unlink(f->next++, 0);
	p = (struct usbip_pdu){ .command = USBIP_CMD_UNLINK, .devid = DEVID,
				.seqnum = u.seqnum, .target = 1 };
	assert_int_equal(feed_rx(f, &p), V(NONE));
	assert_int_equal(f->res.verdict, USBIP_CHECK_ANSWER);

	r.status = -EINVAL;
	assert_int_equal(feed_answer(f, &r, USBIP_PDU_HDR_SIZE), V(NONE));
	assert_int_equal(f->res.verdict, USBIP_CHECK_PASS);
	assert_int_equal(feed_answer(f, &u, USBIP_PDU_HDR_SIZE), V(NONE));
	assert_int_equal(f->res.verdict, USBIP_CHECK_PASS);
	assert_int_equal(f->c.slots.submits + f->c.slots.own, 0);

	/* They wait together with the unlinks and share one limit. */
	p = pdu_submit(EP_ISO, IN, 0);
	for (i = 0; i < USBIP_CHECK_MAX_UNLINKS; i++) {
		p.seqnum = f->next++;
		assert_int_equal(feed_rx(f, &p), V(NONE));
	}
	p.seqnum = f->next++;
	assert_int_equal(feed_rx(f, &p), V(OPEN));
}

/* usbip-vudc: endpoint types unknown, always one kmalloc, no isochronous. */
static void test_no_oracle(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_DOCK, false);
	struct usbip_pdu p = pdu_submit(7, IN, LIN);

	p.seqnum = f->next++;
	assert_int_equal(feed_rx(f, &p), V(NONE));
	p.seqnum = f->next++;
	p.flags = SG;
	assert_int_equal(feed_rx(f, &p), V(NONE));
	p.length = LIN + 1;
	assert_int_equal(feed_rx(f, &p), V(LENGTH));
	p.length = 64;
	p.packets = 1;
	assert_int_equal(feed_rx(f, &p), V(PACKETS));

	/* Endpoint 0 is a control endpoint all the same. */
	p = pdu_submit(0, IN, 18);
	p.setup[6] = 17;
	assert_int_equal(feed_rx(f, &p), V(LENGTH));
	p = pdu_submit(0, IN, 18);
	p.flags = SG;
	assert_int_equal(feed_rx(f, &p), V(FLAGS));
}

static void test_numbers(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_DOCK, true);
	struct usbip_pdu p = pdu_submit(EP_BULK, IN, 64);
	struct usbip_pdu u = { .command = USBIP_CMD_UNLINK, .devid = DEVID };

	/* Any number is valid, including 0: they wrap around. */
	p.seqnum = 0;
	assert_int_equal(feed_rx(f, &p), V(NONE));
	assert_int_equal(feed_rx(f, &p), V(SEQNUM));
	p.seqnum = 0xffffffff;
	assert_int_equal(feed_rx(f, &p), V(NONE));

	u.seqnum = 0;
	u.target = 77;
	assert_int_equal(feed_rx(f, &u), V(SEQNUM));
	u.seqnum = 5;
	assert_int_equal(feed_rx(f, &u), V(NONE));
	p.seqnum = 5;
	assert_int_equal(feed_rx(f, &p), V(SEQNUM));
	/* An unlink of an unlink, or of itself. */
	u.seqnum = 6;
	u.target = 5;
	assert_int_equal(feed_rx(f, &u), V(SEQNUM));
	u.target = 6;
	assert_int_equal(feed_rx(f, &u), V(SEQNUM));
	/* A second unlink of the same transfer is odd but harmless. */
	u.target = 0;
	assert_int_equal(feed_rx(f, &u), V(NONE));
	u.seqnum = 7;
	assert_int_equal(feed_rx(f, &u), V(NONE));
}

static void test_unlink_rules(void **state)
{
	const struct usbip_pdu good = {
		.command = USBIP_CMD_UNLINK, .devid = DEVID, .seqnum = 2,
		.target = 1,
	};
	struct feed *f = feed_new(USBIP_CHECK_DOCK, true);
	struct usbip_pdu p;

	p = good;
	p.devid = 0;
	assert_int_equal(feed_rx(f, &p), V(DEVID));
	p = good;
	p.direction = 2;
	assert_int_equal(feed_rx(f, &p), V(DIRECTION));
	p = good;
	p.ep = 16;
	assert_int_equal(feed_rx(f, &p), V(ENDPOINT));
	p = good;
	p.ep = 15;
	p.direction = IN;
	assert_int_equal(feed_rx(f, &p), V(NONE));
	assert_int_equal(f->res.data_len, 0);
}

static void test_limits(void **state)
{
	struct feed *f = feed_new(USBIP_CHECK_DOCK, true);
	struct usbip_pdu p = pdu_submit(EP_BULK, IN, 0);
	struct usbip_pdu u = { .command = USBIP_CMD_UNLINK, .devid = DEVID };
	int i;

	for (i = 0; i < USBIP_CHECK_MAX_OPEN; i++)
		feed_open(f, EP_BULK, IN, 0, 0);
	p.seqnum = f->next++;
	assert_int_equal(feed_rx(f, &p), V(OPEN));
	for (i = 0; i < USBIP_CHECK_MAX_UNLINKS; i++)
		feed_unlink(f, i + 1);
	u.seqnum = f->next++;
	u.target = 2000;
	assert_int_equal(feed_rx(f, &u), V(OPEN));

	f = feed_new(USBIP_CHECK_DOCK, true);
	for (i = 0; i < (int)(USBIP_CHECK_MAX_OPEN_BYTES / LIN); i++)
		feed_open(f, EP_BULK, IN, LIN, 0);
	feed_open(f, EP_BULK, IN, 0, 0);
	p = pdu_submit(EP_BULK, OUT, 1);
	p.seqnum = f->next++;
	assert_int_equal(feed_rx(f, &p), V(OPEN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_follows),
		cmocka_unit_test(test_scrub),
		cmocka_unit_test(test_control_in_of_nothing),
		cmocka_unit_test(test_interval),
		cmocka_unit_test(test_isochronous_without_packets),
		cmocka_unit_test(test_no_oracle),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_unlink_rules),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests_name("requests", tests, NULL, NULL);
}
