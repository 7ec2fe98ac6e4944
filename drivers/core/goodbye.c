// SPDX-License-Identifier: GPL-2.0
/*
 * goodbye.c - the end of a connection: an alert between two PDUs, then a FIN
 *
 * Whoever closes the session does both, unless somebody is sending. A sender that is
 * nearly done does both instead; one that sleeps for room is woken by the FIN, and the
 * peer gets no alert. Without TLS there is only the FIN.
 */
#include "core.h"
#include "trace.h"

/* TLS alerts, RFC 8446 section 6. */
#define ALERT_WARNING			1
#define ALERT_FATAL			2
#define ALERT_CLOSE_NOTIFY		0
#define ALERT_UNEXPECTED_MESSAGE	10
#define ALERT_BAD_RECORD_MAC		20

/*
 * How long a sender may take to finish its PDU after the session was closed, so
 * that a close_notify can follow. The stock driver waits for it.
 */
#define GOODBYE_WAIT	(HZ / 10)

/* main.c makes it and takes it away. */
struct workqueue_struct *usbip_tls_end_wq;

/* Which alert tells the peer; false: there is nobody to tell, or no alert. */
static bool alert_for(const struct usbip_tls_transport *t, u8 reason, u8 *level,
		      u8 *description)
{
	if (t->plain)
		return false;
	*level = ALERT_FATAL;
	switch (reason) {
	case USBIP_TLS_REASON_RESET:
	case USBIP_TLS_REASON_TIMEOUT:
	case USBIP_TLS_REASON_NETWORK:
	case USBIP_TLS_REASON_ALERT:
		return false;
	case USBIP_TLS_REASON_DECRYPT:
		*description = ALERT_BAD_RECORD_MAC;
		return true;
	case USBIP_TLS_REASON_KEY_UPDATE:
	case USBIP_TLS_REASON_BAD_RECORD:
		*description = ALERT_UNEXPECTED_MESSAGE;
		return true;
	default:
		*level = ALERT_WARNING;
		*description = ALERT_CLOSE_NOTIFY;
		return true;
	}
}

/*
 * Sends the alert, if there is room for it. Caller holds tx.mutex, so the alert
 * stands between two PDUs.
 */
static void goodbye_alert(struct usbip_tls_session *s,
			  struct usbip_tls_transport *t)
{
	u8 alert[2];
	int ret;

	lockdep_assert_held(&s->tx.mutex);

	if (!alert_for(t, usbip_tls_session_reason(s), &alert[0], &alert[1]))
		return;

	/*
	 * After a record that failed authentication kTLS leaves an error for
	 * the next call on the socket, be it a send.
	 */
	sock_error(t->sock->sk);
	ret = usbip_tls_record_send(t, USBIP_TLS_RECORD_ALERT, alert,
				    sizeof(alert));
	trace_usbip_tls_alert(s->id, alert[1], ret);
}

/*
 * Tells the peer that the session is over and ends the connection, unless
 * somebody is sending; then it is up to that sender. Returns whether the
 * connection is over.
 */
bool usbip_tls_goodbye(struct usbip_tls_session *s,
		       struct usbip_tls_transport *t)
{
	if (!mutex_trylock(&s->tx.mutex))
		return false;
	if (!usbip_tls_transport_is_shut(t)) {
		goodbye_alert(s, t);
		usbip_tls_transport_shutdown(t);
	}
	mutex_unlock(&s->tx.mutex);
	return true;
}

/* Ends the connection under a sender; the peer gets no alert. */
static void goodbye_cut(struct usbip_tls_session *s,
			struct usbip_tls_transport *t)
{
	u8 level, description;

	if (alert_for(t, usbip_tls_session_reason(s), &level, &description))
		trace_usbip_tls_alert(s->id, description, -EBUSY);
	usbip_tls_transport_shutdown(t);
}

/*
 * The sender has not finished, or was past the point where it looks whether the
 * session has closed. Without a transport the session is being destroyed, which does
 * the same.
 */
static void goodbye_work(struct work_struct *work)
{
	struct usbip_tls_session *s =
		container_of(work, struct usbip_tls_session, tx.goodbye.work);
	struct usbip_tls_transport *t = usbip_tls_session_transport(s);

	if (!t)
		return;
	if (!usbip_tls_goodbye(s, t))
		goodbye_cut(s, t);
	usbip_tls_transport_put(t);
}

/**
 * usbip_tls_goodbye_begin() - end the connection of a session
 * @s: session, closed
 * @t: its connection
 *
 * Does not wait: the stock drivers call shutdown() from the one thread that
 * serves every port. A peer that can take no more gets no alert and sees the end
 * of the stream.
 */
void usbip_tls_goodbye_begin(struct usbip_tls_session *s,
			     struct usbip_tls_transport *t)
{
	unsigned long flags;

	if (usbip_tls_goodbye(s, t))
		return;
	if (test_bit(SOCK_NOSPACE, &t->sock->flags)) {
		/* It sleeps for room, and who knows how long. */
		goodbye_cut(s, t);
		return;
	}

	usbip_tls_transport_stop_reading(t);
	spin_lock_irqsave(&s->lock, flags);
	if (s->transport)
		queue_delayed_work(usbip_tls_end_wq, &s->tx.goodbye,
				   GOODBYE_WAIT);
	spin_unlock_irqrestore(&s->lock, flags);
}

/**
 * usbip_tls_goodbye_finish() - nothing may be on its way after this
 * @s: session without sender, reader or transport
 * @t: the connection it had
 */
void usbip_tls_goodbye_finish(struct usbip_tls_session *s,
			      struct usbip_tls_transport *t)
{
	cancel_delayed_work_sync(&s->tx.goodbye);
	usbip_tls_goodbye(s, t);
}

void usbip_tls_goodbye_init(struct usbip_tls_session *s)
{
	INIT_DELAYED_WORK(&s->tx.goodbye, goodbye_work);
}
