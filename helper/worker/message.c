// SPDX-License-Identifier: GPL-2.0
/* Messages between programs and their parents: see message.h. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "tls/sign_text.h"
#include "worker/message.h"

_Static_assert(UT_SIGNATURE_MAX <= UT_MSG_DATA, "a signature is one message");

static bool terminated(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

static bool outcome_ok(const struct ut_tls_outcome *o)
{
	return (unsigned int)o->reason < UT_TLS_N_REASONS &&
	       terminated(o->name, sizeof(o->name)) &&
	       terminated(o->serial, sizeof(o->serial));
}

static bool err_ok(const struct ut_err *err)
{
	return (unsigned int)err->code <= UT_EXIT_PROTOCOL &&
	       terminated(err->msg, sizeof(err->msg)) &&
	       terminated(err->hint, sizeof(err->hint));
}

/* Data in pieces of this message, @max bytes of it at the most. */
static bool data_ok(const struct ut_msg *m, size_t max)
{
	return m->len && m->len <= UT_MSG_DATA && m->len <= m->total &&
	       m->total <= max;
}

/* The signer decides which text it signs. */
static bool sign_ok(const struct ut_msg *m)
{
	return (m->sign.version == 0x0303 || m->sign.version == 0x0304) &&
	       data_ok(m, UT_SIGN_TEXT_MAX);
}

/* Whoever has a name has a serial number. */
static bool auth_ok(const struct ut_msg_auth *a)
{
	return (a->version == 0x0303 || a->version == 0x0304) &&
	       terminated(a->name, sizeof(a->name)) &&
	       terminated(a->serial, sizeof(a->serial)) &&
	       strspn(a->serial, "0123456789abcdef") == strlen(a->serial) &&
	       !a->name[0] == !a->serial[0];
}

static bool device_ok(const struct ut_op_device *dev)
{
	return terminated(dev->path, sizeof(dev->path)) &&
	       terminated(dev->busid, sizeof(dev->busid)) &&
	       terminated(dev->manufacturer, sizeof(dev->manufacturer)) &&
	       terminated(dev->product, sizeof(dev->product)) &&
	       terminated(dev->serial, sizeof(dev->serial)) &&
	       dev->nif <= sizeof(dev->interfaces) / sizeof(dev->interfaces[0]);
}

static bool event_ok(const struct ut_watch_event *e)
{
	return e->kind >= UT_WATCH_DEVICE && e->kind <= UT_WATCH_CRL &&
	       e->state <= UT_WATCH_YOURS && device_ok(&e->dev);
}

/* Which flags a kind of worker knows. */
static uint32_t flags_of(uint32_t kind)
{
	switch (kind) {
	case UT_START_DOCK:
		return UT_START_PLAIN;
	case UT_START_TABLET:
		return UT_START_DIAL | UT_START_EXPECT | UT_START_REPLACE;
	default:
		return 0;
	}
}

static bool start_ok(const struct ut_start *s)
{
	return s->kind && s->kind < UT_START_END &&
	       s->op < (s->kind == UT_START_TABLET ? UT_START_OPS_END : 1) &&
	       !(s->flags & ~flags_of(s->kind)) &&
	       terminated(s->host, sizeof(s->host)) &&
	       terminated(s->expect, sizeof(s->expect)) &&
	       terminated(s->busid, sizeof(s->busid)) &&
	       s->csr.len <= sizeof(s->csr.der);
}

static bool key_ok(const struct ut_msg_key *k)
{
	return terminated(k->cert, sizeof(k->cert)) &&
	       terminated(k->key, sizeof(k->key)) &&
	       terminated(k->key_password_file, sizeof(k->key_password_file));
}

static bool addresses_ok(const struct ut_msg_addresses *a)
{
	uint32_t i;

	if (!a->n || a->n > UT_MSG_ADDRESSES_MAX)
		return false;
	for (i = 0; i < a->n; i++)
		if (a->v[i].sa.sa_family != AF_INET &&
		    a->v[i].sa.sa_family != AF_INET6)
			return false;
	return true;
}

static bool request_ok(const struct ut_enroll_request *r)
{
	return (r->role == UT_PKI_DOCK || r->role == UT_PKI_TABLET) &&
	       ut_pki_name_ok(r->name);
}

static bool news_ok(const struct ut_dns_sd_msg *m)
{
	if (!terminated(m->name, sizeof(m->name)))
		return false;
	switch (m->type) {
	case UT_DNS_SD_FOUND:
	case UT_DNS_SD_LOST:
		return ut_where_usable(&m->where);
	case UT_DNS_SD_WAITING:
	case UT_DNS_SD_PUBLISHED:
	case UT_DNS_SD_FAILED:
		return true;
	default:
		return false;
	}
}

/* Every string and enum of a message without data that its type gives a meaning. */
static bool body_ok(const struct ut_msg *m)
{
	switch (m->type) {
	case UT_MSG_AUTH:
		return auth_ok(&m->auth);
	case UT_MSG_COUNT:
		return m->value <= UT_OP_MAX_DEVICES;
	case UT_MSG_DEVICE:
	case UT_MSG_IMPORTED:
		return device_ok(&m->device);
	case UT_MSG_IMPORT:
		return terminated(m->import.busid,
				  sizeof(m->import.busid));
	case UT_MSG_AT:
		return terminated(m->at, sizeof(m->at));
	case UT_MSG_OUTCOME:
		return outcome_ok(&m->outcome);
	case UT_MSG_ERROR:
		return m->error.error > 0 && m->error.error < 4096 &&
		       m->error.err.code != UT_EXIT_OK &&
		       err_ok(&m->error.err);
	case UT_MSG_EVENT:
		return event_ok(&m->event);
	case UT_MSG_TRUST:
		return m->trust.renew <= 1;
	case UT_MSG_START:
		return start_ok(&m->start);
	case UT_MSG_ADDRESSES:
		return addresses_ok(&m->addresses);
	case UT_MSG_KEY:
		return key_ok(&m->key);
	case UT_MSG_PEER:
		return terminated(m->peer, sizeof(m->peer));
	case UT_MSG_REQUEST:
		return request_ok(&m->request);
	case UT_MSG_REFUSED:
		return m->value && m->value < UT_REFUSAL_END;
	case UT_MSG_CONFIRMED:
		return m->value <= 1;
	case UT_MSG_DNS_SD:
		return terminated(m->dns_sd.config.name,
				  sizeof(m->dns_sd.config.name));
	case UT_MSG_NEWS:
		return news_ok(&m->news);
	case UT_MSG_DEVLIST:
	case UT_MSG_NEXT:
	case UT_MSG_WATCH:
	case UT_MSG_STATUS:
	case UT_MSG_READY:
	case UT_MSG_CLAIM:
	case UT_MSG_PSK:
	case UT_MSG_DENIED:
	case UT_MSG_BOUND:
	case UT_MSG_PROVEN:
	case UT_MSG_GRANTED:
		return true;
	default:
		return false;
	}
}

static bool msg_ok(const struct ut_msg *m)
{
	switch (m->type) {
	case UT_MSG_SIGN:
		return sign_ok(m);
	case UT_MSG_SIGNATURE:
		return m->len <= UT_SIGNATURE_MAX && m->total == m->len;
	case UT_MSG_BLOB:
		return data_ok(m, UT_PKI_CRL_MAX);
	case UT_MSG_BUNDLE:
		return data_ok(m, UT_FRAME_BUNDLE_MAX);
	default:
		return !m->total && !m->len && body_ok(m);
	}
}

struct ut_msg *ut_msg_init(struct ut_msg *msg, enum ut_msg_type type)
{
	memset(msg, 0, sizeof(*msg));
	msg->type = type;
	return msg;
}

int ut_msg_send(int fd, const struct ut_msg *msg)
{
	ssize_t n;

	do {
		n = send(fd, msg, sizeof(*msg), MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == sizeof(*msg) ? 0 : -EMSGSIZE;
}

int ut_msg_tell(int fd, enum ut_msg_type type, uint32_t value)
{
	static struct ut_msg msg;

	ut_msg_init(&msg, type)->value = value;
	return ut_msg_send(fd, &msg);
}

/* A parent's socket does not block, and may be full of earlier pieces. */
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

int ut_msg_send_all(int fd, struct ut_msg *msg, const void *data, size_t len,
		    int64_t deadline)
{
	struct ut_blob b = { .buf = { (char *)data, len } };
	int ret = 0;

	while (!ret && ut_blob_next(&b, msg))
		ret = send_piece(fd, msg, deadline);
	return ret;
}

int ut_msg_recv(int fd, struct ut_msg *msg)
{
	ssize_t n;

	do {
		/* MSG_TRUNC: the true length, so that a longer one is seen. */
		n = recv(fd, msg, sizeof(*msg), MSG_TRUNC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	if (n == 0)
		return -EPIPE;
	if (n != sizeof(*msg) || !msg_ok(msg))
		return -EBADMSG;
	if (msg->type == UT_MSG_ERROR) {
		ut_sanitize(msg->error.err.msg);
		ut_sanitize(msg->error.err.hint);
	}
	return 0;
}

static int wait_packet(int fd, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int ret;

	do {
		ret = poll(&p, 1, ut_clock_left(deadline));
	} while (ret < 0 && errno == EINTR);
	if (ret < 0)
		return -errno;
	return ret ? 0 : -ETIMEDOUT;
}

int ut_msg_wait(int fd, struct ut_msg *msg, int timeout_ms)
{
	int64_t deadline = ut_clock_ms() + timeout_ms;
	int ret;

	do {
		ret = wait_packet(fd, deadline);
		if (!ret)
			ret = ut_msg_recv(fd, msg);
	} while (ret == -EAGAIN);
	return ret;
}

static uint32_t piece_len(const struct ut_blob *b)
{
	const size_t left = b->buf.len - b->at;

	return (uint32_t)(left < UT_MSG_DATA ? left : UT_MSG_DATA);
}

bool ut_blob_next(struct ut_blob *b, struct ut_msg *msg)
{
	const uint32_t len = piece_len(b);

	if (!len)
		return false;
	msg->total = (uint32_t)b->buf.len;
	msg->len = len;
	memcpy(msg->data, b->buf.data + b->at, len);
	b->at += len;
	return true;
}

int ut_blob_add(struct ut_blob *b, const struct ut_msg *piece, size_t max)
{
	if (!b->buf.data) {
		if (!piece->total || piece->total > max)
			return -EBADMSG;
		b->buf.data = malloc((size_t)piece->total + 1);
		if (!b->buf.data)
			return -ENOMEM;
		b->buf.len = piece->total;
		b->buf.data[b->buf.len] = '\0';
		b->at = 0;
		b->sign = piece->sign;
	}
	/* Without progress there would be no end. */
	if (!piece->len || piece->len != piece_len(b) ||
	    piece->total != b->buf.len ||
	    memcmp(&piece->sign, &b->sign, sizeof(b->sign)))
		return -EBADMSG;
	memcpy(b->buf.data + b->at, piece->data, piece->len);
	b->at += piece->len;
	return b->at == b->buf.len;
}

void ut_blob_free(struct ut_blob *b)
{
	ut_buf_free(&b->buf);
	b->at = 0;
}
