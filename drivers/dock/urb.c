// SPDX-License-Identifier: GPL-2.0
/*
 * urb.c - transfers: to the device, and back from it
 */
#include <linux/scatterlist.h>

#include "host.h"

/* An interval that usb_submit_urb() accepts; without one that of the endpoint. */
static int urb_interval(const struct host_request *r)
{
	int interval = r->pdu.interval;

	if (interval <= 0)
		interval = host_ep_interval(r->host, r->pdu.direction,
					    r->pdu.ep);
	if (r->host->udev->speed >= USB_SPEED_HIGH)
		return min(interval, 1 << 15);
	return r->xfer == USBIP_XFER_INT ? min(interval, 255) : interval;
}

static unsigned int urb_flags(const struct host_request *r, bool in, bool last)
{
	unsigned int flags = 0;

	if (r->xfer == USBIP_XFER_ISOC)
		return r->pdu.flags & USBIP_URB_ISO_ASAP ? URB_ISO_ASAP : 0;
	if (in && (r->pdu.flags & USBIP_URB_SHORT_NOT_OK))
		flags |= URB_SHORT_NOT_OK;
	if (!in && last && (r->pdu.flags & USBIP_URB_ZERO_PACKET) &&
	    (r->xfer == USBIP_XFER_BULK || r->xfer == USBIP_XFER_INT))
		flags |= URB_ZERO_PACKET;
	return flags;
}

static unsigned int urb_pipe(const struct host_request *r, bool in)
{
	static const int types[] = {
		[USBIP_XFER_CONTROL] = PIPE_CONTROL,
		[USBIP_XFER_ISOC] = PIPE_ISOCHRONOUS,
		[USBIP_XFER_BULK] = PIPE_BULK,
		[USBIP_XFER_INT] = PIPE_INTERRUPT,
	};

	return (unsigned int)types[r->xfer] << 30 |
	       __create_pipe(r->host->udev, r->pdu.ep) |
	       (in ? USB_DIR_IN : 0);
}

/* The piece that is due, or all of it. */
static void urb_fill_buffer(struct host_request *r, bool in)
{
	struct urb *urb = r->urb;
	bool last = true;

	if (r->pieces) {
		struct scatterlist *sg = &r->sgl[r->piece];

		urb->transfer_buffer = sg_virt(sg);
		urb->transfer_buffer_length = sg->length;
		last = r->piece == r->nents - 1;
	} else {
		urb->transfer_buffer = r->buffer;
		urb->transfer_buffer_length = r->pdu.length;
		urb->sg = r->sgl;
		urb->num_sgs = r->sgl ? r->nents : 0;
	}
	urb->transfer_flags = urb_flags(r, in, last);
}

static void urb_fill_iso(struct urb *urb, const u8 *iso, u32 packets)
{
	u32 i;

	urb->number_of_packets = packets;
	for (i = 0; i < packets; i++) {
		struct usbip_iso_desc d;

		usbip_iso_decode(&d, iso + i * USBIP_ISO_DESC_SIZE);
		urb->iso_frame_desc[i].offset = d.offset;
		urb->iso_frame_desc[i].length = d.length;
		urb->iso_frame_desc[i].actual_length = 0;
		urb->iso_frame_desc[i].status = -EXDEV;
	}
}

static bool urb_is_in(const struct host_request *r)
{
	return usb_pipein(r->urb->pipe);
}

/* The sum of the packets: what the host controller says may be another. */
static u32 urb_count_packets(struct urb *urb)
{
	u32 sum = 0;
	int i;

	for (i = 0; i < urb->number_of_packets; i++) {
		struct usb_iso_packet_descriptor *d = &urb->iso_frame_desc[i];

		d->actual_length = min(d->actual_length, d->length);
		sum += d->actual_length;
	}
	return sum;
}

/*
 * The outcome of a request is known; from here on it belongs to the work.
 *
 * A transfer that an unlink took back before it moved a byte gets no answer but
 * that to the unlink; any other gets a RET_SUBMIT first. Any context.
 */
static void urb_finish(struct host_request *r, int status)
{
	struct host *h = r->host;
	struct host_answer *unlink;
	unsigned long flags;

	/* It was submitted, for the first time or not, after usb_block_urb(). */
	if (status == -EPERM)
		status = -ECONNRESET;
	if (r->packets)
		r->actual = urb_count_packets(r->urb);

	spin_lock_irqsave(&h->lock, flags);
	r->answer.status = status;
	r->silent = r->cancelled && status == -ECONNRESET && !r->actual;
	list_for_each_entry(unlink, &r->unlinks, list)
		unlink->status = r->silent ? -ECONNRESET : 0;
	list_move_tail(&r->answer.list, &h->answers);
	if ((h->ordered & r->eps) && !h->stopped)
		queue_work(host_wq, &h->resume);
	list_splice_tail_init(&r->unlinks, &h->answers);
	WRITE_ONCE(h->queued, h->queued + r->held);
	if (wq_has_sleeper(&h->wait))
		wake_up_all(&h->wait);
	if (!h->stopped || h->stuck)
		queue_work(host_wq, &h->work);
	spin_unlock_irqrestore(&h->lock, flags);
}

/*
 * One piece is done. The next follows only a full one: a short packet ends a
 * transfer.
 */
static bool urb_next_piece(struct host_request *r)
{
	int err;

	if (!r->pieces || r->urb->status ||
	    r->urb->actual_length != r->urb->transfer_buffer_length ||
	    r->piece + 1 == r->nents)
		return false;

	r->piece++;
	urb_fill_buffer(r, urb_is_in(r));
	err = usb_submit_urb(r->urb, GFP_ATOMIC);
	if (err)
		urb_finish(r, err);
	/* It may be done already, but is not freed until this handler returns. */
	return true;
}

static void urb_complete(struct urb *urb)
{
	struct host_request *r = urb->context;

	r->actual += min(urb->actual_length, urb->transfer_buffer_length);
	if (!urb_next_piece(r))
		urb_finish(r, urb->status);
}

/* Returns 0 or a negative errno as the status of the transfer. */
static int urb_fill(struct host_request *r, const u8 *iso)
{
	struct urb *urb = r->urb;
	bool in = r->pdu.direction == USBIP_DIR_IN;

	if (r->packets)
		urb_fill_iso(urb, iso, r->packets);
	/* The endpoint may have gone, or have another type, since the check. */
	if (r->xfer == USBIP_XFER_NONE ||
	    host_ep_type(r->host, r->pdu.direction, r->pdu.ep) != r->xfer)
		return -ENOENT;
	/* usb_submit_urb() warns if the pipe has the other direction. */
	if (r->xfer == USBIP_XFER_CONTROL)
		in = (r->setup[0] & USB_DIR_IN) && r->pdu.length;

	urb->dev = r->host->udev;
	urb->pipe = urb_pipe(r, in);
	urb->setup_packet = r->setup;
	urb->complete = urb_complete;
	urb->context = r;
	urb_fill_buffer(r, in);
	if (r->xfer == USBIP_XFER_ISOC)
		urb->start_frame = r->pdu.start_frame;
	if (r->xfer == USBIP_XFER_ISOC || r->xfer == USBIP_XFER_INT)
		urb->interval = urb_interval(r);
	return 0;
}

/* Will it be submitted again before it is done? */
static bool urb_goes_on(const struct host_request *r)
{
	return r->pieces && r->nents > 1;
}

/* Makes a request active: 0, 1: it is parked, -ESHUTDOWN: the session has closed */
static int urb_enter(struct host_request *r)
{
	struct host *h = r->host;
	int ret = -ESHUTDOWN;

	lockdep_assert_held(&h->submit);

	spin_lock_irq(&h->lock);
	if (!h->killed) {
		list_add_tail(&r->answer.list, &h->active);
		r->parked = h->ordered & r->eps;
		if (urb_goes_on(r))
			h->ordered |= r->eps;
		ret = r->parked;
	}
	spin_unlock_irq(&h->lock);
	return ret;
}

/* carrier->submit */
void host_submit(void *priv, const u8 *iso)
{
	struct host *h = priv;
	struct host_request *r = h->incoming;
	int err;

	h->incoming = NULL;
	if (host_special(r, &err)) {
		urb_finish(r, err);
		return;
	}
	mutex_lock(&h->submit);
	err = urb_fill(r, iso);
	if (!err)
		err = urb_enter(r);
	if (!err)
		err = usb_submit_urb(r->urb, GFP_NOIO);
	mutex_unlock(&h->submit);
	if (err < 0)
		urb_finish(r, err);
}

/*
 * The next parked request that has nothing before it any more, or that was taken
 * back. If there is none, host.ordered is exact again.
 */
static struct host_request *resume_next(struct host *h, bool *taken)
{
	struct host_request *r, *found = NULL;
	u32 ordered = 0;

	spin_lock_irq(&h->lock);
	list_for_each_entry(r, &h->active, answer.list) {
		if (r->parked && (r->taken || !(r->eps & ordered))) {
			r->parked = false;
			*taken = r->taken;
			found = r;
			break;
		}
		if (r->parked || urb_goes_on(r))
			ordered |= r->eps;
	}
	if (!found)
		h->ordered = ordered;
	spin_unlock_irq(&h->lock);
	return found;
}

/* host.resume */
void host_resume(struct work_struct *work)
{
	struct host *h = container_of(work, struct host, resume);
	struct host_request *r;
	bool taken;

	mutex_lock(&h->submit);
	while ((r = resume_next(h, &taken))) {
		int err = -ECONNRESET;

		if (!taken)
			err = usb_submit_urb(r->urb, GFP_NOIO);
		if (err)
			urb_finish(r, err);
	}
	mutex_unlock(&h->submit);
}
