// SPDX-License-Identifier: GPL-2.0
/*
 * request.c - memory of requests
 *
 * A request gets all its memory before its payload is read; its answer needs no
 * more.
 */
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "host.h"

/* The device may hold what memory reclaim writes to. */
#define HOST_GFP	GFP_NOIO

/* Buffers up to this are contiguous; larger ones of bulk transfers are pages. */
#define LINEAR_MAX	(16U << 10)
/*
 * Page orders to begin with. If a host controller is given one piece after the
 * other, larger pieces are faster.
 */
#define ORDER_SG	2
#define ORDER_PIECES	4

/*
 * Buffers of answers that may wait to be sent. From a tablet that does not take
 * its answers no request is read beyond this; larger answers go one at a time.
 */
#define QUEUED_MAX	(8U << 20)

/* Only ever lowers what a host controller says of itself. */
static unsigned int max_sg = UINT_MAX;
module_param(max_sg, uint, 0644);
MODULE_PARM_DESC(max_sg,
		 "entries of a scatterlist at most; 0: none, for a host controller that only says that it can");

/*
 * Memory of requests is counted here and nowhere else, and given back in the
 * function below.
 */
static void request_charge(struct host_request *r, size_t bytes)
{
	r->held = bytes;
	atomic_long_add(bytes, &r->host->held);
}

static void request_uncharge(struct host_request *r)
{
	atomic_long_sub(r->held, &r->host->held);
}

static unsigned int request_sg_limit(const struct host_request *r)
{
	return min(r->host->udev->bus->sg_tablesize, READ_ONCE(max_sg));
}

/*
 * Pages of the largest order to be had, for fewer entries. Their size has to be a
 * multiple of the packet size: a packet must not span two of them.
 */
static int request_pages(struct host_request *r, gfp_t gfp)
{
	const struct usb_bus *bus = r->host->udev->bus;
	unsigned int limit = request_sg_limit(r);
	unsigned int maxp = host_ep_maxp(r->host, r->pdu.direction, r->pdu.ep);

	r->order = min_t(unsigned int, get_order(r->pdu.length),
			 limit ? ORDER_SG : ORDER_PIECES);
	for (;;) {
		bool last = !r->order;

		r->sgl = sgl_alloc_order(r->pdu.length, r->order, false,
					 last ? gfp : gfp | __GFP_NORETRY,
					 &r->nents);
		if (r->sgl)
			break;
		if (last)
			return -ENOMEM;
		r->order--;
	}
	if (maxp && (PAGE_SIZE << r->order) % maxp == 0) {
		r->pieces = r->nents > limit;
		return 0;
	}
	if (bus->no_sg_constraint && r->nents <= limit)
		return 0;
	sgl_free_order(r->sgl, r->order);
	r->sgl = NULL;
	return -EINVAL;
}

/* An IN buffer is cleared: nothing but what the device sent may go to the tablet. */
static int request_buffer(struct host_request *r)
{
	gfp_t gfp = HOST_GFP | __GFP_NOWARN;
	int err;

	if (!r->pdu.length)
		return 0;
	/* Contiguous, for which GFP_NOIO fails too often; no disk is isochronous. */
	if (r->xfer == USBIP_XFER_ISOC)
		gfp = GFP_KERNEL | __GFP_NOWARN;
	if (r->pdu.direction == USBIP_DIR_IN)
		gfp |= __GFP_ZERO;
	if (r->xfer == USBIP_XFER_BULK && r->pdu.length > LINEAR_MAX) {
		err = request_pages(r, gfp);
		if (err != -EINVAL)
			return err;
	}
	r->buffer = kmalloc(r->pdu.length, gfp);
	return r->buffer ? 0 : -ENOMEM;
}

/* Fills @vec with the buffer; returns the number of entries. */
size_t host_request_vec(const struct host_request *r, struct kvec *vec)
{
	struct scatterlist *sg;
	unsigned int i;

	if (r->buffer) {
		vec->iov_base = r->buffer;
		vec->iov_len = r->pdu.length;
		return 1;
	}
	if (!r->sgl)
		return 0;
	for_each_sg(r->sgl, sg, r->nents, i) {
		vec[i].iov_base = sg_virt(sg);
		vec[i].iov_len = sg->length;
	}
	return r->nents;
}

static size_t request_size(const struct host_request *r)
{
	return sizeof(*r) + sizeof(struct urb) + r->pdu.length +
	       r->packets * sizeof(struct usb_iso_packet_descriptor);
}

static int request_fill(struct host_request *r)
{
	r->urb = usb_alloc_urb(r->packets, HOST_GFP);
	if (!r->urb)
		return -ENOMEM;
	if (r->xfer == USBIP_XFER_CONTROL) {
		r->setup = kmemdup(r->pdu.setup, sizeof(r->pdu.setup),
				   HOST_GFP);
		if (!r->setup)
			return -ENOMEM;
	}
	return request_buffer(r);
}

static u32 request_eps(const struct host_request *r)
{
	u32 out = BIT(r->pdu.ep), in = BIT(16 + r->pdu.ep);

	if (r->xfer == USBIP_XFER_CONTROL)
		return in | out;
	return r->pdu.direction == USBIP_DIR_IN ? in : out;
}

/* Takes no further request while too much waits. Idle: the peer decides. */
static void request_wait_room(struct host *h)
{
	wait_event_idle(h->wait, READ_ONCE(h->queued) <= QUEUED_MAX ||
				 READ_ONCE(h->killed));
}

/* carrier->begin */
int host_begin(void *priv, const struct usbip_check_result *pdu,
	       struct iov_iter *payload)
{
	struct host *h = priv;
	struct host_request *r;
	int err;

	request_wait_room(h);
	r = kzalloc(sizeof(*r), HOST_GFP);
	if (!r)
		return -ENOMEM;
	INIT_LIST_HEAD(&r->answer.list);
	INIT_LIST_HEAD(&r->unlinks);
	r->host = h;
	r->pdu = pdu->pdu;
	r->packets = pdu->iso_packets;
	r->answer.seqnum = r->pdu.seqnum;
	r->xfer = host_ep_type(h, r->pdu.direction, r->pdu.ep);
	/* The endpoint has another type since the check. */
	if (r->packets && r->xfer != USBIP_XFER_ISOC)
		r->xfer = USBIP_XFER_NONE;
	r->eps = request_eps(r);
	request_charge(r, request_size(r));

	err = request_fill(r);
	if (err) {
		host_request_free(r);
		return err;
	}
	iov_iter_kvec(payload, ITER_DEST, h->rx_vec,
		      host_request_vec(r, h->rx_vec), pdu->data_len);
	h->incoming = r;
	return 0;
}

/*
 * Frees a request whose URB is not with the host controller. Waits until the URB's
 * handler has returned, which had it last.
 */
void host_request_free(struct host_request *r)
{
	usb_kill_urb(r->urb);
	usb_free_urb(r->urb);
	if (r->sgl)
		sgl_free_order(r->sgl, r->order);
	kfree(r->buffer);
	kfree(r->setup);
	request_uncharge(r);
	kfree(r);
}
