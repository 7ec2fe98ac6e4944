// SPDX-License-Identifier: GPL-2.0
/*
 * state.c - the state of a session, the one transition function
 *
 * States are passed in order and never left again for an earlier one:
 *
 *   NEW --first use by the stock driver--> OPEN
 *   NEW, OPEN --first cause of an end----> CLOSED
 *
 * What a transition brings with it is in session.c.
 */
#include "core.h"
#include "trace.h"

/*
 * The only place that changes a state. Returns whether this call did it; only
 * then may the caller act on the transition.
 */
bool usbip_tls_session_move(struct usbip_tls_session *s, u8 to, u8 reason,
			    u32 detail)
{
	unsigned long flags;
	bool moved = false;
	u8 from;

	spin_lock_irqsave(&s->lock, flags);
	from = s->state;
	if (to > from) {
		WRITE_ONCE(s->state, to);
		s->reason = reason;
		s->detail = detail;
		moved = true;
	}
	spin_unlock_irqrestore(&s->lock, flags);

	if (moved)
		trace_usbip_tls_session(s->id, s->desc.role, from, to, reason,
					detail);
	return moved;
}

/* The present transport with a reference; NULL after destroy. */
struct usbip_tls_transport *
usbip_tls_session_transport(struct usbip_tls_session *s)
{
	struct usbip_tls_transport *t;
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	t = s->transport;
	if (t)
		usbip_tls_transport_get(t);
	spin_unlock_irqrestore(&s->lock, flags);

	return t;
}

bool usbip_tls_session_closed(struct usbip_tls_session *s)
{
	return READ_ONCE(s->state) == USBIP_TLS_STATE_CLOSED;
}
EXPORT_SYMBOL_GPL(usbip_tls_session_closed);

/* Why it closed; USBIP_TLS_REASON_NONE before. */
u8 usbip_tls_session_reason(struct usbip_tls_session *s)
{
	unsigned long flags;
	u8 reason;

	spin_lock_irqsave(&s->lock, flags);
	reason = s->reason;
	spin_unlock_irqrestore(&s->lock, flags);

	return reason;
}

/* What a closed session answers to the stock driver: 0 is an orderly end. */
int usbip_tls_session_error(struct usbip_tls_session *s)
{
	switch (usbip_tls_session_reason(s)) {
	case USBIP_TLS_REASON_LOCAL:
	case USBIP_TLS_REASON_ADMIN:
	case USBIP_TLS_REASON_PEER_CLOSED:
		return 0;
	case USBIP_TLS_REASON_TIMEOUT:
	case USBIP_TLS_REASON_SILENT:
		return -ETIMEDOUT;
	case USBIP_TLS_REASON_DECRYPT:
		return -EBADMSG;
	case USBIP_TLS_REASON_BAD_RECORD:
	case USBIP_TLS_REASON_BAD_PDU:
	case USBIP_TLS_REASON_LOCAL_PDU:
	case USBIP_TLS_REASON_OTHER_DEVICE:
		return -EPROTO;
	case USBIP_TLS_REASON_NO_MEMORY:
		return -ENOMEM;
	default:
		return -ECONNRESET;
	}
}
