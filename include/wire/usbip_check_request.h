/* SPDX-License-Identifier: GPL-2.0 */
/*
 * usbip_check_request.h - rules for CMD_SUBMIT and CMD_UNLINK
 *
 * Received by the dock, sent by the tablet. Part of usbip_check.h.
 */
#ifndef WIRE_USBIP_CHECK_REQUEST_H
#define WIRE_USBIP_CHECK_REQUEST_H

#include "usbip_check_state.h"

/* Flags of a driver that mean the same on the dock, */
#define USBIP_URB_PASS							\
	(USBIP_URB_SHORT_NOT_OK | USBIP_URB_ISO_ASAP |			\
	 USBIP_URB_ZERO_PACKET | USBIP_URB_NO_INTERRUPT |		\
	 USBIP_URB_DIR_IN | USBIP_URB_DMA_MAP_SG)

/*
 * and those that say how the tablet's own kernel holds the buffer. Stock docks
 * would take them for theirs: DMA to address 0, kfree() of pages.
 */
#define USBIP_URB_SCRUB							\
	(USBIP_URB_NO_TRANSFER_DMA_MAP | USBIP_URB_FREE_BUFFER |	\
	 USBIP_URB_DMA_MAP_SINGLE | USBIP_URB_DMA_MAP_PAGE |		\
	 USBIP_URB_MAP_LOCAL | USBIP_URB_SETUP_MAP_SINGLE |		\
	 USBIP_URB_SETUP_MAP_LOCAL | USBIP_URB_DMA_SG_COMBINED |	\
	 USBIP_URB_ALIGNED_TEMP_BUFFER)

/*
 * Kind of the endpoint. The tablet's oracle is the message itself: vhci-hcd adds
 * packet descriptors to isochronous transfers and to no others.
 */
static inline enum usbip_xfer
usbip_check_xfer(const struct usbip_check *c, enum usbip_check_flow flow,
		 __u32 total, const struct usbip_pdu *pdu)
{
	enum usbip_xfer xfer = USBIP_XFER_UNKNOWN;
	__u32 rest = total - USBIP_PDU_HDR_SIZE;

	if (flow == USBIP_CHECK_RX && c->ep_type)
		xfer = c->ep_type(c->ctx, pdu->direction, pdu->ep);
	if (xfer != USBIP_XFER_UNKNOWN)
		return xfer;
	if (pdu->ep == 0)
		return USBIP_XFER_CONTROL;

	if (flow == USBIP_CHECK_TX && pdu->packets > 0 &&
	    pdu->packets <= USBIP_PDU_MAX_ISO_PACKETS && pdu->length >= 0) {
		__u32 data = pdu->direction == USBIP_DIR_OUT ? pdu->length : 0;

		if (rest >= data && rest - data ==
				    (__u32)pdu->packets * USBIP_ISO_DESC_SIZE)
			return USBIP_XFER_ISOC;
	}
	return USBIP_XFER_UNKNOWN;
}

/*
 * usbip-vudc, for which the kind is unknown, makes one kmalloc with or without the
 * SG flag. usbcore WARNs about isochronous scatter-gather, and no host controller
 * does it for control transfers.
 */
static inline enum usbip_tls_violation
usbip_check_buffer(enum usbip_check_flow flow, const struct usbip_pdu *pdu,
		   enum usbip_xfer xfer)
{
	bool sg = pdu->flags & USBIP_URB_DMA_MAP_SG;
	__s32 limit = USBIP_PDU_MAX_LINEAR;

	if (pdu->flags & ~(USBIP_URB_PASS | USBIP_URB_SCRUB))
		return USBIP_TLS_VIOLATION_FLAGS;
	if (sg && (xfer == USBIP_XFER_CONTROL || xfer == USBIP_XFER_ISOC))
		return USBIP_TLS_VIOLATION_FLAGS;

	if (sg && (flow == USBIP_CHECK_TX || xfer != USBIP_XFER_UNKNOWN))
		limit = USBIP_PDU_MAX_TRANSFER;
	if (pdu->length < 0 || pdu->length > limit || (sg && pdu->length == 0))
		return USBIP_TLS_VIOLATION_LENGTH;
	return USBIP_TLS_VIOLATION_NONE;
}

/* SET_ADDRESS, or SET_FEATURE(TEST_MODE) to the device. */
static inline bool usbip_check_loses_device(const __u8 *setup)
{
	bool standard = !(setup[0] & 0x60);
	bool device = !(setup[0] & 0x1f);

	return standard && (setup[1] == USBIP_REQ_SET_ADDRESS ||
			    (device && setup[1] == USBIP_REQ_SET_FEATURE &&
			     setup[2] == USBIP_FEATURE_TEST_MODE &&
			     setup[3] == 0));
}

/*
 * What usb_submit_urb() demands of a control transfer: it WARNs if the direction is
 * wrong, and usbip-host gives the device up if the length is. usbip-host passes
 * SET_ADDRESS and test modes on, after which the dock cannot reach the device any
 * more; vhci-hcd keeps the first to itself, and no driver asks for the second.
 */
static inline enum usbip_tls_violation
usbip_check_setup(enum usbip_check_flow flow, const struct usbip_pdu *pdu)
{
	__u32 length = pdu->setup[6] | (__u32)pdu->setup[7] << 8;
	bool in = (pdu->setup[0] & 0x80) && length != 0;

	if (flow == USBIP_CHECK_RX && usbip_check_loses_device(pdu->setup))
		return USBIP_TLS_VIOLATION_COMMAND;
	if (in != (pdu->direction == USBIP_DIR_IN))
		return USBIP_TLS_VIOLATION_DIRECTION;
	if (length != (__u32)pdu->length)
		return USBIP_TLS_VIOLATION_LENGTH;
	return USBIP_TLS_VIOLATION_NONE;
}

/*
 * What is legal, comes from real peers and would make a stock driver stumble. To
 * usb_submit_urb() a control transfer without data goes out, and it WARNs about a pipe
 * that says otherwise. It refuses an interval of 0, which leaves the choice to the
 * dock, and usbip-host gives up.
 */
static inline void usbip_check_normalize(const struct usbip_check *c,
					 enum usbip_check_flow flow,
					 enum usbip_xfer xfer, __u8 *hdr,
					 struct usbip_check_result *res)
{
	struct usbip_pdu *pdu = &res->pdu;
	bool nothing = !pdu->length && !pdu->setup[6] && !pdu->setup[7];

	if (xfer == USBIP_XFER_CONTROL && nothing && (pdu->setup[0] & 0x80) &&
	    pdu->direction == USBIP_DIR_IN) {
		pdu->direction = USBIP_DIR_OUT;
		pdu->flags &= ~USBIP_URB_DIR_IN;
		usbip_put_be32(hdr + USBIP_PDU_OFF_DIRECTION, USBIP_DIR_OUT);
		usbip_put_be32(hdr + USBIP_PDU_OFF_FLAGS, pdu->flags);
		res->rewritten = true;
	}
	if (flow == USBIP_CHECK_RX && !pdu->interval &&
	    (xfer == USBIP_XFER_ISOC || xfer == USBIP_XFER_INT)) {
		pdu->interval = c->interval ?
			c->interval(c->ctx, pdu->direction, pdu->ep) : 1;
		usbip_put_be32(hdr + USBIP_PDU_OFF_INTERVAL,
			       (__u32)pdu->interval);
		res->rewritten = true;
	}
}

static inline enum usbip_tls_violation
usbip_check_packets(const struct usbip_pdu *pdu, enum usbip_xfer xfer)
{
	if (xfer == USBIP_XFER_ISOC) {
		if (pdu->packets < 0 ||
		    pdu->packets > USBIP_PDU_MAX_ISO_PACKETS)
			return USBIP_TLS_VIOLATION_PACKETS;
	} else if (pdu->packets != 0 && pdu->packets != -1) {
		return USBIP_TLS_VIOLATION_PACKETS;
	}

	if ((xfer == USBIP_XFER_ISOC || xfer == USBIP_XFER_INT) &&
	    pdu->interval < 1)
		return USBIP_TLS_VIOLATION_INTERVAL;
	return USBIP_TLS_VIOLATION_NONE;
}

static inline enum usbip_tls_violation
usbip_check_transfer(const struct usbip_check *c, enum usbip_check_flow flow,
		     __u8 *hdr, __u32 total, struct usbip_check_result *res,
		     enum usbip_xfer *kind)
{
	const struct usbip_pdu *pdu = &res->pdu;
	enum usbip_xfer xfer = usbip_check_xfer(c, flow, total, pdu);
	enum usbip_tls_violation v;

	*kind = xfer;
	usbip_check_normalize(c, flow, xfer, hdr, res);
	if (xfer == USBIP_XFER_NONE)
		return USBIP_TLS_VIOLATION_ENDPOINT;
	v = usbip_check_buffer(flow, pdu, xfer);
	if (v != USBIP_TLS_VIOLATION_NONE)
		return v;
	if (xfer == USBIP_XFER_CONTROL) {
		v = usbip_check_setup(flow, pdu);
		if (v != USBIP_TLS_VIOLATION_NONE)
			return v;
	}
	return usbip_check_packets(pdu, xfer);
}

/* Clears what only means something on the sender's machine. */
static inline void usbip_check_scrub(struct usbip_pdu *pdu, __u8 *hdr,
				     enum usbip_xfer xfer)
{
	pdu->flags &= USBIP_URB_PASS;
	usbip_put_be32(hdr + USBIP_PDU_OFF_FLAGS, pdu->flags);
	if (xfer != USBIP_XFER_ISOC) {
		/* -1 makes usbip-vudc's reader end without a word. */
		pdu->packets = 0;
		usbip_put_be32(hdr + USBIP_PDU_OFF_PACKETS, 0);
	}
}

/* The descriptor that a request of the tablet reads, as flags of its slot. */
static inline __u8 usbip_check_reads(const __u8 setup[8])
{
	switch (usbip_identity_wants(setup)) {
	case USBIP_DESC_DEVICE:
		return USBIP_SLOT_DEVICE;
	case USBIP_DESC_CONFIG:
		return USBIP_SLOT_CONFIG;
	case USBIP_DESC_OTHER_SPEED:
		return USBIP_SLOT_OTHER;
	default:
		return 0;
	}
}

static inline bool usbip_check_number_taken(struct usbip_check *c,
					    __u32 seqnum)
{
	return usbip_slots_find(&c->slots, seqnum) ||
	       usbip_late_find(&c->slots, seqnum);
}

static inline enum usbip_tls_violation
usbip_check_submit(struct usbip_check *c, enum usbip_check_flow flow,
		   __u8 *hdr, __u32 total, struct usbip_check_result *res)
{
	struct usbip_check_slot slot = { .kind = USBIP_SLOT_SUBMIT };
	struct usbip_pdu *pdu = &res->pdu;
	enum usbip_tls_violation v;
	enum usbip_xfer xfer;

	v = usbip_check_transfer(c, flow, hdr, total, res, &xfer);
	if (v != USBIP_TLS_VIOLATION_NONE)
		return v;

	res->buffer_length = pdu->length;
	if (pdu->direction == USBIP_DIR_OUT)
		res->data_len = pdu->length;
	if (xfer == USBIP_XFER_ISOC)
		res->iso_packets = pdu->packets;
	if (flow == USBIP_CHECK_TX && total != usbip_check_message_size(res))
		return USBIP_TLS_VIOLATION_LENGTH;

	if (usbip_check_number_taken(c, pdu->seqnum))
		return USBIP_TLS_VIOLATION_SEQNUM;
	if (!usbip_slots_room(&c->slots, USBIP_SLOT_SUBMIT, pdu->length))
		return USBIP_TLS_VIOLATION_OPEN;

	slot.seqnum = pdu->seqnum;
	slot.length = pdu->length;
	slot.packets = res->iso_packets;
	slot.flags = (pdu->direction == USBIP_DIR_IN ? USBIP_SLOT_IN : 0) |
		     (xfer == USBIP_XFER_ISOC ? USBIP_SLOT_ISO : 0);
	if (flow == USBIP_CHECK_TX && xfer == USBIP_XFER_CONTROL)
		slot.flags |= usbip_check_reads(pdu->setup);
	usbip_iso_asked_begin(&slot.asked);
	if (flow == USBIP_CHECK_RX && xfer == USBIP_XFER_ISOC &&
	    !pdu->packets) {
		if (!usbip_slots_room(&c->slots, USBIP_SLOT_UNLINK, 0))
			return USBIP_TLS_VIOLATION_OPEN;
		slot.length = 0;
		slot.flags |= USBIP_SLOT_OWN;
		res->verdict = USBIP_CHECK_ANSWER;
	}
	usbip_slots_add(&c->slots, &slot);
	if (flow == USBIP_CHECK_RX)
		usbip_check_scrub(pdu, hdr, xfer);
	return USBIP_TLS_VIOLATION_NONE;
}

/*
 * The target may be unknown: its answer may be under way, and vhci-hcd now and
 * then sends an unlink before the transfer it is for.
 */
static inline enum usbip_tls_violation
usbip_check_unlink(struct usbip_check *c, enum usbip_check_flow flow,
		   __u32 total, struct usbip_check_result *res)
{
	struct usbip_check_slot slot = { .kind = USBIP_SLOT_UNLINK };
	const struct usbip_pdu *pdu = &res->pdu;
	struct usbip_check_slot *target;

	if (flow == USBIP_CHECK_TX && total != USBIP_PDU_HDR_SIZE)
		return USBIP_TLS_VIOLATION_LENGTH;
	if (pdu->seqnum == pdu->target ||
	    usbip_check_number_taken(c, pdu->seqnum))
		return USBIP_TLS_VIOLATION_SEQNUM;
	target = usbip_slots_find(&c->slots, pdu->target);
	if (target && target->kind != USBIP_SLOT_SUBMIT)
		return USBIP_TLS_VIOLATION_SEQNUM;
	if (!usbip_slots_room(&c->slots, USBIP_SLOT_UNLINK, 0))
		return USBIP_TLS_VIOLATION_OPEN;
	/* Its answer is on its way, and goes out before that to the unlink. */
	if (target && (target->flags & USBIP_SLOT_OWN))
		target = NULL;

	/* The first one decides; see usbip_check_settle_dock(). */
	if (target &&
	    !(target->flags & (USBIP_SLOT_UNLINKED | USBIP_SLOT_AGING))) {
		target->flags |= USBIP_SLOT_UNLINKED;
		target->other = pdu->seqnum;
	}
	if (!target && flow == USBIP_CHECK_RX) {
		slot.flags = USBIP_SLOT_OWN;
		res->verdict = USBIP_CHECK_ANSWER;
	}
	slot.seqnum = pdu->seqnum;
	slot.other = pdu->target;
	slot.since = c->clock;
	usbip_slots_add(&c->slots, &slot);
	return USBIP_TLS_VIOLATION_NONE;
}

static inline enum usbip_tls_violation
usbip_check_request(struct usbip_check *c, enum usbip_check_flow flow,
		    __u8 *hdr, __u32 total, struct usbip_check_result *res)
{
	enum usbip_tls_violation v;

	if (res->pdu.command != USBIP_CMD_SUBMIT &&
	    res->pdu.command != USBIP_CMD_UNLINK)
		return USBIP_TLS_VIOLATION_COMMAND;
	v = usbip_check_base(c, &res->pdu, false);
	if (v != USBIP_TLS_VIOLATION_NONE)
		return v;

	if (res->pdu.command == USBIP_CMD_SUBMIT)
		v = usbip_check_submit(c, flow, hdr, total, res);
	else
		v = usbip_check_unlink(c, flow, total, res);

	if (v == USBIP_TLS_VIOLATION_NONE && flow == USBIP_CHECK_TX &&
	    c->track_sending) {
		c->sending = true;
		c->sending_seqnum = res->pdu.seqnum;
		if (res->pdu.command == USBIP_CMD_SUBMIT) {
			c->any_submit = true;
			c->last_submit = res->pdu.seqnum;
		}
	}
	return v;
}

#endif /* WIRE_USBIP_CHECK_REQUEST_H */
