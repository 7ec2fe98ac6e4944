// SPDX-License-Identifier: GPL-2.0
/*
 * session.c - a session opens and closes
 *
 * Teardown has two phases. The first, usbip_tls_session_close(), may be asked
 * for by anyone at any moment: a reader, a sender, the stock driver's
 * shutdown(), netlink. Exactly one caller wins the transition; it ends the
 * connection, which wakes whoever sleeps in it, and tells the world. Nothing is
 * freed, because readers and senders are still inside. The second phase,
 * usbip_tls_session_destroy() in table.c, belongs to the release of the session
 * socket: by then no file refers to it, so no reader or sender can be inside or
 * come back. What can still come are netlink requests; they hold references and
 * find no transport. The memory goes with the last reference, after a grace
 * period for lookups in the table.
 */
#include "core.h"

/* First use by the stock driver. Returns false if the session is closed. */
bool usbip_tls_session_open(struct usbip_tls_session *s)
{
	u8 state = READ_ONCE(s->state);

	if (likely(state == USBIP_TLS_STATE_OPEN))
		return true;
	if (state == USBIP_TLS_STATE_CLOSED)
		return false;
	if (usbip_tls_session_move(s, USBIP_TLS_STATE_OPEN,
				   USBIP_TLS_REASON_NONE, 0))
		usbip_tls_message_event(s, USBIP_TLS_CMD_SESSION_OPENED);
	return !usbip_tls_session_closed(s);
}

/**
 * usbip_tls_session_close() - first phase of the end
 * @s: session
 * @reason: enum usbip_tls_reason
 * @detail: its detail
 *
 * Never sleeps for the network. A caller that holds tx.mutex has to see to the
 * goodbye when it has given it up. Process context.
 *
 * Return: whether this call closed it; false: it was closed already
 */
bool usbip_tls_session_close(struct usbip_tls_session *s, u8 reason, u32 detail)
{
	struct usbip_tls_transport *t;

	if (!usbip_tls_session_move(s, USBIP_TLS_STATE_CLOSED, reason, detail))
		return false;

	t = usbip_tls_session_transport(s);
	if (t) {
		usbip_tls_goodbye_begin(s, t);
		usbip_tls_transport_put(t);
	}
	wake_up_all(&s->tx.gate);
	usbip_tls_carry_kill(s);

	if (reason == USBIP_TLS_REASON_BAD_PDU ||
	    reason == USBIP_TLS_REASON_LOCAL_PDU ||
	    reason == USBIP_TLS_REASON_OTHER_DEVICE)
		pr_info_ratelimited("usbip_tls: session %u: %s: %s\n", s->id,
				    usbip_tls_reason_text(reason),
				    usbip_tls_violation_name(detail));
	else
		pr_info_ratelimited("usbip_tls: session %u: %s (%u)\n", s->id,
				    usbip_tls_reason_text(reason), detail);
	usbip_tls_message_event(s, USBIP_TLS_CMD_SESSION_CLOSED);
	return true;
}
EXPORT_SYMBOL_GPL(usbip_tls_session_close);

/* Closes the session for a socket error; @err is a negative errno. */
void usbip_tls_session_net_error(struct usbip_tls_session *s, int err)
{
	u8 reason;

	switch (err) {
	case -ECONNRESET:
	case -EPIPE:
		reason = USBIP_TLS_REASON_RESET;
		break;
	case -ETIMEDOUT:
	case -EHOSTUNREACH:
	case -ENETUNREACH:
		reason = USBIP_TLS_REASON_TIMEOUT;
		break;
	case -EBADMSG:		/* authentication */
	case -EMSGSIZE:		/* kTLS: record too long */
	case -EINVAL:		/* kTLS: wrong version in a record header */
		reason = USBIP_TLS_REASON_DECRYPT;
		break;
	case -ENOMEM:
		reason = USBIP_TLS_REASON_NO_MEMORY;
		break;
	default:
		reason = USBIP_TLS_REASON_NETWORK;
		break;
	}

	usbip_tls_session_close(s, reason, -err);
}

/* Closes the session for a PDU that broke a rule; @reason: whose it is. */
void usbip_tls_session_refuse(struct usbip_tls_session *s, u8 reason,
			      u32 violation)
{
	/* The peer is not to blame for an endpoint that was unplugged. */
	if (violation == USBIP_TLS_VIOLATION_ENDPOINT && s->side->gone &&
	    s->side->gone(s->side_priv))
		usbip_tls_session_close(s, USBIP_TLS_REASON_LOCAL, 0);
	else
		usbip_tls_session_close(s, reason, violation);
}
