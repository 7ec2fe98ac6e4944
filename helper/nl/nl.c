// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's session table over generic netlink, by libnl.
 *
 * One request at a time on a blocking socket: the kernel answers within the
 * send, so there is no deadline. The extended ack is read here because libnl
 * drops its text.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "nl/parse.h"

struct conn {
	struct ut_nl nl;	/* the first member */
	struct nl_sock *sk;
	int family;
};

/* State of one request while its answer is read. */
struct pending {
	int error;		/* negative errno, 1: not over yet */
	char text[256];		/* from the extended ack */
	uint32_t id;
	int session_fd;
	struct ut_nl_table *table;	/* of a dump; else NULL */
};

int ut_nl_error(struct ut_err *err, int error, const char *text,
		const char *what)
{
	const char *why = text && text[0] ? text : strerror(abs(error));
	enum ut_exit code = ut_exit_of_errno(error);

	switch (abs(error)) {
	case ENXIO:
		code = UT_EXIT_MODULE;
		break;
	case ENOTCONN:
		code = UT_EXIT_UNREACHABLE;
		break;
	case EALREADY:
	case ENOSPC:
		code = UT_EXIT_BUSY;
		break;
	}
	ut_err_set(err, code, error, "%s: %s", what, why);
	if (code == UT_EXIT_PERMISSION)
		ut_err_hint(err, "run it as root (CAP_NET_ADMIN is needed)");
	else if (code == UT_EXIT_MODULE)
		ut_err_hint(err, "modprobe usbip_tls_host on a dock, modprobe usbip_tls_vhci on a tablet");
	else if (code == UT_EXIT_UNREACHABLE)
		ut_err_hint(err, "the connection has ended meanwhile; try again");
	return -abs(error);
}

/* libnl has its own error numbers; the ones that matter here, as errno. */
static int nle_errno(int nle)
{
	switch (abs(nle)) {
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_OBJ_NOTFOUND:
		return -ENOPROTOOPT;
	case NLE_MSG_OVERFLOW:
	case NLE_MSG_TRUNC:
		return -EMSGSIZE;
	case NLE_AGAIN:
		return -EAGAIN;
	default:
		return -EIO;
	}
}

int ut_nl_connect(struct nl_sock **out, int *family, struct ut_err *err)
{
	struct nl_sock *sk = nl_socket_alloc();
	int one = 1, ret;

	if (!sk)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot make a netlink socket");
	ret = genl_connect(sk);
	if (ret) {
		ret = ut_err_set(err, UT_EXIT_FAILURE, nle_errno(ret),
				 "cannot open generic netlink: %s",
				 nl_geterror(ret));
		goto free;
	}
	/* Kernels before 4.12 lack it; then there is a number and no text. */
	setsockopt(nl_socket_get_fd(sk), SOL_NETLINK, NETLINK_EXT_ACK, &one,
		   sizeof(one));
	ret = genl_ctrl_resolve(sk, USBIP_TLS_GENL_NAME);
	if (ret < 0) {
		ret = ut_err_set(err, UT_EXIT_MODULE, ENOPROTOOPT,
				 "the usbip_tls kernel modules are not loaded");
		ut_err_hint(err, "modprobe usbip_tls_host on a dock, modprobe usbip_tls_vhci on a tablet");
		goto free;
	}
	*family = ret;
	*out = sk;
	return 0;
free:
	nl_socket_free(sk);
	return ret;
}

/* The text of the extended ack, which follows the echoed request. */
static void ext_ack_text(const struct nlmsgerr *e, char *text, size_t size)
{
	const struct nlmsghdr *nlh;
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	size_t echoed, payload;

	nlh = (const void *)((const char *)e - NLMSG_HDRLEN);
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	payload = nlh->nlmsg_len - NLMSG_HDRLEN;
	echoed = sizeof(*e);
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		echoed += NLMSG_ALIGN(e->msg.nlmsg_len) - NLMSG_HDRLEN;
	if (echoed >= payload)
		return;
	if (nla_parse(tb, NLMSGERR_ATTR_MAX,
		      (struct nlattr *)((const char *)e + echoed),
		      (int)(payload - echoed), NULL))
		return;
	if (tb[NLMSGERR_ATTR_MSG])
		nla_strlcpy(text, tb[NLMSGERR_ATTR_MSG], size);
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	struct pending *p = arg;

	p->error = e->error ? e->error : -EIO;
	ext_ack_text(e, p->text, sizeof(p->text));
	return NL_STOP;
}

static int on_end(struct nl_msg *msg, void *arg)
{
	struct pending *p = arg;

	p->error = 0;
	return NL_STOP;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlattr *a[USBIP_TLS_A_MAX + 1];
	struct pending *p = arg;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, a, USBIP_TLS_A_MAX, ut_nl_policy))
		return NL_SKIP;
	if (a[USBIP_TLS_A_SESSION_FD])
		p->session_fd = (int)nla_get_u32(a[USBIP_TLS_A_SESSION_FD]);
	if (a[USBIP_TLS_A_ID])
		p->id = nla_get_u32(a[USBIP_TLS_A_ID]);
	if (p->table)
		ut_nl_add_session(p->table, a);
	return NL_OK;
}

/* An answer that got lost must not put all later ones out of step. */
static int on_seq(struct nl_msg *msg, void *arg)
{
	return NL_OK;
}

/*
 * The kernel had no memory for the end of its answer. What it could queue is
 * here by now; it is read, because there may be a descriptor in it, and because
 * the next request must not meet it.
 */
static void drain(struct conn *c, struct nl_cb *cb)
{
	struct pollfd p = {
		.fd = nl_socket_get_fd(c->sk), .events = POLLIN,
	};

	while (poll(&p, 1, 0) > 0 && (p.revents & POLLIN))
		nl_recvmsgs(c->sk, cb);
}

/*
 * Sends the message, which it consumes, and reads to the end of the answer. The
 * queue is empty afterwards.
 */
static int transact(struct conn *c, struct nl_msg *msg, struct pending *p)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int ret;

	if (!cb) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, p);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_seq, NULL);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_end, p);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_end, p);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, p);
	p->error = 1;
	ret = nl_send_auto(c->sk, msg);
	nlmsg_free(msg);
	/* A table that changes meanwhile is no error: ids are never reused. */
	while ((ret >= 0 || ret == -NLE_DUMP_INTR) && p->error == 1)
		ret = nl_recvmsgs(c->sk, cb);
	if (p->error == 1)
		drain(c, cb);
	nl_cb_put(cb);
	if (p->error != 1)
		return p->error;
	return nle_errno(ret);
}

static struct nl_msg *new_msg(struct conn *c, int cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg)
		return NULL;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, c->family, 0, flags,
			 cmd, USBIP_TLS_GENL_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static int put_device(struct nl_msg *msg, const struct ut_op_device *dev,
		      bool interfaces_known)
{
	const uint8_t class[3] = {
		dev->dev_class, dev->dev_sub, dev->dev_proto
	};
	uint8_t classes[USBIP_TLS_CLASSES_SIZE] = { 0 };
	unsigned int i;

	NLA_PUT_U16(msg, USBIP_TLS_A_DEV_VENDOR, dev->vid);
	NLA_PUT_U16(msg, USBIP_TLS_A_DEV_PRODUCT, dev->pid);
	NLA_PUT_U16(msg, USBIP_TLS_A_DEV_RELEASE, dev->bcd);
	NLA_PUT(msg, USBIP_TLS_A_DEV_CLASS, sizeof(class), class);
	if (!interfaces_known)
		return 0;
	for (i = 0; i < dev->nif && i < UT_OP_MAX_INTERFACES; i++) {
		uint8_t c = dev->interfaces[i][0];

		classes[c / 8] |= (uint8_t)(1 << c % 8);
	}
	NLA_PUT(msg, USBIP_TLS_A_DEV_CLASSES, sizeof(classes), classes);
	return 0;

nla_put_failure:
	return -EMSGSIZE;
}

static int put_req(struct nl_msg *msg, const struct ut_session_req *req)
{
	NLA_PUT_U32(msg, USBIP_TLS_A_FD, (uint32_t)req->fd);
	NLA_PUT_U8(msg, USBIP_TLS_A_ROLE, req->role);
	NLA_PUT_U32(msg, USBIP_TLS_A_DEVID, req->devid);
	NLA_PUT_STRING(msg, USBIP_TLS_A_BUSID, req->busid);
	NLA_PUT_STRING(msg, USBIP_TLS_A_PEER, req->peer ? req->peer : "");
	if (req->serial && req->serial[0])
		NLA_PUT_STRING(msg, USBIP_TLS_A_SERIAL, req->serial);
	if (req->plain)
		NLA_PUT_FLAG(msg, USBIP_TLS_A_PLAIN);
	if (req->role == USBIP_TLS_ROLE_TABLET)
		NLA_PUT_U32(msg, USBIP_TLS_A_PORT, req->port);
	if (req->role == USBIP_TLS_ROLE_TABLET && req->device)
		return put_device(msg, req->device, req->interfaces_known);
	return 0;

nla_put_failure:
	return -EMSGSIZE;
}

static int real_session_new(struct ut_nl *nl, const struct ut_session_req *req,
			    uint32_t *id, int *session_fd, struct ut_err *err)
{
	static const char what[] = "the kernel refused the session";
	struct pending p = { .session_fd = -1 };
	struct conn *c = (struct conn *)nl;
	struct nl_msg *msg;
	int ret;

	msg = new_msg(c, USBIP_TLS_CMD_SESSION_NEW, NLM_F_REQUEST | NLM_F_ACK);
	if (!msg)
		return ut_nl_error(err, ENOMEM, NULL, what);
	ret = put_req(msg, req);
	if (ret) {
		nlmsg_free(msg);
		return ut_nl_error(err, ret, NULL, what);
	}
	ret = transact(c, msg, &p);
	if (!ret && p.session_fd < 0)
		ret = -EPROTO;
	if (ret) {
		if (p.session_fd >= 0)
			close(p.session_fd);
		return ut_nl_error(err, ret, p.text, what);
	}
	*id = p.id;
	*session_fd = p.session_fd;
	return 0;
}

static int real_session_del(struct ut_nl *nl, uint32_t id, struct ut_err *err)
{
	struct pending p = { .session_fd = -1 };
	struct conn *c = (struct conn *)nl;
	struct nl_msg *msg;
	char what[64];
	int ret;

	snprintf(what, sizeof(what), "session %u", id);
	msg = new_msg(c, USBIP_TLS_CMD_SESSION_DEL, NLM_F_REQUEST | NLM_F_ACK);
	if (!msg)
		return ut_nl_error(err, ENOMEM, NULL, what);
	nla_put_u32(msg, USBIP_TLS_A_ID, id);
	ret = transact(c, msg, &p);
	if (ret == -ENOENT)
		snprintf(p.text, sizeof(p.text), "there is no such session");
	return ret ? ut_nl_error(err, ret, p.text, what) : 0;
}

static int real_session_all(struct ut_nl *nl, struct ut_session **sessions,
			    size_t *n, struct ut_err *err)
{
	static const char what[] = "cannot read the session table";
	struct ut_nl_table table = { 0 };
	struct pending p = { .session_fd = -1, .table = &table };
	struct conn *c = (struct conn *)nl;
	struct nl_msg *msg;
	int ret;

	msg = new_msg(c, USBIP_TLS_CMD_SESSION_GET,
		      NLM_F_REQUEST | NLM_F_DUMP);
	if (!msg)
		return ut_nl_error(err, ENOMEM, NULL, what);
	ret = transact(c, msg, &p);
	if (ret || table.full) {
		free(table.v);
		return ut_nl_error(err, ret ? ret : table.full, p.text, what);
	}
	*sessions = table.v;
	*n = table.n;
	return 0;
}

static void real_close(struct ut_nl *nl)
{
	struct conn *c = (struct conn *)nl;

	nl_socket_free(c->sk);
	free(c);
}

static const struct ut_nl_ops real_ops = {
	.close = real_close,
	.session_new = real_session_new,
	.session_all = real_session_all,
	.session_del = real_session_del,
};

int ut_nl_open(struct ut_nl **out, struct ut_err *err)
{
	struct conn *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot open netlink");
	ret = ut_nl_connect(&c->sk, &c->family, err);
	if (ret) {
		free(c);
		return ret;
	}
	c->nl.ops = &real_ops;
	*out = &c->nl;
	return 0;
}

void ut_nl_close(struct ut_nl *nl)
{
	if (nl)
		nl->ops->close(nl);
}
