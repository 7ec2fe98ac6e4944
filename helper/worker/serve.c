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

static int sign(const struct ut_sign_request *req, struct ut_msg_signature *sig,
		void *arg)
{
	static struct ut_msg msg;
	const struct ut_job *job = arg;
	int ret = ut_sign_send(UT_FD_CHANNEL, req, job->deadline);

	if (!ret)
		ret = ut_msg_wait(UT_FD_CHANNEL, &msg,
				  ut_clock_left(job->deadline));
	if (!ret && msg.type != UT_MSG_SIGNATURE)
		ret = -EPROTO;
	if (!ret)
		*sig = msg.signature;
	return ret;
}

/* The rules are the parent's. What it cannot be asked is no. */
static bool allowed(const char *name, void *arg)
{
	static struct ut_msg msg;
	const struct ut_job *job = arg;

	memset(&msg, 0, sizeof(msg));
	msg.type = UT_MSG_PEER;
	strncpy(msg.peer, name, sizeof(msg.peer) - 1);
	return !ut_serve_ask(&msg, UT_MSG_STATUS, job->deadline) && !msg.status;
}

static int tell_auth(struct ut_tls *t)
{
	static struct ut_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = UT_MSG_AUTH;
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

	memset(&msg, 0, sizeof(msg));
	msg.type = UT_MSG_OUTCOME;
	msg.outcome = t->outcome;
	ut_tls_close(t);
	return ut_msg_send(UT_FD_CHANNEL, &msg) ? 1 : 0;
}
