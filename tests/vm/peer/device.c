// SPDX-License-Identifier: GPL-2.0
/* The tablet's part: list, import, control transfers, endpoints of a device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

#define GET_DESCRIPTOR		6
#define SET_CONFIGURATION	9
#define SET_INTERFACE		11
#define TYPE_BULK		2
#define TYPE_INT		3
#define TYPE_ISO		1

static void lost(struct peer *p, const char *what)
{
	peer_print_end(p);
	peer_die(PEER_SETUP, "connection lost: %s", what);
}

static struct ut_op_header reply(struct peer *p, uint16_t code)
{
	uint8_t raw[UT_OP_HDR_SIZE];
	struct ut_op_header h;

	if (!peer_recv(p, raw, sizeof(raw)))
		lost(p, "reply");
	if (ut_op_decode_header(raw, &h) || h.code != code)
		peer_die(PEER_OTHERWISE, "reply of version %#x, code %#x",
			 h.version, h.code);
	return h;
}

static void print_device(const struct ut_op_device *d)
{
	printf("device %s %04x:%04x speed=%u nif=%u path=%s manufacturer=%s product=%s serial=%s\n",
	       d->busid, d->vid, d->pid, d->speed, d->nif, d->path,
	       d->manufacturer, d->product, d->serial);
}

void device_list(struct peer *p)
{
	uint8_t raw[UT_OP_HDR_SIZE], count[UT_OP_COUNT_SIZE];
	uint8_t rec[UT_OP_DEVICE_SIZE], ifs[UT_OP_MAX_INTERFACES * 4];
	struct ut_op_device d;
	uint32_t n, i;

	ut_op_encode_header(raw, UT_OP_REQ_DEVLIST, 0);
	if (!peer_send(p, raw, sizeof(raw)))
		lost(p, "request of the list");
	if (reply(p, UT_OP_REP_DEVLIST).status)
		peer_die(PEER_OTHERWISE, "the list was refused");
	if (!peer_recv(p, count, sizeof(count)))
		lost(p, "list");
	if (ut_op_decode_count(count, &n))
		peer_die(PEER_OTHERWISE, "list of %u devices", n);
	for (i = 0; i < n; i++) {
		if (!peer_recv(p, rec, sizeof(rec)))
			lost(p, "device record");
		if (ut_op_decode_device(rec, &d))
			peer_die(PEER_OTHERWISE, "device record %u", i);
		if (d.nif && !peer_recv(p, ifs, ut_op_interfaces_size(&d)))
			lost(p, "interfaces");
		print_device(&d);
	}
	printf("devices %u\n", n);
	fflush(stdout);
}

void device_import(struct peer *p, const char *busid, struct peer_device *d)
{
	uint8_t req[UT_OP_IMPORT_REQ_SIZE], rec[UT_OP_DEVICE_SIZE];
	struct ut_op_header h;

	memset(d, 0, sizeof(*d));
	if (ut_op_encode_import_request(req, busid, 0))
		peer_die(PEER_USAGE, "not a bus id: %s", busid);
	if (!peer_send(p, req, sizeof(req)))
		lost(p, "request of the device");
	h = reply(p, UT_OP_REP_IMPORT);
	printf("import %u\n", h.status);
	fflush(stdout);
	if (h.status)
		peer_die(PEER_SETUP, "import refused with status %u", h.status);
	if (!peer_recv(p, rec, sizeof(rec)))
		lost(p, "device record");
	if (ut_op_decode_device(rec, &d->op) || strcmp(d->op.busid, busid))
		peer_die(PEER_OTHERWISE, "device record of another device");
	print_device(&d->op);
	d->devid = d->op.busnum << 16 | d->op.devnum;
	d->seqnum = 1;
}

/*
 * A control transfer. Returns the number of bytes, or the status. Ends the program
 * if the session ends or the answer is none.
 */
int device_control(struct peer *p, struct peer_device *d, uint8_t type,
		   uint8_t request, uint16_t value, uint16_t index, void *buf,
		   uint16_t len)
{
	uint8_t raw[USBIP_PDU_HDR_SIZE];
	bool in = (type & 0x80) && len;
	struct peer_transfer t = {
		.pdu = {
			.command = USBIP_CMD_SUBMIT, .seqnum = d->seqnum++,
			.devid = d->devid,
			.direction = in ? USBIP_DIR_IN : USBIP_DIR_OUT,
			.length = len,
			.setup = { type, request, value & 0xff, value >> 8,
				   index & 0xff, index >> 8, len & 0xff,
				   len >> 8 },
		},
	};
	struct usbip_pdu r;

	if (!in && len) {
		memcpy(t.data, buf, len);
		t.data_len = len;
	}
	if (!peer_send_transfer(p, &t) || !peer_recv(p, raw, sizeof(raw)))
		lost(p, "control transfer");
	usbip_pdu_decode(&r, raw);
	if (r.command != USBIP_RET_SUBMIT || r.seqnum != t.pdu.seqnum ||
	    r.actual_length < 0 || r.actual_length > len)
		peer_die(PEER_OTHERWISE,
			 "answer: command %u seqnum %u actual_length %d",
			 r.command, r.seqnum, r.actual_length);
	if (in && !peer_recv(p, buf, (size_t)r.actual_length))
		lost(p, "data of a control transfer");
	return r.status ? r.status : r.actual_length;
}

static void parse_config(struct peer_device *d, const uint8_t *c, size_t len)
{
	uint8_t interface = 0, alternate = 0;
	size_t i;

	d->config_value = c[5];
	for (i = 0; i + 2 <= len && c[i] >= 2 && i + c[i] <= len; i += c[i]) {
		struct peer_endpoint *ep = &d->ep[d->n_ep];

		if (c[i + 1] == 4 && c[i] >= 9) {
			interface = c[i + 2];
			alternate = c[i + 3];
		} else if (c[i + 1] == 5 && c[i] >= 7 && d->n_ep < 64) {
			ep->address = c[i + 2];
			ep->type = c[i + 3] & 3;
			ep->maxp = c[i + 4] | c[i + 5] << 8;
			ep->interface = interface;
			ep->alternate = alternate;
			d->n_ep++;
		}
	}
}

/*
 * Reads the descriptors and configures the device, as a tablet does: usbip-host
 * leaves it without a configuration.
 */
void device_configure(struct peer *p, struct peer_device *d)
{
	uint8_t desc[18], config[4096];
	int n, total;

	n = device_control(p, d, 0x80, GET_DESCRIPTOR, 0x100, 0, desc,
			   sizeof(desc));
	if (n != sizeof(desc) || desc[0] != 18 || desc[1] != 1)
		peer_die(PEER_OTHERWISE, "device descriptor: %d", n);
	if ((desc[8] | desc[9] << 8) != d->op.vid ||
	    (desc[10] | desc[11] << 8) != d->op.pid)
		peer_die(PEER_OTHERWISE, "descriptor and record differ");
	printf("descriptor %02x%02x:%02x%02x\n", desc[9], desc[8], desc[11],
	       desc[10]);
	n = device_control(p, d, 0x80, GET_DESCRIPTOR, 0x200, 0, config, 9);
	if (n != 9 || config[1] != 2)
		peer_die(PEER_OTHERWISE, "configuration header: %d", n);
	total = config[2] | config[3] << 8;
	if (total > (int)sizeof(config))
		total = sizeof(config);
	n = device_control(p, d, 0x80, GET_DESCRIPTOR, 0x200, 0, config,
			   (uint16_t)total);
	if (n != total)
		peer_die(PEER_OTHERWISE, "configuration: %d of %d", n, total);
	parse_config(d, config, (size_t)n);
	n = device_control(p, d, 0x00, SET_CONFIGURATION, d->config_value, 0,
			   NULL, 0);
	if (n)
		peer_die(PEER_OTHERWISE, "SET_CONFIGURATION: %d", n);
	printf("configured %u endpoints=%zu\n", d->config_value, d->n_ep);
	fflush(stdout);
}

static bool fits(const struct peer_endpoint *ep, enum peer_need need)
{
	bool in = ep->address & 0x80;

	switch (need) {
	case NEED_BULK_IN:	return in && ep->type == TYPE_BULK;
	case NEED_BULK_OUT:	return !in && ep->type == TYPE_BULK;
	case NEED_INT_IN:	return in && ep->type == TYPE_INT;
	case NEED_ISO_IN:	return in && ep->type == TYPE_ISO;
	case NEED_ISO_OUT:	return !in && ep->type == TYPE_ISO;
	default:		return false;
	}
}

/*
 * Fills in a request of that kind that is right in every way. False: the device
 * has no such endpoint. An interrupt IN stays open as long as nobody touches the
 * device.
 */
bool device_transfer(struct peer *p, struct peer_device *d, enum peer_need need,
		     struct peer_transfer *t)
{
	const struct peer_endpoint *ep = NULL;
	size_t i;

	memset(t, 0, sizeof(*t));
	t->pdu = (struct usbip_pdu){
		.command = USBIP_CMD_SUBMIT, .devid = d->devid,
		.direction = USBIP_DIR_IN, .length = 18,
		.setup = { 0x80, GET_DESCRIPTOR, 0, 1, 0, 0, 18, 0 },
	};
	for (i = 0; i < d->n_ep && !ep; i++)
		if (fits(&d->ep[i], need))
			ep = &d->ep[i];
	if (need != NEED_CONTROL && !ep)
		return false;
	if (ep) {
		memset(t->pdu.setup, 0, sizeof(t->pdu.setup));
		t->pdu.ep = ep->address & 15;
		t->pdu.direction = ep->address >> 7;
		t->pdu.length = ep->maxp & 0x7ff;
		t->pdu.interval = ep->type & 1 ? 8 : 0;
		if (ep->alternate &&
		    device_control(p, d, 0x01, SET_INTERFACE, ep->alternate,
				   ep->interface, NULL, 0))
			peer_die(PEER_OTHERWISE, "SET_INTERFACE");
		if (ep->type == TYPE_ISO) {
			t->pdu.packets = t->n_iso = 1;
			t->iso.length = (uint32_t)t->pdu.length;
		}
		if (t->pdu.direction == USBIP_DIR_OUT)
			t->data_len = (uint32_t)t->pdu.length;
	}
	t->pdu.seqnum = d->seqnum++;
	return true;
}
