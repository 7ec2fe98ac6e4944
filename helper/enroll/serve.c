// SPDX-License-Identifier: GPL-2.0
/* The dock's worker: proves the code, reads the request, gives the answer. */
#include <errno.h>
#include <string.h>

#include "enroll/serve.h"

static struct ut_enroll_msg msg;

int ut_enroll_internal(struct ut_tls *t, int error)
{
	if (t->outcome.reason == UT_TLS_OK) {
		t->outcome.reason = UT_TLS_INTERNAL;
		t->outcome.detail = -error;
	}
	return -1;
}

int ut_enroll_start(struct ut_tls *t, const struct ut_tls_psk *psk,
		    const struct ut_msg_start *start,
		    const struct ut_sandbox *sandbox)
{
	const struct ut_tls_params params = {
		.fd = UT_FD_PEER, .psk = psk, .deadline = start->deadline,
	};
	int ret = ut_tls_psk_open(t, &params);

	if (ret)
		return ret;
	/* So far not one byte of the peer has been read. */
	ret = ut_sandbox_enter(sandbox, UT_SANDBOX_WORKER);
	if (ret)
		return ut_enroll_internal(t, ret);
	return ut_tls_psk_handshake(t);
}

int ut_enroll_end(struct ut_tls *t)
{
	memset(&msg, 0, sizeof(msg));
	msg.type = UT_ENROLL_OUTCOME;
	msg.outcome = t->outcome;
	ut_tls_close(t);
	return ut_enroll_msg_send(UT_FD_CHANNEL, &msg) ? 1 : 0;
}

/* Sends @type and waits for the answer in msg. */
static int ask(enum ut_enroll_msg_type type, int64_t deadline)
{
	int ret = ut_enroll_msg_tell(UT_FD_CHANNEL, type);

	return ret ? ret : ut_enroll_msg_wait(UT_FD_CHANNEL, &msg, deadline);
}

/*
 * On the dock only now, with a whole ClientHello that names the key, does this
 * process get it: the parent must know of every try before it is made.
 */
int ut_enroll_key(uint8_t key[UT_TLS_PSK_SIZE], void *arg)
{
	const struct ut_msg_start *start = arg;
	int ret = ask(UT_ENROLL_CLAIM, start->deadline);

	if (!ret && msg.type != UT_ENROLL_KEY)
		ret = -EACCES;
	if (!ret)
		memcpy(key, msg.key, UT_TLS_PSK_SIZE);
	explicit_bzero(&msg, sizeof(msg));
	return ret;
}

static int tell_bound(void *arg)
{
	return ut_enroll_msg_tell(UT_FD_CHANNEL, UT_ENROLL_BOUND);
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
static int refuse(struct ut_tls *t, int why)
{
	int ret;

	memset(&msg, 0, sizeof(msg));
	msg.type = UT_ENROLL_REFUSED;
	msg.refusal = (uint32_t)why;
	ret = ut_enroll_msg_send(UT_FD_CHANNEL, &msg);
	return ret ? ut_enroll_internal(t, ret) : send_refusal(t, msg.refusal);
}

/* All of it from the parent, before the peer can make us wait. */
static int fetch(struct ut_tls *t, struct ut_parts *parts)
{
	int ret;

	do {
		ret = ask(UT_ENROLL_NEXT, t->p.deadline);
		if (!ret && msg.type != UT_ENROLL_PART)
			ret = -EPROTO;
		if (!ret)
			ret = ut_parts_add(parts, &msg.part);
	} while (!ret);
	return ret < 0 ? ut_enroll_internal(t, ret) : 0;
}

static int deliver(struct ut_tls *t, const struct ut_parts *parts)
{
	unsigned int i;

	for (i = 0; i < UT_N_PARTS; i++)
		if (ut_frame_send(t, (enum ut_frame_type)(UT_FRAME_CERT + i),
				  parts->buf[i].data, parts->buf[i].len))
			return -1;
	return 0;
}

static int confirm(struct ut_tls *t)
{
	struct ut_buf none;
	int type, ret;

	type = ut_frame_recv(t, UT_FRAME_INSTALLED, UT_FRAME_FAILED, 0, &none);
	if (type < 0)
		return -1;
	ut_buf_free(&none);
	memset(&msg, 0, sizeof(msg));
	msg.type = UT_ENROLL_CONFIRMED;
	msg.confirmed = type == UT_FRAME_INSTALLED;
	ret = ut_enroll_msg_send(UT_FD_CHANNEL, &msg);
	if (ret)
		return ut_enroll_internal(t, ret);
	ut_tls_finish(t);
	return 0;
}

static int grant(struct ut_tls *t)
{
	struct ut_parts parts = { .kind = 0 };
	int ret;

	t->p.deadline = ut_clock_ms() + UT_ENROLL_DELIVERY_MS;
	ret = fetch(t, &parts);
	if (!ret)
		ret = deliver(t, &parts);
	if (!ret)
		ret = confirm(t);
	ut_parts_free(&parts);
	return ret;
}

static int pass_on(struct ut_tls *t, const struct ut_enroll_request *req)
{
	int ret;

	memset(&msg, 0, sizeof(msg));
	msg.type = UT_ENROLL_REQUEST;
	msg.request = *req;
	ret = ut_enroll_msg_send(UT_FD_CHANNEL, &msg);
	/* A person may be asked, and the CA's key have a slow passphrase. */
	if (!ret)
		ret = ut_enroll_msg_wait(UT_FD_CHANNEL, &msg, ut_clock_ms() +
					 UT_ENROLL_WORD_MS +
					 UT_ENROLL_DELIVERY_MS);
	if (ret)
		return ut_enroll_internal(t, ret);
	if (msg.type == UT_ENROLL_GRANTED)
		return grant(t);
	if (msg.type == UT_ENROLL_REFUSED)
		return send_refusal(t, msg.refusal);
	return ut_enroll_internal(t, -EPROTO);
}

static int serve_request(struct ut_tls *t)
{
	struct ut_enroll_request req;
	struct ut_buf buf;
	int ret;

	ret = ut_enroll_msg_tell(UT_FD_CHANNEL, UT_ENROLL_PROVEN);
	if (ret)
		return ut_enroll_internal(t, ret);
	if (ut_frame_recv(t, UT_FRAME_REQUEST, UT_FRAME_REQUEST,
			  UT_FRAME_REQUEST_MAX, &buf) < 0)
		return -1;
	ret = ut_frame_parse_request((const uint8_t *)buf.data, buf.len, &req);
	ut_buf_free(&buf);
	if (ret < 0)
		return ut_tls_bad_request(t);
	return ret ? refuse(t, ret) : pass_on(t, &req);
}

int ut_enroll_serve(const struct ut_msg_start *start,
		    const struct ut_sandbox *sandbox)
{
	const struct ut_tls_psk psk = {
		.side = UT_TLS_DOCK, .identity = UT_ENROLL_IDENTITY,
		.alpn = UT_ENROLL_ALPN, .key = ut_enroll_key,
		.bound = tell_bound, .arg = (void *)start,
	};
	static struct ut_tls t;

	if (!ut_enroll_start(&t, &psk, start, sandbox))
		serve_request(&t);
	return ut_enroll_end(&t);
}
