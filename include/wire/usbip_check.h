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
 * The rules are in usbip_check_request.h and usbip_check_answer.h.
 */
#ifndef WIRE_USBIP_CHECK_H
#define WIRE_USBIP_CHECK_H

#include <linux/errno.h>
#include <linux/usbip_tls.h>

#include "usbip_identity.h"
#include "usbip_pdu.h"
#include "usbip_slots.h"

/** enum usbip_check_side - which stock driver is on this machine */
enum usbip_check_side {
	USBIP_CHECK_DOCK,	/* our own, usbip-host or usbip-vudc */
	USBIP_CHECK_TABLET,	/* vhci-hcd */
};

enum usbip_check_flow {
	USBIP_CHECK_RX,		/* from the peer */
	USBIP_CHECK_TX,		/* to be sent to the peer */
	USBIP_CHECK_RX_AT_REST,	/* from the peer; nothing is queued for sending */
};

/**
 * enum usbip_check_verdict - what to do with a PDU
 * @USBIP_CHECK_PASS: let it through
 * @USBIP_CHECK_DROP: swallow it and what follows it; the session goes on
 * @USBIP_CHECK_REFUSE: end the session
 * @USBIP_CHECK_WAIT: RX with track_sending only: it answers a request that is
 *	still being sent, or an unlink whose target is sent next. Nothing has
 *	changed; check it again after the next usbip_check_sent(), or as
 *	USBIP_CHECK_RX_AT_REST when nothing has been sent for a while.
 * @USBIP_CHECK_ANSWER: RX on the dock only: usbip-host would not answer it, or not
 *	survive it. Whoever carries the requests out has to do it:
 *	An unlink whose target is not open gets a RET_UNLINK with status 0. The
 *	tablet may wait for it: vhci-hcd unlinks what it had sent before it lost
 *	its last connection.
 *	An isochronous transfer without packets gets a RET_SUBMIT with status
 *	-EINVAL, as by usbcore.
 */
enum usbip_check_verdict {
	USBIP_CHECK_PASS,
	USBIP_CHECK_DROP,
	USBIP_CHECK_REFUSE,
	USBIP_CHECK_WAIT,
	USBIP_CHECK_ANSWER,
};

/** enum usbip_xfer - kind of an endpoint */
enum usbip_xfer {
	USBIP_XFER_UNKNOWN,
	USBIP_XFER_NONE,	/* no such endpoint */
	USBIP_XFER_CONTROL,
	USBIP_XFER_ISOC,
	USBIP_XFER_BULK,
	USBIP_XFER_INT,
};

/**
 * struct usbip_check - state of a session
 * @side: of this machine
 * @devid: of the session's device
 * @ep_type: kind of endpoint @ep (0..15) for direction @dir (USBIP_DIR_*), asked
 *	for each request on the dock. NULL: not known, as with usbip-vudc
 * @interval: what an endpoint of its kind has by its descriptor, in (micro)frames,
 *	1 or more; for requests that leave it to the dock. NULL: 1
 * @ctx: for @ep_type and @interval
 * @slots: open requests; @slots.submits of them are transfers
 * @dropped: PDUs dropped
 * @refused: PDUs refused
 * @track_sending: set after usbip_check_init() by a caller that calls
 *	usbip_check_sent(). On the tablet an answer must not reach vhci-hcd while
 *	the request is being sent: it would free the buffer under the sender, and
 *	a hostile dock knows the next number.
 * @sending: a request is being sent
 * @sending_seqnum: its number
 * @any_submit: a transfer was sent, with track_sending
 * @last_submit: number of the last one
 * @sent_submit: dock: the last answer was to a transfer, not to an unlink
 * @clock: what an unlink that passes keeps as its time; set by the caller, in a
 *	unit of its own
 * @iso_key: set after usbip_check_init(), to random numbers
 */
struct usbip_check {
	enum usbip_check_side side;
	__u32 devid;
	enum usbip_xfer (*ep_type)(void *ctx, __u32 dir, __u32 ep);
	__u32 (*interval)(void *ctx, __u32 dir, __u32 ep);
	void *ctx;
	struct usbip_slots slots;
	__u32 dropped;
	__u32 refused;
	bool track_sending;
	bool sending;
	__u32 sending_seqnum;
	bool any_submit;
	__u32 last_submit;
	bool sent_submit;
	__u32 clock;
	struct usbip_iso_key iso_key;
};

/**
 * struct usbip_check_result - what the check of a header found
 * @verdict: what to do
 * @violation: why it is refused
 * @pdu: the header, after rewriting
 * @rewritten: the header is not what it was; if it is to be sent, the message is
 *	nothing but the header
 * @data_len: payload bytes that follow the header
 * @iso_packets: packet descriptors that follow the payload
 * @buffer_length: bytes of the transfer buffer
 * @actual_length: bytes transferred; 0 for requests
 * @descriptor: tablet: the payload of this answer is the beginning of a descriptor
 *	of this kind, see usbip_identity_wants(); 0: it is not
 * @asked: lengths of the packets of an isochronous request that is answered
 * @iso_key: of the session
 *
 * @data_len and @iso_packets hold for USBIP_CHECK_PASS and USBIP_CHECK_DROP.
 */
struct usbip_check_result {
	enum usbip_check_verdict verdict;
	enum usbip_tls_violation violation;
	struct usbip_pdu pdu;
	bool rewritten;
	__u32 data_len;
	__u32 iso_packets;
	__u32 buffer_length;
	__u32 actual_length;
	__u8 descriptor;
	struct usbip_iso_asked asked;
	struct usbip_iso_key iso_key;
};

/*
 * devid, direction and endpoint. Stock docks leave them 0 in answers, stock
 * tablets direction and endpoint in unlinks.
 */
static inline enum usbip_tls_violation
usbip_check_base(const struct usbip_check *c, const struct usbip_pdu *pdu,
		 bool answer)
{
	if (pdu->devid != c->devid && !(answer && pdu->devid == 0))
		return USBIP_TLS_VIOLATION_DEVID;
	if (pdu->direction != USBIP_DIR_IN && pdu->direction != USBIP_DIR_OUT)
		return USBIP_TLS_VIOLATION_DIRECTION;
	if (pdu->ep > USBIP_PDU_MAX_EP)
		return USBIP_TLS_VIOLATION_ENDPOINT;
	return USBIP_TLS_VIOLATION_NONE;
}

/* Bytes of the whole message, if the header is right. */
static inline __u32
usbip_check_message_size(const struct usbip_check_result *res)
{
	return USBIP_PDU_HDR_SIZE + res->data_len +
	       res->iso_packets * USBIP_ISO_DESC_SIZE;
}

/* linux/errno.h numbers end at MAX_ERRNO. */
static inline bool usbip_check_status_valid(__s32 status)
{
	return status <= 0 && status >= -4095 && status != -EINPROGRESS;
}

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
