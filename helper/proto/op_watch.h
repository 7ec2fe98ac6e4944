/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The watch operation: a dock tells what it shares, and goes on.
 *
 *	request	REQ_WATCH, nothing after the header
 *	answer	REP_WATCH; if the status is OK events follow until one side ends
 *		the connection
 *
 * An event is a head of 4 bytes and its payload:
 *
 *	0  1	event: 1 device, 2 gone, 3 ready, 4 crl
 *	1  1	device: 0 free, 1 in use by another tablet, 2 in use by this one
 *	2  2	bytes of payload
 *
 *	device	a device record and its interfaces, as in a list of devices: it is
 *		there, or its state has changed
 *	gone	a bus id, 32 bytes: the device is no more to be had
 *	ready	nothing: all that is there has been told; once
 *	list	20 bytes, number of the revocation list that the dock has; after
 *		ready, and when there is another one
 *
 * It is an operation of ours, beside those of USB/IP 1.1.1; a dock that does not
 * know it ends the connection. Numbers are big endian. Pure C without allocation.
 * Functions that decode return 0 or -EPROTO.
 */
#ifndef UT_PROTO_OP_WATCH_H
#define UT_PROTO_OP_WATCH_H

#include "proto/op.h"

#define UT_OP_REQ_WATCH		0x8071
#define UT_OP_REP_WATCH		0x0071

#define UT_WATCH_HEAD_SIZE	4
#define UT_WATCH_NUMBER_SIZE	20
#define UT_WATCH_MAX_PAYLOAD	(UT_OP_DEVICE_SIZE + \
				 UT_OP_MAX_INTERFACES * UT_OP_IF_SIZE)
#define UT_WATCH_MAX_EVENT	(UT_WATCH_HEAD_SIZE + UT_WATCH_MAX_PAYLOAD)

enum ut_watch_kind {
	UT_WATCH_DEVICE = 1,
	UT_WATCH_GONE = 2,
	UT_WATCH_READY = 3,
	UT_WATCH_CRL = 4,
};

/** enum ut_watch_state - who has a device */
enum ut_watch_state {
	UT_WATCH_FREE,
	UT_WATCH_USED,		/* by another tablet */
	UT_WATCH_YOURS,		/* by the tablet that is told */
};

/**
 * struct ut_watch_event - one event
 * @kind: enum ut_watch_kind
 * @state: enum ut_watch_state; DEVICE only
 * @dev: the device; GONE: its busid only
 * @number: CRL only
 */
struct ut_watch_event {
	uint32_t kind;
	uint32_t state;
	struct ut_op_device dev;
	uint8_t number[UT_WATCH_NUMBER_SIZE];
};

/* @out: UT_WATCH_MAX_EVENT bytes. Returns how many of them are used. */
static inline size_t ut_watch_encode(uint8_t *out,
				     const struct ut_watch_event *e)
{
	uint8_t *payload = out + UT_WATCH_HEAD_SIZE;
	size_t len = 0;

	if (e->kind == UT_WATCH_DEVICE) {
		ut_op_encode_device(payload, &e->dev);
		ut_op_encode_interfaces(payload + UT_OP_DEVICE_SIZE, &e->dev);
		len = UT_OP_DEVICE_SIZE + ut_op_interfaces_size(&e->dev);
	} else if (e->kind == UT_WATCH_GONE) {
		ut_op_copy_text((char *)payload, UT_OP_BUSID_SIZE, e->dev.busid,
				strnlen(e->dev.busid, sizeof(e->dev.busid)));
		len = UT_OP_BUSID_SIZE;
	} else if (e->kind == UT_WATCH_CRL) {
		memcpy(payload, e->number, sizeof(e->number));
		len = sizeof(e->number);
	}
	out[0] = (uint8_t)e->kind;
	out[1] = (uint8_t)e->state;
	ut_op_put16(out + 2, (uint16_t)len);
	return UT_WATCH_HEAD_SIZE + len;
}

/*
 * The head: sets kind and state, zeroes the device, and says how many bytes of
 * payload follow, which is within UT_WATCH_MAX_PAYLOAD.
 */
static inline int ut_watch_decode_head(const uint8_t in[UT_WATCH_HEAD_SIZE],
				       struct ut_watch_event *e, size_t *len)
{
	memset(e, 0, sizeof(*e));
	e->kind = in[0];
	e->state = in[1];
	*len = ut_op_get16(in + 2);
	switch (e->kind) {
	case UT_WATCH_DEVICE:
		return e->state <= UT_WATCH_YOURS &&
		       *len >= UT_OP_DEVICE_SIZE &&
		       *len <= UT_WATCH_MAX_PAYLOAD ? 0 : -EPROTO;
	case UT_WATCH_GONE:
		return !e->state && *len == UT_OP_BUSID_SIZE ? 0 : -EPROTO;
	case UT_WATCH_READY:
		return !e->state && !*len ? 0 : -EPROTO;
	case UT_WATCH_CRL:
		return !e->state && *len == UT_WATCH_NUMBER_SIZE ? 0 : -EPROTO;
	default:
		return -EPROTO;
	}
}

/* The payload, of the length that the head said. */
static inline int ut_watch_decode_payload(const uint8_t *in, size_t len,
					  struct ut_watch_event *e)
{
	if (e->kind == UT_WATCH_READY)
		return 0;
	if (e->kind == UT_WATCH_GONE)
		return ut_op_decode_busid(in, e->dev.busid);
	if (e->kind == UT_WATCH_CRL) {
		memcpy(e->number, in, sizeof(e->number));
		return 0;
	}
	if (ut_op_decode_device(in, &e->dev) ||
	    len != UT_OP_DEVICE_SIZE + ut_op_interfaces_size(&e->dev))
		return -EPROTO;
	ut_op_decode_interfaces(in + UT_OP_DEVICE_SIZE, &e->dev);
	return 0;
}

#endif /* UT_PROTO_OP_WATCH_H */
