// SPDX-License-Identifier: GPL-2.0
/* A tablet that wants all of the dock's memory, and keeps to every rule. */
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"

/* Together what the checker lets a session have open. */
#define HOARD_REQUESTS	128
#define HOARD_SIZE	(1U << 20)

/* A device that was sent no command has nothing to say: they stay open. */
static void hoard(struct peer *p, struct peer_device *d, uint32_t *first)
{
	struct peer_transfer t;
	int i;

	if (!device_transfer(p, d, NEED_BULK_IN, &t))
		peer_die(PEER_UNFIT, "no bulk-in");
	*first = t.pdu.seqnum;
	t.pdu.flags = USBIP_URB_DMA_MAP_SG;
	t.pdu.length = HOARD_SIZE;
	for (i = 0; i < HOARD_REQUESTS; i++, t.pdu.seqnum++)
		if (!peer_send_transfer(p, &t))
			peer_die(PEER_OTHERWISE, "request %d", i);
	d->seqnum = t.pdu.seqnum;
	puts("hoarding");
	fflush(stdout);
}

/* The header alone: behind it the dock cannot look for anything else. */
static void begin_to_write(struct peer *p, struct peer_device *d)
{
	uint8_t raw[USBIP_PDU_HDR_SIZE];
	struct peer_transfer t;

	if (!device_transfer(p, d, NEED_BULK_OUT, &t))
		peer_die(PEER_UNFIT, "no bulk-out");
	t.pdu.length = HOARD_SIZE;
	usbip_pdu_encode(&t.pdu, raw);
	if (!peer_send(p, raw, sizeof(raw)))
		peer_die(PEER_OTHERWISE, "header of a write");
}

static void wait_for(const char *file)
{
	const struct timespec nap = { .tv_nsec = 100000000 };

	while (access(file, F_OK))
		nanosleep(&nap, NULL);
}

static void unlink_all(struct peer *p, struct peer_device *d, uint32_t first)
{
	uint32_t target = d->seqnum;

	while (target-- > first) {
		const struct peer_transfer t = {
			.pdu = {
				.command = USBIP_CMD_UNLINK,
				.seqnum = d->seqnum++, .devid = d->devid,
				.target = target,
			},
		};

		if (!peer_send_transfer(p, &t))
			peer_die(PEER_OTHERWISE, "unlink of %u", target);
	}
}

/* Nothing else comes: the transfers have been cancelled without a byte. */
static int count_answers(struct peer *p)
{
	uint8_t raw[USBIP_PDU_HDR_SIZE];
	struct usbip_pdu r;
	int n;

	for (n = 0; n < HOARD_REQUESTS; n++) {
		if (!peer_recv(p, raw, sizeof(raw))) {
			peer_print_end(p);
			return n;
		}
		usbip_pdu_decode(&r, raw);
		if (r.command != USBIP_RET_UNLINK || r.status != -ECONNRESET)
			peer_die(PEER_OTHERWISE,
				 "command %u, status %d among the answers",
				 r.command, r.status);
	}
	return n;
}

int cmd_hoard(const struct peer_opts *o)
{
	struct peer_device d;
	uint32_t first;
	struct peer p;
	int n;

	peer_connect(&p, o);
	device_import(&p, o->busid, &d);
	device_configure(&p, &d);
	hoard(&p, &d, &first);
	if (!o->name) {
		begin_to_write(&p, &d);
		peer_close(&p);
		return PEER_OK;
	}
	wait_for(o->name);
	p.deadline = peer_now() + o->seconds * 1000;
	unlink_all(&p, &d, first);
	n = count_answers(&p);
	printf("unlinked %d\n", n);
	peer_close(&p);
	return n == HOARD_REQUESTS ? PEER_OK : PEER_OTHERWISE;
}
