// SPDX-License-Identifier: GPL-2.0
/*
 * carry.c - requests that never reach the stock driver
 *
 * Where a side has a carrier, the reader hands whole requests to it instead of to
 * the stock driver, and goes on with the next header. The driver's receiving
 * thread stays in the one call by which it asked for its first header, until the
 * session ends.
 */
#include "core.h"

/* Does our side carry the requests of this session out by itself? */
bool usbip_tls_carry_own(const struct usbip_tls_session *s)
{
	return s->side->carrier;
}

/**
 * usbip_tls_carry_header() - hand a header that passed the check to the carrier
 * @s: session; caller holds rx.mutex
 *
 * Return: 0 or -ENOMEM; the session has to end then
 */
int usbip_tls_carry_header(struct usbip_tls_session *s)
{
	const struct usbip_tls_carrier *carrier = s->side->carrier;
	const struct usbip_pdu *pdu = &s->rx.pdu.pdu;

	lockdep_assert_held(&s->rx.mutex);

	if (pdu->command == USBIP_CMD_SUBMIT)
		return carrier->begin(s->side_priv, &s->rx.pdu,
				      &s->rx.payload);
	return carrier->unlink(s->side_priv, pdu->seqnum, pdu->target,
			       s->rx.withdrawn ? -ECONNRESET : 0);
}

/* The session has closed. */
void usbip_tls_carry_kill(struct usbip_tls_session *s)
{
	if (usbip_tls_carry_own(s))
		s->side->carrier->kill(s->side_priv);
}

/* The session is closed and has no reader any more. */
void usbip_tls_carry_stop(struct usbip_tls_session *s)
{
	if (usbip_tls_carry_own(s))
		s->side->carrier->stop(s->side_priv);
}
