// SPDX-License-Identifier: GPL-2.0
/* The tablet's worker: handshake, one request, and the reading of its answers. */
#include <string.h>

#include "proto/op_trust.h"
#include "worker/serve.h"

static int tell_status(struct ut_tls *t, uint32_t status)
{
	static struct ut_msg msg;

	ut_msg_init(&msg, UT_MSG_STATUS)->value = status;
	return ut_serve_tell(t, &msg);
}

/* 0, or the reply is not one to @code; *status is the dock's. */
static int recv_header(struct ut_tls *t, uint16_t code, uint32_t *status)
{
	uint8_t buf[UT_OP_HDR_SIZE];
	struct ut_op_header h;

	if (ut_tls_recv(t, buf, sizeof(buf)))
		return -1;
	if (ut_op_decode_header(buf, &h) || h.code != code)
		return ut_tls_bad_request(t);
	*status = h.status;
	return 0;
}

static int recv_device(struct ut_tls *t, struct ut_op_device *dev)
{
	uint8_t buf[UT_OP_DEVICE_SIZE];

	if (ut_tls_recv(t, buf, sizeof(buf)))
		return -1;
	return ut_op_decode_device(buf, dev) ? ut_tls_bad_request(t) : 0;
}

static int recv_interfaces(struct ut_tls *t, struct ut_op_device *dev)
{
	uint8_t buf[UT_OP_MAX_INTERFACES * UT_OP_IF_SIZE];

	if (ut_tls_recv(t, buf, ut_op_interfaces_size(dev)))
		return -1;
	ut_op_decode_interfaces(buf, dev);
	return 0;
}

static int recv_devices(struct ut_tls *t)
{
	static struct ut_msg msg;
	uint8_t count[UT_OP_COUNT_SIZE];
	uint32_t n, i;

	if (ut_tls_recv(t, count, sizeof(count)))
		return -1;
	if (ut_op_decode_count(count, &n))
		return ut_tls_bad_request(t);
	ut_msg_init(&msg, UT_MSG_COUNT)->value = n;
	if (ut_serve_tell(t, &msg))
		return -1;
	for (i = 0; i < n; i++) {
		ut_msg_init(&msg, UT_MSG_DEVICE);
		if (recv_device(t, &msg.device) ||
		    recv_interfaces(t, &msg.device) ||
		    ut_serve_tell(t, &msg))
			return -1;
	}
	ut_tls_finish(t);
	return 0;
}

/* A request that is a header alone, and the header of its answer. */
static int ask(struct ut_tls *t, uint16_t req, uint16_t rep, uint32_t *status)
{
	uint8_t buf[UT_OP_HDR_SIZE];

	ut_op_encode_header(buf, req, 0);
	return ut_tls_send(t, buf, sizeof(buf)) || recv_header(t, rep, status) ?
	       -1 : 0;
}

static int list(struct ut_tls *t)
{
	uint32_t status;

	if (ask(t, UT_OP_REQ_DEVLIST, UT_OP_REP_DEVLIST, &status))
		return -1;
	return status == UT_OP_ST_OK ? recv_devices(t) :
				       tell_status(t, status);
}

static int import(struct ut_tls *t, const struct ut_start *start)
{
	static struct ut_msg msg;
	uint8_t req[UT_OP_IMPORT_REQ_SIZE];
	uint32_t status;

	if (ut_op_encode_import_request(req, start->busid,
					start->flags & UT_START_REPLACE ?
					UT_OP_IMPORT_REPLACE : 0))
		return ut_tls_bad_request(t);
	if (ut_tls_send(t, req, sizeof(req)) ||
	    recv_header(t, UT_OP_REP_IMPORT, &status))
		return -1;
	if (status != UT_OP_ST_OK)
		return tell_status(t, status);
	ut_msg_init(&msg, UT_MSG_IMPORTED);
	if (recv_device(t, &msg.device))
		return -1;
	if (strcmp(msg.device.busid, start->busid))
		return ut_tls_bad_request(t);
	if (ut_tls_to_kernel(t))
		return -1;
	return ut_serve_tell(t, &msg);
}

static int watch(struct ut_tls *t)
{
	static struct ut_msg msg;
	uint32_t status;

	if (ask(t, UT_OP_REQ_WATCH, UT_OP_REP_WATCH, &status))
		return -1;
	if (status != UT_OP_ST_OK)
		return tell_status(t, status);
	if (ut_serve_tell(t, ut_msg_init(&msg, UT_MSG_WATCH)))
		return -1;
	return ut_serve_watching(t);
}

static int fetch(struct ut_serve *s)
{
	const struct ut_csr *csr = &s->start.csr;
	uint8_t req[UT_OP_HDR_SIZE + 2];
	struct ut_tls *t = &s->tls;
	uint32_t status;

	if (ut_tls_send(t, req, ut_trust_encode_request(req, csr->len)) ||
	    (csr->len && (ut_tls_send(t, csr->der, csr->len) ||
			  ut_tls_send(t, &csr->proof, sizeof(csr->proof)))) ||
	    recv_header(t, UT_OP_REP_TRUST, &status))
		return -1;
	if (status != UT_OP_ST_OK)
		return tell_status(t, status);
	return ut_serve_fetched(s);
}

static int request(struct ut_serve *s)
{
	switch (s->start.op) {
	case UT_START_IMPORT:
		return import(&s->tls, &s->start);
	case UT_START_WATCH:
		return watch(&s->tls);
	case UT_START_FETCH:
		return fetch(s);
	default:
		return list(&s->tls);
	}
}

int ut_serve_tablet(struct ut_serve *s)
{
	if (!ut_serve_begin(s, NULL))
		request(s);
	return ut_serve_end(s);
}
