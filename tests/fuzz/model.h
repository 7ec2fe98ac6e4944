/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model.h - a stock USB/IP driver behind the checker
 *
 * Only what matters to the checker: which requests the driver holds, what it
 * reads after a header, and in which order it sends. The device has endpoints
 * 0 control, 1 bulk, 2 interrupt, 3 isochronous, 4 bulk OUT only.
 */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include <stdint.h>

#include "wire/usbip_check.h"

#define MODEL_DEVID	0x00010002
#define MODEL_URBS	(USBIP_CHECK_MAX_OPEN + 1)
#define MODEL_UNLINKS	(USBIP_CHECK_MAX_UNLINKS + 1)

enum model_urb_state {
	URB_PENDING,	/* dock: priv_init; tablet: priv_rx */
	URB_DONE,	/* dock: priv_tx */
};

struct model_urb {
	enum model_urb_state state;
	uint32_t seqnum;	/* dock: of the unlink once there is one */
	uint32_t length;
	uint32_t actual;
	int32_t status;
	uint16_t packets;	/* dock: 0 and @iso: our module answers */
	bool in;
	bool iso;
	bool unlinking;
	bool given_back;	/* dock: the tablet does not wait for it any more */
};

/* dock: an answer in the queue; tablet: an unlink that has none yet. */
struct model_unlink {
	uint32_t seqnum;
	uint32_t target;
	int32_t status;
	bool submit;		/* vudc: has one queue; own: a RET_SUBMIT */
	struct model_urb urb;
};

struct model {
	enum usbip_check_side side;
	bool vudc;
	bool closed;		/* the session has ended */
	struct usbip_check c;
	struct usbip_check_slot slots[USBIP_CHECK_SLOTS];
	struct usbip_check_result res;
	uint32_t next;
	uint32_t early;		/* tablet: number unlinked before it is sent */

	struct model_urb urb[MODEL_URBS];
	uint32_t urbs;
	struct model_unlink unlink[MODEL_UNLINKS + MODEL_URBS];
	uint32_t unlinks;
	bool unlink_pass;	/* usbip-host: which queue it empties */
	struct model_urb answered;	/* tablet: by the last RET_SUBMIT */
	struct model_unlink own[MODEL_UNLINKS];	/* dock: not for the driver */
	uint32_t owns;
};

/* model.c */
void model_init(struct model *m, uint8_t config);
void model_fail(const char *what) __attribute__((noreturn));
enum usbip_xfer model_ep_type(void *ctx, __u32 dir, __u32 ep);
int model_find(const struct model *m, uint32_t seqnum);
uint32_t model_packet(const struct model_urb *u, uint32_t i);
void model_remove_urb(struct model *m, uint32_t i);
void model_remove_unlink(struct model *m, uint32_t i);
uint32_t model_open_number(const struct model *m, uint8_t which);
void model_fit_answer(const struct model *m, struct usbip_pdu *p, uint8_t how);
bool model_rx(struct model *m, uint8_t *hdr);
void model_rx_iso(struct model *m, const uint8_t *raw);
void model_local(struct model *m, uint8_t op, uint8_t which, uint32_t value);
void model_invariants(const struct model *m);

/* model_dock.c */
void dock_read(struct model *m, const uint8_t *hdr);
void dock_own(struct model *m);
void dock_local(struct model *m, uint8_t op, uint8_t which, uint32_t value);

/* model_tablet.c */
void tablet_read(struct model *m, const uint8_t *hdr);
void tablet_read_dropped(struct model *m, const uint8_t *hdr);
void tablet_local(struct model *m, uint8_t op, uint8_t which, uint32_t value);
void tablet_submit(struct model *m, uint8_t ep, bool in, uint32_t length,
		   uint32_t packets);

#endif /* FUZZ_MODEL_H */
