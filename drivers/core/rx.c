// SPDX-License-Identifier: GPL-2.0
/*
 * rx.c - from TLS records to checked PDUs
 *
 * The stock driver asks for a header, then for as many payload bytes as the
 * header announces, then for packet descriptors. Headers and descriptors are
 * collected and checked here before it gets a byte of them; payload goes from
 * kTLS straight into its buffer. As the checker knows what must follow a
 * header, driver and stream cannot get out of step.
 *
 * Where our side carries requests out by itself (carry.c) the stages are the same,
 * but the driver gets nothing: its call goes on until the session ends.
 */
#include <linux/mm.h>
#include <linux/uio.h>

#include "core.h"

/* After a pause this long vhci-hcd's queue of requests is empty. */
#define QUEUE_PAUSE		HZ

#define WAITING_SIZE	(USBIP_TLS_WAITING * USBIP_PDU_HDR_SIZE)

int usbip_tls_rx_init(struct usbip_tls_rx *rx)
{
	mutex_init(&rx->mutex);
	rx->stage = USBIP_TLS_RX_HEADER;
	rx->iso = kvmalloc(USBIP_TLS_ISO_SIZE + USBIP_TLS_RECORD_SIZE +
			   WAITING_SIZE, GFP_KERNEL);
	if (!rx->iso)
		return -ENOMEM;
	rx->control = rx->iso + USBIP_TLS_ISO_SIZE;
	rx->waiting.headers = (void *)(rx->control + USBIP_TLS_RECORD_SIZE);
	return 0;
}

void usbip_tls_rx_free(struct usbip_tls_rx *rx)
{
	kvfree(rx->iso);
	rx->iso = NULL;
}

/* Hands out collected bytes; 1 or -EFAULT. */
static ssize_t rx_give(struct usbip_tls_rx *rx, const u8 *buf,
		       struct msghdr *msg)
{
	size_t n = min_t(size_t, rx->have - rx->given, msg_data_left(msg));

	if (copy_to_iter(buf + rx->given, n, &msg->msg_iter) != n)
		return -EFAULT;
	rx->given += n;
	return 1;
}

static void rx_enter(struct usbip_tls_rx *rx, enum usbip_tls_rx_stage stage)
{
	rx->stage = stage;
	rx->have = 0;
	rx->given = 0;
}

/* The PDU is whole. */
static void rx_done(struct usbip_tls_session *s)
{
	rx_enter(&s->rx, USBIP_TLS_RX_HEADER);
	if (!usbip_tls_carry_own(s))
		return;
	s->side->carrier->submit(s->side_priv, s->rx.iso);
	cond_resched();
}

static void rx_enter_iso(struct usbip_tls_session *s)
{
	if (s->rx.pdu.iso_packets)
		rx_enter(&s->rx, USBIP_TLS_RX_ISO);
	else
		rx_done(s);
}

static void rx_enter_data(struct usbip_tls_session *s)
{
	struct usbip_tls_rx *rx = &s->rx;

	rx->left = rx->pdu.data_len;
	if (!rx->left)
		rx_enter_iso(s);
	else if (s->identity && rx->pdu.descriptor)
		rx_enter(rx, USBIP_TLS_RX_IDENTITY);
	else
		rx_enter(rx, USBIP_TLS_RX_DATA);
}

static void rx_enter_discard(struct usbip_tls_rx *rx)
{
	rx->left = rx->pdu.data_len + rx->pdu.iso_packets * USBIP_ISO_DESC_SIZE;
	rx_enter(rx, rx->left ? USBIP_TLS_RX_DISCARD : USBIP_TLS_RX_HEADER);
}

/* Checks the header once more while nobody sends and nothing is about to be sent. */
static enum usbip_check_verdict rx_check_at_rest(struct usbip_tls_session *s,
						 u32 sends)
{
	struct usbip_tls_rx *rx = &s->rx;
	enum usbip_check_verdict verdict = USBIP_CHECK_WAIT;

	if (!mutex_trylock(&s->tx.mutex))
		return verdict;
	if (sends == s->tx.sends && !READ_ONCE(s->tx.frozen))
		verdict = usbip_tls_check_header(s, USBIP_CHECK_RX_AT_REST,
						 rx->header, 0, &rx->pdu);
	mutex_unlock(&s->tx.mutex);
	return verdict;
}

/*
 * An answer to a request that is still being sent must wait: the stock driver
 * would free the buffer under its own sender. An honest dock does not answer before
 * it has the request, but on a fast link the answer may be here before the send
 * returns.
 *
 * So must the answer to an unlink that overtook its target. But the target may also
 * be from the last connection, and nobody will send it again. As vhci-hcd sends its
 * queue without a pause, after one the target is not in it.
 *
 * Returns USBIP_CHECK_WAIT only if the session closes meanwhile.
 */
static enum usbip_check_verdict rx_check(struct usbip_tls_session *s)
{
	struct usbip_tls_rx *rx = &s->rx;
	enum usbip_check_verdict verdict;

	for (;;) {
		u32 sends = READ_ONCE(s->tx.sends);

		verdict = usbip_tls_check_header(s, USBIP_CHECK_RX, rx->header,
						 0, &rx->pdu);
		if (verdict != USBIP_CHECK_WAIT)
			return verdict;

		/* The peer decides how long: that must not look like a hang. */
		if (!wait_event_idle_timeout(s->tx.gate,
					     READ_ONCE(s->tx.sends) != sends ||
					     usbip_tls_session_closed(s),
					     QUEUE_PAUSE)) {
			verdict = rx_check_at_rest(s, sends);
			if (verdict != USBIP_CHECK_WAIT)
				return verdict;
		}
		if (usbip_tls_session_closed(s))
			return USBIP_CHECK_WAIT;
	}
}

/* Our side carries the request out: the driver sees nothing of it. */
static ssize_t rx_carry(struct usbip_tls_session *s)
{
	if (usbip_tls_carry_header(s)) {
		usbip_tls_session_close(s, USBIP_TLS_REASON_NO_MEMORY, 0);
		return usbip_tls_session_error(s);
	}
	if (s->rx.pdu.pdu.command == USBIP_CMD_SUBMIT)
		rx_enter_data(s);
	else
		rx_enter(&s->rx, USBIP_TLS_RX_HEADER);
	return 1;
}

/*
 * The stages. Each returns 1 to go on, or what the driver gets.
 */
static ssize_t rx_header(struct usbip_tls_session *s,
			 struct usbip_tls_transport *t, struct msghdr *msg)
{
	struct usbip_tls_rx *rx = &s->rx;
	ssize_t ret;

	if (rx->have < sizeof(rx->header)) {
		ret = usbip_tls_rx_fetch(s, t);
		if (ret <= 0)
			return ret;
		rx->have = sizeof(rx->header);
		switch (rx_check(s)) {
		case USBIP_CHECK_PASS:
		case USBIP_CHECK_ANSWER:	/* our carrier and usbip-vudc do it */
			break;
		case USBIP_CHECK_DROP:
			rx_enter_discard(rx);
			return 1;
		case USBIP_CHECK_REFUSE:
			usbip_tls_session_refuse(s, USBIP_TLS_REASON_BAD_PDU,
						 rx->pdu.violation);
			fallthrough;
		default:
			return usbip_tls_session_error(s);
		}
		atomic64_inc(&s->rx_pdus);
		if (usbip_tls_carry_own(s))
			return rx_carry(s);
	}

	ret = rx_give(rx, rx->header, msg);
	if (ret > 0 && rx->given == sizeof(rx->header))
		rx_enter_data(s);
	return ret;
}

static ssize_t rx_data(struct usbip_tls_session *s,
		       struct usbip_tls_transport *t, struct msghdr *msg)
{
	struct usbip_tls_rx *rx = &s->rx;
	struct iov_iter *to = usbip_tls_carry_own(s) ? &rx->payload :
						       &msg->msg_iter;
	ssize_t ret;

	ret = usbip_tls_rx_read(s, t, to,
				min_t(size_t, rx->left, iov_iter_count(to)),
				MSG_WAITALL);
	if (ret <= 0)
		return ret;

	rx->left -= ret;
	if (!rx->left)
		rx_enter_iso(s);
	return 1;
}

static ssize_t rx_iso(struct usbip_tls_session *s,
		      struct usbip_tls_transport *t, struct msghdr *msg)
{
	struct usbip_tls_rx *rx = &s->rx;
	u32 size = rx->pdu.iso_packets * USBIP_ISO_DESC_SIZE;
	enum usbip_tls_violation violation;
	ssize_t ret;

	if (rx->have < size) {
		ret = usbip_tls_rx_collect(s, t, rx->iso, &rx->have, size,
					   MSG_WAITALL);
		if (ret <= 0)
			return ret;
		violation = usbip_tls_check_iso(s, &rx->pdu, rx->iso);
		if (violation != USBIP_TLS_VIOLATION_NONE) {
			usbip_tls_session_refuse(s, USBIP_TLS_REASON_BAD_PDU,
						 violation);
			return usbip_tls_session_error(s);
		}
		if (usbip_tls_carry_own(s)) {
			rx_done(s);
			return 1;
		}
	}

	ret = rx_give(rx, rx->iso, msg);
	if (ret > 0 && rx->given == size)
		rx_done(s);
	return ret;
}

/* What a device says it is: checked as a whole before the driver gets a byte. */
static ssize_t rx_identity(struct usbip_tls_session *s,
			   struct usbip_tls_transport *t, struct msghdr *msg)
{
	struct usbip_tls_rx *rx = &s->rx;
	u32 size = rx->pdu.data_len;
	enum usbip_tls_violation violation;
	ssize_t ret;

	if (WARN_ON_ONCE(size > USBIP_IDENTITY_MAX))
		return -EPROTO;
	if (rx->have < size) {
		ret = usbip_tls_rx_collect(s, t, s->identity->data, &rx->have,
					   size, MSG_WAITALL);
		if (ret <= 0)
			return ret;
		violation = usbip_tls_identity_answer(s, size);
		if (violation != USBIP_TLS_VIOLATION_NONE) {
			usbip_tls_session_close(s,
						USBIP_TLS_REASON_OTHER_DEVICE,
						violation);
			return usbip_tls_session_error(s);
		}
	}

	ret = rx_give(rx, s->identity->data, msg);
	if (ret > 0 && rx->given == size)
		rx_enter_iso(s);
	return ret;
}

static ssize_t rx_discard(struct usbip_tls_session *s,
			  struct usbip_tls_transport *t)
{
	struct usbip_tls_rx *rx = &s->rx;
	u32 have = 0;
	ssize_t ret;

	ret = usbip_tls_rx_collect(s, t, rx->iso, &have,
				   min_t(u32, rx->left, USBIP_TLS_ISO_SIZE),
				   MSG_WAITALL);
	rx->left -= have;
	if (!rx->left)
		rx_enter(rx, USBIP_TLS_RX_HEADER);
	return ret;
}

static ssize_t rx_step(struct usbip_tls_session *s,
		       struct usbip_tls_transport *t, struct msghdr *msg)
{
	switch (s->rx.stage) {
	case USBIP_TLS_RX_HEADER:
		return rx_header(s, t, msg);
	case USBIP_TLS_RX_DATA:
		return rx_data(s, t, msg);
	case USBIP_TLS_RX_ISO:
		return rx_iso(s, t, msg);
	case USBIP_TLS_RX_IDENTITY:
		return rx_identity(s, t, msg);
	case USBIP_TLS_RX_DISCARD:
		return rx_discard(s, t);
	}
	return -EPROTO;
}

/**
 * usbip_tls_rx_recv() - recvmsg of the session socket
 * @s: session
 * @msg: where to
 * @flags: MSG_WAITALL: fill @msg whole
 *
 * Return: number of bytes, 0 at the orderly end of the session, or the error of
 * usbip_tls_session_error()
 */
ssize_t usbip_tls_rx_recv(struct usbip_tls_session *s, struct msghdr *msg,
			  int flags)
{
	size_t wanted = msg_data_left(msg);
	struct usbip_tls_transport *t;
	ssize_t ret = 1;

	if (!wanted)
		return 0;
	if (mutex_lock_interruptible(&s->rx.mutex))
		return -ERESTARTSYS;

	t = usbip_tls_session_transport(s);
	while (ret > 0 && msg_data_left(msg)) {
		if (!t || !usbip_tls_session_open(s))
			ret = usbip_tls_session_error(s);
		else
			ret = rx_step(s, t, msg);
		if (!(flags & MSG_WAITALL) && msg_data_left(msg) < wanted)
			break;
	}
	if (t)
		usbip_tls_transport_put(t);
	mutex_unlock(&s->rx.mutex);

	if (msg_data_left(msg) < wanted)
		return wanted - msg_data_left(msg);
	return ret > 0 ? 0 : ret;
}
