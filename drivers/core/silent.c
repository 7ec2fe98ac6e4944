// SPDX-License-Identifier: GPL-2.0
/*
 * silent.c - a dock that answers no unlinks must not block the tablet's hubs
 *
 * vhci-hcd takes a transfer back by an unlink, and usb_kill_urb() waits for its
 * answer without a limit, often in the one thread that serves all hubs. A dock
 * that keeps the connection and stays silent would keep devices of other docks
 * from coming and going. So the session ends when an unlink has waited SILENT_MAX.
 *
 * Only time in which the connection works counts: a cut link is left to TCP, which
 * survives a cut of 15 s. Whatever the peer's TCP acknowledges, even a keepalive
 * probe, proves the time since the last such sign. Time with a retransmission, or with
 * a probe that had no answer before the next one, does not count.
 */
#include <linux/workqueue.h>
#include <net/inet_connection_sock.h>
#include <net/tcp.h>

#include "core.h"

#define SILENT_LOOK	HZ
#define SILENT_MAX	(15 * HZ)

/* When the peer's TCP was last heard of, in jiffies. */
static u32 heard_at(const struct sock *sk)
{
	u32 ack = READ_ONCE(tcp_sk(sk)->rcv_tstamp);
	u32 data = READ_ONCE(inet_csk(sk)->icsk_ack.lrcvtime);

	return (s32)(data - ack) > 0 ? data : ack;
}

/* Adds the time up to the last sign of life, as far as it counts. */
static void silent_count(struct usbip_tls_silent *w, const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 heard = heard_at(sk);
	s32 quiet = heard - w->since;

	if (READ_ONCE(inet_csk(sk)->icsk_retransmits))
		w->troubled = true;
	if (heard == w->heard)
		return;
	w->heard = heard;
	if (quiet > 0) {
		w->since = heard;
		if (!w->troubled && quiet < keepalive_time_when(tp) +
					    keepalive_intvl_when(tp))
			w->proved += quiet;
	}
	w->troubled = false;
}

/*
 * Looks how long the oldest unlink has waited; *@age in jiffies. Returns whether
 * there is one; if there is none, *@age is not set.
 */
static bool silent_look(struct usbip_tls_session *s, const struct sock *sk,
			s32 *age)
{
	struct usbip_tls_silent *w = &s->silent;
	unsigned long flags;
	bool any;

	spin_lock_irqsave(&s->check_lock, flags);
	silent_count(w, sk);
	any = usbip_check_unlink_age(&s->check, w->proved, age);
	w->active = any;
	spin_unlock_irqrestore(&s->check_lock, flags);

	/* Not @active: the next unlink may have set that by now, without an age. */
	return any;
}

static void silent_work(struct work_struct *work)
{
	struct usbip_tls_session *s =
		container_of(work, struct usbip_tls_session, silent.work.work);
	struct usbip_tls_transport *t = usbip_tls_session_transport(s);
	s32 age;

	if (!t)
		return;
	if (!usbip_tls_session_closed(s) && silent_look(s, t->sock->sk, &age)) {
		if (age >= SILENT_MAX)
			usbip_tls_session_close(s, USBIP_TLS_REASON_SILENT,
						age / HZ);
		else
			queue_delayed_work(usbip_tls_end_wq, &s->silent.work,
					   SILENT_LOOK);
	}
	usbip_tls_transport_put(t);
}

void usbip_tls_silent_init(struct usbip_tls_session *s)
{
	INIT_DELAYED_WORK(&s->silent.work, silent_work);
}

/**
 * usbip_tls_silent_clock() - time of a working connection, for an unlink to keep
 * @s: session on the tablet; caller holds check_lock
 *
 * Return: jiffies since some beginning
 */
u32 usbip_tls_silent_clock(const struct usbip_tls_session *s)
{
	const struct usbip_tls_silent *w = &s->silent;

	lockdep_assert_held(&s->check_lock);

	return w->active ? w->proved + ((u32)jiffies - w->since) : w->proved;
}

/**
 * usbip_tls_silent_watch() - the tablet sends an unlink
 * @s: session; caller holds tx.mutex, the checker has let the unlink pass
 * @t: its connection
 */
void usbip_tls_silent_watch(struct usbip_tls_session *s,
			    struct usbip_tls_transport *t)
{
	struct usbip_tls_silent *w = &s->silent;
	unsigned long flags;
	bool begin;

	lockdep_assert_held(&s->tx.mutex);

	spin_lock_irqsave(&s->check_lock, flags);
	begin = !w->active;
	if (begin) {
		w->active = true;
		w->since = jiffies;
		w->heard = heard_at(t->sock->sk);
		w->troubled = false;
	}
	spin_unlock_irqrestore(&s->check_lock, flags);
	/* If it was active, the work queues itself again, as there is an unlink. */
	if (begin)
		queue_delayed_work(usbip_tls_end_wq, &w->work, SILENT_LOOK);
}

/* Ends the work of a closed session that has no sender any more. */
void usbip_tls_silent_stop(struct usbip_tls_session *s)
{
	cancel_delayed_work_sync(&s->silent.work);
}
