// SPDX-License-Identifier: GPL-2.0
/* The hostile tablet: imports a device, then sends what a class says. */
#include <stdio.h>
#include <string.h>

#include "peer.h"

static bool send_unlink(struct peer *p, struct peer_device *d, uint32_t seqnum,
			uint32_t target)
{
	const struct peer_transfer t = {
		.pdu = {
			.command = USBIP_CMD_UNLINK, .seqnum = seqnum,
			.devid = d->devid, .target = target,
		},
	};

	return peer_send_transfer(p, &t);
}

/* Classes that take more than one PDU, or less. */
static bool send_custom(struct peer *p, struct peer_device *d,
			const struct peer_class *c, struct peer_transfer *t)
{
	uint8_t header[USBIP_PDU_HDR_SIZE];
	uint32_t first = t->pdu.seqnum;
	int i;

	if (!strcmp(c->name, "seqnum-twice"))
		return peer_send_transfer(p, t) && peer_send_transfer(p, t);
	if (!strcmp(c->name, "seqnum-unlink-itself"))
		return send_unlink(p, d, first, first);
	if (!strcmp(c->name, "seqnum-unlink-taken"))
		return peer_send_transfer(p, t) &&
		       send_unlink(p, d, first, first + 1000);
	if (!strcmp(c->name, "open-many")) {
		/* One more than USBIP_CHECK_MAX_OPEN; nothing answers them. */
		for (i = 0; i < 2049; i++, t->pdu.seqnum++)
			if (!peer_send_transfer(p, t))
				return false;
		return true;
	}
	if (!strcmp(c->name, "control-in-0")) {
		t->pdu.length = 0;
		memset(t->pdu.setup, 0, sizeof(t->pdu.setup));
		t->pdu.setup[0] = 0x80;		/* GET_STATUS */
		return peer_send_transfer(p, t);
	}
	if (!strcmp(c->name, "packets-iso-0")) {
		t->pdu.packets = 0;
		t->n_iso = 0;
		return peer_send_transfer(p, t);
	}
	/* truncated-header; the connection is closed by the caller */
	usbip_pdu_encode(&t->pdu, header);
	return peer_send(p, header, 20);
}

/* Reads answers until that to @last; prints that to @first. */
static bool answered(struct peer *p, uint32_t first, uint32_t last)
{
	uint8_t raw[USBIP_PDU_HDR_SIZE], junk[4096];
	struct usbip_pdu r;
	size_t rest;

	do {
		if (!peer_recv(p, raw, sizeof(raw)))
			return false;
		usbip_pdu_decode(&r, raw);
		rest = (size_t)r.packets * USBIP_ISO_DESC_SIZE;
		if (r.seqnum == last)
			rest += (size_t)r.actual_length;
		if (r.command != USBIP_RET_SUBMIT || rest > sizeof(junk) ||
		    !peer_recv(p, junk, rest))
			return false;
		if (r.seqnum == first)
			printf("answer %d\n", r.status);
	} while (r.seqnum != last);
	return true;
}

/* The device is still ours: it answers one more request. */
static int goes_on(struct peer *p, struct peer_device *d,
		   const struct peer_class *c, uint32_t first)
{
	struct peer_transfer t;

	if (!device_transfer(p, d, NEED_CONTROL, &t) ||
	    !peer_send_transfer(p, &t) || !answered(p, first, t.pdu.seqnum)) {
		peer_print_end(p);
		return PEER_OTHERWISE;
	}
	printf("goes-on %s\n", c->name);
	gnutls_bye(p->s, GNUTLS_SHUT_WR);
	return PEER_OK;
}

/*
 * Sends it and waits for the dock to end the session. A failed send is no news:
 * the dock may have ended it in the middle.
 */
static int misbehave(struct peer *p, struct peer_device *d,
		     const struct peer_class *c, const struct peer_opts *o)
{
	struct peer_transfer t;
	bool known, sent;

	if (!device_transfer(p, d, c->need, &t)) {
		printf("unfit %s\n", peer_need_name(c->need));
		return PEER_UNFIT;
	}
	sent = peer_send_record(p, c, &known);
	if (!known && c->field == F_CUSTOM)
		sent = send_custom(p, d, c, &t);
	if (!known && c->field != F_CUSTOM) {
		peer_class_apply(c, &t);
		sent = peer_send_transfer(p, &t);
	}
	printf("sent %s %s\n", c->name, sent ? "whole" : "cut");
	fflush(stdout);

	/* It is we who close here: nothing more to see on this side. */
	if (!strcmp(c->reason, "truncated") ||
	    !strcmp(c->reason, "peer-closed") || !strcmp(c->reason, "alert"))
		return PEER_OK;
	if (!strcmp(c->reason, "none"))
		return goes_on(p, d, c, t.pdu.seqnum);
	peer_wait_end(p, o->seconds);
	peer_print_end(p);
	return peer_ended_by_other(p) ? PEER_OK : PEER_OTHERWISE;
}

int cmd_hostile_tablet(const struct peer_opts *o)
{
	const struct peer_class *c = peer_class_find(tablet_classes,
						     n_tablet_classes, o->name);
	struct peer_device d;
	struct peer p;
	int ret;

	peer_connect(&p, o);
	device_import(&p, o->busid, &d);
	device_configure(&p, &d);
	ret = misbehave(&p, &d, c, o);
	peer_close(&p);
	return ret;
}

/* An unlink of a transfer that never was, with nothing else under way. */
static bool unlink_unknown(struct peer *p, struct peer_device *d)
{
	uint32_t seqnum = d->seqnum++;
	uint8_t raw[USBIP_PDU_HDR_SIZE];
	struct usbip_pdu r;

	if (!send_unlink(p, d, seqnum, seqnum + 1000) ||
	    !peer_recv(p, raw, sizeof(raw)))
		return false;
	usbip_pdu_decode(&r, raw);
	printf("unlink %d\n", r.status);
	return r.command == USBIP_RET_UNLINK && r.seqnum == seqnum &&
	       r.status == 0;
}

/*
 * Plain USB/IP in TLS: one connection for the list, one for the import, a few
 * control transfers, an unlink, and an orderly end.
 */
int cmd_compat(const struct peer_opts *o)
{
	struct peer_device d;
	struct peer p;
	uint8_t status[2];
	int ret;

	peer_connect(&p, o);
	device_list(&p);
	gnutls_bye(p.s, GNUTLS_SHUT_WR);
	peer_close(&p);
	if (!o->busid)
		return PEER_OK;

	peer_connect(&p, o);
	device_import(&p, o->busid, &d);
	device_configure(&p, &d);
	/* GET_STATUS of the device; and a stall must come through as one. */
	ret = device_control(&p, &d, 0x80, 0, 0, 0, status, sizeof(status));
	printf("status %d\n", ret);
	if (ret != sizeof(status))
		return PEER_OTHERWISE;
	ret = device_control(&p, &d, 0x80, 6, 0xff00, 0, status,
			     sizeof(status));
	printf("stall %d\n", ret);
	if (ret != -32 || !unlink_unknown(&p, &d))
		return PEER_OTHERWISE;
	gnutls_bye(p.s, GNUTLS_SHUT_WR);
	peer_close(&p);
	return PEER_OK;
}
