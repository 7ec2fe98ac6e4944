/* SPDX-License-Identifier: GPL-2.0 */
/*
 * usbip_check.h - no malformed PDU reaches a stock USB/IP driver
 *
 * The stock drivers trust the other machine: they allocate what a header says,
 * hand descriptors to host controllers unseen, and read on at the wrong place
 * after some errors. The checker knows what they will read next and refuses
 * whatever would make them go wrong. It sees every header of a session in both
 * directions, keeps the open requests, and lets answers pass only to those.
 *
 * The caller serializes the calls of one struct usbip_check, and calls in the
 * order in which the PDUs are on the wire. No function sleeps, allocates or
 * takes a lock; usbip_check_iso() needs no serialization.
 *
 * The rules are in usbip_check_request.h and usbip_check_answer.h, what they share in
 * usbip_check_state.h.
 */
#ifndef WIRE_USBIP_CHECK_H
#define WIRE_USBIP_CHECK_H

#include "usbip_check_request.h"
#include "usbip_check_answer.h"

/**
 * usbip_check_init() - begin a session
 * @c: state to initialize
 * @side: of this machine
 * @devid: of the device
 * @slot: zeroed memory, stays the caller's
 * @count: entries of @slot, USBIP_CHECK_SLOTS
 * @ep_type: see struct usbip_check
 * @ctx: see struct usbip_check
 */
static inline void
usbip_check_init(struct usbip_check *c, enum usbip_check_side side, __u32 devid,
		 struct usbip_check_slot *slot, __u32 count,
		 enum usbip_xfer (*ep_type)(void *ctx, __u32 dir, __u32 ep),
		 void *ctx)
{
	memset(c, 0, sizeof(*c));
	c->side = side;
	c->devid = devid;
	c->ep_type = ep_type;
	c->ctx = ctx;
	c->slots.slot = slot;
	c->slots.mask = count - 1;
}

/**
 * usbip_check_header() - check a header and keep track of open requests
 * @c: state
 * @flow: from the peer or to be sent
 * @hdr: the header; in a received one, values that mean nothing to the driver or that
 *	only its own kernel may set are cleared. What is legal but would make a stock
 *	driver stumble is put into the form that it takes
 * @total: TX: bytes of the whole message, as stock drivers send one PDU a call;
 *	RX: 0
 * @res: what was found
 */
static inline void usbip_check_header(struct usbip_check *c,
				      enum usbip_check_flow flow,
				      __u8 hdr[USBIP_PDU_HDR_SIZE], __u32 total,
				      struct usbip_check_result *res)
{
	bool at_rest = flow == USBIP_CHECK_RX_AT_REST;

	if (at_rest)
		flow = USBIP_CHECK_RX;
	memset(res, 0, sizeof(*res));
	res->verdict = USBIP_CHECK_PASS;
	usbip_pdu_decode(&res->pdu, hdr);

	if (flow == USBIP_CHECK_TX && total < USBIP_PDU_HDR_SIZE)
		res->violation = USBIP_TLS_VIOLATION_LENGTH;
	else if ((c->side == USBIP_CHECK_DOCK) == (flow == USBIP_CHECK_RX))
		res->violation = usbip_check_request(c, flow, hdr, total, res);
	else
		res->violation = usbip_check_answer(c, flow, at_rest, hdr,
						    total, res);

	if (res->violation != USBIP_TLS_VIOLATION_NONE) {
		res->verdict = USBIP_CHECK_REFUSE;
		c->refused++;
	} else if (res->verdict == USBIP_CHECK_DROP) {
		c->dropped++;
	}
}

/**
 * usbip_check_sent() - the request checked last for sending is out
 * @c: state
 *
 * To be called after the send has returned, if @c->track_sending.
 */
static inline void usbip_check_sent(struct usbip_check *c)
{
	c->sending = false;
}

/**
 * usbip_check_unlink_age() - how long an unlink has been without its answer
 * @c: state
 * @now: of the clock
 * @age: of the oldest one, if there is one; negative: all came later than @now
 *
 * Return: whether there is one; only then it walks over the slots
 */
static inline bool usbip_check_unlink_age(const struct usbip_check *c,
					  __u32 now, __s32 *age)
{
	const struct usbip_slots *t = &c->slots;
	__u32 left = t->unlinks, i;
	bool any = false;

	for (i = 0; left && i <= t->mask; i++) {
		__s32 one;

		if (t->slot[i].kind != USBIP_SLOT_UNLINK)
			continue;
		one = (__s32)(now - t->slot[i].since);
		if (!any || one > *age)
			*age = one;
		any = true;
		left--;
	}
	return any;
}

/**
 * usbip_check_asked() - keep in mind how long the packets of a request may be
 * @c: state of a tablet
 * @seqnum: of a request that passed with @descs behind it
 * @descs: the next packet descriptors, as on the wire
 * @n: how many
 *
 * Called for all of them, in their order, before the request is sent.
 */
static inline void usbip_check_asked(struct usbip_check *c, __u32 seqnum,
				     const __u8 *descs, __u32 n)
{
	struct usbip_check_slot *slot = usbip_slots_find(&c->slots, seqnum);
	__u32 i;

	for (i = 0; slot && i < n; i++) {
		struct usbip_iso_desc d;

		usbip_iso_decode(&d, descs + i * USBIP_ISO_DESC_SIZE);
		usbip_iso_asked_add(&slot->asked, &c->iso_key, d.length);
	}
}

/**
 * usbip_check_iso() - check packet descriptors
 * @res: of the header that passed
 * @descs: @res->iso_packets of them, as on the wire
 *
 * Return: USBIP_TLS_VIOLATION_NONE or USBIP_TLS_VIOLATION_ISO
 */
static inline enum usbip_tls_violation
usbip_check_iso(const struct usbip_check_result *res, const __u8 *descs)
{
	bool answer = res->pdu.command == USBIP_RET_SUBMIT;
	__u32 left = answer ? res->actual_length : res->buffer_length;
	struct usbip_iso_asked got;
	__u32 longest = 0, i;

	usbip_iso_asked_begin(&got);

	for (i = 0; i < res->iso_packets; i++) {
		struct usbip_iso_desc d;
		__u32 takes;

		usbip_iso_decode(&d, descs + i * USBIP_ISO_DESC_SIZE);
		if (d.offset > res->buffer_length ||
		    d.length > res->buffer_length - d.offset)
			return USBIP_TLS_VIOLATION_ISO;
		if (answer ? d.actual_length > d.length ||
			     !usbip_check_status_valid(d.status) :
			     d.actual_length != 0)
			return USBIP_TLS_VIOLATION_ISO;

		/*
		 * Packets that overlap could return more than the buffer holds;
		 * what has arrived must be just what the header says.
		 */
		takes = answer ? d.actual_length : d.length;
		if (takes > left)
			return USBIP_TLS_VIOLATION_ISO;
		left -= takes;

		if (d.length > longest)
			longest = d.length;
		usbip_iso_asked_add(&got, &res->iso_key, d.length);
	}
	if (answer && longest > res->asked.shortest &&
	    !usbip_iso_asked_same(&got, &res->asked))
		return USBIP_TLS_VIOLATION_ISO;

	return answer && left ? USBIP_TLS_VIOLATION_ISO :
				USBIP_TLS_VIOLATION_NONE;
}

#endif /* WIRE_USBIP_CHECK_H */
