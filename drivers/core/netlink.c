// SPDX-License-Identifier: GPL-2.0
/*
 * netlink.c - requests by generic netlink; their contract is the uapi header
 */
#include <linux/file.h>
#include <net/genetlink.h>

#include "core.h"
#include "trace.h"

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

/* What the dock announced: all of it or nothing, and with or without the classes. */
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
	err = usbip_tls_message_fill(reply, s, USBIP_TLS_CMD_SESSION_GET,
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
		err = usbip_tls_message_fill(skb, s, USBIP_TLS_CMD_SESSION_GET,
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

int __init usbip_tls_netlink_init(void)
{
	usbip_tls_family.policy = usbip_tls_policy;
	usbip_tls_family.ops = usbip_tls_ops;
	usbip_tls_family.n_ops = ARRAY_SIZE(usbip_tls_ops);
	return genl_register_family(&usbip_tls_family);
}

void usbip_tls_netlink_exit(void)
{
	genl_unregister_family(&usbip_tls_family);
}
