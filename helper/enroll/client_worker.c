// SPDX-License-Identifier: GPL-2.0
/* The tablet's worker: asks, and checks what it gets before anybody else does. */
#include <errno.h>

#include "enroll/enroll_workers.h"
#include "pki/cert_check.h"

static struct ut_msg msg;

static int ask(struct ut_tls *t, const struct ut_start *start)
{
	uint8_t buf[UT_FRAME_REQUEST_MAX];
	size_t len = ut_frame_put_request(buf, (enum ut_pki_role)start->role,
					  start->expect, start->csr.der,
					  start->csr.len);

	return ut_frame_send(t, UT_FRAME_REQUEST, buf, len);
}

static int on_refused(struct ut_tls *t, struct ut_buf *buf)
{
	uint8_t why = buf->len == 1 ? (uint8_t)buf->data[0] : 0;
	int ret;

	if (!why || why >= UT_REFUSAL_END)
		return ut_tls_bad_request(t);
	ret = ut_msg_tell(UT_FD_CHANNEL, UT_MSG_REFUSED, why);
	return ret ? ut_serve_fail(t, ret) : 1;
}

/*
 * 0: all is there, and *all has the frames as they came; 1: refused, and the parent
 * knows; -1.
 */
static int receive(struct ut_tls *t, struct ut_buf *all)
{
	static char bytes[UT_FRAME_BUNDLE_MAX];
	enum ut_frame_type want;
	struct ut_buf frame;
	int type, ret = 0;

	*all = (struct ut_buf){ bytes, 0 };
	for (want = UT_FRAME_CERT; !ret && want <= UT_FRAME_DOCK; want++) {
		/* Who has begun to give cannot refuse any more. */
		type = ut_frame_recv(t, want, want == UT_FRAME_CERT ?
				     UT_FRAME_REFUSED : want,
				     ut_frame_max(want), &frame);
		if (type < 0)
			return -1;
		if (type == UT_FRAME_REFUSED)
			ret = on_refused(t, &frame);
		else
			all->len += ut_frame_put(bytes + all->len, want,
						 frame.data, frame.len);
		ut_buf_free(&frame);
	}
	return ret;
}

static int check(const struct ut_buf *all, const struct ut_start *start,
		 struct ut_err *err)
{
	const struct ut_pki_expect want = {
		.role = (enum ut_pki_role)start->role, .name = start->expect,
		.point = &start->csr.point,
	};
	char dock[UT_PKI_NAME_SIZE];
	struct ut_pki_bundle b;

	if (!ut_frame_unbundle(all, &b, dock))
		return ut_err_set(err, UT_EXIT_PROTOCOL, EPROTO,
				  "the dock's name is not a name");
	return ut_pki_check(&b, false, &want, NULL, err);
}

static int hand_over(struct ut_tls *t, const struct ut_buf *all)
{
	int ret = ut_msg_send_all(UT_FD_CHANNEL,
				  ut_msg_init(&msg, UT_MSG_BUNDLE), all->data,
				  all->len, t->p.deadline);

	if (!ret)
		ret = ut_msg_wait(UT_FD_CHANNEL, &msg,
				  ut_clock_left(t->p.deadline));
	if (!ret && msg.type != UT_MSG_CONFIRMED)
		ret = -EPROTO;
	if (ret)
		return ut_serve_fail(t, ret);
	if (ut_frame_send(t, msg.value ? UT_FRAME_INSTALLED : UT_FRAME_FAILED,
			  NULL, 0))
		return -1;
	ut_tls_finish(t);
	return 0;
}

/* What we cannot take: the parent tells why, the dock that. */
static int reject(struct ut_tls *t, const struct ut_err *err)
{
	int ret;

	ut_msg_init(&msg, UT_MSG_ERROR);
	msg.error.error = EBADMSG;
	msg.error.err = *err;
	ret = ut_msg_send(UT_FD_CHANNEL, &msg);
	if (ret)
		return ut_serve_fail(t, ret);
	if (ut_frame_send(t, UT_FRAME_FAILED, NULL, 0))
		return -1;
	ut_tls_finish(t);
	return 0;
}

static int request_cert(struct ut_tls *t, const struct ut_start *start)
{
	struct ut_buf all;
	struct ut_err err;
	int ret;

	if (ask(t, start))
		return -1;
	/* Somebody there may have to be asked. */
	t->p.deadline = ut_clock_ms() + UT_ENROLL_APPROVAL_MS +
			UT_ENROLL_DELIVERY_MS;
	ret = receive(t, &all);
	if (!ret) {
		ut_err_clear(&err);
		ret = check(&all, start, &err) ? reject(t, &err) :
						 hand_over(t, &all);
	}
	return ret;
}

int ut_enroll_client_worker(struct ut_serve *s)
{
	const struct ut_tls_psk psk = {
		.side = UT_TLS_TABLET, .identity = UT_ENROLL_IDENTITY,
		.alpn = UT_ENROLL_ALPN, .key = ut_enroll_key, .arg = s,
	};

	if (!ut_serve_begin(s, &psk))
		request_cert(&s->tls, &s->start);
	return ut_serve_end(s);
}
