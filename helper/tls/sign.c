// SPDX-License-Identifier: GPL-2.0
/* Requests for a signature, piece by piece: see sign.h. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tls/sign.h"

struct ut_sign_request *ut_sign_new(uint32_t version, uint32_t algorithm,
				    uint32_t total)
{
	struct ut_sign_request *req = calloc(1, sizeof(*req) + total);

	if (req) {
		req->version = version;
		req->algorithm = algorithm;
		req->total = total;
	}
	return req;
}

/* Parents do not block; their socket may be full of the pieces before. */
static int send_piece(int fd, const struct ut_msg *msg, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int ret;

	while ((ret = ut_msg_send(fd, msg)) == -EAGAIN) {
		ret = poll(&p, 1, ut_clock_left(deadline));
		if (!ret)
			return -ETIMEDOUT;
		if (ret < 0 && errno != EINTR)
			return -errno;
	}
	return ret;
}

static uint32_t piece_len(const struct ut_sign_request *req, uint32_t at)
{
	return req->total - at < UT_MSG_SIGN_PIECE ? req->total - at :
						     UT_MSG_SIGN_PIECE;
}

int ut_sign_send(int fd, const struct ut_sign_request *req, int64_t deadline)
{
	static struct ut_msg msg;
	uint32_t at;
	int ret = 0;

	memset(&msg, 0, sizeof(msg));
	msg.type = UT_MSG_SIGN;
	msg.sign.version = req->version;
	msg.sign.algorithm = req->algorithm;
	msg.sign.total = req->total;
	msg.sign.number = req->number;
	for (at = 0; !ret && at < req->total; at += msg.sign.len) {
		msg.sign.len = piece_len(req, at);
		memcpy(msg.sign.data, req->text + at, msg.sign.len);
		ret = send_piece(fd, &msg, deadline);
	}
	return ret;
}

int ut_sign_take(struct ut_sign_request **req, const struct ut_msg_sign *piece,
		 uint32_t max)
{
	struct ut_sign_request *r = *req;

	if (!r) {
		if (!piece->total || piece->total > max)
			return -EBADMSG;
		r = ut_sign_new(piece->version, piece->algorithm, piece->total);
		if (!r)
			return -ENOMEM;
		r->number = piece->number;
		*req = r;
	}
	if (piece->version != r->version || piece->algorithm != r->algorithm ||
	    piece->total != r->total || piece->number != r->number ||
	    piece->len != piece_len(r, r->len))
		return -EBADMSG;
	memcpy(r->text + r->len, piece->data, piece->len);
	r->len += piece->len;
	return r->len == r->total;
}
