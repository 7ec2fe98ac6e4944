// SPDX-License-Identifier: GPL-2.0
/* What the models of both sides share: see model.h. */
#include <stdio.h>
#include <stdlib.h>

#include "model.h"

void model_fail(const char *what)
{
	fprintf(stderr, "model: %s\n", what);
	abort();
}

enum usbip_xfer model_ep_type(void *ctx, __u32 dir, __u32 ep)
{
	if (ep > 15 || dir > 1)
		model_fail("the oracle was asked for no endpoint number");
	switch (ep) {
	case 0:
		return USBIP_XFER_CONTROL;
	case 1:
		return USBIP_XFER_BULK;
	case 2:
		return USBIP_XFER_INT;
	case 3:
		return USBIP_XFER_ISOC;
	case 4:
		return dir == USBIP_DIR_OUT ? USBIP_XFER_BULK : USBIP_XFER_NONE;
	default:
		return USBIP_XFER_NONE;
	}
}

/* A session that is near its limits already. */
static void prefill(struct model *m, uint32_t n, uint32_t length)
{
	uint8_t hdr[USBIP_PDU_HDR_SIZE];
	uint32_t i;

	for (i = 0; i < n; i++) {
		struct usbip_pdu p = {
			.command = USBIP_CMD_SUBMIT, .devid = MODEL_DEVID,
			.direction = USBIP_DIR_IN, .ep = 1, .length = length,
		};

		if (m->side == USBIP_CHECK_TABLET) {
			tablet_submit(m, 1, true, length, 0);
			usbip_check_sent(&m->c);
			continue;
		}
		p.seqnum = m->next++;
		usbip_pdu_encode(&p, hdr);
		if (!model_rx(m, hdr))
			model_fail("an honest tablet was refused");
	}
}

static void start(struct model *m, uint8_t config)
{
	memset(m, 0, sizeof(*m));
	m->side = config & 1 ? USBIP_CHECK_TABLET : USBIP_CHECK_DOCK;
	m->vudc = m->side == USBIP_CHECK_DOCK && (config & 2);
	m->next = config & 0x10 ? 0xfffffff0 : 1;
	usbip_check_init(&m->c, m->side, MODEL_DEVID, m->slots,
			 USBIP_CHECK_SLOTS,
			 m->side == USBIP_CHECK_DOCK && !m->vudc ?
				 model_ep_type : NULL, m);
	m->c.track_sending = true;
	m->c.iso_key = (struct usbip_iso_key){ { 0x2545f491, 0x4f6cdd1d } };
	if (config & 4)
		prefill(m, USBIP_CHECK_MAX_OPEN - 2, 0);
	else if (config & 8)
		prefill(m,
			USBIP_CHECK_MAX_OPEN_BYTES / USBIP_PDU_MAX_LINEAR - 1,
			USBIP_PDU_MAX_LINEAR);
}

/*
 * @config: bit 0 tablet, 1 usbip-vudc, 2 many open, 3 large ones open, 4 numbers
 * about to wrap around. The beginnings are made once and copied, to save time.
 */
void model_init(struct model *m, uint8_t config)
{
	static struct model *cache[32];
	struct model *first = cache[config & 31];

	if (!first) {
		first = malloc(sizeof(*first));
		if (!first)
			model_fail("no memory");
		start(first, config);
		cache[config & 31] = first;
	}

	memcpy(m->slots, first->slots, sizeof(m->slots));
	memcpy(m->urb, first->urb, first->urbs * sizeof(m->urb[0]));
	m->c = first->c;
	m->c.slots.slot = m->slots;
	m->side = first->side;
	m->vudc = first->vudc;
	m->next = first->next;
	m->urbs = first->urbs;
	m->closed = m->unlink_pass = false;
	m->unlinks = m->early = m->owns = 0;
}

int model_find(const struct model *m, uint32_t seqnum)
{
	uint32_t i;

	for (i = 0; i < m->urbs; i++)
		if (m->urb[i].seqnum == seqnum)
			return i;
	return -1;
}

/* Bytes that packet @i of a tablet's request has room for. */
uint32_t model_packet(const struct model_urb *u, uint32_t i)
{
	uint32_t n = u->packets, each = u->length / n;

	return i + 1 < n ? each : u->length - each * (n - 1);
}

void model_remove_urb(struct model *m, uint32_t i)
{
	m->urbs--;
	memmove(&m->urb[i], &m->urb[i + 1],
		(m->urbs - i) * sizeof(m->urb[0]));
}

void model_remove_unlink(struct model *m, uint32_t i)
{
	m->unlinks--;
	memmove(&m->unlink[i], &m->unlink[i + 1],
		(m->unlinks - i) * sizeof(m->unlink[0]));
}

/* A number that is open, was open, or will be. */
uint32_t model_open_number(const struct model *m, uint8_t which)
{
	if (which & 0x80)
		return m->next + 4 - (which & 0x7f);
	if ((which & 0x40) && m->unlinks)
		return m->unlink[which % m->unlinks].seqnum;
	if (m->urbs)
		return m->urb[which % m->urbs].seqnum;
	return which;
}

/* Makes an answer fit the request it names. */
void model_fit_answer(const struct model *m, struct usbip_pdu *p, uint8_t how)
{
	static const int32_t status[] = { 0, 0, -104, -32, -121, -75, 0, -2 };
	int i;

	if (m->side != USBIP_CHECK_TABLET)
		return;
	p->devid = how & 0x80 ? MODEL_DEVID : 0;
	p->status = status[how & 7];
	i = model_find(m, p->seqnum);
	if (i < 0)
		return;
	p->packets = m->urb[i].packets;
	p->actual_length = p->length;
	if ((uint32_t)p->length > m->urb[i].length)
		p->actual_length = m->urb[i].length;
}

/* Returns whether the stock driver has got the header. */
bool model_rx(struct model *m, uint8_t *hdr)
{
	usbip_check_header(&m->c, USBIP_CHECK_RX, hdr, 0, &m->res);
	if (m->res.verdict == USBIP_CHECK_WAIT) {
		usbip_check_sent(&m->c);
		usbip_check_header(&m->c, USBIP_CHECK_RX, hdr, 0, &m->res);
	}
	/* The reader waits until the target of an unlink is sent. */
	if (m->res.verdict == USBIP_CHECK_WAIT && m->early) {
		m->closed = true;
		return false;
	}

	switch (m->res.verdict) {
	case USBIP_CHECK_PASS:
		break;
	case USBIP_CHECK_DROP:
		if (m->side == USBIP_CHECK_DOCK)
			model_fail("a request was dropped");
		tablet_read_dropped(m, hdr);
		return false;
	case USBIP_CHECK_REFUSE:
		if (m->res.violation == USBIP_TLS_VIOLATION_NONE)
			model_fail("refused for nothing");
		m->closed = true;
		return false;
	case USBIP_CHECK_WAIT:
		model_fail("an answer waits for nothing");
	case USBIP_CHECK_ANSWER:
		if (m->side != USBIP_CHECK_DOCK)
			model_fail("a tablet has nothing to answer");
		dock_own(m);
		return false;
	}

	if (m->side == USBIP_CHECK_DOCK)
		dock_read(m, hdr);
	else
		tablet_read(m, hdr);
	return !m->closed;
}

/* What usbip_pad_iso() and host controllers do with packets that passed. */
void model_rx_iso(struct model *m, const uint8_t *raw)
{
	uint64_t sum = 0, room = 0;
	uint32_t i;

	if (usbip_check_iso(&m->res, raw) != USBIP_TLS_VIOLATION_NONE) {
		m->closed = true;
		return;
	}
	for (i = 0; i < m->res.iso_packets; i++) {
		struct usbip_iso_desc d;

		usbip_iso_decode(&d, raw + i * USBIP_ISO_DESC_SIZE);
		if ((uint64_t)d.offset + d.length > m->res.buffer_length ||
		    (uint64_t)d.offset + d.actual_length > m->res.buffer_length)
			model_fail("a packet outside the buffer");
		if (m->side == USBIP_CHECK_TABLET &&
		    d.length > model_packet(&m->answered, i))
			model_fail("a packet longer than asked");
		sum += d.actual_length;
		room += d.length;
	}
	/* They would bring back more than the buffer holds. */
	if (m->side == USBIP_CHECK_DOCK && room > m->res.buffer_length)
		model_fail("packets overlap");
	/* Both drivers end the connection if the sum is wrong. */
	if (sum != m->res.actual_length)
		model_fail("lengths of packets do not add up");
}

void model_local(struct model *m, uint8_t op, uint8_t which, uint32_t value)
{
	if (m->side == USBIP_CHECK_DOCK)
		dock_local(m, op, which, value);
	else
		tablet_local(m, op, which, value);
}

void model_invariants(const struct model *m)
{
	uint64_t bytes = 0;
	uint32_t i, urbs = m->urbs, unlinks = 0, own = 0;

	if (m->closed)
		return;
	for (i = 0; i < m->owns; i++)
		own += m->own[i].submit;
	urbs += own;
	unlinks += m->owns - own;
	for (i = 0; i < m->urbs; i++) {
		bytes += m->urb[i].length;
		unlinks += m->side == USBIP_CHECK_DOCK && m->urb[i].unlinking;
	}
	for (i = 0; i < m->unlinks; i++) {
		if (m->unlink[i].submit) {
			urbs++;
			bytes += m->unlink[i].urb.length;
		} else {
			unlinks++;
		}
	}

	if (bytes > USBIP_CHECK_MAX_OPEN_BYTES || urbs > USBIP_CHECK_MAX_OPEN)
		model_fail("the driver holds more than the limit");
	if (m->c.slots.submits < urbs || m->c.slots.bytes < bytes)
		model_fail("the driver holds more than is counted");
	if (m->c.slots.unlinks != unlinks || m->c.slots.own != own)
		model_fail("unlinks are counted wrong");
	if (m->owns > USBIP_CHECK_MAX_UNLINKS)
		model_fail("there is no room for our own answer");
	if (m->side == USBIP_CHECK_TABLET &&
	    (m->c.slots.submits != urbs || m->c.slots.bytes != bytes))
		model_fail("requests are counted wrong");
}
