// SPDX-License-Identifier: GPL-2.0
/*
 * cancel.c - transfers that are taken back
 *
 * An URB is taken back by usb_block_urb(), so that it is not submitted again, and
 * usb_unlink_urb(). A reference to it is held meanwhile, because the host controller
 * may give it back at any moment. No URB is used for a second request.
 */
#include <linux/slab.h>

#include "host.h"

/* Takes an URB back and drops the caller's reference. */
static void urb_take_back(struct urb *urb)
{
	usb_block_urb(urb);
	usb_unlink_urb(urb);
	usb_put_urb(urb);
}

/* A parked one is not with the host controller, which could give it back. */
static void host_taken(struct host_request *r)
{
	struct host *h = r->host;

	lockdep_assert_held(&h->lock);

	r->taken = true;
	if (r->parked && !h->stopped)
		queue_work(host_wq, &h->resume);
}

/*
 * The last request on @eps that nobody has taken back yet; its URB with a
 * reference, or NULL. The last one first: taking one back must not let a later one
 * begin.
 */
static struct urb *host_next_to_take(struct host *h, u32 eps)
{
	struct host_request *r;
	struct urb *urb = NULL;
	unsigned long flags;

	spin_lock_irqsave(&h->lock, flags);
	list_for_each_entry_reverse(r, &h->active, answer.list) {
		if (r->taken || !(r->eps & eps))
			continue;
		host_taken(r);
		urb = usb_get_urb(r->urb);
		break;
	}
	spin_unlock_irqrestore(&h->lock, flags);
	return urb;
}

/* Takes all transfers on @eps back. Does not wait for the device. */
void host_take_back(struct host *h, u32 eps)
{
	struct urb *urb;

	while ((urb = host_next_to_take(h, eps)))
		urb_take_back(urb);
}

static bool host_at_rest(struct host *h, u32 eps)
{
	struct host_request *r;
	bool rest = true;

	spin_lock_irq(&h->lock);
	list_for_each_entry(r, &h->active, answer.list)
		rest = rest && !(r->eps & eps);
	spin_unlock_irq(&h->lock);
	return rest;
}

/*
 * Takes all transfers on @eps back and waits for them. Returns false if one does
 * not come back. The caller sees to it that no new ones are submitted.
 */
bool host_drain(struct host *h, u32 eps)
{
	host_take_back(h, eps);
	return wait_event_idle_timeout(h->wait, host_at_rest(h, eps),
				       HOST_STUCK);
}

/*
 * Leaves the answer to an unlink with its target; if that is done or was never
 * there, with the work, behind the target's own answer.
 */
static struct urb *unlink_place(struct host *h, struct host_answer *a,
				u32 target)
{
	struct urb *urb = NULL;
	struct host_request *r;

	spin_lock_irq(&h->lock);
	list_for_each_entry(r, &h->active, answer.list) {
		if (r->answer.seqnum != target)
			continue;
		list_add_tail(&a->list, &r->unlinks);
		if (!r->cancelled)
			r->since = jiffies;
		r->cancelled = true;
		host_taken(r);
		urb = usb_get_urb(r->urb);
		break;
	}
	if (!urb) {
		list_add_tail(&a->list, &h->answers);
		queue_work(host_wq, &h->work);
	}
	spin_unlock_irq(&h->lock);
	return urb;
}

/* carrier->unlink */
int host_unlink(void *priv, u32 seqnum, u32 target, int status)
{
	struct host *h = priv;
	struct host_answer *a;
	struct urb *urb;

	a = kzalloc(sizeof(*a), GFP_NOIO);
	if (!a)
		return -ENOMEM;
	a->seqnum = seqnum;
	a->unlink = true;
	a->status = status;

	urb = unlink_place(h, a, target);
	if (urb) {
		urb_take_back(urb);
		queue_delayed_work(host_wq, &h->watch, HOST_STUCK);
	}
	return 0;
}

/*
 * An URB does not come back. Ends the session: usbip-host then resets the device,
 * and nothing else helps when a host controller hangs.
 */
void host_give_up(struct host *h)
{
	dev_warn_ratelimited(&h->udev->dev, "a transfer cannot be taken back\n");
	usbip_tls_session_close(h->session, USBIP_TLS_REASON_LOCAL, ETIMEDOUT);
}

/* Looks for unlinked transfers that are late. */
void host_watch(struct work_struct *work)
{
	struct host *h = container_of(work, struct host, watch.work);
	bool waiting = false, late = false;
	struct host_request *r;

	spin_lock_irq(&h->lock);
	list_for_each_entry(r, &h->active, answer.list) {
		if (!r->cancelled)
			continue;
		waiting = true;
		if (time_after_eq(jiffies, r->since + HOST_STUCK))
			late = true;
	}
	spin_unlock_irq(&h->lock);

	if (late)
		host_give_up(h);
	else if (waiting)
		queue_delayed_work(host_wq, &h->watch, HOST_STUCK / 5);
}

/* carrier->kill */
void host_kill(void *priv)
{
	struct host *h = priv;
	unsigned long flags;

	spin_lock_irqsave(&h->lock, flags);
	WRITE_ONCE(h->killed, true);
	spin_unlock_irqrestore(&h->lock, flags);
	wake_up_all(&h->wait);
	host_take_back(h, HOST_EP_ALL);
}
