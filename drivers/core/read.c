// SPDX-License-Identifier: GPL-2.0
/*
 * read.c - bytes of the stream, and all that may come instead of them
 */
#include <linux/uio.h>
#include <net/tcp_states.h>

#include "core.h"
#include "trace.h"

static bool read_interrupted(int err)
{
	return err == -EINTR || err == -ERESTARTSYS || err == -EAGAIN;
}

/* Has the peer begun a PDU that it has not finished? */
static bool read_within_pdu(const struct usbip_tls_rx *rx)
{
	return rx->stage != USBIP_TLS_RX_HEADER || rx->waiting.have ||
	       rx->waiting.n;
}

/*
 * The end of the stream without an error. After a FIN it is just that: without TLS
 * an orderly end, if it comes between two PDUs. But a socket reports an error only
 * once, and that may have been to a sender, or (before 6.12) to a reader that got
 * bytes in the same call; then only the state shows that there was one. A sender that
 * got it gives up tx.mutex at once.
 */
static void read_ended(struct usbip_tls_session *s,
		       struct usbip_tls_transport *t)
{
	int err;

	if (READ_ONCE(t->sock->sk->sk_state) != TCP_CLOSE) {
		usbip_tls_session_close(s,
					t->plain && !read_within_pdu(&s->rx) ?
						USBIP_TLS_REASON_PEER_CLOSED :
						USBIP_TLS_REASON_TRUNCATED,
					0);
		return;
	}

	mutex_lock(&s->tx.mutex);
	err = t->error;
	mutex_unlock(&s->tx.mutex);
	usbip_tls_session_net_error(s, err ?: -ECONNRESET);
}

/* After a receive of @len bytes. Returns whether the session goes on. */
static bool read_count(struct usbip_tls_session *s,
		       struct usbip_tls_transport *t, size_t len)
{
	unsigned int key;

	lockdep_assert_held(&s->rx.mutex);

	key = usbip_tls_transport_count_rx(t, len);
	if (key & USBIP_TLS_KEY_DUE)
		usbip_tls_message_event(s, USBIP_TLS_CMD_KEYS_DUE);
	if (!(key & USBIP_TLS_KEY_USED_UP))
		return true;
	usbip_tls_session_close(s, USBIP_TLS_REASON_RECORD_LIMIT, 0);
	return false;
}

/* Takes a record that is not data. Returns whether the session goes on. */
static bool read_record(struct usbip_tls_session *s,
			struct usbip_tls_transport *t)
{
	u8 *rec = s->rx.control, type, reason;
	u32 detail;
	int len;

	len = usbip_tls_record_read(t, rec, &type);
	if (len < 0) {
		usbip_tls_session_net_error(s, len);
		return false;
	}
	trace_usbip_tls_record(s->id, type, len);
	if (!read_count(s, t, len))
		return false;
	reason = usbip_tls_record_take(t, type, rec, len, &detail);
	if (reason == USBIP_TLS_REASON_NONE)
		return true;
	usbip_tls_session_close(s, reason, detail);
	return false;
}

/**
 * usbip_tls_rx_read() - read what stands in data records
 * @s: session; caller holds rx.mutex
 * @t: its connection
 * @iter: where to; is advanced
 * @want: bytes, at most
 * @flags: of recvmsg
 *
 * Return: number of bytes, or what the driver gets: 0 or an error, with the session
 * closed, or the error of a signal (with MSG_DONTWAIT also -EAGAIN: nothing is here),
 * with nothing lost
 */
ssize_t usbip_tls_rx_read(struct usbip_tls_session *s,
			  struct usbip_tls_transport *t, struct iov_iter *iter,
			  size_t want, int flags)
{
	for (;;) {
		struct msghdr msg = { .msg_iter = *iter };
		int ret;

		iov_iter_truncate(&msg.msg_iter, want);
		ret = sock_recvmsg(t->sock, &msg, flags | MSG_NOSIGNAL);
		if (ret > 0) {
			iov_iter_advance(iter, ret);
			atomic64_add(ret, &s->rx_bytes);
			if (read_count(s, t, ret))
				return ret;
		} else if (ret == -EIO && (msg.msg_flags & MSG_CTRUNC)) {
			if (read_record(s, t))
				continue;
		} else if (read_interrupted(ret)) {
			return ret;
		} else if (ret == 0 && usbip_tls_transport_took(t)) {
			/*
			 * Not the end: an empty record of data, and behind it
			 * one of another type, which the next call finds.
			 */
			if (read_count(s, t, 0))
				continue;
		} else if (ret == -EPIPE && !s->rx.reset) {
			/*
			 * The peer ended the stream, and then reset the
			 * connection because we still sent. kTLS reports the
			 * reset first; what came before it, as a rule
			 * close_notify, can still be read.
			 */
			s->rx.reset = true;
			continue;
		} else if (ret == 0) {
			read_ended(s, t);
		} else {
			usbip_tls_session_net_error(s, ret);
		}

		return usbip_tls_session_error(s);
	}
}

/**
 * usbip_tls_rx_collect() - read so many bytes into memory of ours
 * @s: session; caller holds rx.mutex
 * @t: its connection
 * @buf: where to
 * @have: bytes in @buf; grows, also if the call fails
 * @want: what it has to become
 * @flags: MSG_WAITALL, or MSG_DONTWAIT
 *
 * Return: 1, or what usbip_tls_rx_read() says; -EAGAIN: they are not here yet
 */
ssize_t usbip_tls_rx_collect(struct usbip_tls_session *s,
			     struct usbip_tls_transport *t, u8 *buf, u32 *have,
			     u32 want, int flags)
{
	lockdep_assert_held(&s->rx.mutex);

	while (*have < want) {
		struct kvec vec = {
			.iov_base = buf + *have,
			.iov_len = want - *have,
		};
		struct iov_iter iter;
		ssize_t ret;

		iov_iter_kvec(&iter, ITER_DEST, &vec, 1, vec.iov_len);
		ret = usbip_tls_rx_read(s, t, &iter, vec.iov_len, flags);
		if (ret <= 0)
			return ret;
		*have += ret;
	}

	return 1;
}
