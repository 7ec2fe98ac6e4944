// SPDX-License-Identifier: GPL-2.0
/* The watch operation: its format, and what a tablet is told next. */
#include <stdio.h>
#include <stdlib.h>

#include "dock/peer_view.h"
#include "lib/unit.h"
#include "proto/op_watch.h"

static struct ut_watch_event event(const char *busid, uint32_t devnum,
				   enum ut_watch_state state)
{
	struct ut_watch_event e;

	memset(&e, 0, sizeof(e));
	e.kind = UT_WATCH_DEVICE;
	e.state = state;
	snprintf(e.dev.busid, sizeof(e.dev.busid), "%s", busid);
	snprintf(e.dev.path, sizeof(e.dev.path), "/sys/%s", busid);
	e.dev.busnum = 1;
	e.dev.devnum = devnum;
	e.dev.vid = 0x46f4;
	e.dev.nif = 2;
	e.dev.interfaces[1][0] = 3;
	return e;
}

static void round_trip(const struct ut_watch_event *e, size_t want)
{
	uint8_t raw[UT_WATCH_MAX_EVENT];
	struct ut_watch_event back;
	size_t len;

	memset(raw, 0x5a, sizeof(raw));
	assert_int_equal(ut_watch_encode(raw, e), UT_WATCH_HEAD_SIZE + want);
	assert_int_equal(ut_watch_decode_head(raw, &back, &len), 0);
	assert_int_equal(len, want);
	assert_int_equal(ut_watch_decode_payload(raw + UT_WATCH_HEAD_SIZE, len,
						 &back), 0);
	assert_memory_equal(&back, e, sizeof(back));
}

static void test_round_trip(void **state)
{
	struct ut_watch_event e = event("1-2.3", 7, UT_WATCH_YOURS);

	round_trip(&e, UT_OP_DEVICE_SIZE + 8);
	e.dev.nif = UT_OP_MAX_INTERFACES;
	round_trip(&e, UT_WATCH_MAX_PAYLOAD);
	memset(&e, 0, sizeof(e));
	e.kind = UT_WATCH_READY;
	round_trip(&e, 0);
	e.kind = UT_WATCH_GONE;
	strcpy(e.dev.busid, "usbip-vudc.0");
	round_trip(&e, UT_OP_BUSID_SIZE);
}

static void test_layout(void **state)
{
	const struct ut_watch_event e = event("1-2", 7, UT_WATCH_USED);
	uint8_t raw[UT_WATCH_MAX_EVENT];

	ut_watch_encode(raw, &e);
	assert_memory_equal(raw, "\1\1\x01\x40/sys/1-2", 13);
	assert_string_equal((char *)raw + 4 + 256, "1-2");
	assert_int_equal(raw[4 + UT_OP_DEVICE_SIZE + UT_OP_IF_SIZE], 3);
}

static void test_bad_heads(void **state)
{
	static const uint8_t bad[][UT_WATCH_HEAD_SIZE] = {
		{ 0, 0, 0, 0 },		/* no such event */
		{ 4, 0, 0, 0 },
		{ 255, 0, 0, 0 },
		{ 1, 3, 1, 0x38 },	/* no such state */
		{ 1, 0, 1, 0x37 },	/* less than a device record */
		{ 1, 0, 1, 0xb9 },	/* more than the most interfaces */
		{ 1, 0, 0xff, 0xff },
		{ 2, 0, 0, 31 },
		{ 2, 0, 0, 33 },
		{ 2, 1, 0, 32 },
		{ 3, 0, 0, 1 },
		{ 3, 1, 0, 0 },
	};
	struct ut_watch_event e;
	size_t i, len;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (ut_watch_decode_head(bad[i], &e, &len) != -EPROTO)
			fail_msg("head %zu is taken", i);
}

static void test_bad_payloads(void **state)
{
	struct ut_watch_event e = event("1-2", 7, UT_WATCH_FREE), back;
	uint8_t raw[UT_WATCH_MAX_EVENT], *payload = raw + UT_WATCH_HEAD_SIZE;
	size_t len = ut_watch_encode(raw, &e) - UT_WATCH_HEAD_SIZE, head;

	assert_int_equal(ut_watch_decode_head(raw, &back, &head), 0);
	assert_int_equal(head, len);
	/* Fewer or more interfaces than the record says. */
	assert_int_equal(ut_watch_decode_payload(payload, len - 4, &back),
			 -EPROTO);
	assert_int_equal(ut_watch_decode_payload(payload, len + 4, &back),
			 -EPROTO);
	payload[256] = '/';
	assert_int_equal(ut_watch_decode_payload(payload, len, &back), -EPROTO);
	back.kind = UT_WATCH_GONE;
	memset(payload, 0, UT_OP_BUSID_SIZE);
	assert_int_equal(ut_watch_decode_payload(payload, UT_OP_BUSID_SIZE,
						 &back), -EPROTO);
}

/* --- the peer view --- */

static struct ut_peer_view view;

static int view_setup(void **state)
{
	memset(&view, 0, sizeof(view));
	return 0;
}

static int view_teardown(void **state)
{
	ut_peer_view_free(&view);
	return 0;
}

static void expect(const struct ut_watch_event *now, size_t n,
		   enum ut_watch_kind kind, const char *busid, uint32_t state)
{
	struct ut_watch_event next;

	assert_int_equal(ut_peer_view_next(&view, now, n, &next), 1);
	assert_int_equal(next.kind, kind);
	assert_string_equal(next.dev.busid, busid);
	assert_int_equal(next.state, state);
}

static void expect_nothing(const struct ut_watch_event *now, size_t n)
{
	struct ut_watch_event next;

	assert_int_equal(ut_peer_view_next(&view, now, n, &next), 0);
}

static void test_view_all_then_ready(void **state)
{
	const struct ut_watch_event now[] = {
		event("1-2", 2, UT_WATCH_FREE), event("1-10", 3, UT_WATCH_USED),
	};

	expect(now, 2, UT_WATCH_DEVICE, "1-2", UT_WATCH_FREE);
	expect(now, 2, UT_WATCH_DEVICE, "1-10", UT_WATCH_USED);
	expect(now, 2, UT_WATCH_READY, "", 0);
	expect_nothing(now, 2);
}

static void test_view_nothing_but_ready(void **state)
{
	expect(NULL, 0, UT_WATCH_READY, "", 0);
	expect_nothing(NULL, 0);
}

static void test_view_changes(void **state)
{
	struct ut_watch_event now[] = {
		event("1-2", 2, UT_WATCH_FREE), event("1-3", 3, UT_WATCH_FREE),
		event("1-4", 4, UT_WATCH_FREE),
	};

	expect(now, 1, UT_WATCH_DEVICE, "1-2", UT_WATCH_FREE);
	expect(now, 1, UT_WATCH_READY, "", 0);
	/* One more at the end and one changed, in one look. */
	now[0].state = UT_WATCH_YOURS;
	expect(now, 2, UT_WATCH_DEVICE, "1-2", UT_WATCH_YOURS);
	expect(now, 2, UT_WATCH_DEVICE, "1-3", UT_WATCH_FREE);
	/* The first goes, one is added at the end. */
	expect(now + 1, 2, UT_WATCH_GONE, "1-2", 0);
	expect(now + 1, 2, UT_WATCH_DEVICE, "1-4", UT_WATCH_FREE);
	expect_nothing(now + 1, 2);
	/* All go. */
	expect(NULL, 0, UT_WATCH_GONE, "1-3", 0);
	expect(NULL, 0, UT_WATCH_GONE, "1-4", 0);
	expect_nothing(NULL, 0);
}

/* One pulled out and another plugged in between two looks. */
static void test_view_replaced(void **state)
{
	struct ut_watch_event now = event("1-2", 2, UT_WATCH_YOURS);

	expect(&now, 1, UT_WATCH_DEVICE, "1-2", UT_WATCH_YOURS);
	now = event("1-2", 3, UT_WATCH_FREE);
	expect(&now, 1, UT_WATCH_GONE, "1-2", 0);
	expect(&now, 1, UT_WATCH_DEVICE, "1-2", UT_WATCH_FREE);
	expect(&now, 1, UT_WATCH_READY, "", 0);
	expect_nothing(&now, 1);
}

/* It came and went before it could be reported: it is never mentioned. */
static void test_view_missed(void **state)
{
	const struct ut_watch_event now[] = {
		event("1-2", 2, UT_WATCH_FREE), event("1-3", 3, UT_WATCH_FREE),
	};

	expect(now, 2, UT_WATCH_DEVICE, "1-2", UT_WATCH_FREE);
	expect(now, 1, UT_WATCH_READY, "", 0);
	expect_nothing(now, 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, view_setup, view_teardown)
	const struct CMUnitTest tests[] = {
		T(test_round_trip),	     T(test_layout),
		T(test_bad_heads),	     T(test_bad_payloads),
		T(test_view_all_then_ready), T(test_view_nothing_but_ready),
		T(test_view_changes),	     T(test_view_replaced),
		T(test_view_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
