// SPDX-License-Identifier: GPL-2.0
/*
 * The lying dock: its device is not what it says, or it is but answers nothing.
 *
 *	honest		the device of hostile-dock, as it is announced
 *	vendor		the device has other ids
 *	hid		its one interface is that of a keyboard
 *	hid-import	the import says that it is a keyboard
 *	hid-later	it becomes a keyboard once it is configured
 *	hid-second	it has a second configuration, which is that of a keyboard
 *	silent		no request is answered, and no unlink
 */
#include <stdio.h>
#include <string.h>

#include "peer.h"

/* 046d:c31c, a keyboard in the wild. */
#define OTHER_VID	0x046d
#define OTHER_PID	0xc31c

static const uint8_t keyboard[9 + 9 + 9 + 7] = {
	9, 2, sizeof(keyboard), 0, 1, 1, 0, 0xa0, 50,
	9, 4, 0, 0, 1, 3, 1, 1, 0,
	9, 0x21, 0x11, 0x01, 0, 1, 0x22, 63, 0,
	7, 5, 0x83, 3, 8, 0, 4,
};

struct liar {
	const char *lie;
	bool configured;
	uint8_t buf[256];
};

static bool lies(const struct liar *l, const char *lie)
{
	return !strcmp(l->lie, lie);
}

static const uint8_t *device(struct liar *l, const uint8_t *d)
{
	memcpy(l->buf, d, 18);
	if (lies(l, "vendor") || lies(l, "hid-import")) {
		l->buf[8] = OTHER_VID & 0xff;
		l->buf[9] = OTHER_VID >> 8;
		l->buf[10] = OTHER_PID & 0xff;
		l->buf[11] = OTHER_PID >> 8;
	}
	if (lies(l, "hid-second"))
		l->buf[17] = 2;
	return l->buf;
}

static const uint8_t *descriptor(void *arg, uint16_t value, size_t *len)
{
	struct liar *l = arg;
	const uint8_t *d = dock_descriptor(NULL, value, len);
	bool second = lies(l, "hid-second") && value == 0x201;

	if (value == 0x100)
		return device(l, d);
	if (second || (value == 0x200 &&
		       (lies(l, "hid") || lies(l, "hid-import") ||
			(lies(l, "hid-later") && l->configured)))) {
		*len = sizeof(keyboard);
		memcpy(l->buf, keyboard, sizeof(keyboard));
		if (second)
			l->buf[5] = 2;
		return l->buf;
	}
	return d;
}

/* Serves until the tablet ends it. */
static int serve(struct peer *p, const struct peer_gadget *g, struct liar *l,
		 const struct peer_opts *o)
{
	struct peer_transfer r;
	struct usbip_pdu q;

	for (;;) {
		p->deadline = peer_now() + o->seconds * 1000;
		if (!dock_receive(p, g, &q, &r))
			break;
		if (q.command == USBIP_CMD_SUBMIT && !q.ep && !q.setup[0] &&
		    q.setup[1] == 9) {
			l->configured = true;
			printf("configured %u\n", q.setup[2]);
		}
		if (q.command == USBIP_CMD_UNLINK)
			printf("unlink\n");
		fflush(stdout);
		if (!lies(l, "silent") && !peer_send_transfer(p, &r))
			break;
	}
	peer_print_end(p);
	return peer_ended_by_other(p) ? PEER_OK : PEER_OTHERWISE;
}

int cmd_lying_dock(const struct peer_opts *o)
{
	struct liar l = { .lie = o->name };
	struct peer_gadget g = { .descriptor = descriptor, .arg = &l };
	struct peer p;
	int ret;

	dock_record(&g.listed);
	dock_record(&g.imported);
	if (lies(&l, "hid-import")) {
		g.imported.vid = OTHER_VID;
		g.imported.pid = OTHER_PID;
	}
	dock_wait_import(&p, &g, o, false);
	ret = serve(&p, &g, &l, o);
	peer_close(&p);
	return ret;
}
