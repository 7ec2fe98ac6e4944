/* SPDX-License-Identifier: GPL-2.0 */
/*
 * usbip_check_answer.h - rules for RET_SUBMIT and RET_UNLINK
 *
 * Sent by the dock, received by the tablet. Part of usbip_check.h.
 *
 * Stock docks may send the answer to an unlink before the answer to its target,
 * because two threads fill two queues. vhci-hcd gives its URB back at the first and
 * ends the connection at the second, which it can no longer match. So the second is
 * dropped, already by the dock if that runs this code.
 */
#ifndef WIRE_USBIP_CHECK_ANSWER_H
#define WIRE_USBIP_CHECK_ANSWER_H

#include "usbip_check_state.h"

/*
 * "Zero for success, otherwise some kind of error", says the protocol, and real
 * docks send 1. Drivers want an errno. A device that refuses a request stalls.
 */
#define USBIP_CHECK_STATUS_REFUSED	(-EPIPE)
#define USBIP_CHECK_STATUS_UNLINKED	(-ECONNRESET)

/* Turns a positive status that is received into an errno. */
static inline void usbip_check_status(enum usbip_check_flow flow,
				      __s32 status, __u8 *hdr,
				      struct usbip_check_result *res)
{
	if (flow != USBIP_CHECK_RX || res->pdu.status <= 0)
		return;
	res->pdu.status = status;
	usbip_put_be32(hdr + USBIP_PDU_OFF_STATUS, (__u32)status);
	res->rewritten = true;
}

/* The tablet must not see an answer to what it is still sending. */
static inline bool usbip_check_must_wait(const struct usbip_check *c,
					 enum usbip_check_flow flow,
					 __u32 seqnum)
{
	return flow == USBIP_CHECK_RX && c->sending &&
	       c->sending_seqnum == seqnum;
}

/*
 * vhci-hcd may send an unlink before its target, which then is the next thing it
 * sends; at an answer in between it would give the URB back under its own
 * sending thread. Its numbers count up in the order in which it sends transfers.
 */
static inline bool usbip_check_still_queued(const struct usbip_check *c,
					    enum usbip_check_flow flow,
					    __u32 target)
{
	return flow == USBIP_CHECK_RX && c->track_sending &&
	       (!c->any_submit || (__s32)(target - c->last_submit) > 0);
}

/* The reverse of usbip_check_reads(). */
static inline __u8 usbip_check_descriptor(const struct usbip_check_slot *slot)
{
	switch (slot->flags & USBIP_SLOT_OTHER) {
	case USBIP_SLOT_DEVICE:
		return USBIP_DESC_DEVICE;
	case USBIP_SLOT_CONFIG:
		return USBIP_DESC_CONFIG;
	case USBIP_SLOT_OTHER:
		return USBIP_DESC_OTHER_SPEED;
	default:
		return 0;
	}
}

/* Compares an answer with its request, and says what follows the header. */
static inline enum usbip_tls_violation
usbip_check_outcome(const struct usbip_check_slot *slot,
		    struct usbip_check_result *res)
{
	const struct usbip_pdu *pdu = &res->pdu;
	bool iso = slot->flags & USBIP_SLOT_ISO;

	if (!usbip_check_status_valid(pdu->status))
		return USBIP_TLS_VIOLATION_STATUS;
	if (pdu->actual_length < 0 ||
	    (__u32)pdu->actual_length > slot->length)
		return USBIP_TLS_VIOLATION_LENGTH;

	if (pdu->packets != slot->packets &&
	    (iso || (pdu->packets != 0 && pdu->packets != -1)))
		return USBIP_TLS_VIOLATION_PACKETS;
	if (pdu->error_count < 0 || pdu->error_count > slot->packets)
		return USBIP_TLS_VIOLATION_PACKETS;

	res->buffer_length = slot->length;
	res->actual_length = pdu->actual_length;
	if (slot->flags & USBIP_SLOT_IN)
		res->data_len = pdu->actual_length;
	if (iso)
		res->iso_packets = slot->packets;
	res->asked = slot->asked;
	res->descriptor = usbip_check_descriptor(slot);
	/* usbip_recv_iso() compares the sum only if there are packets. */
	if (iso && !slot->packets && pdu->actual_length)
		return USBIP_TLS_VIOLATION_ISO;
	return USBIP_TLS_VIOLATION_NONE;
}

static inline enum usbip_tls_violation
usbip_check_ret_submit(struct usbip_check *c, enum usbip_check_flow flow,
		       __u8 *hdr, __u32 total, struct usbip_check_result *res)
{
	struct usbip_pdu *pdu = &res->pdu;
	struct usbip_check_slot *open, *late = NULL;
	enum usbip_tls_violation v;

	open = usbip_slots_find(&c->slots, pdu->seqnum);
	if (!open)
		late = usbip_late_find(&c->slots, pdu->seqnum);
	if (open ? open->kind != USBIP_SLOT_SUBMIT : !late)
		return USBIP_TLS_VIOLATION_SEQNUM;
	if (usbip_check_must_wait(c, flow, pdu->seqnum)) {
		res->verdict = USBIP_CHECK_WAIT;
		return USBIP_TLS_VIOLATION_NONE;
	}

	usbip_check_status(flow, USBIP_CHECK_STATUS_REFUSED, hdr, res);
	v = usbip_check_outcome(open ? open : late, res);
	if (v != USBIP_TLS_VIOLATION_NONE)
		return v;
	res->iso_key = c->iso_key;
	if (flow == USBIP_CHECK_TX && total != usbip_check_message_size(res))
		return USBIP_TLS_VIOLATION_LENGTH;

	if (!open || !(open->flags & USBIP_SLOT_OWN))
		c->sent_submit = flow == USBIP_CHECK_TX;
	if (flow == USBIP_CHECK_RX && pdu->packets == -1) {
		pdu->packets = 0;
		usbip_put_be32(hdr + USBIP_PDU_OFF_PACKETS, 0);
	}
	if (late || (open->flags & USBIP_SLOT_FORGOTTEN))
		res->verdict = USBIP_CHECK_DROP;
	if (late)
		usbip_late_del(&c->slots, late);
	else
		usbip_slots_del(&c->slots, open);
	return USBIP_TLS_VIOLATION_NONE;
}

/*
 * The dock has answered an unlink whose target is open. The target's buffer counts as
 * long as the dock may have it, or a tablet could make the dock hold any number of
 * them. What a stock driver may have done (ours does the first alone):
 * - it cancelled the transfer: gone, and the status is not 0;
 * - the unlink came before the transfer: the driver found none and goes on with
 *   what came later, until it is done;
 * - the transfer was done before it could be cancelled: gone, or its answer is in
 *   the queue. Which of the two it was is not known, but the queue is emptied before
 *   the next answers to unlinks, see usbip_check_ret_unlink().
 */
static inline void usbip_check_settle_dock(struct usbip_slots *t,
					   struct usbip_check_slot *target,
					   const struct usbip_pdu *pdu)
{
	if (!(target->flags & USBIP_SLOT_UNLINKED) ||
	    target->other != pdu->seqnum) {
		target->flags |= USBIP_SLOT_FORGOTTEN;
	} else if (pdu->status) {
		usbip_slots_del(t, target);
	} else {
		target->flags &= ~USBIP_SLOT_UNLINKED;
		target->flags |= USBIP_SLOT_FORGOTTEN | USBIP_SLOT_AGING;
		t->aging++;
	}
}

/* vhci-hcd gives the target back now if it has sent it. */
static inline void
usbip_check_settle_tablet(struct usbip_slots *t,
			  struct usbip_check_slot *target,
			  const struct usbip_check_result *res)
{
	/* Nobody knows what a dock means by an error that is no errno. */
	if (!res->pdu.status || res->rewritten)
		usbip_late_add(t, target);
	usbip_slots_del(t, target);
}

static inline enum usbip_tls_violation
usbip_check_ret_unlink(struct usbip_check *c, enum usbip_check_flow flow,
		       bool at_rest, __u8 *hdr, __u32 total,
		       struct usbip_check_result *res)
{
	const struct usbip_pdu *pdu = &res->pdu;
	struct usbip_check_slot *open;
	__u32 target;
	bool own;

	open = usbip_slots_find(&c->slots, pdu->seqnum);
	if (!open || open->kind != USBIP_SLOT_UNLINK)
		return USBIP_TLS_VIOLATION_SEQNUM;
	target = open->other;
	own = open->flags & USBIP_SLOT_OWN;
	if (usbip_check_must_wait(c, flow, pdu->seqnum) ||
	    usbip_check_must_wait(c, flow, target) ||
	    (!at_rest && usbip_check_still_queued(c, flow, target))) {
		res->verdict = USBIP_CHECK_WAIT;
		return USBIP_TLS_VIOLATION_NONE;
	}
	usbip_check_status(flow, USBIP_CHECK_STATUS_UNLINKED, hdr, res);
	if (!usbip_check_status_valid(pdu->status))
		return USBIP_TLS_VIOLATION_STATUS;
	if (flow == USBIP_CHECK_TX && total != USBIP_PDU_HDR_SIZE)
		return USBIP_TLS_VIOLATION_LENGTH;
	usbip_slots_del(&c->slots, open);

	/* Stock drivers empty their two queues in turn. */
	if (flow == USBIP_CHECK_TX && c->sent_submit && !own)
		usbip_slots_age(&c->slots);
	if (!own)
		c->sent_submit = false;

	open = usbip_slots_find(&c->slots, target);
	if (!open || open->kind != USBIP_SLOT_SUBMIT)
		return USBIP_TLS_VIOLATION_NONE;
	if (c->side == USBIP_CHECK_DOCK)
		usbip_check_settle_dock(&c->slots, open, pdu);
	else
		usbip_check_settle_tablet(&c->slots, open, res);
	return USBIP_TLS_VIOLATION_NONE;
}

static inline enum usbip_tls_violation
usbip_check_answer(struct usbip_check *c, enum usbip_check_flow flow,
		   bool at_rest, __u8 *hdr, __u32 total,
		   struct usbip_check_result *res)
{
	enum usbip_tls_violation v;

	if (res->pdu.command != USBIP_RET_SUBMIT &&
	    res->pdu.command != USBIP_RET_UNLINK)
		return USBIP_TLS_VIOLATION_COMMAND;
	v = usbip_check_base(c, &res->pdu, true);
	if (v != USBIP_TLS_VIOLATION_NONE)
		return v;

	if (res->pdu.command == USBIP_RET_SUBMIT)
		return usbip_check_ret_submit(c, flow, hdr, total, res);
	return usbip_check_ret_unlink(c, flow, at_rest, hdr, total, res);
}

#endif /* WIRE_USBIP_CHECK_ANSWER_H */
