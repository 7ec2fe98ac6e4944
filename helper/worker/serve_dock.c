// SPDX-License-Identifier: GPL-2.0
/* The dock's worker: handshake, if there is TLS, then one request. */

#include "proto/op_trust.h"
#include "worker/serve.h"

static int send_device(struct ut_tls *t, const struct ut_op_device *dev)
{
	uint8_t buf[UT_OP_DEVICE_SIZE + UT_OP_MAX_INTERFACES * UT_OP_IF_SIZE];

	ut_op_encode_device(buf, dev);
	ut_op_encode_interfaces(buf + UT_OP_DEVICE_SIZE, dev);
	return ut_tls_send(t, buf,
			   UT_OP_DEVICE_SIZE + ut_op_interfaces_size(dev));
}

static int serve_devlist(struct ut_tls *t)
{
	static struct ut_msg msg;
	uint8_t head[UT_OP_HDR_SIZE + UT_OP_COUNT_SIZE];
	uint32_t n, i;
	int ret;

	ret = ut_serve_ask(ut_msg_init(&msg, UT_MSG_DEVLIST), UT_MSG_COUNT,
			   t->p.deadline);
	if (ret)
		return ut_serve_fail(t, ret);
	n = msg.value;
	ut_op_encode_header(head, UT_OP_REP_DEVLIST, UT_OP_ST_OK);
	ut_op_put32(head + UT_OP_HDR_SIZE, n);
	if (ut_tls_send(t, head, sizeof(head)))
		return -1;
	for (i = 0; i < n; i++) {
		ret = ut_serve_ask(ut_msg_init(&msg, UT_MSG_NEXT),
				   UT_MSG_DEVICE, t->p.deadline);
		if (ret)
			return ut_serve_fail(t, ret);
		if (send_device(t, &msg.device))
			return -1;
	}
	ut_tls_finish(t);
	return 0;
}

/* From IMPORT on the connection is the parent's, and so is the answer. */
static int serve_import(struct ut_tls *t, uint32_t flags)
{
	static struct ut_msg msg;
	uint8_t busid[UT_OP_BUSID_SIZE];
	int ret;

	if (ut_tls_recv(t, busid, sizeof(busid)))
		return -1;
	ut_msg_init(&msg, UT_MSG_IMPORT);
	msg.import.flags = flags;
	if (ut_op_decode_busid(busid, msg.import.busid))
		return ut_tls_bad_request(t);
	if (ut_tls_to_kernel(t))
		return -1;
	ret = ut_msg_send(UT_FD_CHANNEL, &msg);
	return ret ? ut_serve_fail(t, ret) : 0;
}

static int serve_request(struct ut_tls *t)
{
	uint8_t buf[UT_OP_HDR_SIZE];
	struct ut_op_header h;

	if (ut_tls_recv(t, buf, sizeof(buf)))
		return -1;
	if (ut_op_decode_header(buf, &h))
		return ut_tls_bad_request(t);
	switch (h.code) {
	case UT_OP_REQ_DEVLIST:
		return serve_devlist(t);
	case UT_OP_REQ_IMPORT:
		return serve_import(t, h.status);
	case UT_OP_REQ_WATCH:
		/* Only a peer we know gets a permanent place. */
		return t->p.plain ? ut_tls_bad_request(t) : ut_serve_watch(t);
	case UT_OP_REQ_TRUST:
		return t->p.plain ? ut_tls_bad_request(t) : ut_serve_trust(t);
	default:
		return ut_tls_bad_request(t);
	}
}

int ut_serve_dock(struct ut_serve *s)
{
	if (!ut_serve_begin(s, NULL))
		serve_request(&s->tls);
	return ut_serve_end(s);
}
