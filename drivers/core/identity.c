// SPDX-License-Identifier: GPL-2.0
/*
 * identity.c - no driver gets a device that is not the one announced
 *
 * The rules are in include/wire/usbip_identity.h. The reader collects each answer
 * that holds a device or configuration descriptor, and vhci-hcd gets it only if it is
 * right. If it is not, vhci-hcd, which has the header by then, gives the request back
 * with an error.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "core.h"
#include "trace.h"

/* Returns 0 or -ENOMEM. */
int usbip_tls_identity_init(struct usbip_tls_session *s)
{
	if (!s->desc.is_announced)
		return 0;
	s->identity = kvmalloc(sizeof(*s->identity), GFP_KERNEL);
	if (!s->identity)
		return -ENOMEM;
	mutex_init(&s->identity->lock);
	usbip_identity_init(&s->identity->device, &s->desc.announced);
	return 0;
}

void usbip_tls_identity_free(struct usbip_tls_session *s)
{
	kvfree(s->identity);
	s->identity = NULL;
}

static enum usbip_tls_violation
identity_verdict(struct usbip_tls_session *s,
		 enum usbip_tls_violation violation)
{
	if (violation != USBIP_TLS_VIOLATION_NONE)
		trace_usbip_tls_identity(s->id, violation);
	return violation;
}

/**
 * usbip_tls_identity_answer() - look at an answer that was collected
 * @s: session with an identity; caller holds rx.mutex
 * @len: bytes in its buffer
 *
 * Return: what shows that it is another device; the session has to end then
 */
enum usbip_tls_violation
usbip_tls_identity_answer(struct usbip_tls_session *s, u32 len)
{
	struct usbip_tls_identity *id = s->identity;
	enum usbip_tls_violation violation;

	lockdep_assert_held(&s->rx.mutex);

	mutex_lock(&id->lock);
	violation = usbip_identity_answer(&id->device, s->rx.pdu.descriptor,
					  id->data, len);
	mutex_unlock(&id->lock);
	return identity_verdict(s, violation);
}

/**
 * usbip_tls_identity_request() - look at a request that is about to be sent
 * @s: session; caller holds tx.mutex
 * @pdu: its header
 *
 * Return: as usbip_tls_identity_answer()
 */
enum usbip_tls_violation
usbip_tls_identity_request(struct usbip_tls_session *s,
			   const struct usbip_pdu *pdu)
{
	struct usbip_tls_identity *id = s->identity;
	enum usbip_tls_violation violation;

	if (!id || pdu->command != USBIP_CMD_SUBMIT || pdu->ep)
		return USBIP_TLS_VIOLATION_NONE;

	mutex_lock(&id->lock);
	violation = usbip_identity_request(&id->device, pdu->setup);
	mutex_unlock(&id->lock);
	return identity_verdict(s, violation);
}
