// SPDX-License-Identifier: GPL-2.0
/* Events of the session table: see nl.h. */
#include <errno.h>
#include <stdlib.h>

#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "nl/parse.h"

struct ut_nl_events {
	struct nl_sock *sk;
	int family;
	ut_nl_event_cb cb;
	void *arg;
};

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlattr *a[USBIP_TLS_A_MAX + 1];
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct ut_nl_events *ev = arg;
	struct ut_session s;

	if (nlh->nlmsg_type != ev->family || !genlmsg_valid_hdr(nlh, 0))
		return NL_SKIP;
	if (genlmsg_parse(nlh, 0, a, USBIP_TLS_A_MAX, ut_nl_policy))
		return NL_SKIP;
	ut_nl_parse_session(a, &s);
	ev->cb(genlmsg_hdr(nlh)->cmd, &s, ev->arg);
	return NL_OK;
}

static int subscribe(struct ut_nl_events *ev, struct ut_err *err)
{
	int group, ret;

	group = genl_ctrl_resolve_grp(ev->sk, USBIP_TLS_GENL_NAME,
				      USBIP_TLS_MCGRP_EVENTS);
	if (group < 0)
		return ut_nl_error(err, ENXIO, "no such multicast group",
				   "cannot listen to events");
	ret = nl_socket_add_membership(ev->sk, group);
	if (ret)
		return ut_nl_error(err, EPERM, nl_geterror(ret),
				   "cannot listen to events");
	nl_socket_disable_seq_check(ev->sk);
	nl_socket_modify_cb(ev->sk, NL_CB_VALID, NL_CB_CUSTOM, on_event, ev);
	ret = nl_socket_set_nonblocking(ev->sk);
	if (ret)
		return ut_nl_error(err, EIO, nl_geterror(ret),
				   "cannot listen to events");
	return 0;
}

int ut_nl_events_open(struct ut_nl_events **out, struct ut_err *err)
{
	struct ut_nl_events *ev = calloc(1, sizeof(*ev));
	int ret;

	if (!ev)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot listen to events");
	ret = ut_nl_connect(&ev->sk, &ev->family, err);
	if (ret) {
		free(ev);
		return ret;
	}
	ret = subscribe(ev, err);
	if (ret) {
		ut_nl_events_close(ev);
		return ret;
	}
	*out = ev;
	return 0;
}

int ut_nl_events_fd(const struct ut_nl_events *ev)
{
	return nl_socket_get_fd(ev->sk);
}

int ut_nl_events_read(struct ut_nl_events *ev, ut_nl_event_cb cb, void *arg,
		      struct ut_err *err)
{
	int ret;

	ev->cb = cb;
	ev->arg = arg;
	do {
		/* libnl does not tell ENOBUFS from ENOMEM; errno does. */
		errno = 0;
		ret = nl_recvmsgs_default(ev->sk);
	} while (ret >= 0);
	if (ret == -NLE_AGAIN)
		return 0;
	if (errno == ENOBUFS || ret == -NLE_NOMEM)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOBUFS,
				    "events were lost");
	return ut_err_set(err, UT_EXIT_FAILURE, EIO, "cannot read events: %s",
			  nl_geterror(ret));
}

void ut_nl_events_close(struct ut_nl_events *ev)
{
	if (!ev)
		return;
	nl_socket_free(ev->sk);
	free(ev);
}
