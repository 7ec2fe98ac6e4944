// SPDX-License-Identifier: GPL-2.0
/*
 * usbip-host and usbip-vudc: what they read of a request, and in which order they
 * answer. usbip-host empties two queues in turn, usbip-vudc has one.
 */
#include <stdlib.h>

#include "model.h"

static void push_unlink(struct model *m, uint32_t seqnum, uint32_t target,
			int32_t status)
{
	struct model_unlink *u = &m->unlink[m->unlinks++];

	memset(u, 0, sizeof(*u));
	u->seqnum = seqnum;
	u->target = target;
	u->status = status;
}

/* What usb_submit_urb() and its callers would stumble over. */
static void read_transfer(const struct usbip_pdu *p, enum usbip_xfer xfer)
{
	uint32_t wlength = p->setup[6] | p->setup[7] << 8;
	bool sg = p->flags & USBIP_URB_DMA_MAP_SG;

	if (p->flags & ~(USBIP_URB_SHORT_NOT_OK | USBIP_URB_ISO_ASAP |
			 USBIP_URB_ZERO_PACKET | USBIP_URB_NO_INTERRUPT |
			 USBIP_URB_DIR_IN | USBIP_URB_DMA_MAP_SG))
		model_fail("flags of the tablet's kernel");
	if (sg && !p->length)
		model_fail("scatter-gather of nothing");
	if (sg && (xfer == USBIP_XFER_CONTROL || xfer == USBIP_XFER_ISOC))
		model_fail("scatter-gather on this endpoint");
	if (xfer == USBIP_XFER_CONTROL) {
		bool in = (p->setup[0] & 0x80) && wlength;

		if (in != (p->direction == USBIP_DIR_IN))
			model_fail("BOGUS control dir");
		if (wlength != (uint32_t)p->length)
			model_fail("BOGUS control len");
		if (!(p->setup[0] & 0x60) && p->setup[1] == 5)
			model_fail("SET_ADDRESS");
	}
	if ((xfer == USBIP_XFER_INT || xfer == USBIP_XFER_ISOC) &&
	    p->interval <= 0)
		model_fail("no interval");
}

static void read_submit(struct model *m, const struct usbip_pdu *p)
{
	enum usbip_xfer xfer = model_ep_type(NULL, p->direction, p->ep);
	struct model_urb *u = &m->urb[m->urbs];
	uint32_t data, iso;
	int64_t limit = USBIP_PDU_MAX_LINEAR;

	if (m->vudc && xfer == USBIP_XFER_NONE) {
		m->closed = true;
		return;
	}
	if (xfer == USBIP_XFER_NONE)
		model_fail("get_pipe() gives up and reads on");
	if (!m->vudc)
		read_transfer(p, xfer);
	if (!m->vudc && (p->flags & USBIP_URB_DMA_MAP_SG))
		limit = USBIP_PDU_MAX_TRANSFER;
	if (p->length < 0 || p->length > limit)
		model_fail("a buffer too large");
	if (xfer == USBIP_XFER_ISOC &&
	    (p->packets < 0 || p->packets > (m->vudc ? 0 : 1024)))
		model_fail("number of packets");

	data = p->direction == USBIP_DIR_OUT ? p->length : 0;
	iso = xfer == USBIP_XFER_ISOC ? p->packets : 0;
	if (data != m->res.data_len || iso != m->res.iso_packets)
		model_fail("the driver reads something else");
	if (model_find(m, p->seqnum) >= 0)
		model_fail("a number twice");

	memset(u, 0, sizeof(*u));
	u->seqnum = p->seqnum;
	u->length = p->length;
	u->in = p->direction == USBIP_DIR_IN;
	u->iso = xfer == USBIP_XFER_ISOC;
	u->packets = iso;
	m->urbs++;
	if (u->iso && !iso && !m->vudc)
		model_fail("usb_submit_urb() refuses, usbip-host gives up");
}

static void read_unlink(struct model *m, const struct usbip_pdu *p)
{
	int i = model_find(m, p->target);

	if (i >= 0 && m->urb[i].state == URB_PENDING) {
		m->urb[i].unlinking = true;
		m->urb[i].seqnum = p->seqnum;
		return;
	}
	push_unlink(m, p->seqnum, p->target, 0);
}

void dock_read(struct model *m, const uint8_t *hdr)
{
	struct usbip_pdu p;

	usbip_pdu_decode(&p, hdr);
	if (memcmp(&p, &m->res.pdu, sizeof(p)))
		model_fail("result and header differ");
	if (p.devid != MODEL_DEVID)
		model_fail("not our device");
	if (p.command == USBIP_CMD_SUBMIT)
		read_submit(m, &p);
	else if (p.command == USBIP_CMD_UNLINK)
		read_unlink(m, &p);
	else
		model_fail("unknown pdu");
}

static void complete(struct model *m, uint32_t i, uint8_t op, uint32_t value)
{
	static const int32_t status[] = {
		0, 0, -104, -32, -121, -75, -71, -108,
	};
	struct model_urb u = m->urb[i];

	u.status = status[op >> 4 & 7];
	u.actual = u.length ? value % (u.length + 1) : 0;
	if (u.unlinking) {
		model_remove_urb(m, i);
		push_unlink(m, u.seqnum, u.seqnum, m->vudc ? -104 : u.status);
		return;
	}
	if (m->vudc) {
		model_remove_urb(m, i);
		push_unlink(m, u.seqnum, u.seqnum, 0);
		m->unlink[m->unlinks - 1].submit = true;
		m->unlink[m->unlinks - 1].urb = u;
		return;
	}
	/* To the end of the queue. */
	u.state = URB_DONE;
	model_remove_urb(m, i);
	m->urb[m->urbs++] = u;
}

static void send_pdu(struct model *m, const struct usbip_pdu *p, uint32_t total)
{
	uint8_t hdr[USBIP_PDU_HDR_SIZE], before[USBIP_PDU_HDR_SIZE];

	usbip_pdu_encode(p, hdr);
	memcpy(before, hdr, sizeof(hdr));
	usbip_check_header(&m->c, USBIP_CHECK_TX, hdr, total, &m->res);
	if (m->res.verdict != USBIP_CHECK_PASS &&
	    m->res.verdict != USBIP_CHECK_DROP)
		model_fail("the stock driver's answer was refused");
	if (memcmp(before, hdr, sizeof(hdr)))
		model_fail("the stock driver's answer was changed");
}

static void send_submit(struct model *m, const struct model_urb *u)
{
	struct usbip_pdu p = {
		.command = USBIP_RET_SUBMIT, .seqnum = u->seqnum,
		.status = u->status, .actual_length = u->actual,
		.packets = u->packets, .error_count = u->packets / 2,
	};

	send_pdu(m, &p, USBIP_PDU_HDR_SIZE + (u->in ? u->actual : 0) +
			u->packets * USBIP_ISO_DESC_SIZE);
	if (u->given_back && m->res.verdict == USBIP_CHECK_PASS)
		model_fail("the tablet cannot place this answer");
	if (!u->given_back && m->res.verdict == USBIP_CHECK_DROP)
		model_fail("an answer that is waited for was dropped");
}

/* vhci-hcd ends what the unlink was for, if it has sent that. */
static void give_back(struct model *m, uint32_t target)
{
	int i = model_find(m, target);
	uint32_t k;

	if (i >= 0)
		m->urb[i].given_back = true;
	for (k = 0; k < m->unlinks; k++)
		if (m->unlink[k].submit && m->unlink[k].seqnum == target)
			m->unlink[k].urb.given_back = true;
}

static void send_unlink(struct model *m)
{
	struct usbip_pdu p = {
		.command = USBIP_RET_UNLINK, .seqnum = m->unlink[0].seqnum,
		.status = m->unlink[0].status,
	};

	if (m->unlink[0].submit) {
		send_submit(m, &m->unlink[0].urb);
	} else {
		send_pdu(m, &p, USBIP_PDU_HDR_SIZE);
		if (m->res.verdict != USBIP_CHECK_PASS)
			model_fail("the answer to an unlink was dropped");
		give_back(m, m->unlink[0].target);
	}
	model_remove_unlink(m, 0);
}

/* An unlink that our module answers. */
void dock_own(struct model *m)
{
	const struct usbip_pdu *p = &m->res.pdu;
	int i = model_find(m, p->target);

	m->own[m->owns].seqnum = p->seqnum;
	m->own[m->owns].target = p->target;
	m->own[m->owns].submit = p->command == USBIP_CMD_SUBMIT;
	if (m->own[m->owns++].submit) {
		if (model_ep_type(NULL, p->direction, p->ep) !=
		    USBIP_XFER_ISOC || p->packets)
			model_fail("this is one for the driver");
		return;
	}
	if (i >= 0 && m->urb[i].state == URB_PENDING)
		model_fail("the driver should cancel this");
}

static void send_own(struct model *m)
{
	struct usbip_pdu p = {
		.command = USBIP_RET_UNLINK, .seqnum = m->own[0].seqnum,
	};

	if (m->own[0].submit) {
		p.command = USBIP_RET_SUBMIT;
		p.status = -EINVAL;
	}
	send_pdu(m, &p, USBIP_PDU_HDR_SIZE);
	if (m->res.verdict != USBIP_CHECK_PASS)
		model_fail("an answer of our own was dropped");
	if (!m->own[0].submit)
		give_back(m, m->own[0].target);
	m->owns--;
	memmove(&m->own[0], &m->own[1], m->owns * sizeof(m->own[0]));
}

static int first_done(const struct model *m)
{
	uint32_t i;

	for (i = 0; i < m->urbs; i++)
		if (m->urb[i].state == URB_DONE)
			return i;
	return -1;
}

/* One step of the sending thread. */
static void send_next(struct model *m)
{
	int i = first_done(m);

	if (m->vudc) {
		if (m->unlinks)
			send_unlink(m);
		return;
	}
	if (!m->unlink_pass && i < 0)
		m->unlink_pass = true;
	else if (m->unlink_pass && !m->unlinks)
		m->unlink_pass = false;

	if (m->unlink_pass) {
		if (m->unlinks)
			send_unlink(m);
	} else if (i >= 0) {
		struct model_urb u = m->urb[i];

		send_submit(m, &u);
		model_remove_urb(m, i);
	}
}

void dock_local(struct model *m, uint8_t op, uint8_t which, uint32_t value)
{
	uint32_t i;

	if ((op & 8) && m->owns) {
		send_own(m);
		return;
	}
	if ((op & 1) || !m->urbs) {
		send_next(m);
		return;
	}
	i = which % m->urbs;
	if (m->urb[i].state == URB_PENDING)
		complete(m, i, op, value);
	else
		send_next(m);
}
