// SPDX-License-Identifier: GPL-2.0
/*
 * message.c - what generic netlink tells about a session
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ktime.h>
#include <linux/sched/mm.h>
#include <net/genetlink.h>

#include "core.h"

enum { GROUP_EVENTS };

static const struct genl_multicast_group usbip_tls_groups[] = {
	[GROUP_EVENTS] = {
		.name = USBIP_TLS_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

/* netlink.c adds the requests, and registers it. */
struct genl_family usbip_tls_family __ro_after_init = {
	.name = USBIP_TLS_GENL_NAME,
	.version = USBIP_TLS_GENL_VERSION,
	.maxattr = USBIP_TLS_A_MAX,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.mcgrps = usbip_tls_groups,
	.n_mcgrps = ARRAY_SIZE(usbip_tls_groups),
};

static int put_u64(struct sk_buff *skb, int attr, const atomic64_t *value)
{
	return nla_put_u64_64bit(skb, attr, atomic64_read(value),
				 USBIP_TLS_A_PAD);
}

static int put_addr(struct sk_buff *skb, int attr,
		    const struct sockaddr_storage *addr)
{
	return nla_put(skb, attr,
		       addr->ss_family == AF_INET6 ?
			       sizeof(struct sockaddr_in6) :
			       sizeof(struct sockaddr_in),
		       addr);
}

static int put_transport(struct sk_buff *skb,
			 const struct usbip_tls_transport *t)
{
	return put_addr(skb, USBIP_TLS_A_LOCAL_ADDR, &t->local) ||
	       put_addr(skb, USBIP_TLS_A_PEER_ADDR, &t->peer) ||
	       nla_put_u16(skb, USBIP_TLS_A_TLS_VERSION, t->version) ||
	       nla_put_u8(skb, USBIP_TLS_A_CIPHER, t->cipher) ||
	       put_u64(skb, USBIP_TLS_A_TX_RECORDS, &t->tx.records) ||
	       put_u64(skb, USBIP_TLS_A_RX_RECORDS, &t->rx.records) ||
	       nla_put_u64_64bit(skb, USBIP_TLS_A_TX_BLOCKS,
				 usbip_tls_usage_blocks(&t->tx),
				 USBIP_TLS_A_PAD) ||
	       nla_put_u64_64bit(skb, USBIP_TLS_A_RX_BLOCKS,
				 usbip_tls_usage_blocks(&t->rx),
				 USBIP_TLS_A_PAD) ||
	       nla_put_u64_64bit(skb, USBIP_TLS_A_BLOCK_LIMIT,
				 t->block_limit, USBIP_TLS_A_PAD) ||
	       (t->plain && nla_put_flag(skb, USBIP_TLS_A_PLAIN));
}

static int put_state(struct sk_buff *skb, struct usbip_tls_session *s)
{
	unsigned long flags;
	u8 state, reason;
	u32 detail;

	spin_lock_irqsave(&s->lock, flags);
	state = s->state;
	reason = s->reason;
	detail = s->detail;
	spin_unlock_irqrestore(&s->lock, flags);

	return nla_put_u8(skb, USBIP_TLS_A_STATE, state) ||
	       nla_put_u8(skb, USBIP_TLS_A_REASON, reason) ||
	       nla_put_u32(skb, USBIP_TLS_A_REASON_DETAIL, detail);
}

static int put_desc(struct sk_buff *skb, const struct usbip_tls_desc *d)
{
	return nla_put_u8(skb, USBIP_TLS_A_ROLE, d->role) ||
	       nla_put_u32(skb, USBIP_TLS_A_DEVID, d->devid) ||
	       nla_put_string(skb, USBIP_TLS_A_BUSID, d->busid) ||
	       nla_put_string(skb, USBIP_TLS_A_PEER, d->peer) ||
	       nla_put_string(skb, USBIP_TLS_A_SERIAL, d->serial) ||
	       (d->role == USBIP_TLS_ROLE_TABLET &&
		nla_put_u32(skb, USBIP_TLS_A_PORT, d->port));
}

static int put_counters(struct sk_buff *skb, struct usbip_tls_session *s)
{
	u64 age = ktime_get_boottime_ns() - s->created;

	return nla_put_u64_64bit(skb, USBIP_TLS_A_AGE_MS,
				 div_u64(age, NSEC_PER_MSEC),
				 USBIP_TLS_A_PAD) ||
	       put_u64(skb, USBIP_TLS_A_TX_BYTES, &s->tx_bytes) ||
	       put_u64(skb, USBIP_TLS_A_RX_BYTES, &s->rx_bytes) ||
	       put_u64(skb, USBIP_TLS_A_TX_PDUS, &s->tx_pdus) ||
	       put_u64(skb, USBIP_TLS_A_RX_PDUS, &s->rx_pdus) ||
	       put_u64(skb, USBIP_TLS_A_DROPPED_PDUS, &s->dropped) ||
	       nla_put_u32(skb, USBIP_TLS_A_OPEN_URBS,
			   READ_ONCE(s->check.slots.submits));
}

/* One message about one session. Returns 0 or -EMSGSIZE. */
int usbip_tls_message_fill(struct sk_buff *skb, struct usbip_tls_session *s,
			   u8 cmd, u32 portid, u32 seq, int flags)
{
	struct usbip_tls_transport *t;
	void *head;
	int err;

	head = genlmsg_put(skb, portid, seq, &usbip_tls_family, flags, cmd);
	if (!head)
		return -EMSGSIZE;

	err = nla_put_u32(skb, USBIP_TLS_A_ID, s->id) || put_state(skb, s) ||
	      put_desc(skb, &s->desc) || put_counters(skb, s);
	t = usbip_tls_session_transport(s);
	if (t) {
		err = err || put_transport(skb, t);
		usbip_tls_transport_put(t);
	}
	if (err) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}

	genlmsg_end(skb, head);
	return 0;
}

/**
 * usbip_tls_message_event() - tell the listeners
 * @s: session
 * @cmd: one of the event commands
 *
 * An event that cannot be sent for lack of memory is lost; the table still
 * tells. Process context, may be in the way of memory reclaim.
 */
void usbip_tls_message_event(struct usbip_tls_session *s, u8 cmd)
{
	unsigned int noio = memalloc_noio_save();
	struct sk_buff *skb;

	if (!genl_has_listeners(&usbip_tls_family, s->net, GROUP_EVENTS))
		goto out;

	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		goto out;
	if (usbip_tls_message_fill(skb, s, cmd, 0, 0, 0))
		nlmsg_free(skb);
	else
		genlmsg_multicast_netns(&usbip_tls_family, s->net, skb, 0,
					GROUP_EVENTS, GFP_KERNEL);
out:
	memalloc_noio_restore(noio);
}
