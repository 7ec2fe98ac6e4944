/* SPDX-License-Identifier: GPL-2.0 */
/*
 * side.h - what the pair modules give to the core
 */
#ifndef USBIP_TLS_SIDE_H
#define USBIP_TLS_SIDE_H

#include <linux/module.h>
#include <linux/usbip_tls.h>

#include "wire/usbip_check.h"
#include "wire/usbip_identity.h"

struct iov_iter;
struct kvec;
struct netlink_ext_ack;
struct usbip_tls_session;

/**
 * struct usbip_tls_desc - who and what a session is for
 * @role: enum usbip_tls_role
 * @devid: busnum << 16 | devnum on the dock
 * @port: vhci port; tablet only
 * @busid: bus id on the dock
 * @peer: name in the peer's certificate; empty if it has none
 * @serial: its serial number; empty if nobody has told
 * @is_announced: tablet: @announced holds
 * @announced: what the dock said of the device
 */
struct usbip_tls_desc {
	u8 role;
	u32 devid;
	u32 port;
	char busid[USBIP_TLS_BUSID_SIZE];
	char peer[USBIP_TLS_PEER_SIZE];
	char serial[USBIP_TLS_SERIAL_SIZE];
	bool is_announced;
	struct usbip_announced announced;
};

/**
 * struct usbip_tls_carrier - a side that carries requests out by itself
 * @begin: a request has come whose header passed the check. Makes room for its
 *	payload and sets *@payload to where it goes, if @pdu->data_len is not 0.
 *	May wait until the peer takes its answers. Returns 0 or -ENOMEM, which
 *	ends the session.
 * @submit: payload and, in @iso, @pdu->iso_packets packet descriptors of the
 *	request begun last are here. Its answer goes by usbip_tls_side_send().
 * @unlink: take the transfer @target back; answer as @seqnum, with @status if it is
 *	not under way: 0, or -ECONNRESET for one that was taken back before @begin.
 *	Returns 0 or -ENOMEM.
 * @kill: the session has closed: take all transfers back, wake all who wait. May be
 *	called more than once, also beside and after @stop. Does not wait for the
 *	device.
 * @stop: nothing may be under way after this, nor any answer be sent. Waits.
 *
 * The stock driver that holds the device gets no request, and of its threads only
 * the reader does anything. The reader calls @begin, @submit and @unlink, one at a
 * time and in the order of the stream. All are called in process context.
 */
struct usbip_tls_carrier {
	int (*begin)(void *priv, const struct usbip_check_result *pdu,
		     struct iov_iter *payload);
	void (*submit)(void *priv, const u8 *iso);
	int (*unlink)(void *priv, u32 seqnum, u32 target, int status);
	void (*kill)(void *priv);
	void (*stop)(void *priv);
};

/**
 * struct usbip_tls_side - the dock's or the tablet's part of a session
 * @owner: module; every session of this side holds it
 * @check_side: whose rules the PDUs obey
 * @bind: look up what @desc names. Process context. Returns 0 and *@priv, or
 *	-ENODEV or -ENOMEM; explains a failure in @extack. The session outlives
 *	*@priv. May be NULL.
 * @unbind: give *@priv back, after carrier->stop if the session was ever used.
 *	Process context. NULL if @bind is.
 * @ep_type: kind of an endpoint (0..15) of the device now; atomic context.
 *	NULL: not known, isochronous transfers are refused then on the dock.
 * @interval: of a periodic endpoint by its descriptor, in the unit of struct urb,
 *	1 or more; atomic context. NULL: not known.
 * @gone: has the device been unplugged? Its endpoints are gone before the stock
 *	driver ends the session. Atomic context. May be NULL.
 * @carrier: NULL: the stock driver carries the requests out
 */
struct usbip_tls_side {
	struct module *owner;
	enum usbip_check_side check_side;
	int (*bind)(struct usbip_tls_session *s,
		    const struct usbip_tls_desc *desc, void **priv,
		    struct netlink_ext_ack *extack);
	void (*unbind)(void *priv);
	enum usbip_xfer (*ep_type)(void *priv, u32 dir, u32 ep);
	u32 (*interval)(void *priv, u32 dir, u32 ep);
	bool (*gone)(void *priv);
	const struct usbip_tls_carrier *carrier;
};

/**
 * usbip_tls_register_side() - offer a role
 * @role: enum usbip_tls_role
 * @side: must stay valid until usbip_tls_unregister_side()
 *
 * Return: 0, -EINVAL: no such role, -EBUSY: somebody else offers it
 */
int __must_check usbip_tls_register_side(u8 role,
					 const struct usbip_tls_side *side);

/**
 * usbip_tls_unregister_side() - withdraw a role
 * @role: as registered
 *
 * To be called from the exit of the owner, when no session holds it.
 */
void usbip_tls_unregister_side(u8 role);

/**
 * usbip_tls_side_send() - send an answer, from a work of the carrier
 * @s: session
 * @vec: header, payload, packet descriptors
 * @n: entries of @vec
 * @len: bytes to send, no more than @vec holds
 *
 * Goes through the checker like what a stock driver sends. Waits for the peer and
 * for other senders, until the session closes at the latest. If the answer cannot
 * be sent, the session is closed afterwards.
 */
void usbip_tls_side_send(struct usbip_tls_session *s, const struct kvec *vec,
			 size_t n, size_t len);

/* state.c, session.c, table.c */
bool usbip_tls_session_closed(struct usbip_tls_session *s);
bool usbip_tls_session_close(struct usbip_tls_session *s, u8 reason,
			     u32 detail);
void usbip_tls_session_lost(u8 role, const char *busid);

#endif /* USBIP_TLS_SIDE_H */
