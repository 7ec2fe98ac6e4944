// SPDX-License-Identifier: GPL-2.0
#include "lib/pdu_feed.h"

static enum usbip_xfer feed_ep_type(void *ctx, __u32 dir, __u32 ep)
{
	assert_in_range(ep, 0, 15);
	assert_in_range(dir, 0, 1);
	switch (ep) {
	case EP_CONTROL:
		return USBIP_XFER_CONTROL;
	case EP_BULK:
		return USBIP_XFER_BULK;
	case EP_INT:
		return USBIP_XFER_INT;
	case EP_ISO:
		return USBIP_XFER_ISOC;
	case EP_BULK_OUT:
		return dir == OUT ? USBIP_XFER_BULK : USBIP_XFER_NONE;
	default:
		return USBIP_XFER_NONE;
	}
}

struct feed *feed_new(enum usbip_check_side side, bool oracle)
{
	static struct feed f;

	memset(&f, 0, sizeof(f));
	usbip_check_init(&f.c, side, DEVID, f.slots, USBIP_CHECK_SLOTS,
			 oracle ? feed_ep_type : NULL, &f);
	f.next = 1;
	return &f;
}

struct usbip_pdu pdu_submit(uint32_t ep, uint32_t dir, int length)
{
	struct usbip_pdu p = {
		.command = USBIP_CMD_SUBMIT, .devid = DEVID,
		.direction = dir, .ep = ep, .length = length,
		.interval = ep == EP_INT || ep == EP_ISO ? 8 : 0,
	};

	if (ep == EP_CONTROL) {
		p.setup[0] = dir == IN ? 0x80 : 0;
		p.setup[6] = length & 0xff;
		p.setup[7] = length >> 8;
	}
	return p;
}

uint32_t feed_flow(struct feed *f, enum usbip_check_flow flow,
		   const struct usbip_pdu *p, uint32_t total)
{
	usbip_pdu_encode(p, f->hdr);
	usbip_check_header(&f->c, flow, f->hdr, total, &f->res);
	if (f->res.verdict == USBIP_CHECK_REFUSE)
		assert_int_not_equal(f->res.violation,
				     USBIP_TLS_VIOLATION_NONE);
	else
		assert_int_equal(f->res.violation, USBIP_TLS_VIOLATION_NONE);
	return f->res.violation;
}

uint32_t feed_rx(struct feed *f, const struct usbip_pdu *p)
{
	return feed_flow(f, USBIP_CHECK_RX, p, 0);
}

uint32_t feed_request(struct feed *f, const struct usbip_pdu *p,
		      uint32_t total)
{
	if (f->c.side == USBIP_CHECK_DOCK)
		return feed_rx(f, p);
	return feed_flow(f, USBIP_CHECK_TX, p, total);
}

uint32_t feed_answer(struct feed *f, const struct usbip_pdu *p,
		     uint32_t total)
{
	if (f->c.side == USBIP_CHECK_DOCK)
		return feed_flow(f, USBIP_CHECK_TX, p, total);
	return feed_rx(f, p);
}

uint32_t feed_open(struct feed *f, uint32_t ep, uint32_t dir, int length,
		   int packets)
{
	struct usbip_pdu p = pdu_submit(ep, dir, length);

	p.seqnum = f->next++;
	p.packets = packets;
	assert_int_equal(feed_request(f, &p,
				      USBIP_PDU_HDR_SIZE +
				      (dir == OUT ? length : 0) +
				      packets * USBIP_ISO_DESC_SIZE),
			 USBIP_TLS_VIOLATION_NONE);
	assert_int_equal(f->res.verdict, USBIP_CHECK_PASS);
	return p.seqnum;
}

uint32_t feed_unlink(struct feed *f, uint32_t target)
{
	struct usbip_pdu p = {
		.command = USBIP_CMD_UNLINK, .devid = DEVID,
		.seqnum = f->next++, .target = target,
	};

	bool open = usbip_slots_find(&f->c.slots, target);

	assert_int_equal(feed_request(f, &p, USBIP_PDU_HDR_SIZE),
			 USBIP_TLS_VIOLATION_NONE);
	assert_int_equal(f->res.verdict,
			 open || f->c.side == USBIP_CHECK_TABLET ?
				 USBIP_CHECK_PASS : USBIP_CHECK_ANSWER);
	return p.seqnum;
}

struct usbip_pdu pdu_ret(uint32_t seqnum, int actual)
{
	return (struct usbip_pdu){
		.command = USBIP_RET_SUBMIT, .seqnum = seqnum,
		.actual_length = actual,
	};
}

struct usbip_pdu pdu_ret_unlink(uint32_t seqnum, int status)
{
	return (struct usbip_pdu){
		.command = USBIP_RET_UNLINK, .seqnum = seqnum,
		.status = status,
	};
}
