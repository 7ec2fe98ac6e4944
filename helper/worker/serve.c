// SPDX-License-Identifier: GPL-2.0
/* The program usbip-tls-worker: see serve.h. */
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cage/program.h"
#include "worker/connect.h"
#include "worker/serve.h"

/* The message is there before we are. */
#define START_MS 10000

int ut_serve_fail(struct ut_tls *t, int error)
{
	/* The first cause is the one that counts. */
	if (t->outcome.reason == UT_TLS_OK) {
		t->outcome.reason = UT_TLS_INTERNAL;
		t->outcome.detail = -error;
	}
	return -1;
}

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

	return ret ? ut_serve_fail(t, ret) : 0;
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
	const struct ut_serve *s = arg;
	int ret;

	ut_msg_init(&msg, UT_MSG_SIGN);
	msg.sign.version = req->version;
	msg.sign.algorithm = req->algorithm;
	ret = ut_msg_send_all(UT_FD_CHANNEL, &msg, req->text, req->len,
			      s->start.deadline);
	if (!ret)
		ret = ut_msg_wait(UT_FD_CHANNEL, &msg,
				  ut_clock_left(s->start.deadline));
	if (!ret && (msg.type != UT_MSG_SIGNATURE || msg.len > size))
		ret = -EPROTO;
	if (ret)
		return ret;
	memcpy(sig, msg.data, msg.len);
	return (int)msg.len;
}

/* The rules are the parent's; if it cannot be asked, the answer is no. */
static bool allowed(const char *name, void *arg)
{
	static struct ut_msg msg;
	const struct ut_serve *s = arg;

	ut_msg_init(&msg, UT_MSG_PEER);
	strncpy(msg.peer, name, sizeof(msg.peer) - 1);
	return !ut_serve_ask(&msg, UT_MSG_STATUS, s->start.deadline) &&
	       !msg.value;
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

int ut_serve_begin(struct ut_serve *s, const struct ut_tls_psk *psk)
{
	const struct ut_start *start = &s->start;
	const struct ut_tls_params params = {
		.fd = UT_FD_PEER,
		.creds = s->creds,
		.expect = start->flags & UT_START_EXPECT ? start->expect : NULL,
		.allowed = allowed,
		.allowed_arg = s,
		.sign = sign,
		.sign_arg = s,
		.deadline = start->deadline,
		.psk = psk,
		.plain = start->flags & UT_START_PLAIN,
	};
	int ret = psk ? ut_tls_psk_open(&s->tls, &params) :
			ut_tls_open(&s->tls, &params);

	if (ret)
		return ret;
	/* So far not one byte of the peer has been read. */
	ret = ut_sandbox_enter(&start->sandbox, UT_SANDBOX_WORKER);
	if (ret)
		return ut_serve_fail(&s->tls, ret);
	if (psk)
		return ut_tls_psk_handshake(&s->tls);
	if (params.plain)
		return 0;
	ret = ut_tls_handshake(&s->tls);
	return ret ? ret : tell_auth(&s->tls);
}

int ut_serve_end(struct ut_serve *s)
{
	static struct ut_msg msg;

	ut_msg_init(&msg, UT_MSG_OUTCOME)->outcome = s->tls.outcome;
	ut_tls_close(&s->tls);
	return ut_msg_send(UT_FD_CHANNEL, &msg) ? 1 : 0;
}

/* Which of its addresses a name has led to. */
static int tell_at(int fd)
{
	static struct ut_msg msg;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	ut_msg_init(&msg, UT_MSG_AT);
	if (getpeername(fd, (struct sockaddr *)&ss, &len))
		return -errno;
	if (getnameinfo((struct sockaddr *)&ss, len, msg.at, sizeof(msg.at),
			NULL, 0, NI_NUMERICHOST))
		return -EADDRNOTAVAIL;
	return ut_msg_send(UT_FD_CHANNEL, &msg);
}

/* A socket that the parent has left us, or a new one. */
static int connected(const struct ut_start *start, struct ut_err *err)
{
	int ret;

	if (start->flags & UT_START_DIAL)
		return ut_connect(start->host, start->port, &start->sandbox,
				  start->deadline, err);
	ret = ut_connect_end(UT_FD_PEER, start->host, start->port,
			     start->deadline, err);
	return ret ? ret : UT_FD_PEER;
}

/* The parent must not wait for it. Not in the cage, where there is no socket(2). */
static int dial(const struct ut_start *start)
{
	static struct ut_msg msg;
	int fd;

	ut_msg_init(&msg, UT_MSG_ERROR);
	fd = connected(start, &msg.error.err);
	if (fd < 0) {
		msg.error.error = -fd;
		ut_msg_send(UT_FD_CHANNEL, &msg);
		return fd;
	}
	if (tell_at(fd))
		return -EPIPE;
	if (fd == UT_FD_PEER)
		return 0;
	if (dup2(fd, UT_FD_PEER) < 0)
		return -errno;
	close(fd);
	return 0;
}

int ut_serve_main(ut_serve_kind *const kinds[UT_START_END])
{
	static struct ut_serve s;
	static struct ut_msg msg;
	uint32_t kind;

	ut_program_begin("usbip-tls-worker");
	/* Checked, as every message: it is one of the kinds. */
	if (ut_msg_wait(UT_FD_CHANNEL, &msg, START_MS) ||
	    msg.type != UT_MSG_START || !kinds[msg.start.kind])
		return 1;
	s.start = msg.start;
	kind = s.start.kind;
	if (kind == UT_START_DOCK || kind == UT_START_TABLET) {
		s.creds = ut_creds_unpack(UT_FD_CREDS);
		if (!s.creds)
			return 1;
	}
	if (kind == UT_START_TABLET && dial(&s.start))
		return 0;
	return kinds[kind](&s);
}
