/* SPDX-License-Identifier: GPL-2.0 */
/*
 * check_fixture.h - one checker and the PDUs to feed it
 *
 * The device has a control endpoint 0, endpoints 1 bulk, 2 interrupt,
 * 3 isochronous, 4 bulk OUT only, and no others, if the oracle is asked.
 */
#ifndef UNIT_CHECK_FIXTURE_H
#define UNIT_CHECK_FIXTURE_H

#include <stdlib.h>

#include "lib/unit.h"
#include "wire/usbip_check.h"

#define DEVID		0x00020005
#define EP_CONTROL	0
#define EP_BULK		1
#define EP_INT		2
#define EP_ISO		3
#define EP_BULK_OUT	4
#define EP_NONE		9

#define IN	USBIP_DIR_IN
#define OUT	USBIP_DIR_OUT

struct fixture {
	struct usbip_check c;
	struct usbip_check_slot slots[USBIP_CHECK_SLOTS];
	struct usbip_check_result res;
	uint8_t hdr[USBIP_PDU_HDR_SIZE];
	uint32_t next;
};

static inline enum usbip_xfer fixture_ep_type(void *ctx, __u32 dir, __u32 ep)
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

/* One for each run; cmocka does not run tests in parallel. */
static inline struct fixture *fixture_new(enum usbip_check_side side,
					  bool oracle)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	usbip_check_init(&f.c, side, DEVID, f.slots, USBIP_CHECK_SLOTS,
			 oracle ? fixture_ep_type : NULL, &f);
	f.next = 1;
	return &f;
}

static inline struct usbip_pdu pdu_submit(uint32_t ep, uint32_t dir, int length)
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

static inline uint32_t fixture_flow(struct fixture *f,
				    enum usbip_check_flow flow,
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

static inline uint32_t fixture_rx(struct fixture *f, const struct usbip_pdu *p)
{
	return fixture_flow(f, USBIP_CHECK_RX, p, 0);
}

/* A request as this side gets it: dock by RX, tablet by TX. */
static inline uint32_t fixture_request(struct fixture *f,
				       const struct usbip_pdu *p, uint32_t total)
{
	if (f->c.side == USBIP_CHECK_DOCK)
		return fixture_rx(f, p);
	return fixture_flow(f, USBIP_CHECK_TX, p, total);
}

/* An answer as this side gets it: dock by TX, tablet by RX. */
static inline uint32_t fixture_answer(struct fixture *f,
				      const struct usbip_pdu *p, uint32_t total)
{
	if (f->c.side == USBIP_CHECK_DOCK)
		return fixture_flow(f, USBIP_CHECK_TX, p, total);
	return fixture_rx(f, p);
}

/* Opens a transfer that passes; returns its number. */
static inline uint32_t fixture_open(struct fixture *f, uint32_t ep,
				    uint32_t dir, int length, int packets)
{
	struct usbip_pdu p = pdu_submit(ep, dir, length);

	p.seqnum = f->next++;
	p.packets = packets;
	assert_int_equal(fixture_request(f, &p,
					 USBIP_PDU_HDR_SIZE +
					 (dir == OUT ? length : 0) +
					 packets * USBIP_ISO_DESC_SIZE),
			 USBIP_TLS_VIOLATION_NONE);
	assert_int_equal(f->res.verdict, USBIP_CHECK_PASS);
	return p.seqnum;
}

static inline uint32_t fixture_unlink(struct fixture *f, uint32_t target)
{
	struct usbip_pdu p = {
		.command = USBIP_CMD_UNLINK, .devid = DEVID,
		.seqnum = f->next++, .target = target,
	};

	bool open = usbip_slots_find(&f->c.slots, target);

	assert_int_equal(fixture_request(f, &p, USBIP_PDU_HDR_SIZE),
			 USBIP_TLS_VIOLATION_NONE);
	assert_int_equal(f->res.verdict,
			 open || f->c.side == USBIP_CHECK_TABLET ?
				 USBIP_CHECK_PASS : USBIP_CHECK_ANSWER);
	return p.seqnum;
}

static inline struct usbip_pdu pdu_ret(uint32_t seqnum, int actual)
{
	return (struct usbip_pdu){
		.command = USBIP_RET_SUBMIT, .seqnum = seqnum,
		.actual_length = actual,
	};
}

static inline struct usbip_pdu pdu_ret_unlink(uint32_t seqnum, int status)
{
	return (struct usbip_pdu){
		.command = USBIP_RET_UNLINK, .seqnum = seqnum,
		.status = status,
	};
}

#endif /* UNIT_CHECK_FIXTURE_H */
