// SPDX-License-Identifier: GPL-2.0
/*
 * record.c - TLS records that are not data: tickets, new keys, alerts
 */
#include <linux/tls.h>
#include <linux/uio.h>

#include "../compat/compat.h"
#include "core.h"

/* TLS handshake messages after the handshake, RFC 8446 section 4. */
#define HS_NEW_SESSION_TICKET	4
#define HS_KEY_UPDATE		24
#define HS_HEADER_SIZE		4

/* The control message that says of which type a record is. */
union record_type {
	struct cmsghdr hdr;
	u8 room[CMSG_SPACE(sizeof(u8))];
};

static u8 take_alert(const u8 *rec, size_t len, u32 *detail)
{
	if (len != 2)
		return USBIP_TLS_REASON_BAD_RECORD;

	*detail = rec[1];
	return *detail ? USBIP_TLS_REASON_ALERT : USBIP_TLS_REASON_PEER_CLOSED;
}

/*
 * Session tickets are for helpers and mean nothing here; they may lie across
 * records. New keys would have to come from the helper, which kernels before
 * 6.14 cannot take.
 */
static u8 take_handshake(struct usbip_tls_transport *t, const u8 *rec,
			 size_t len, u32 *detail)
{
	while (len) {
		u32 n = min_t(u32, t->skip, len);

		t->skip -= n;
		rec += n;
		len -= n;
		if (!len)
			break;

		if (rec[0] == HS_KEY_UPDATE) {
			*detail = 0;
			return USBIP_TLS_REASON_KEY_UPDATE;
		}
		if (rec[0] != HS_NEW_SESSION_TICKET || len < HS_HEADER_SIZE)
			return USBIP_TLS_REASON_BAD_RECORD;
		t->skip = get_unaligned_be24(rec + 1);
		rec += HS_HEADER_SIZE;
		len -= HS_HEADER_SIZE;
	}

	return USBIP_TLS_REASON_NONE;
}

/**
 * usbip_tls_record_read() - read a record that is not data
 * @t: connection, on which kTLS has queued the record again because the call
 *	before had no room for its type; caller is its one reader
 * @rec: where to, USBIP_TLS_RECORD_SIZE bytes
 * @type: content type, 0: kTLS gave none
 *
 * Return: its length or a negative errno
 */
int usbip_tls_record_read(struct usbip_tls_transport *t, u8 *rec, u8 *type)
{
	union record_type cmsg = {};
	struct msghdr msg = {
		.msg_control = &cmsg,
		.msg_controllen = sizeof(cmsg),
	};
	struct kvec vec = {
		.iov_base = rec,
		.iov_len = USBIP_TLS_RECORD_SIZE,
	};
	int len;

	iov_iter_kvec(&msg.msg_iter, ITER_DEST, &vec, 1, vec.iov_len);
	len = sock_recvmsg(t->sock, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	*type = 0;
	if (cmsg.hdr.cmsg_level == SOL_TLS &&
	    cmsg.hdr.cmsg_type == TLS_GET_RECORD_TYPE)
		*type = *(u8 *)CMSG_DATA(&cmsg.hdr);
	return len;
}

/**
 * usbip_tls_record_take() - what a record that is not data means
 * @t: its connection; caller is its one reader
 * @type: content type
 * @rec: what is in it
 * @len: its length
 * @detail: detail of the reason
 *
 * Return: why the session has to end, or USBIP_TLS_REASON_NONE: it goes on
 */
u8 usbip_tls_record_take(struct usbip_tls_transport *t, u8 type, const u8 *rec,
			 size_t len, u32 *detail)
{
	*detail = type;
	switch (type) {
	case USBIP_TLS_RECORD_ALERT:
		return take_alert(rec, len, detail);
	case USBIP_TLS_RECORD_HANDSHAKE:
		return take_handshake(t, rec, len, detail);
	default:
		return USBIP_TLS_REASON_BAD_RECORD;
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
