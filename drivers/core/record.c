// SPDX-License-Identifier: GPL-2.0
/*
 * record.c - TLS records that are not data: tickets, new keys, alerts
 */
#include <linux/tls.h>
#include <linux/uio.h>

#include "../compat/compat.h"
#include "core.h"
#include "trace.h"

/* TLS handshake messages after the handshake, RFC 8446 section 4. */
#define HS_NEW_SESSION_TICKET	4
#define HS_KEY_UPDATE		24
#define HS_HEADER_SIZE		4

/* The control message that says of which type a record is. */
union record_type {
	struct cmsghdr hdr;
	u8 room[CMSG_SPACE(sizeof(u8))];
};

/* Ends the session for a record that has no place in it. */
static bool bad_record(struct usbip_tls_session *s, u8 type)
{
	usbip_tls_session_close(s, USBIP_TLS_REASON_BAD_RECORD, type);
	return false;
}

static bool take_alert(struct usbip_tls_session *s, const u8 *rec, size_t len)
{
	u8 description;

	if (len != 2)
		return bad_record(s, USBIP_TLS_RECORD_ALERT);

	description = rec[1];
	if (description == 0)
		usbip_tls_session_close(s, USBIP_TLS_REASON_PEER_CLOSED, 0);
	else
		usbip_tls_session_close(s, USBIP_TLS_REASON_ALERT, description);
	return false;
}

/*
 * Session tickets are for helpers and mean nothing here; they may lie across
 * records. New keys would have to come from the helper, which kernels before
 * 6.14 cannot take.
 */
static bool take_handshake(struct usbip_tls_session *s,
			   struct usbip_tls_transport *t, const u8 *rec,
			   size_t len)
{
	while (len) {
		u32 n = min_t(u32, t->skip, len);

		t->skip -= n;
		rec += n;
		len -= n;
		if (!len)
			break;

		if (rec[0] == HS_KEY_UPDATE) {
			usbip_tls_session_close(s, USBIP_TLS_REASON_KEY_UPDATE,
						0);
			return false;
		}
		if (rec[0] != HS_NEW_SESSION_TICKET || len < HS_HEADER_SIZE)
			return bad_record(s, USBIP_TLS_RECORD_HANDSHAKE);
		t->skip = get_unaligned_be24(rec + 1);
		rec += HS_HEADER_SIZE;
		len -= HS_HEADER_SIZE;
	}

	return true;
}

/**
 * usbip_tls_record_read() - take a record that is not data
 * @s: session; caller holds rx.mutex
 * @t: its connection, on which kTLS has queued the record again because the
 *	call before had no room for its type
 *
 * Return: whether the session goes on
 */
bool usbip_tls_record_read(struct usbip_tls_session *s,
			   struct usbip_tls_transport *t)
{
	union record_type cmsg = {};
	struct msghdr msg = {
		.msg_control = &cmsg,
		.msg_controllen = sizeof(cmsg),
	};
	struct kvec vec = {
		.iov_base = s->rx.control,
		.iov_len = USBIP_TLS_RECORD_SIZE,
	};
	int len;
	u8 type;

	iov_iter_kvec(&msg.msg_iter, ITER_DEST, &vec, 1, vec.iov_len);
	len = sock_recvmsg(t->sock, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (len < 0) {
		usbip_tls_session_net_error(s, len);
		return false;
	}
	if (cmsg.hdr.cmsg_level != SOL_TLS ||
	    cmsg.hdr.cmsg_type != TLS_GET_RECORD_TYPE)
		return bad_record(s, 0);

	type = *(u8 *)CMSG_DATA(&cmsg.hdr);
	trace_usbip_tls_record(s->id, type, len);
	if (!usbip_tls_transport_count_rx(s, t, len)) {
		usbip_tls_session_close(s, USBIP_TLS_REASON_RECORD_LIMIT, 0);
		return false;
	}

	switch (type) {
	case USBIP_TLS_RECORD_ALERT:
		return take_alert(s, s->rx.control, len);
	case USBIP_TLS_RECORD_HANDSHAKE:
		return take_handshake(s, t, s->rx.control, len);
	default:
		return bad_record(s, type);
	}
}

/**
 * usbip_tls_record_send() - send a record that is not data
 * @t: connection; caller holds tx.mutex
 * @type: content type, RFC 8446 section 5.1
 * @buf: what is in it
 * @len: its length
 *
 * Does not wait for room.
 *
 * Return: @len or a negative errno, -EAGAIN: no room
 */
int usbip_tls_record_send(struct usbip_tls_transport *t, u8 type, void *buf,
			  size_t len)
{
	union record_type cmsg = {
		.hdr.cmsg_len = CMSG_LEN(sizeof(u8)),
		.hdr.cmsg_level = SOL_TLS,
		.hdr.cmsg_type = TLS_SET_RECORD_TYPE,
	};
	struct msghdr msg = {
		.msg_control = &cmsg,
		.msg_controllen = sizeof(cmsg),
		.msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL,
	};
	struct kvec vec = { .iov_base = buf, .iov_len = len };

	*(u8 *)CMSG_DATA(&cmsg.hdr) = type;
	return kernel_sendmsg(t->sock, &msg, &vec, 1, len);
}
