// SPDX-License-Identifier: GPL-2.0
/*
 * answer.c - sends answers; the end of a session's part
 */
#include <linux/slab.h>

#include "host.h"

/*
 * Packets without the gaps between them, then their descriptors. Returns the
 * number of entries.
 */
static size_t answer_packets(const struct host_request *r, bool in,
			     struct kvec *vec)
{
	u8 *raw = r->host->tx_iso;
	size_t n = 0;
	u32 i;

	for (i = 0; i < r->packets; i++) {
		const struct usb_iso_packet_descriptor *from =
			&r->urb->iso_frame_desc[i];
		struct usbip_iso_desc d = {
			.offset = from->offset,
			.length = from->length,
			.actual_length = from->actual_length,
			.status = from->status,
		};

		usbip_iso_encode(&d, raw + i * USBIP_ISO_DESC_SIZE);
		if (!in || !d.actual_length)
			continue;
		vec[n].iov_base = r->buffer + d.offset;
		vec[n++].iov_len = d.actual_length;
	}
	vec[n].iov_base = raw;
	vec[n].iov_len = r->packets * USBIP_ISO_DESC_SIZE;
	return n + 1;
}

static void answer_submit(const struct host_request *r)
{
	bool in = r->pdu.direction == USBIP_DIR_IN;
	struct kvec *vec = r->host->tx_vec;
	struct usbip_pdu pdu = {
		.command = USBIP_RET_SUBMIT,
		.seqnum = r->answer.seqnum,
		.status = r->answer.status,
		.actual_length = r->actual,
	};
	u8 header[USBIP_PDU_HDR_SIZE];
	size_t n = 1, len = sizeof(header);

	vec[0].iov_base = header;
	vec[0].iov_len = sizeof(header);
	if (in)
		len += r->actual;
	if (r->packets) {
		pdu.packets = r->packets;
		pdu.start_frame = r->urb->start_frame;
		pdu.error_count = clamp(r->urb->error_count, 0,
					(int)r->packets);
		n += answer_packets(r, in, vec + 1);
		len += r->packets * USBIP_ISO_DESC_SIZE;
	} else if (in) {
		n += host_request_vec(r, vec + 1);
	}
	usbip_pdu_encode(&pdu, header);
	usbip_tls_side_send(r->host->session, vec, n, len);
}

static void answer_unlink(struct host *h, const struct host_answer *a)
{
	struct usbip_pdu pdu = {
		.command = USBIP_RET_UNLINK,
		.seqnum = a->seqnum,
		.status = a->status,
	};
	u8 header[USBIP_PDU_HDR_SIZE];
	struct kvec vec = { .iov_base = header, .iov_len = sizeof(header) };

	usbip_pdu_encode(&pdu, header);
	usbip_tls_side_send(h->session, &vec, 1, sizeof(header));
}

static struct host_answer *answer_next(struct host *h)
{
	struct host_answer *a;

	spin_lock_irq(&h->lock);
	a = list_first_entry_or_null(&h->answers, struct host_answer, list);
	if (a)
		list_del_init(&a->list);
	spin_unlock_irq(&h->lock);
	return a;
}

static void answer_free(struct host *h, struct host_answer *a)
{
	struct host_request *r;

	if (a->unlink) {
		kfree(a);
		return;
	}
	r = container_of(a, struct host_request, answer);
	spin_lock_irq(&h->lock);
	WRITE_ONCE(h->queued, h->queued - r->held);
	spin_unlock_irq(&h->lock);
	host_request_free(r);
	if (wq_has_sleeper(&h->wait))
		wake_up_all(&h->wait);
}

static void answer_send(struct host *h, struct host_answer *a)
{
	struct host_request *r;

	if (usbip_tls_session_closed(h->session))
		return;
	if (a->unlink) {
		answer_unlink(h, a);
		return;
	}
	r = container_of(a, struct host_request, answer);
	if (!r->silent)
		answer_submit(r);
}

/* Has the last URB that was left behind come back? Then nobody else is left. */
static bool answers_unstuck(struct host *h)
{
	bool done;

	spin_lock_irq(&h->lock);
	done = h->stuck && list_empty(&h->active) && list_empty(&h->answers);
	if (done)
		h->stuck = false;
	spin_unlock_irq(&h->lock);
	return done;
}

/* A failed send has closed the session; the answers behind it are only freed. */
void host_answers(struct work_struct *work)
{
	struct host *h = container_of(work, struct host, work);
	struct host_answer *a;

	while ((a = answer_next(h))) {
		if (!READ_ONCE(h->stopped))
			answer_send(h, a);
		answer_free(h, a);
	}
	if (answers_unstuck(h)) {
		host_put(h);
		module_put(THIS_MODULE);
	}
}

/*
 * carrier->stop. While a host controller keeps an URB, its memory must stay, and so
 * must the code that will free it: this module.
 */
void host_stop(void *priv)
{
	struct host *h = priv;
	struct host_answer *a;

	host_kill(h);
	if (!host_drain(h, HOST_EP_ALL))
		dev_err(&h->udev->dev, "transfers were left behind\n");
	cancel_delayed_work_sync(&h->watch);
	/* All parked requests have been taken back: here they end. */
	flush_work(&h->resume);

	spin_lock_irq(&h->lock);
	WRITE_ONCE(h->stopped, true);
	h->stuck = !list_empty(&h->active);
	if (h->stuck) {
		kref_get(&h->kref);
		__module_get(THIS_MODULE);
	}
	spin_unlock_irq(&h->lock);

	cancel_work_sync(&h->resume);
	cancel_work_sync(&h->work);
	while ((a = answer_next(h)))
		answer_free(h, a);
	if (h->incoming)
		host_request_free(h->incoming);
	h->incoming = NULL;
	/* The last URB may have come back before cancel_work_sync(). */
	if (READ_ONCE(h->stuck))
		queue_work(host_wq, &h->work);
}
