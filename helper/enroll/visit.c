// SPDX-License-Identifier: GPL-2.0
/* The tablet's worker: asks, and checks what it gets before anybody else does. */
#include <errno.h>
#include <string.h>

#include "enroll/serve.h"
#include "tls/pki_check.h"

static struct ut_enroll_msg msg;

static int ask(struct ut_tls *t, const struct ut_msg_start *start)
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
	memset(&msg, 0, sizeof(msg));
	msg.type = UT_ENROLL_REFUSED;
	msg.refusal = why;
	ret = ut_enroll_msg_send(UT_FD_CHANNEL, &msg);
	return ret ? ut_enroll_internal(t, ret) : 1;
}

/* 0: all is there; 1: refused, and the parent knows; -1. */
static int receive(struct ut_tls *t, struct ut_parts *parts)
{
	enum ut_frame_type want;
	unsigned int i;
	int type, ret;

	for (i = 0; i < UT_N_PARTS; i++) {
		want = (enum ut_frame_type)(UT_FRAME_CERT + i);
		/* Who has begun to give cannot refuse any more. */
		type = ut_frame_recv(t, want, i ? want : UT_FRAME_REFUSED,
				     ut_part_max((enum ut_part_kind)i),
				     &parts->buf[i]);
		if (type < 0)
			return -1;
		if (type == UT_FRAME_REFUSED) {
			ret = on_refused(t, &parts->buf[i]);
			ut_buf_free(&parts->buf[i]);
			return ret;
		}
	}
	return 0;
}

static int check(const struct ut_parts *parts,
		 const struct ut_msg_start *start, struct ut_err *err)
{
	const struct ut_pki_bundle b = {
		.cert = parts->buf[UT_PART_CERT],
		.ca = parts->buf[UT_PART_CA],
		.crl = parts->buf[UT_PART_CRL],
	};
	const struct ut_pki_expect want = {
		.role = (enum ut_pki_role)start->role, .name = start->expect,
		.point = &start->csr.point,
	};

	if (!ut_parts_dock_ok(parts))
		return ut_err_set(err, UT_EXIT_PROTOCOL, EPROTO,
				  "the dock's name is not a name");
	return ut_pki_check(&b, false, &want, NULL, err);
}

static int hand_over(struct ut_tls *t, struct ut_parts *parts)
{
	int ret;

	memset(&msg, 0, sizeof(msg));
	msg.type = UT_ENROLL_PART;
	while (ut_parts_next(parts, &msg.part)) {
		ret = ut_enroll_msg_send(UT_FD_CHANNEL, &msg);
		if (ret)
			return ut_enroll_internal(t, ret);
	}
	ret = ut_enroll_msg_wait(UT_FD_CHANNEL, &msg, t->p.deadline);
	if (!ret && msg.type != UT_ENROLL_CONFIRMED)
		ret = -EPROTO;
	if (ret)
		return ut_enroll_internal(t, ret);
	if (ut_frame_send(t, msg.confirmed ? UT_FRAME_INSTALLED :
			  UT_FRAME_FAILED, NULL, 0))
		return -1;
	ut_tls_finish(t);
	return 0;
}

/* What we cannot take: the parent tells why, the dock that. */
static int reject(struct ut_tls *t, const struct ut_err *err)
{
	int ret;

	memset(&msg, 0, sizeof(msg));
	msg.type = UT_ENROLL_ERROR;
	msg.err = *err;
	ret = ut_enroll_msg_send(UT_FD_CHANNEL, &msg);
	if (ret)
		return ut_enroll_internal(t, ret);
	if (ut_frame_send(t, UT_FRAME_FAILED, NULL, 0))
		return -1;
	ut_tls_finish(t);
	return 0;
}

static int visit(struct ut_tls *t, const struct ut_msg_start *start)
{
	struct ut_parts parts = { .kind = 0 };
	struct ut_err err;
	int ret;

	if (ask(t, start))
		return -1;
	/* Somebody there may have to be asked. */
	t->p.deadline = ut_clock_ms() + UT_ENROLL_WORD_MS +
			UT_ENROLL_DELIVERY_MS;
	ret = receive(t, &parts);
	if (!ret) {
		ut_err_clear(&err);
		ret = check(&parts, start, &err) ? reject(t, &err) :
						 hand_over(t, &parts);
	}
	ut_parts_free(&parts);
	return ret;
}

int ut_enroll_visit(const struct ut_msg_start *start,
		    const struct ut_sandbox *sandbox)
{
	const struct ut_tls_psk psk = {
		.side = UT_TLS_TABLET, .identity = UT_ENROLL_IDENTITY,
		.alpn = UT_ENROLL_ALPN, .key = ut_enroll_key,
		.arg = (void *)start,
	};
	static struct ut_tls t;

	if (!ut_enroll_start(&t, &psk, start, sandbox))
		visit(&t, start);
	return ut_enroll_end(&t);
}
