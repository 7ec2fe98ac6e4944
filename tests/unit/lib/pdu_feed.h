/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One checker and the PDUs to feed it. The device has a control endpoint 0, and
 * endpoints 1 bulk, 2 interrupt, 3 isochronous, 4 bulk OUT only, and no others, if the
 * oracle is asked.
 */
#ifndef UT_TEST_PDU_FEED_H
#define UT_TEST_PDU_FEED_H

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

struct feed {
	struct usbip_check c;
	struct usbip_check_slot slots[USBIP_CHECK_SLOTS];
	struct usbip_check_result res;
	uint8_t hdr[USBIP_PDU_HDR_SIZE];
	uint32_t next;
};

/* There is one for each run; cmocka does not run tests in parallel. */
struct feed *feed_new(enum usbip_check_side side, bool oracle);

struct usbip_pdu pdu_submit(uint32_t ep, uint32_t dir, int length);

uint32_t feed_flow(struct feed *f, enum usbip_check_flow flow,
		   const struct usbip_pdu *p, uint32_t total);

uint32_t feed_rx(struct feed *f, const struct usbip_pdu *p);

/* A request as this side sees it: a dock by RX, a tablet by TX. */
uint32_t feed_request(struct feed *f, const struct usbip_pdu *p,
		      uint32_t total);

/* An answer as this side sees it: a dock by TX, a tablet by RX. */
uint32_t feed_answer(struct feed *f, const struct usbip_pdu *p,
		     uint32_t total);

/* Opens a transfer that passes; returns its number. */
uint32_t feed_open(struct feed *f, uint32_t ep, uint32_t dir, int length,
		   int packets);

uint32_t feed_unlink(struct feed *f, uint32_t target);
struct usbip_pdu pdu_ret(uint32_t seqnum, int actual);
struct usbip_pdu pdu_ret_unlink(uint32_t seqnum, int status);

#endif /* UT_TEST_PDU_FEED_H */
