// SPDX-License-Identifier: GPL-2.0
/* What both kinds of workers have in common. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "worker/serve.h"

int ut_serve_ask(struct ut_msg *msg, uint32_t answer, int64_t deadline)
{
	int ret = ut_msg_send(UT_FD_CHANNEL, msg);

	if (!ret)
		ret = ut_msg_wait(UT_FD_CHANNEL, msg, ut_clock_left(deadline));
	if (!ret && msg->type != answer)
		ret = -EPROTO;
	return ret;
}

int ut_serve_tell(struct ut_tls *t, const struct ut_msg *msg)
{
	int ret = ut_msg_send(UT_FD_CHANNEL, msg);

	if (!ret)
		return 0;
	t->outcome.reason = UT_TLS_INTERNAL;
	t->outcome.detail = -ret;
	return -1;
}

int ut_serve_fetch(struct ut_blob *b, struct ut_msg *msg, size_t max,
		   int64_t deadline)
{
	const uint32_t type = msg->type;
	int ret;

	for (;;) {
		ret = ut_blob_add(b, msg, max);
		if (ret)
			return ret < 0 ? ret : 0;
		ret = ut_serve_ask(ut_msg_init(msg, UT_MSG_NEXT), type,
				   deadline);
		if (ret)
			return ret;
	}
}

static int sign(const struct ut_sign_request *req, uint8_t *sig, size_t size,
		void *arg)
{
	static struct ut_msg msg;
	const struct ut_job *job = arg;
	int ret;

	ut_msg_init(&msg, UT_MSG_SIGN);
	msg.sign.version = req->version;
	msg.sign.algorithm = req->algorithm;
	ret = ut_msg_send_all(UT_FD_CHANNEL, &msg, req->text, req->len,
			      job->deadline);
	if (!ret)
		ret = ut_msg_wait(UT_FD_CHANNEL, &msg,
				  ut_clock_left(job->deadline));
	if (!ret && (msg.type != UT_MSG_SIGNATURE || msg.len > size))
		ret = -EPROTO;
	if (ret)
		return ret;
	memcpy(sig, msg.data, msg.len);
	return (int)msg.len;
}

/* The rules are the parent's. What it cannot be asked is no. */
static bool allowed(const char *name, void *arg)
{
	static struct ut_msg msg;
	const struct ut_job *job = arg;

	ut_msg_init(&msg, UT_MSG_PEER);
	strncpy(msg.peer, name, sizeof(msg.peer) - 1);
	return !ut_serve_ask(&msg, UT_MSG_STATUS, job->deadline) && !msg.value;
}

static int tell_auth(struct ut_tls *t)
{
	static struct ut_msg msg;

	ut_msg_init(&msg, UT_MSG_AUTH);
	msg.auth.version = ut_tls_version(t);
	memcpy(msg.auth.name, t->outcome.name, sizeof(msg.auth.name));
	memcpy(msg.auth.serial, t->outcome.serial, sizeof(msg.auth.serial));
	return ut_msg_send(UT_FD_CHANNEL, &msg);
}

int ut_serve_start(struct ut_tls *t, const struct ut_job *job)
{
	const struct ut_tls_params params = {
		.fd = job->peer,
		.creds = job->creds,
		.expect = job->expect,
		.allowed = allowed,
		.allowed_arg = (void *)job,
		.sign = sign,
		.sign_arg = (void *)job,
		.deadline = job->deadline,
		.plain = job->plain,
	};
	int ret = ut_tls_open(t, &params);

	if (ret)
		return ret;
	/* So far not one byte of the peer has been read. */
	ret = ut_sandbox_enter(job->sandbox, UT_SANDBOX_WORKER);
	if (ret) {
		t->outcome.reason = UT_TLS_INTERNAL;
		t->outcome.detail = -ret;
		return -1;
	}
	if (job->plain)
		return 0;
	ret = ut_tls_handshake(t);
	if (ret)
		return ret;
	return tell_auth(t);
}

int ut_serve_end(struct ut_tls *t)
{
	static struct ut_msg msg;

	ut_msg_init(&msg, UT_MSG_OUTCOME)->outcome = t->outcome;
	ut_tls_close(t);
	return ut_msg_send(UT_FD_CHANNEL, &msg) ? 1 : 0;
}
