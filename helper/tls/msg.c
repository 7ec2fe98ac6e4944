// SPDX-License-Identifier: GPL-2.0
/* Messages between workers and their parent: see msg.h. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "tls/msg.h"

static bool terminated(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

bool ut_msg_outcome_ok(const struct ut_tls_outcome *o)
{
	return (unsigned int)o->reason < UT_TLS_N_REASONS &&
	       terminated(o->name, sizeof(o->name)) &&
	       terminated(o->serial, sizeof(o->serial));
}

bool ut_msg_err_ok(const struct ut_err *err)
{
	return (unsigned int)err->code <= UT_EXIT_PROTOCOL &&
	       terminated(err->msg, sizeof(err->msg)) &&
	       terminated(err->hint, sizeof(err->hint));
}

/* What the text has to be is for the signer to say. */
static bool sign_ok(const struct ut_msg_sign *s)
{
	return (s->version == 0x0303 || s->version == 0x0304) && s->len &&
	       s->len <= UT_MSG_SIGN_PIECE && s->len <= s->total &&
	       s->total <= UT_SIGN_TEXT_MAX;
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
	return e->kind >= UT_WATCH_DEVICE && e->kind <= UT_WATCH_LIST &&
	       e->state <= UT_WATCH_YOURS && device_ok(&e->dev);
}

static bool start_ok(const struct ut_msg_start *s)
{
	return s->kind && s->kind < UT_START_END &&
	       !(s->flags & ~UT_START_FLAGS) &&
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

/* All of nothing, or a piece of something. */
static bool blob_ok(const struct ut_msg_blob *b)
{
	if (b->status != UT_OP_ST_OK)
		return !b->total && !b->len;
	return b->len && b->len <= UT_MSG_BLOB_MAX && b->len <= b->total &&
	       b->total <= UT_PKI_CRL_MAX;
}

/* Every length, string and enum of the message that its type gives a meaning. */
static bool msg_ok(const struct ut_msg *m)
{
	switch (m->type) {
	case UT_MSG_SIGN:
		return sign_ok(&m->sign);
	case UT_MSG_SIGNATURE:
		return m->signature.len <= UT_MSG_SIGNATURE_MAX;
	case UT_MSG_AUTH:
		return auth_ok(&m->auth);
	case UT_MSG_COUNT:
		return m->count <= UT_OP_MAX_DEVICES;
	case UT_MSG_DEVICE:
	case UT_MSG_IMPORTED:
		return device_ok(&m->device);
	case UT_MSG_IMPORT:
		return terminated(m->import.busid,
				  sizeof(m->import.busid));
	case UT_MSG_AT:
		return terminated(m->at, sizeof(m->at));
	case UT_MSG_OUTCOME:
		return ut_msg_outcome_ok(&m->outcome);
	case UT_MSG_ERROR:
		return m->error.error > 0 && m->error.error < 4096 &&
		       ut_msg_err_ok(&m->error.err);
	case UT_MSG_EVENT:
		return event_ok(&m->event);
	case UT_MSG_TRUST:
		return m->trust.renew <= 1;
	case UT_MSG_BLOB:
		return blob_ok(&m->blob);
	case UT_MSG_START:
		return start_ok(&m->start);
	case UT_MSG_ADDRESSES:
		return addresses_ok(&m->addresses);
	case UT_MSG_KEY:
		return key_ok(&m->key);
	case UT_MSG_PEER:
		return terminated(m->peer, sizeof(m->peer));
	case UT_MSG_DEVLIST:
	case UT_MSG_NEXT:
	case UT_MSG_WATCH:
	case UT_MSG_STATUS:
	case UT_MSG_READY:
		return true;
	default:
		return false;
	}
}

int ut_packet_send(int fd, const void *buf, size_t size)
{
	ssize_t n;

	do {
		n = send(fd, buf, size, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == (ssize_t)size ? 0 : -EMSGSIZE;
}

int ut_packet_recv(int fd, void *buf, size_t size)
{
	ssize_t n;

	do {
		/* MSG_TRUNC: the true length, so that a longer one is seen. */
		n = recv(fd, buf, size, MSG_TRUNC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	if (n == 0)
		return -EPIPE;
	return n == (ssize_t)size ? 0 : -EBADMSG;
}

int ut_packet_wait(int fd, int64_t deadline)
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

int ut_msg_send(int fd, const struct ut_msg *msg)
{
	return ut_packet_send(fd, msg, sizeof(*msg));
}

int ut_msg_recv(int fd, struct ut_msg *msg)
{
	int ret = ut_packet_recv(fd, msg, sizeof(*msg));

	return !ret && !msg_ok(msg) ? -EBADMSG : ret;
}

int ut_msg_wait(int fd, struct ut_msg *msg, int timeout_ms)
{
	int64_t deadline = ut_clock_ms() + timeout_ms;
	int ret;

	do {
		ret = ut_packet_wait(fd, deadline);
		if (!ret)
			ret = ut_msg_recv(fd, msg);
	} while (ret == -EAGAIN);
	return ret;
}
