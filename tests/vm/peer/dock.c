// SPDX-License-Identifier: GPL-2.0
/*
 * The hostile dock: offers a device that exists only here, and answers for it as a
 * device would, until the transfer comes that the class is about.
 *
 * The device has one vendor specific interface, which no driver wants: endpoint
 * 1 bulk IN, 2 bulk OUT, 3 interrupt IN, 4 isochronous IN, 5 isochronous OUT.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

#define VID	0x1209		/* pid.codes, */
#define PID	0x0001		/* for tests */
#define BUSID	"1-1"
#define DEVID	0x00010002

static const uint8_t device_desc[18] = {
	18, 1, 0x00, 0x02, 0, 0, 0, 64, VID & 0xff, VID >> 8, PID & 0xff,
	PID >> 8, 0x00, 0x01, 0, 0, 0, 1,
};

static const uint8_t config_desc[9 + 9 + 5 * 7] = {
	9, 2, 9 + 9 + 5 * 7, 0, 1, 1, 0, 0x80, 50,
	9, 4, 0, 0, 5, 0xff, 0xff, 0xff, 0,
	7, 5, 0x81, 2, 0x00, 0x02, 0,
	7, 5, 0x02, 2, 0x00, 0x02, 0,
	7, 5, 0x83, 3, 64, 0, 4,
	7, 5, 0x84, 1, 64, 0, 1,
	7, 5, 0x05, 1, 64, 0, 1,
};

void dock_record(struct ut_op_device *d)
{
	*d = (struct ut_op_device){
		.path = "/sys/devices/platform/peer/usb1/1-1", .busid = BUSID,
		.busnum = 1, .devnum = 2, .speed = 3, .vid = VID, .pid = PID,
		.bcd = 0x0100, .nconf = 1, .nif = 1,
		.interfaces = { { 0xff, 0xff, 0xff } },
		.product = "hostile",
	};
}

/* Answers operations; true once the device is imported. */
static bool operations(struct peer *p, const struct peer_gadget *g)
{
	uint8_t raw[UT_OP_IMPORT_REQ_SIZE], out[UT_OP_HDR_SIZE +
		UT_OP_COUNT_SIZE + UT_OP_DEVICE_SIZE + UT_OP_IF_SIZE];
	struct ut_op_header h;
	uint8_t *at = out + UT_OP_HDR_SIZE;

	if (!peer_recv(p, raw, UT_OP_HDR_SIZE) || ut_op_decode_header(raw, &h))
		return false;
	if (h.code == UT_OP_REQ_DEVLIST) {
		ut_op_encode_header(out, UT_OP_REP_DEVLIST, 0);
		ut_op_put32(at, 1);
		ut_op_encode_device(at + UT_OP_COUNT_SIZE, &g->listed);
		ut_op_encode_interfaces(at + UT_OP_COUNT_SIZE +
					UT_OP_DEVICE_SIZE, &g->listed);
		if (peer_send(p, out, sizeof(out)))
			printf("listed\n");
		return false;
	}
	if (h.code != UT_OP_REQ_IMPORT ||
	    !peer_recv(p, raw + UT_OP_HDR_SIZE, UT_OP_BUSID_SIZE))
		return false;
	ut_op_encode_header(out, UT_OP_REP_IMPORT, 0);
	ut_op_encode_device(at, &g->imported);
	if (!peer_send(p, out, UT_OP_HDR_SIZE + UT_OP_DEVICE_SIZE))
		return false;
	printf("imported\n");
	fflush(stdout);
	return true;
}

static enum peer_need kind_of(uint32_t ep)
{
	static const enum peer_need kinds[] = {
		NEED_CONTROL, NEED_BULK_IN, NEED_BULK_OUT, NEED_INT_IN,
		NEED_ISO_IN, NEED_ISO_OUT,
	};

	return ep < 6 ? kinds[ep] : N_NEEDS;
}

const uint8_t *dock_descriptor(void *arg, uint16_t value, size_t *len)
{
	if (value == 0x100) {
		*len = sizeof(device_desc);
		return device_desc;
	}
	*len = sizeof(config_desc);
	return value == 0x200 ? config_desc : NULL;
}

/* What a device of this kind answers. */
static void answer_control(const struct peer_gadget *g,
			   const struct usbip_pdu *q, struct peer_transfer *r)
{
	uint16_t value = q->setup[2] | q->setup[3] << 8;
	const uint8_t *desc = NULL;
	size_t len = 0;

	if (q->setup[0] == 0x80 && q->setup[1] == 6)
		desc = g->descriptor(g->arg, value, &len);
	if (!desc && q->direction == USBIP_DIR_IN) {
		r->pdu.status = -32;
		return;
	}
	if (!desc)
		len = 0;
	if (len > (size_t)q->length)
		len = (size_t)q->length;
	if (desc)
		memcpy(r->data, desc, len);
	r->data_len = (uint32_t)len;
	r->pdu.actual_length = (int32_t)len;
}

static void answer_data(const struct usbip_pdu *q, struct peer_transfer *r)
{
	r->pdu.actual_length = q->length;
	if (q->length > (int)sizeof(r->data))
		r->pdu.actual_length = sizeof(r->data);
	if (q->direction == USBIP_DIR_IN)
		r->data_len = (uint32_t)r->pdu.actual_length;
	if (q->ep == 4 || q->ep == 5) {
		r->pdu.packets = q->packets;
		r->n_iso = 1;
		r->iso.length = (uint32_t)q->length;
		r->iso.actual_length = (uint32_t)r->pdu.actual_length;
	}
}

/* Reads the rest of a request and makes the answer to it. */
bool dock_receive(struct peer *p, const struct peer_gadget *g,
		  struct usbip_pdu *q, struct peer_transfer *r)
{
	uint8_t raw[USBIP_PDU_HDR_SIZE], junk[4096];
	size_t rest = 0;

	memset(r, 0, sizeof(*r));
	if (!peer_recv(p, raw, sizeof(raw)))
		return false;
	usbip_pdu_decode(q, raw);
	r->pdu.seqnum = q->seqnum;
	if (q->command == USBIP_CMD_UNLINK) {
		r->pdu.command = USBIP_RET_UNLINK;
		return true;
	}
	r->pdu.command = USBIP_RET_SUBMIT;
	if (q->direction == USBIP_DIR_OUT)
		rest = (size_t)q->length;
	if (q->ep == 4 || q->ep == 5)
		rest += (size_t)q->packets * USBIP_ISO_DESC_SIZE;
	while (rest) {
		size_t n = rest < sizeof(junk) ? rest : sizeof(junk);

		if (!peer_recv(p, junk, n))
			return false;
		rest -= n;
	}
	if (q->ep == 0)
		answer_control(g, q, r);
	else
		answer_data(q, r);
	return true;
}

/* The answer of the class; a good one may have to go first. */
static bool send_bad(struct peer *p, const struct peer_class *c,
		     struct peer_transfer *r)
{
	uint8_t header[USBIP_PDU_HDR_SIZE];
	bool known, sent = peer_send_record(p, c, &known);

	if (known) {
		if (sent && !strcmp(c->reason, "none"))
			sent = peer_send_transfer(p, r);
		return sent;
	}
	if (!strcmp(c->name, "seqnum-twice"))
		return peer_send_transfer(p, r) && peer_send_transfer(p, r);
	if (!strcmp(c->name, "seqnum-next")) {
		r->pdu.seqnum++;
		return peer_send_transfer(p, r);
	}
	if (!strcmp(c->name, "truncated-header")) {
		usbip_pdu_encode(&r->pdu, header);
		return peer_send(p, header, 20);
	}
	peer_class_apply(c, r);
	if (c->field == F_ACTUAL && c->value == 0)
		r->data_len = 0;
	return peer_send_transfer(p, r);
}

static bool ends_by_us(const struct peer_class *c)
{
	return !strcmp(c->reason, "truncated") ||
	       !strcmp(c->reason, "peer-closed") || !strcmp(c->reason, "alert");
}

/*
 * Serves until the class has been sent, then waits for the tablet to end it; or,
 * if it must go on, for one more request.
 */
static int serve(struct peer *p, const struct peer_gadget *g,
		 const struct peer_class *c, const struct peer_opts *o)
{
	struct peer_transfer r;
	struct usbip_pdu q;
	bool done = false;

	for (;;) {
		bool now;

		p->deadline = peer_now() + o->seconds * 1000;
		if (!dock_receive(p, g, &q, &r))
			break;
		if (done) {
			printf("goes-on %s\n", c->name);
			peer_send_transfer(p, &r);
			return PEER_OK;
		}
		now = q.command == USBIP_CMD_SUBMIT &&
		      kind_of(q.ep) == c->need;
		if (now ? !send_bad(p, c, &r) : !peer_send_transfer(p, &r))
			break;
		if (!now)
			continue;
		printf("sent %s\n", c->name);
		fflush(stdout);
		if (ends_by_us(c))
			return PEER_OK;
		if (strcmp(c->reason, "none")) {
			peer_wait_end(p, o->seconds);
			peer_print_end(p);
			return peer_ended_by_other(p) ? PEER_OK :
							PEER_OTHERWISE;
		}
		done = true;
	}
	peer_print_end(p);
	return PEER_OTHERWISE;
}

/* Takes tablets until one imports the device. */
void dock_wait_import(struct peer *p, const struct peer_gadget *g,
		      const struct peer_opts *o, bool tickets)
{
	int listener = peer_listen(o);
	struct pollfd pfd = { .fd = listener, .events = POLLIN };
	int64_t end = peer_now() + o->seconds * 1000;

	for (;;) {
		if (poll(&pfd, 1, (int)(end - peer_now())) != 1 ||
		    peer_now() >= end)
			peer_die(PEER_SETUP, "nobody came to import");
		if (!peer_accept(p, o, listener, tickets)) {
			peer_close(p);
			continue;
		}
		if (operations(p, g))
			break;
		gnutls_bye(p->s, GNUTLS_SHUT_WR);
		peer_close(p);
	}
	close(listener);
}

int cmd_hostile_dock(const struct peer_opts *o)
{
	const struct peer_class *c = peer_class_find(dock_classes,
						     n_dock_classes, o->name);
	struct peer_gadget g = { .descriptor = dock_descriptor };
	struct peer p;
	int ret;

	dock_record(&g.listed);
	dock_record(&g.imported);
	dock_wait_import(&p, &g, o, !strcmp(c->name, "record-ticket"));
	ret = serve(&p, &g, c, o);
	peer_close(&p);
	return ret;
}
