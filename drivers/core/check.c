// SPDX-License-Identifier: GPL-2.0
/*
 * check.c - the PDU checker of include/wire under the session's lock
 */
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/uio.h>

#include "core.h"
#include "trace.h"

static enum usbip_xfer check_ep_type(void *ctx, __u32 dir, __u32 ep)
{
	struct usbip_tls_session *s = ctx;

	return s->side->ep_type(s->side_priv, dir, ep);
}

static __u32 check_interval(void *ctx, __u32 dir, __u32 ep)
{
	struct usbip_tls_session *s = ctx;

	return s->side->interval(s->side_priv, dir, ep);
}

/* Returns 0 or -ENOMEM. */
int usbip_tls_check_init(struct usbip_tls_session *s)
{
	s->slots = kvcalloc(USBIP_CHECK_SLOTS, sizeof(*s->slots), GFP_KERNEL);
	if (!s->slots)
		return -ENOMEM;

	usbip_check_init(&s->check, s->side->check_side, s->desc.devid,
			 s->slots, USBIP_CHECK_SLOTS,
			 s->side->ep_type ? check_ep_type : NULL, s);
	s->check.track_sending = true;
	if (s->side->interval)
		s->check.interval = check_interval;
	get_random_bytes(&s->check.iso_key, sizeof(s->check.iso_key));
	return 0;
}

void usbip_tls_check_free(struct usbip_tls_session *s)
{
	kvfree(s->slots);
	s->slots = NULL;
}

/**
 * usbip_tls_check_header() - validate a header, keep track of open requests
 * @s: session
 * @flow: received or to be sent
 * @header: as on the wire; flags that mean nothing to the peer are cleared
 * @total: length of the whole message if it is to be sent
 * @res: what must follow
 *
 * Return: the verdict; after USBIP_CHECK_REFUSE the session has to end
 */
enum usbip_check_verdict
usbip_tls_check_header(struct usbip_tls_session *s, enum usbip_check_flow flow,
		       u8 *header, u32 total, struct usbip_check_result *res)
{
	unsigned long flags;

	spin_lock_irqsave(&s->check_lock, flags);
	s->check.clock = usbip_tls_silent_clock(s);
	usbip_check_header(&s->check, flow, header, total, res);
	usbip_tls_budget_count(s, flow != USBIP_CHECK_TX);
	spin_unlock_irqrestore(&s->check_lock, flags);

	if (res->verdict == USBIP_CHECK_REFUSE)
		trace_usbip_tls_pdu_refuse(s->id, flow == USBIP_CHECK_TX,
					   res->violation, &res->pdu);
	else if (res->verdict == USBIP_CHECK_DROP)
		atomic64_inc(&s->dropped);
	return res->verdict;
}

/* The request that passed last has been sent, or could not be. */
void usbip_tls_check_sent(struct usbip_tls_session *s)
{
	unsigned long flags;

	spin_lock_irqsave(&s->check_lock, flags);
	usbip_check_sent(&s->check);
	spin_unlock_irqrestore(&s->check_lock, flags);
}

#define ASKED_CHUNK	16	/* descriptors on the stack at once */

/**
 * usbip_tls_check_asked() - keep in mind how long the packets of a request may be
 * @s: session on the tablet
 * @res: of the header that passed
 * @pdu: the whole request, which is about to be sent; not advanced
 *
 * Return: false: there is less of it than its header says
 */
bool usbip_tls_check_asked(struct usbip_tls_session *s,
			   const struct usbip_check_result *res,
			   const struct iov_iter *pdu)
{
	u8 descs[ASKED_CHUNK * USBIP_ISO_DESC_SIZE];
	struct iov_iter iter = *pdu;
	u32 left = res->iso_packets;
	unsigned long flags;

	if (!left)
		return true;
	iov_iter_advance(&iter, USBIP_PDU_HDR_SIZE + res->data_len);
	while (left) {
		u32 n = min_t(u32, left, ASKED_CHUNK);

		if (!copy_from_iter_full(descs, n * USBIP_ISO_DESC_SIZE, &iter))
			return false;
		spin_lock_irqsave(&s->check_lock, flags);
		usbip_check_asked(&s->check, res->pdu.seqnum, descs, n);
		spin_unlock_irqrestore(&s->check_lock, flags);
		left -= n;
	}
	return true;
}

/* Validates received packet descriptors; the session has to end if they are bad. */
enum usbip_tls_violation
usbip_tls_check_iso(struct usbip_tls_session *s,
		    const struct usbip_check_result *res, const u8 *descs)
{
	enum usbip_tls_violation violation = usbip_check_iso(res, descs);

	if (violation != USBIP_TLS_VIOLATION_NONE)
		trace_usbip_tls_pdu_refuse(s->id, false, violation, &res->pdu);
	return violation;
}
