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

struct netlink_ext_ack;

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
 * struct usbip_tls_side - the dock's or the tablet's part of a session
 * @owner: module; every session of this side holds it
 * @check_side: whose rules the PDUs obey
 * @bind: look up what @desc names. Process context. Returns 0 and *@priv, or
 *	-ENODEV; explains a failure in @extack. May be NULL.
 * @unbind: give *@priv back. Process context. NULL if @bind is.
 * @ep_type: kind of an endpoint (0..15) of the device now; atomic context.
 *	NULL: not known, isochronous transfers are refused then on the dock.
 * @interval: of a periodic endpoint by its descriptor, in the unit of struct urb,
 *	1 or more; atomic context. NULL: not known.
 * @gone: has the device been unplugged? Its endpoints are gone before the stock
 *	driver ends the session. Atomic context. May be NULL.
 */
struct usbip_tls_side {
	struct module *owner;
	enum usbip_check_side check_side;
	int (*bind)(const struct usbip_tls_desc *desc, void **priv,
		    struct netlink_ext_ack *extack);
	void (*unbind)(void *priv);
	enum usbip_xfer (*ep_type)(void *priv, u32 dir, u32 ep);
	u32 (*interval)(void *priv, u32 dir, u32 ep);
	bool (*gone)(void *priv);
};

/**
 * usbip_tls_register_side() - offer a role
 * @role: enum usbip_tls_role
 * @side: must stay valid until usbip_tls_unregister_side()
 *
 * Return: 0, -EINVAL: no such role, -EBUSY: somebody else offers it
 */
int usbip_tls_register_side(u8 role, const struct usbip_tls_side *side);

/**
 * usbip_tls_unregister_side() - withdraw a role
 * @role: as registered
 *
 * To be called from the exit of the owner, when no session holds it.
 */
void usbip_tls_unregister_side(u8 role);

/* session.c, see there. */
void usbip_tls_session_lost(u8 role, const char *busid);

#endif /* USBIP_TLS_SIDE_H */
