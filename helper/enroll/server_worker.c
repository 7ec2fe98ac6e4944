// SPDX-License-Identifier: GPL-2.0
/* The dock's worker: proves the code, reads the request, gives the answer. */
#include <errno.h>
#include <string.h>

#include "enroll/enroll_workers.h"

static struct ut_msg msg;

/*
 * On the dock only now, with a whole ClientHello that names the key, does this
 * process get it: the parent must know of every try before it is made.
 */
int ut_enroll_key(uint8_t key[UT_TLS_PSK_SIZE], void *arg)
{
	const struct ut_serve *s = arg;
	int ret = ut_serve_ask(ut_msg_init(&msg, UT_MSG_CLAIM), UT_MSG_PSK,
			       s->start.deadline);

	if (!ret)
		memcpy(key, msg.psk, UT_TLS_PSK_SIZE);
	explicit_bzero(&msg, sizeof(msg));
	return ret;
}

static int tell_bound(void *arg)
{
	return ut_msg_tell(UT_FD_CHANNEL, UT_MSG_BOUND, 0);
}

static int send_refusal(struct ut_tls *t, uint32_t why)
{
	const uint8_t byte = (uint8_t)why;

	if (ut_frame_send(t, UT_FRAME_REFUSED, &byte, sizeof(byte)))
		return -1;
	ut_tls_finish(t);
	return 0;
}

/* The parent hears of it first: a request in vain uses up a try. */
static int refuse(struct ut_tls *t, uint32_t why)
{
	int ret = ut_msg_tell(UT_FD_CHANNEL, UT_MSG_REFUSED, why);

	return ret ? ut_serve_fail(t, ret) : send_refusal(t, why);
}

static int confirm(struct ut_tls *t)
{
	struct ut_buf none;
	int type, ret;

	type = ut_frame_recv(t, UT_FRAME_INSTALLED, UT_FRAME_FAILED, 0, &none);
	if (type < 0)
		return -1;
	ut_buf_free(&none);
	ret = ut_msg_tell(UT_FD_CHANNEL, UT_MSG_CONFIRMED,
			  type == UT_FRAME_INSTALLED);
	if (ret)
		return ut_serve_fail(t, ret);
	ut_tls_finish(t);
	return 0;
}

/* All of it from the parent, before the peer can make us wait: it is the frames. */
static int grant(struct ut_tls *t)
{
	struct ut_blob bundle = { .at = 0 };
	int ret;

	t->p.deadline = ut_clock_ms() + UT_ENROLL_DELIVERY_MS;
	ret = ut_serve_ask(ut_msg_init(&msg, UT_MSG_NEXT), UT_MSG_BUNDLE,
			   t->p.deadline);
	if (!ret)
		ret = ut_serve_fetch(&bundle, &msg, UT_FRAME_BUNDLE_MAX,
				     t->p.deadline);
	if (ret)
		ret = ut_serve_fail(t, ret);
	else
		ret = ut_tls_send(t, bundle.buf.data, bundle.buf.len);
	if (!ret)
		ret = confirm(t);
	ut_blob_free(&bundle);
	return ret;
}

static int pass_on(struct ut_tls *t, const struct ut_enroll_request *req)
{
	int ret;

	ut_msg_init(&msg, UT_MSG_REQUEST)->request = *req;
	ret = ut_msg_send(UT_FD_CHANNEL, &msg);
	/* A person may be asked, and the CA's key have a slow passphrase. */
	if (!ret)
		ret = ut_msg_wait(UT_FD_CHANNEL, &msg, UT_ENROLL_APPROVAL_MS +
				  UT_ENROLL_DELIVERY_MS);
	if (ret)
		return ut_serve_fail(t, ret);
	if (msg.type == UT_MSG_GRANTED)
		return grant(t);
	if (msg.type == UT_MSG_REFUSED)
		return send_refusal(t, msg.value);
	return ut_serve_fail(t, -EPROTO);
}

static int serve_request(struct ut_tls *t)
{
	struct ut_enroll_request req;
	struct ut_buf buf;
	int ret;

	ret = ut_msg_tell(UT_FD_CHANNEL, UT_MSG_PROVEN, 0);
	if (ret)
		return ut_serve_fail(t, ret);
	if (ut_frame_recv(t, UT_FRAME_REQUEST, UT_FRAME_REQUEST,
			  UT_FRAME_REQUEST_MAX, &buf) < 0)
		return -1;
	ret = ut_frame_parse_request((const uint8_t *)buf.data, buf.len, &req);
	ut_buf_free(&buf);
	if (ret < 0)
		return ut_tls_bad_request(t);
	return ret ? refuse(t, (uint32_t)ret) : pass_on(t, &req);
}

int ut_enroll_server_worker(struct ut_serve *s)
{
	const struct ut_tls_psk psk = {
		.side = UT_TLS_DOCK, .identity = UT_ENROLL_IDENTITY,
		.alpn = UT_ENROLL_ALPN, .key = ut_enroll_key,
		.bound = tell_bound, .arg = s,
	};

	if (!ut_serve_begin(s, &psk))
		serve_request(&s->tls);
	return ut_serve_end(s);
}
