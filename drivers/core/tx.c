// SPDX-License-Identifier: GPL-2.0
/*
 * tx.c - from the stock driver's PDUs to TLS records
 */
#include <linux/uio.h>

#include "core.h"
#include "trace.h"

/*
 * A failed send does not tell why the peer has gone. Its alert, if it sent one, is in
 * what came before the end, and the reader finds it. A sender waits so long for that.
 */
#define REASON_WAIT	HZ

void usbip_tls_tx_init(struct usbip_tls_tx *tx)
{
	mutex_init(&tx->mutex);
	init_waitqueue_head(&tx->gate);
}

static bool tx_may_send(struct usbip_tls_session *s)
{
	return !READ_ONCE(s->tx.frozen) || usbip_tls_session_closed(s);
}

/* A send has returned: a reader may wait for that, see rx_check(). */
static void tx_count_send(struct usbip_tls_session *s)
{
	lockdep_assert_held(&s->tx.mutex);

	usbip_tls_check_sent(s);
	WRITE_ONCE(s->tx.sends, s->tx.sends + 1);
	if (wq_has_sleeper(&s->tx.gate))
		wake_up_all(&s->tx.gate);
}

static void tx_set_frozen(struct usbip_tls_session *s, bool frozen)
{
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	WRITE_ONCE(s->tx.frozen, frozen);
	spin_unlock_irqrestore(&s->lock, flags);
}

/**
 * usbip_tls_tx_freeze() - close the gate
 * @s: session
 *
 * No send begins before the thaw; senders wait, and the end of the session lets
 * them out. One that is under way is over once tx.mutex could be taken, which may
 * be long if the peer takes nothing: end its connection first. Does not sleep.
 */
void usbip_tls_tx_freeze(struct usbip_tls_session *s)
{
	tx_set_frozen(s, true);
	trace_usbip_tls_gate(s->id, true);
}

/**
 * usbip_tls_tx_thaw() - open the gate again
 * @s: session
 */
void usbip_tls_tx_thaw(struct usbip_tls_session *s)
{
	tx_set_frozen(s, false);
	wake_up_all(&s->tx.gate);
	trace_usbip_tls_gate(s->id, false);
}

/*
 * Takes tx.mutex with the gate open; 0 or -ERESTARTSYS. Its holder may be waiting
 * for the peer, and the others must not look hung meanwhile. Kernel threads get no
 * signals, so for them "interruptible" only changes the kind of sleep.
 */
static int tx_enter(struct usbip_tls_session *s)
{
	for (;;) {
		wait_event_idle(s->tx.gate, tx_may_send(s));
		if (mutex_lock_interruptible(&s->tx.mutex))
			return -ERESTARTSYS;
		if (tx_may_send(s))
			return 0;
		mutex_unlock(&s->tx.mutex);
	}
}

/*
 * Stock drivers hand over one whole PDU a call; only its length tells an isochronous
 * transfer from another.
 */
static bool tx_read_header(struct usbip_tls_session *s, struct msghdr *msg,
			   size_t len, u8 *header)
{
	if (len > U32_MAX || len < USBIP_PDU_HDR_SIZE ||
	    !copy_from_iter_full(header, USBIP_PDU_HDR_SIZE, &msg->msg_iter)) {
		usbip_tls_session_close(s, USBIP_TLS_REASON_LOCAL_PDU,
					USBIP_TLS_VIOLATION_LENGTH);
		return false;
	}
	iov_iter_revert(&msg->msg_iter, USBIP_PDU_HDR_SIZE);
	return true;
}

/*
 * Sends one PDU; caller holds tx.mutex. @header: takes the place of the whole PDU,
 * NULL: it goes out as it is.
 */
static ssize_t tx_record(struct usbip_tls_session *s,
			 struct usbip_tls_transport *t, struct msghdr *msg,
			 u8 *header, size_t len, bool *used_up)
{
	struct kvec vec = { .iov_base = header, .iov_len = len };
	struct msghdr inner = {
		.msg_iter = msg->msg_iter,
		.msg_flags = MSG_NOSIGNAL,
	};
	unsigned int key;
	int ret;

	lockdep_assert_held(&s->tx.mutex);

	if (header)
		iov_iter_kvec(&inner.msg_iter, ITER_SOURCE, &vec, 1, len);
	ret = sock_sendmsg(t->sock, &inner);
	tx_count_send(s);
	if (ret > 0) {
		iov_iter_advance(&msg->msg_iter, ret);
		atomic64_add(ret, &s->tx_bytes);
	}
	key = usbip_tls_transport_count_tx(t, max(ret, 0));
	if (key & USBIP_TLS_KEY_DUE)
		usbip_tls_message_event(s, USBIP_TLS_CMD_KEYS_DUE);
	*used_up = key & USBIP_TLS_KEY_USED_UP;
	if (ret != len) {
		t->error = ret < 0 ? ret : -EPIPE;
		return t->error;
	}
	atomic64_inc(&s->tx_pdus);
	return ret;
}

/* A PDU that the checker lets pass; caller holds tx.mutex. */
static ssize_t tx_pass(struct usbip_tls_session *s,
		       struct usbip_tls_transport *t, struct msghdr *msg,
		       u8 *header, size_t len,
		       const struct usbip_check_result *res, bool *used_up)
{
	enum usbip_tls_violation violation;

	*used_up = !usbip_tls_transport_room(t, len);
	if (*used_up)
		return -EPIPE;
	if (s->side->check_side == USBIP_CHECK_TABLET &&
	    !usbip_tls_check_asked(s, res, &msg->msg_iter)) {
		usbip_tls_session_close(s, USBIP_TLS_REASON_LOCAL_PDU,
					USBIP_TLS_VIOLATION_LENGTH);
		return -EPIPE;
	}
	violation = usbip_tls_identity_request(s, &res->pdu);
	if (violation != USBIP_TLS_VIOLATION_NONE) {
		usbip_tls_session_close(s, USBIP_TLS_REASON_OTHER_DEVICE,
					violation);
		return -EPIPE;
	}
	if (s->side->check_side == USBIP_CHECK_TABLET &&
	    res->pdu.command == USBIP_CMD_UNLINK)
		usbip_tls_silent_watch(s, t);
	return tx_record(s, t, msg, res->rewritten ? header : NULL, len,
			 used_up);
}

static ssize_t tx_failed(struct usbip_tls_session *s, int err)
{
	wait_event_timeout(s->tx.gate, usbip_tls_session_closed(s),
			   REASON_WAIT);
	usbip_tls_session_net_error(s, err);
	return -EPIPE;
}

/**
 * usbip_tls_tx_send() - sendmsg of the session socket
 * @s: session
 * @msg: one whole PDU
 * @len: its length
 *
 * Return: @len, -EPIPE with the session closed, or -ERESTARTSYS with nothing done
 */
ssize_t usbip_tls_tx_send(struct usbip_tls_session *s, struct msghdr *msg,
			  size_t len)
{
	struct usbip_check_result res;
	struct usbip_tls_transport *t;
	u8 header[USBIP_PDU_HDR_SIZE];
	bool used_up = false;
	ssize_t ret;

	if (!tx_read_header(s, msg, len, header))
		return -EPIPE;
	ret = tx_enter(s);
	if (ret)
		return ret;
	t = usbip_tls_session_transport(s);
	if (!t || !usbip_tls_session_open(s)) {
		mutex_unlock(&s->tx.mutex);
		ret = -EPIPE;
		goto out;
	}

	switch (usbip_tls_check_header(s, USBIP_CHECK_TX, header, len, &res)) {
	case USBIP_CHECK_PASS:
		ret = tx_pass(s, t, msg, header, len, &res, &used_up);
		break;
	case USBIP_CHECK_DROP:
		tx_count_send(s);
		ret = len;
		break;
	default:
		usbip_tls_session_refuse(s, USBIP_TLS_REASON_LOCAL_PDU,
					 res.violation);
		ret = -EPIPE;
		break;
	}
	usbip_tls_budget_sent(s);
	mutex_unlock(&s->tx.mutex);

	if (used_up) {
		/* First, so that no other sender tries the key before the close. */
		usbip_tls_tx_freeze(s);
		usbip_tls_session_close(s, USBIP_TLS_REASON_RECORD_LIMIT, 0);
	} else if (ret < 0 && !usbip_tls_session_closed(s)) {
		ret = tx_failed(s, ret);
	}
out:
	if (t) {
		if (usbip_tls_session_closed(s))
			usbip_tls_goodbye(s, t);
		usbip_tls_transport_put(t);
	}
	return ret < 0 ? -EPIPE : ret;
}

void usbip_tls_side_send(struct usbip_tls_session *s, const struct kvec *vec,
			 size_t n, size_t len)
{
	struct msghdr msg = {};

	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, vec, n, len);
	usbip_tls_tx_send(s, &msg, len);
}
EXPORT_SYMBOL_GPL(usbip_tls_side_send);
