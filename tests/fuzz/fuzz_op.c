// SPDX-License-Identifier: GPL-2.0
/*
 * Operations: whatever is accepted must keep to its limits, have strings that end,
 * and survive being encoded and decoded again.
 */
#include <stdio.h>
#include <stdlib.h>

#include "proto/op_watch.h"

static void fail(const char *what)
{
	fprintf(stderr, "fuzz_op: %s\n", what);
	abort();
}

static void ends(const char *text, size_t size)
{
	if (strnlen(text, size) == size)
		fail("a string without an end");
}

static void device(const uint8_t *raw, const uint8_t *ifs, size_t n)
{
	uint8_t again[UT_OP_DEVICE_SIZE], out[UT_OP_MAX_INTERFACES * 4];
	struct ut_op_device a, b;

	memset(&a, 0x5a, sizeof(a));
	if (ut_op_decode_device(raw, &a))
		return;
	ends(a.path, sizeof(a.path));
	ends(a.busid, sizeof(a.busid));
	ends(a.manufacturer, sizeof(a.manufacturer));
	ends(a.product, sizeof(a.product));
	ends(a.serial, sizeof(a.serial));
	if (a.nif > UT_OP_MAX_INTERFACES || !a.busid[0] ||
	    strchr(a.busid, '/'))
		fail("a device against the rules");
	if (ut_op_interfaces_size(&a) <= n) {
		ut_op_decode_interfaces(ifs, &a);
		ut_op_encode_interfaces(out, &a);
	}

	ut_op_encode_device(again, &a);
	if (ut_op_decode_device(again, &b))
		fail("our own record is refused");
	memcpy(b.interfaces, a.interfaces, sizeof(a.interfaces));
	/* Texts that did not fit are left out; nothing else may change. */
	if (!b.manufacturer[0])
		a.manufacturer[0] = '\0';
	if (!b.serial[0])
		a.serial[0] = '\0';
	if (strcmp(a.path, b.path) || strcmp(a.busid, b.busid) ||
	    strcmp(a.manufacturer, b.manufacturer) ||
	    strcmp(a.serial, b.serial) ||
	    (b.product[0] && strcmp(a.product, b.product)) ||
	    memcmp(&a.busnum, &b.busnum,
		   offsetof(struct ut_op_device, manufacturer) -
			   offsetof(struct ut_op_device, busnum)))
		fail("a record changes");
}

/* What is accepted must say the same when it is encoded again. */
static void event(const uint8_t *data, size_t size)
{
	uint8_t again[UT_WATCH_MAX_EVENT];
	struct ut_watch_event a, b;
	size_t len, len2;

	if (size < UT_WATCH_HEAD_SIZE || ut_watch_decode_head(data, &a, &len))
		return;
	if (len > UT_WATCH_MAX_PAYLOAD)
		fail("an event longer than its room");
	if (size - UT_WATCH_HEAD_SIZE < len ||
	    ut_watch_decode_payload(data + UT_WATCH_HEAD_SIZE, len, &a))
		return;
	if (ut_watch_encode(again, &a) != UT_WATCH_HEAD_SIZE + len ||
	    ut_watch_decode_head(again, &b, &len2) || len2 != len ||
	    ut_watch_decode_payload(again + UT_WATCH_HEAD_SIZE, len, &b))
		fail("our own event is refused");
	if (a.kind != b.kind || a.state != b.state ||
	    strcmp(a.dev.busid, b.dev.busid) ||
	    memcmp(a.dev.interfaces, b.dev.interfaces,
		   sizeof(a.dev.interfaces)))
		fail("an event changes");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char busid[UT_OP_BUSID_SIZE];
	struct ut_op_header h;
	uint32_t count;

	if (size >= UT_OP_HDR_SIZE)
		ut_op_decode_header(data, &h);
	if (size >= UT_OP_COUNT_SIZE && !ut_op_decode_count(data, &count) &&
	    count > UT_OP_MAX_DEVICES)
		fail("too many devices");
	if (size >= UT_OP_BUSID_SIZE && !ut_op_decode_busid(data, busid)) {
		uint8_t req[UT_OP_IMPORT_REQ_SIZE];

		ends(busid, sizeof(busid));
		if (ut_op_encode_import_request(req, busid, 0))
			fail("a bus id that cannot be asked for");
	}
	if (size >= UT_OP_DEVICE_SIZE)
		device(data, data + UT_OP_DEVICE_SIZE,
		       size - UT_OP_DEVICE_SIZE);
	event(data, size);
	return 0;
}
