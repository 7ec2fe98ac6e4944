// SPDX-License-Identifier: GPL-2.0
/* The table of open requests, compared with a plain list of them. */
#include "lib/pdu_feed.h"

#define COUNT	64	/* small, so that clusters wrap around */

static struct usbip_slots table;
static struct usbip_check_slot memory[COUNT];

static int setup(void **state)
{
	memset(&table, 0, sizeof(table));
	memset(memory, 0, sizeof(memory));
	table.slot = memory;
	table.mask = COUNT - 1;
	return 0;
}

static void add(uint32_t seqnum, uint8_t kind, uint32_t length)
{
	struct usbip_check_slot s = {
		.seqnum = seqnum, .kind = kind, .length = length,
		.packets = kind == USBIP_SLOT_SUBMIT ? length % 7 : 0,
	};

	assert_null(usbip_slots_find(&table, seqnum));
	assert_true(usbip_slots_room(&table, kind, length));
	usbip_slots_add(&table, &s);
}

static void test_collisions(void **state)
{
	uint32_t i;

	/* All want slot 60, and run past the end of the table. */
	for (i = 0; i < 10; i++)
		add(60 + i * COUNT, USBIP_SLOT_SUBMIT, i);
	for (i = 0; i < 10; i++)
		assert_int_equal(usbip_slots_find(&table,
						  60 + i * COUNT)->length, i);
	/* A hole in the middle must not hide the slots after it. */
	usbip_slots_del(&table, usbip_slots_find(&table, 60 + 3 * COUNT));
	usbip_slots_del(&table, usbip_slots_find(&table, 60));
	for (i = 0; i < 10; i++) {
		if (i == 0 || i == 3)
			assert_null(usbip_slots_find(&table, 60 + i * COUNT));
		else
			assert_non_null(usbip_slots_find(&table,
							 60 + i * COUNT));
	}
	assert_int_equal(table.submits, 8);
	assert_int_equal(table.bytes, 1 + 2 + 4 + 5 + 6 + 7 + 8 + 9);
}

/* 200000 steps of a fixed pseudo-random sequence. */
static void test_model(void **state)
{
	static bool open[1000];
	static uint32_t lengths[1000];
	uint32_t x = 12345, submits = 0, unlinks = 0, bytes = 0, packets = 0;
	int step;

	memset(open, 0, sizeof(open));
	for (step = 0; step < 200000; step++) {
		struct usbip_check_slot *s;
		uint32_t n;

		x = x * 1664525 + 1013904223;
		n = (x >> 8) % 1000;
		s = usbip_slots_find(&table, n);
		assert_int_equal(s != NULL, open[n]);
		if (s) {
			assert_int_equal(s->seqnum, n);
			assert_int_equal(s->length, lengths[n]);
			bytes -= n % 3 ? lengths[n] : 0;
			packets -= n % 3 ? lengths[n] % 7 : 0;
			n % 3 ? submits-- : unlinks--;
			usbip_slots_del(&table, s);
			open[n] = false;
		} else if (submits + unlinks < COUNT - 1) {
			lengths[n] = n % 3 ? x >> 20 : 0;
			add(n, n % 3 ? USBIP_SLOT_SUBMIT : USBIP_SLOT_UNLINK,
			    lengths[n]);
			bytes += lengths[n];
			packets += n % 3 ? lengths[n] % 7 : 0;
			n % 3 ? submits++ : unlinks++;
			open[n] = true;
		}
		assert_int_equal(table.submits, submits);
		assert_int_equal(table.unlinks, unlinks);
		assert_int_equal(table.bytes, bytes);
		assert_int_equal(table.packets, packets);
	}
}

static void test_room(void **state)
{
	table.submits = USBIP_CHECK_MAX_OPEN - 1;
	assert_true(usbip_slots_room(&table, USBIP_SLOT_SUBMIT, 0));
	table.submits = USBIP_CHECK_MAX_OPEN;
	assert_false(usbip_slots_room(&table, USBIP_SLOT_SUBMIT, 0));
	assert_true(usbip_slots_room(&table, USBIP_SLOT_UNLINK, 0));
	table.unlinks = USBIP_CHECK_MAX_UNLINKS - 1;
	assert_true(usbip_slots_room(&table, USBIP_SLOT_UNLINK, 0));
	table.unlinks = USBIP_CHECK_MAX_UNLINKS;
	assert_false(usbip_slots_room(&table, USBIP_SLOT_UNLINK, 0));

	table.submits = 0;
	table.bytes = USBIP_CHECK_MAX_OPEN_BYTES - 10;
	assert_true(usbip_slots_room(&table, USBIP_SLOT_SUBMIT, 10));
	assert_false(usbip_slots_room(&table, USBIP_SLOT_SUBMIT, 11));
	assert_false(usbip_slots_room(&table, USBIP_SLOT_SUBMIT, 0xffffffff));
	/* With all of them open the table still has a free slot: searches end. */
	assert_true(USBIP_CHECK_MAX_OPEN + USBIP_CHECK_MAX_UNLINKS <
		    USBIP_CHECK_SLOTS);
}

static void test_late_ring(void **state)
{
	struct usbip_check_slot s = { .kind = USBIP_SLOT_SUBMIT };
	uint32_t i;

	assert_null(usbip_late_find(&table, 0));
	for (i = 0; i < USBIP_CHECK_LATE + 3; i++) {
		s.seqnum = i;
		usbip_late_add(&table, &s);
	}
	assert_int_equal(table.late_used, USBIP_CHECK_LATE);
	for (i = 0; i < 3; i++)
		assert_null(usbip_late_find(&table, i));
	for (; i < USBIP_CHECK_LATE + 3; i++) {
		assert_non_null(usbip_late_find(&table, i));
		usbip_late_del(&table, usbip_late_find(&table, i));
		assert_null(usbip_late_find(&table, i));
	}
	assert_int_equal(table.late_used, 0);
}

/* Aging entries go, wherever they are; the others stay. */
static void test_age(void **state)
{
	static const uint32_t where[] = { 0, COUNT - 1, 2 * COUNT - 1, 7 };
	uint32_t i;

	for (i = 0; i < 4; i++) {
		add(100 * COUNT + where[i], USBIP_SLOT_SUBMIT, 1);
		add(where[i], USBIP_SLOT_SUBMIT, 2);
		usbip_slots_find(&table, where[i])->flags = USBIP_SLOT_AGING;
		table.aging++;
	}
	add(30, USBIP_SLOT_UNLINK, 0);
	usbip_slots_age(&table);
	assert_int_equal(table.aging, 0);
	assert_int_equal(table.submits, 4);
	assert_int_equal(table.unlinks, 1);
	assert_int_equal(table.bytes, 4);
	assert_int_equal(table.late_used, 4);
	for (i = 0; i < 4; i++) {
		assert_null(usbip_slots_find(&table, where[i]));
		assert_non_null(usbip_late_find(&table, where[i]));
		assert_non_null(usbip_slots_find(&table,
						 100 * COUNT + where[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_collisions, setup),
		cmocka_unit_test_setup(test_model, setup),
		cmocka_unit_test_setup(test_room, setup),
		cmocka_unit_test_setup(test_late_ring, setup),
		cmocka_unit_test_setup(test_age, setup),
	};

	return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
