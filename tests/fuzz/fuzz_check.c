// SPDX-License-Identifier: GPL-2.0
/*
 * A session as the checker sees it: the input is a hostile peer, and a model of
 * the stock driver sits behind the checker. What the checker lets through is read
 * the way the stock driver reads it; anything that would make it go wrong aborts:
 * reading on at another place than the checker thinks, allocating more than a
 * limit, a value usbcore WARNs of, a packet outside its buffer. What the model
 * sends is what a stock driver sends, so the checker must never refuse it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "input.h"
#include "model.h"

static uint32_t take32(struct input *in)
{
	uint32_t v = take(in);

	v = v << 8 | take(in);
	v = v << 8 | take(in);
	return v << 8 | take(in);
}

/* One byte for the values that matter, five for any other. */
static uint32_t value(struct input *in)
{
	static const uint32_t edge[] = {
		0, 1, 2, 3, 8, 15, 16, 18, 48, 64, 255, 256, 512, 1023, 1024,
		1025, 4096, 65535, 65536, USBIP_PDU_MAX_LINEAR - 1,
		USBIP_PDU_MAX_LINEAR, USBIP_PDU_MAX_LINEAR + 1,
		USBIP_PDU_MAX_TRANSFER, USBIP_PDU_MAX_TRANSFER + 1,
		USBIP_CHECK_MAX_OPEN_BYTES, 0x7fffffff, 0x80000000, 0x80000001,
		0xffffff98 /* -104 */, 0xffffff8d /* -115 */, 0xfffff000,
		0xffffffff, USBIP_URB_DMA_MAP_SG, 0x00ff03c7,
	};
	uint8_t b = take(in);

	if (b < sizeof(edge) / sizeof(edge[0]))
		return edge[b];
	return b & 1 ? take32(in) : b >> 1;
}

/* A header that is mostly right, with up to three fields that need not be. */
static void hostile_header(struct model *m, struct input *in, uint8_t *hdr)
{
	struct usbip_pdu p = { .devid = MODEL_DEVID };
	uint8_t shape = take(in);
	int i;

	p.command = m->side == USBIP_CHECK_DOCK ?
			    (shape & 1 ? USBIP_CMD_UNLINK : USBIP_CMD_SUBMIT) :
			    (shape & 1 ? USBIP_RET_UNLINK : USBIP_RET_SUBMIT);
	p.direction = shape >> 1 & 1;
	p.ep = shape >> 2 & 7;
	p.interval = 1;
	p.seqnum = m->side == USBIP_CHECK_DOCK ? m->next++ :
						 model_open_number(m, take(in));
	p.target = model_open_number(m, take(in));
	p.length = (int32_t)value(in);
	if (take(in) & 3)
		p.flags = value(in);
	if (p.ep == 3)
		p.packets = take(in) & 7;
	if (p.ep == 0) {
		p.setup[0] = p.direction ? 0x80 : 0;
		p.setup[6] = p.length & 0xff;
		p.setup[7] = p.length >> 8 & 0xff;
	}
	model_fit_answer(m, &p, take(in));
	usbip_pdu_encode(&p, hdr);

	for (i = shape >> 5 & 3; i > 0; i--) {
		uint8_t word = take(in) % 12;

		usbip_put_be32(hdr + 4 * word, value(in));
	}
}

static void hostile_iso(struct model *m, struct input *in)
{
	static uint8_t raw[USBIP_PDU_MAX_ISO_PACKETS * USBIP_ISO_DESC_SIZE];
	uint32_t n = m->res.iso_packets, i, offset = 0, left;
	uint8_t shape = take(in);

	if (m->side == USBIP_CHECK_DOCK)
		left = m->res.buffer_length;
	else
		left = m->res.actual_length;
	for (i = 0; i < n; i++) {
		struct usbip_iso_desc d = { .offset = offset };

		d.length = i + 1 < n ? left / n : left - left / n * (n - 1);
		if (m->side == USBIP_CHECK_TABLET)
			d.actual_length = d.length;
		offset += d.length;
		usbip_iso_encode(&d, raw + i * USBIP_ISO_DESC_SIZE);
	}
	for (i = shape & 3; i > 0 && n; i--) {
		uint32_t at = take(in) % n * USBIP_ISO_DESC_SIZE;

		at += 4 * (take(in) & 3);
		usbip_put_be32(raw + at, value(in));
	}
	model_rx_iso(m, raw);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model m;
	struct input in = { data, size };
	uint8_t hdr[USBIP_PDU_HDR_SIZE];

	model_init(&m, take(&in));
	while (in.n && !m.closed) {
		uint8_t op = take(&in);

		if (op & 1) {
			uint8_t which = take(&in);

			model_local(&m, op >> 1, which, value(&in));
			continue;
		}
		if (op & 0x80) {
			size_t i;

			for (i = 0; i < sizeof(hdr); i++)
				hdr[i] = take(&in);
		} else {
			hostile_header(&m, &in, hdr);
		}
		if (model_rx(&m, hdr) && m.res.iso_packets)
			hostile_iso(&m, &in);
		model_invariants(&m);
	}
	return 0;
}
