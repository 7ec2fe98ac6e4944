// SPDX-License-Identifier: GPL-2.0
/*
 * A tablet that sends good requests at the worst moments: unlinks in a storm, and
 * SET_CONFIGURATION without end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

#define SET_CONFIGURATION	9
#define ECONNRESET_WIRE		(-104)

/* A burst: so many transfers, and at most two unlinks for each. */
#define BURST	24
#define BURSTS	200
/* SET_CONFIGURATION without an answer yet. */
#define WINDOW	16

enum kind { KIND_SUBMIT, KIND_UNLINK };

/**
 * struct open - a request of the burst
 * @kind: of it
 * @target: KIND_UNLINK: index of its target; BURST: a number that never was
 * @in: KIND_SUBMIT: it reads
 * @cancelled: an unlink was answered with -ECONNRESET
 * @answers: how many came
 */
struct open {
	enum kind kind;
	size_t target;
	bool in;
	bool cancelled;
	unsigned int answers;
};

/**
 * struct burst - what is under way
 * @first: number of the first request; the others follow
 * @open: requests
 * @n: how many
 * @submits: answers to transfers
 * @cancels: transfers that were cancelled
 */
struct burst {
	uint32_t first;
	struct open open[3 * BURST];
	size_t n;
	unsigned int submits;
	unsigned int cancels;
};

static const uint32_t lengths[] = { 1, 64, 512, 4096 };

static bool burst_unlink(struct peer *p, struct peer_device *d,
			 struct burst *b, size_t target)
{
	struct peer_transfer t = {
		.pdu = {
			.command = USBIP_CMD_UNLINK, .devid = d->devid,
			.seqnum = d->seqnum++,
			.target = target < BURST * 3 ? b->first + target :
						       0x70000000,
		},
	};

	b->open[b->n++] = (struct open){ .kind = KIND_UNLINK,
					 .target = target };
	return peer_send_transfer(p, &t);
}

static bool burst_submit(struct peer *p, struct peer_device *d,
			 struct burst *b)
{
	static const enum peer_need needs[] = { NEED_CONTROL, NEED_BULK_IN,
						NEED_BULK_OUT };
	enum peer_need need = needs[rand() % 3];
	struct peer_transfer t;

	if (!device_transfer(p, d, need, &t))
		peer_die(PEER_UNFIT, "no bulk endpoints");
	if (need != NEED_CONTROL)
		t.pdu.length = (int32_t)lengths[rand() % 4];
	if (need == NEED_BULK_IN)	/* whole packets */
		t.pdu.length = 1024 * (1 + rand() % 16);
	if (need == NEED_BULK_OUT)
		t.data_len = (uint32_t)t.pdu.length;
	b->open[b->n++] = (struct open){
		.kind = KIND_SUBMIT, .in = t.pdu.direction == USBIP_DIR_IN,
	};
	return peer_send_transfer(p, &t);
}

/* Transfers with unlinks strewn between them: of now, of before, of nothing. */
static bool burst_send(struct peer *p, struct peer_device *d, struct burst *b)
{
	size_t i;

	memset(b, 0, sizeof(*b));
	b->first = d->seqnum;
	for (i = 0; i < BURST; i++) {
		size_t last = b->n;

		if (!burst_submit(p, d, b))
			return false;
		if (rand() % 3 == 0 && !burst_unlink(p, d, b, last))
			return false;
		/* A second one, or one of what may be long done. */
		if (rand() % 6 == 0) {
			size_t target = (size_t)rand() % (last + 1);

			if (b->open[target].kind == KIND_UNLINK)
				target = BURST * 3;
			if (!burst_unlink(p, d, b, target))
				return false;
		}
	}
	return true;
}

static void swallow(struct peer *p, uint32_t len)
{
	static uint8_t buf[16 << 10];

	if (len > sizeof(buf) || (len && !peer_recv(p, buf, len)))
		peer_die(PEER_OTHERWISE, "payload of %u bytes", len);
}

static void take_answer(struct peer *p, struct burst *b)
{
	uint8_t raw[USBIP_PDU_HDR_SIZE];
	struct usbip_pdu r;
	struct open *o;
	size_t i;

	if (!peer_recv(p, raw, sizeof(raw))) {
		peer_print_end(p);
		peer_die(PEER_OTHERWISE, "the session has ended");
	}
	usbip_pdu_decode(&r, raw);
	i = r.seqnum - b->first;
	if (i >= b->n)
		peer_die(PEER_OTHERWISE, "an answer to %u", r.seqnum);
	o = &b->open[i];
	if (o->answers++ || o->cancelled)
		peer_die(PEER_OTHERWISE, "a second answer to %u", r.seqnum);
	if (r.command != (o->kind == KIND_SUBMIT ? USBIP_RET_SUBMIT :
						   USBIP_RET_UNLINK))
		peer_die(PEER_OTHERWISE, "answer %u to %u", r.command,
			 r.seqnum);

	if (o->kind == KIND_SUBMIT) {
		b->submits++;
		swallow(p, o->in ? (uint32_t)r.actual_length : 0);
	} else if (r.status == ECONNRESET_WIRE && o->target < b->n) {
		/* Two unlinks of one target may both have cancelled it. */
		b->cancels += !b->open[o->target].cancelled;
		b->open[o->target].cancelled = true;
		if (b->open[o->target].answers)
			peer_die(PEER_OTHERWISE, "done and cancelled");
	} else if (r.status) {
		peer_die(PEER_OTHERWISE, "unlink: status %d", r.status);
	}
}

static bool burst_done(const struct burst *b)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (!b->open[i].answers && !b->open[i].cancelled)
			return false;
	return true;
}

/* Every request gets one answer, and none after it was cancelled. */
int cmd_storm(const struct peer_opts *o)
{
	unsigned int submits = 0, cancels = 0, i;
	static struct burst b;
	struct peer_device d;
	struct peer p;

	peer_connect(&p, o);
	device_import(&p, o->busid, &d);
	device_configure(&p, &d);
	srand((unsigned int)d.devid);
	for (i = 0; i < BURSTS; i++) {
		p.deadline = peer_now() + (int64_t)o->seconds * 1000;
		if (!burst_send(&p, &d, &b))
			peer_die(PEER_OTHERWISE, "cannot send");
		while (!burst_done(&b))
			take_answer(&p, &b);
		submits += b.submits;
		cancels += b.cancels;
	}
	printf("done %u cancelled %u\n", submits, cancels);
	fflush(stdout);
	/* And away, with a burst under way. */
	burst_send(&p, &d, &b);
	peer_close(&p);
	return PEER_OK;
}

static bool send_configuration(struct peer *p, struct peer_device *d)
{
	const struct peer_transfer t = {
		.pdu = {
			.command = USBIP_CMD_SUBMIT, .devid = d->devid,
			.seqnum = d->seqnum++,
			.setup = { 0, SET_CONFIGURATION, d->config_value },
		},
	};

	return peer_send_transfer(p, &t);
}

/* SET_CONFIGURATION without end; the dock has to make one. */
int cmd_flood(const struct peer_opts *o)
{
	uint8_t raw[USBIP_PDU_HDR_SIZE];
	unsigned int sent = 0, taken = 0;
	struct peer_device d;
	struct peer p;

	peer_connect(&p, o);
	device_import(&p, o->busid, &d);
	device_configure(&p, &d);
	for (;;) {
		p.deadline = peer_now() + (int64_t)o->seconds * 1000;
		if (!send_configuration(&p, &d))
			break;
		if (++sent - taken < WINDOW)
			continue;
		if (!peer_recv(&p, raw, sizeof(raw)))
			break;
		if (!taken++) {
			puts("flooding");
			fflush(stdout);
		}
	}
	printf("answers %u\n", taken);
	peer_wait_end(&p, o->seconds);
	peer_print_end(&p);
	peer_close(&p);
	return p.end == END_TIMEOUT ? PEER_OTHERWISE : PEER_OK;
}
