/* SPDX-License-Identifier: GPL-2.0 */
/*
 * usbip_check_state.h - what a checker knows, and what it finds
 *
 * And what the rules for requests and for answers have in common. Part of
 * usbip_check.h.
 */
#ifndef WIRE_USBIP_CHECK_STATE_H
#define WIRE_USBIP_CHECK_STATE_H

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

#endif /* WIRE_USBIP_CHECK_STATE_H */
