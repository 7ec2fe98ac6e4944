// SPDX-License-Identifier: GPL-2.0
/*
 * The watch operation in a worker, which lives as long as the connection. The
 * dock's parent is asked for one event at a time: it can never send more than
 * the tablet reads.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>

#include "worker/serve.h"

/* For one event to get through, whichever way. */
#define EVENT_MS 10000

static void event_deadline(struct ut_tls *t)
{
	ut_tls_deadline(t, ut_clock_ms() + EVENT_MS);
}

/* A tablet that watches says nothing more. */
static int hear_tablet(struct ut_tls *t)
{
	uint8_t byte;
	int n = ut_tls_recv_now(t, &byte, sizeof(byte));

	return n > 0 ? ut_tls_bad_request(t) : n;
}

static int send_event(struct ut_tls *t, const struct ut_watch_event *event)
{
	uint8_t buf[UT_WATCH_MAX_EVENT];
	size_t len = ut_watch_encode(buf, event);

	event_deadline(t);
	return ut_tls_send(t, buf, len);
}

/* The next event of the parent goes out; -1: the end, of whatever kind. */
static int pass_on(struct ut_tls *t)
{
	static struct ut_msg msg;
	int ret = ut_msg_recv(UT_FD_CHANNEL, &msg);

	if (!ret && msg.type != UT_MSG_EVENT)
		ret = -EPROTO;
	if (ret)
		return ut_serve_fail(t, ret);
	if (send_event(t, &msg.event))
		return -1;
	return ut_serve_tell(t, ut_msg_init(&msg, UT_MSG_NEXT));
}

int ut_serve_watch(struct ut_tls *t)
{
	struct pollfd p[2] = {
		{ UT_FD_CHANNEL, POLLIN, 0 }, { t->p.fd, POLLIN, 0 },
	};
	static struct ut_msg msg;
	uint8_t head[UT_OP_HDR_SIZE];
	int ret;

	ret = ut_serve_ask(ut_msg_init(&msg, UT_MSG_WATCH), UT_MSG_STATUS,
			   t->p.deadline);
	if (ret)
		return ut_serve_fail(t, ret);
	ut_op_encode_header(head, UT_OP_REP_WATCH, msg.value);
	if (ut_tls_send(t, head, sizeof(head)))
		return -1;
	if (msg.value != UT_OP_ST_OK) {
		ut_tls_finish(t);
		return 0;
	}
	ret = ut_serve_tell(t, ut_msg_init(&msg, UT_MSG_NEXT));
	/* What came with the request is no more in the socket. */
	if (!ret)
		ret = hear_tablet(t);
	while (!ret) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents)
			ret = hear_tablet(t);
		if (!ret && p[0].revents)
			ret = pass_on(t);
	}
	return ret;
}

static int recv_event(struct ut_tls *t, struct ut_watch_event *event)
{
	uint8_t head[UT_WATCH_HEAD_SIZE], payload[UT_WATCH_MAX_PAYLOAD];
	size_t len;

	/* Nothing may happen for days, but an event that has begun must end in time. */
	ut_tls_deadline(t, INT64_MAX);
	if (ut_tls_recv(t, head, 1))
		return -1;
	event_deadline(t);
	if (ut_tls_recv(t, head + 1, sizeof(head) - 1))
		return -1;
	if (ut_watch_decode_head(head, event, &len))
		return ut_tls_bad_request(t);
	if (ut_tls_recv(t, payload, len))
		return -1;
	if (ut_watch_decode_payload(payload, len, event))
		return ut_tls_bad_request(t);
	return 0;
}

int ut_serve_watching(struct ut_tls *t)
{
	static struct ut_msg msg;

	for (;;) {
		ut_msg_init(&msg, UT_MSG_EVENT);
		if (recv_event(t, &msg.event) || ut_serve_tell(t, &msg))
			return -1;
	}
}
