// SPDX-License-Identifier: GPL-2.0
/*
 * netlink.c - the generic netlink family; its contract is the uapi header
 */
#include <linux/file.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ktime.h>
#include <linux/sched/mm.h>
#include <net/genetlink.h>

#include "core.h"
#include "trace.h"

static struct genl_family usbip_tls_family;

enum { GROUP_EVENTS };

static const struct nla_policy
usbip_tls_policy[USBIP_TLS_A_MAX + 1] = {
	[USBIP_TLS_A_ID] = { .type = NLA_U32 },
	[USBIP_TLS_A_FD] = { .type = NLA_U32 },
	[USBIP_TLS_A_ROLE] = NLA_POLICY_RANGE(NLA_U8, USBIP_TLS_ROLE_DOCK,
					      USBIP_TLS_ROLE_TABLET),
	[USBIP_TLS_A_DEVID] = { .type = NLA_U32 },
	[USBIP_TLS_A_BUSID] = { .type = NLA_NUL_STRING,
				.len = USBIP_TLS_BUSID_SIZE - 1 },
	[USBIP_TLS_A_PORT] = { .type = NLA_U32 },
	[USBIP_TLS_A_PEER] = { .type = NLA_NUL_STRING,
			       .len = USBIP_TLS_PEER_SIZE - 1 },
	[USBIP_TLS_A_SERIAL] = { .type = NLA_NUL_STRING,
				 .len = USBIP_TLS_SERIAL_SIZE - 1 },
	[USBIP_TLS_A_PLAIN] = { .type = NLA_FLAG },
	[USBIP_TLS_A_DEV_VENDOR] = { .type = NLA_U16 },
	[USBIP_TLS_A_DEV_PRODUCT] = { .type = NLA_U16 },
	[USBIP_TLS_A_DEV_RELEASE] = { .type = NLA_U16 },
	[USBIP_TLS_A_DEV_CLASS] = NLA_POLICY_EXACT_LEN(3),
	[USBIP_TLS_A_DEV_CLASSES] =
		NLA_POLICY_EXACT_LEN(USBIP_TLS_CLASSES_SIZE),
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
static int fill_session(struct sk_buff *skb, struct usbip_tls_session *s,
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
 * usbip_tls_netlink_event() - tell the listeners
 * @s: session
 * @cmd: one of the event commands
 *
 * An event that cannot be sent for lack of memory is lost; the table still
 * tells. Process context, may be in the way of memory reclaim.
 */
void usbip_tls_netlink_event(struct usbip_tls_session *s, u8 cmd)
{
	unsigned int noio = memalloc_noio_save();
	struct sk_buff *skb;

	if (!genl_has_listeners(&usbip_tls_family, s->net, GROUP_EVENTS))
		goto out;

	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		goto out;
	if (fill_session(skb, s, cmd, 0, 0, 0))
		nlmsg_free(skb);
	else
		genlmsg_multicast_netns(&usbip_tls_family, s->net, skb, 0,
					GROUP_EVENTS, GFP_KERNEL);
out:
	memalloc_noio_restore(noio);
}

/* What the dock announced; all of it is optional, but for the classes together. */
static int parse_announced(struct genl_info *info, struct usbip_tls_desc *d)
{
	struct usbip_announced *an = &d->announced;
	struct nlattr **a = info->attrs;

	if (!a[USBIP_TLS_A_DEV_VENDOR] && !a[USBIP_TLS_A_DEV_PRODUCT] &&
	    !a[USBIP_TLS_A_DEV_RELEASE] && !a[USBIP_TLS_A_DEV_CLASS] &&
	    !a[USBIP_TLS_A_DEV_CLASSES])
		return 0;
	if (GENL_REQ_ATTR_CHECK(info, USBIP_TLS_A_DEV_VENDOR) ||
	    GENL_REQ_ATTR_CHECK(info, USBIP_TLS_A_DEV_PRODUCT) ||
	    GENL_REQ_ATTR_CHECK(info, USBIP_TLS_A_DEV_RELEASE) ||
	    GENL_REQ_ATTR_CHECK(info, USBIP_TLS_A_DEV_CLASS))
		return -EINVAL;

	an->vendor = nla_get_u16(a[USBIP_TLS_A_DEV_VENDOR]);
	an->product = nla_get_u16(a[USBIP_TLS_A_DEV_PRODUCT]);
	an->release = nla_get_u16(a[USBIP_TLS_A_DEV_RELEASE]);
	nla_memcpy(an->class, a[USBIP_TLS_A_DEV_CLASS], sizeof(an->class));
	an->classes_known = a[USBIP_TLS_A_DEV_CLASSES];
	if (an->classes_known)
		nla_memcpy(an->classes, a[USBIP_TLS_A_DEV_CLASSES],
			   sizeof(an->classes));
	d->is_announced = true;
	return 0;
}

static int parse_desc(struct genl_info *info, struct usbip_tls_desc *d)
{
	struct nlattr **a = info->attrs;

	if (GENL_REQ_ATTR_CHECK(info, USBIP_TLS_A_FD) ||
	    GENL_REQ_ATTR_CHECK(info, USBIP_TLS_A_ROLE) ||
	    GENL_REQ_ATTR_CHECK(info, USBIP_TLS_A_DEVID) ||
	    GENL_REQ_ATTR_CHECK(info, USBIP_TLS_A_BUSID) ||
	    GENL_REQ_ATTR_CHECK(info, USBIP_TLS_A_PEER))
		return -EINVAL;

	d->role = nla_get_u8(a[USBIP_TLS_A_ROLE]);
	d->devid = nla_get_u32(a[USBIP_TLS_A_DEVID]);
	nla_strscpy(d->busid, a[USBIP_TLS_A_BUSID], sizeof(d->busid));
	nla_strscpy(d->peer, a[USBIP_TLS_A_PEER], sizeof(d->peer));
	if (a[USBIP_TLS_A_SERIAL])
		nla_strscpy(d->serial, a[USBIP_TLS_A_SERIAL],
			    sizeof(d->serial));
	if (!d->busid[0]) {
		NL_SET_ERR_MSG_ATTR(info->extack, a[USBIP_TLS_A_BUSID],
				    "bus id is empty");
		return -EINVAL;
	}

	if (d->role == USBIP_TLS_ROLE_TABLET) {
		if (GENL_REQ_ATTR_CHECK(info, USBIP_TLS_A_PORT))
			return -EINVAL;
		d->port = nla_get_u32(a[USBIP_TLS_A_PORT]);
		if (a[USBIP_TLS_A_PLAIN]) {
			NL_SET_ERR_MSG_ATTR(info->extack, a[USBIP_TLS_A_PLAIN],
					    "a tablet's session needs TLS");
			return -EINVAL;
		}
		return parse_announced(info, d);
	}
	return 0;
}

static int reply_new(struct genl_info *info, u32 id, int fd)
{
	struct sk_buff *skb;
	void *head;

	skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;

	head = genlmsg_put_reply(skb, info, &usbip_tls_family, 0,
				 USBIP_TLS_CMD_SESSION_NEW);
	if (!head || nla_put_u32(skb, USBIP_TLS_A_ID, id) ||
	    nla_put_u32(skb, USBIP_TLS_A_SESSION_FD, fd)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}

	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

/*
 * Consumes @t's reference. The descriptor becomes visible last, when nothing
 * can fail any more.
 */
static int session_new(struct genl_info *info, const struct usbip_tls_desc *d,
		       struct usbip_tls_transport *t)
{
	struct usbip_tls_session *s;
	struct file *file;
	int fd, err;
	u32 id;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		usbip_tls_transport_put(t);
		return fd;
	}

	s = usbip_tls_session_create(genl_info_net(info), d, t, info->extack);
	if (IS_ERR(s)) {
		usbip_tls_transport_put(t);
		err = PTR_ERR(s);
		goto err_fd;
	}
	id = s->id;

	file = usbip_tls_socket_make(s);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto err_fd;
	}
	err = reply_new(info, id, fd);
	if (err)
		goto err_file;

	fd_install(fd, file);
	return 0;

err_file:
	fput(file);
err_fd:
	put_unused_fd(fd);
	return err;
}

static int session_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct usbip_tls_desc desc = {};
	struct usbip_tls_transport *t;
	int err;

	err = parse_desc(info, &desc);
	if (err)
		return err;

	t = usbip_tls_transport_adopt(nla_get_u32(info->attrs[USBIP_TLS_A_FD]),
				      info->attrs[USBIP_TLS_A_PLAIN],
				      genl_info_net(info), info->extack);
	if (IS_ERR(t))
		return PTR_ERR(t);

	err = session_new(info, &desc, t);
	if (err)
		trace_usbip_tls_refuse(-1, err);
	return err;
}

/* The session a request names, with a reference, or an ERR_PTR. */
static struct usbip_tls_session *requested_session(struct genl_info *info)
{
	struct usbip_tls_session *s;

	if (GENL_REQ_ATTR_CHECK(info, USBIP_TLS_A_ID))
		return ERR_PTR(-EINVAL);

	s = usbip_tls_session_get(genl_info_net(info),
				  nla_get_u32(info->attrs[USBIP_TLS_A_ID]));
	if (!s) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[USBIP_TLS_A_ID],
				    "no such session");
		return ERR_PTR(-ENOENT);
	}
	return s;
}

static int session_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct usbip_tls_session *s;
	struct sk_buff *reply;
	int err;

	s = requested_session(info);
	if (IS_ERR(s))
		return PTR_ERR(s);

	err = -ENOMEM;
	reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!reply)
		goto out;
	err = fill_session(reply, s, USBIP_TLS_CMD_SESSION_GET,
			   info->snd_portid, info->snd_seq, 0);
	if (err)
		nlmsg_free(reply);
	else
		err = genlmsg_reply(reply, info);
out:
	usbip_tls_session_put(s);
	return err;
}

/* cb->args[0] is the number of the next session to tell about. */
static int session_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct usbip_tls_session *s;
	u32 id = cb->args[0];
	int err = 0;

	while ((s = usbip_tls_session_next(net, &id))) {
		err = fill_session(skb, s, USBIP_TLS_CMD_SESSION_GET,
				   NETLINK_CB(cb->skb).portid,
				   cb->nlh->nlmsg_seq, NLM_F_MULTI);
		usbip_tls_session_put(s);
		if (err)
			break;
		id++;
	}

	cb->args[0] = id;
	return skb->len ? skb->len : err;
}

static int session_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct usbip_tls_session *s;
	int err = 0;

	s = requested_session(info);
	if (IS_ERR(s))
		return PTR_ERR(s);

	if (!usbip_tls_session_close(s, USBIP_TLS_REASON_ADMIN, 0)) {
		NL_SET_ERR_MSG(info->extack, "session is closed already");
		err = -EALREADY;
	}
	usbip_tls_session_put(s);
	return err;
}

static const struct genl_ops usbip_tls_ops[] = {
	{
		.cmd = USBIP_TLS_CMD_SESSION_NEW,
		.flags = GENL_ADMIN_PERM,
		.doit = session_new_doit,
	},
	{
		.cmd = USBIP_TLS_CMD_SESSION_GET,
		.flags = GENL_ADMIN_PERM,
		.doit = session_get_doit,
		.dumpit = session_get_dumpit,
	},
	{
		.cmd = USBIP_TLS_CMD_SESSION_DEL,
		.flags = GENL_ADMIN_PERM,
		.doit = session_del_doit,
	},
};

static const struct genl_multicast_group usbip_tls_groups[] = {
	[GROUP_EVENTS] = {
		.name = USBIP_TLS_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

static struct genl_family usbip_tls_family __ro_after_init = {
	.name = USBIP_TLS_GENL_NAME,
	.version = USBIP_TLS_GENL_VERSION,
	.maxattr = USBIP_TLS_A_MAX,
	.policy = usbip_tls_policy,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = usbip_tls_ops,
	.n_ops = ARRAY_SIZE(usbip_tls_ops),
	.mcgrps = usbip_tls_groups,
	.n_mcgrps = ARRAY_SIZE(usbip_tls_groups),
};

int __init usbip_tls_netlink_init(void)
{
	return genl_register_family(&usbip_tls_family);
}

void usbip_tls_netlink_exit(void)
{
	genl_unregister_family(&usbip_tls_family);
}
