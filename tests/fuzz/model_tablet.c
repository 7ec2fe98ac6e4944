// SPDX-License-Identifier: GPL-2.0
/*
 * vhci-hcd: what it sends, and what it does with an answer. Its sending thread
 * holds a request while the send lasts, so nothing may free it then.
 */
#include <stdlib.h>

#include "model.h"

static bool being_sent(const struct model *m, uint32_t seqnum)
{
	return m->c.sending && m->c.sending_seqnum == seqnum;
}

static void give_back(struct model *m, int i, int32_t status)
{
	if (being_sent(m, m->urb[i].seqnum))
		model_fail("a buffer was freed under its sender");
	if (status > 0 || status < -4095 || status == -EINPROGRESS)
		model_fail("a URB with a status that is none");
	model_remove_urb(m, i);
}

static void read_submit(struct model *m, const struct usbip_pdu *p)
{
	int i = model_find(m, p->seqnum);
	struct model_urb u;
	uint32_t iso;

	if (i < 0)
		model_fail("cannot find a urb");
	u = m->urb[i];
	m->answered = u;
	if (p->actual_length < 0 || (uint32_t)p->actual_length > u.length)
		model_fail("more than the buffer holds");
	iso = u.iso ? (uint32_t)p->packets : 0;
	if (u.iso && iso != u.packets)
		model_fail("number of packets");
	if (p->error_count < 0 || p->error_count > u.packets)
		model_fail("number of errors");
	if (m->res.data_len != (u.in ? (uint32_t)p->actual_length : 0) ||
	    m->res.iso_packets != iso || m->res.buffer_length != u.length)
		model_fail("the driver reads something else");
	give_back(m, i, p->status);
}

static void read_unlink(struct model *m, const struct usbip_pdu *p)
{
	uint32_t k;
	int i;

	for (k = 0; k < m->unlinks; k++)
		if (m->unlink[k].seqnum == p->seqnum)
			break;
	if (k == m->unlinks)
		model_fail("cannot find the pending unlink");
	if (being_sent(m, p->seqnum))
		model_fail("an unlink was freed under its sender");
	i = model_find(m, m->unlink[k].target);
	model_remove_unlink(m, k);
	if (i >= 0)
		give_back(m, i, p->status);
}

void tablet_read(struct model *m, const uint8_t *hdr)
{
	struct usbip_pdu p;

	usbip_pdu_decode(&p, hdr);
	if (memcmp(&p, &m->res.pdu, sizeof(p)))
		model_fail("result and header differ");
	if (p.command == USBIP_RET_SUBMIT)
		read_submit(m, &p);
	else if (p.command == USBIP_RET_UNLINK)
		read_unlink(m, &p);
	else
		model_fail("unknown pdu");
}

/* A URB whose answer is dropped would hang for ever. */
void tablet_read_dropped(struct model *m, const uint8_t *hdr)
{
	struct usbip_pdu p;

	usbip_pdu_decode(&p, hdr);
	if (p.command != USBIP_RET_SUBMIT || model_find(m, p.seqnum) >= 0)
		model_fail("an answer that is waited for was dropped");
}

/* Returns whether it went out; only limits may stop it. */
static bool send_pdu(struct model *m, const struct usbip_pdu *p, uint32_t total)
{
	uint8_t hdr[USBIP_PDU_HDR_SIZE];

	usbip_pdu_encode(p, hdr);
	usbip_check_header(&m->c, USBIP_CHECK_TX, hdr, total, &m->res);
	if (m->res.verdict == USBIP_CHECK_PASS)
		return true;
	if (m->res.violation != USBIP_TLS_VIOLATION_OPEN)
		model_fail("the stock driver's request was refused");
	m->closed = true;
	return false;
}

/* The lengths of the packets, as the module tells them. */
static void ask(struct model *m, const struct model_urb *u)
{
	uint32_t i;

	for (i = 0; i < u->packets; i++) {
		struct usbip_iso_desc d = { .length = model_packet(u, i) };
		uint8_t raw[USBIP_ISO_DESC_SIZE];

		usbip_iso_encode(&d, raw);
		usbip_check_asked(&m->c, u->seqnum, raw, 1);
	}
}

void tablet_submit(struct model *m, uint8_t ep, bool in, uint32_t length,
		   uint32_t packets)
{
	struct usbip_pdu p = {
		.command = USBIP_CMD_SUBMIT, .devid = MODEL_DEVID,
		.direction = in, .ep = ep, .length = length,
		.interval = 1, .packets = packets,
	};
	struct model_urb *u = &m->urb[m->urbs];

	p.seqnum = m->early ? m->early : m->next++;
	m->early = 0;
	if (length > USBIP_PDU_MAX_LINEAR)
		p.flags = USBIP_URB_DMA_MAP_SG;
	if (ep == 0) {
		p.setup[0] = in ? 0x80 : 0;
		p.setup[6] = length & 0xff;
		p.setup[7] = length >> 8;
	}
	memset(u, 0, sizeof(*u));
	u->seqnum = p.seqnum;
	u->length = length;
	u->in = in;
	u->iso = packets;
	u->packets = packets;
	m->urbs++;
	if (send_pdu(m, &p, USBIP_PDU_HDR_SIZE + (in ? 0 : length) +
			    packets * USBIP_ISO_DESC_SIZE))
		ask(m, u);
}

static void submit(struct model *m, uint8_t which, uint32_t value)
{
	uint8_t ep = which & 3;
	bool in = which & 4;
	uint32_t packets = 0;

	if (ep == 3) {
		packets = 1 + (value >> 8) % USBIP_PDU_MAX_ISO_PACKETS;
		value %= USBIP_PDU_MAX_LINEAR + 1;
	} else if (ep == 0) {
		value &= 0xffff;
	} else {
		value %= USBIP_PDU_MAX_TRANSFER + 1;
	}
	tablet_submit(m, ep, in, value, packets);
}

static void unlink_one(struct model *m, uint8_t which)
{
	struct usbip_pdu p = {
		.command = USBIP_CMD_UNLINK, .devid = MODEL_DEVID,
	};
	struct model_unlink *u = &m->unlink[m->unlinks];
	struct model_urb *urb = m->urbs ? &m->urb[which % m->urbs] : NULL;

	if (urb && !urb->unlinking) {
		urb->unlinking = true;
		p.target = urb->seqnum;
	} else if (!m->early) {
		/*
		 * The unlink goes out before the transfer it is for. Here 0
		 * means none, so it is not for the transfer of that number.
		 */
		m->next += !m->next;
		m->early = m->next++;
		p.target = m->early;
	} else {
		return;
	}
	p.seqnum = m->next++;
	memset(u, 0, sizeof(*u));
	u->seqnum = p.seqnum;
	u->target = p.target;
	m->unlinks++;
	send_pdu(m, &p, USBIP_PDU_HDR_SIZE);
}

void tablet_local(struct model *m, uint8_t op, uint8_t which, uint32_t value)
{
	/* One thread sends: the request before is out. */
	usbip_check_sent(&m->c);
	if (op & 1)
		submit(m, which, value);
	else
		unlink_one(m, which);
	/* Sometimes the send lasts until something comes in. */
	if (op & 2)
		usbip_check_sent(&m->c);
}
