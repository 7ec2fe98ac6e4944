// SPDX-License-Identifier: GPL-2.0
/* One TLS connection in a worker: see conn.h. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "tls/conn_internal.h"
#include "tls/ktls.h"

/* How long we listen after our last word, and how much we throw away. */
#define LINGER_MS	1000
#define LINGER_BYTES	(64 * 1024)

#define TLS_HANDSHAKE_RECORD	22
#define TLS_ALERT_RECORD	21
#define REQUEST_BIT		0x8000

int ut_tls_fail(struct ut_tls *t, enum ut_tls_reason reason, int detail)
{
	/* The first cause is the one that counts. */
	if (t->outcome.reason == UT_TLS_OK) {
		t->outcome.reason = reason;
		t->outcome.detail = detail;
	}
	return -1;
}

/*
 * Bytes of a connection: through TLS, or as they are for a client without it. Both
 * ways have the errors of GnuTLS, so that the rest of the worker is the same.
 */
static ssize_t result(ssize_t n, int error)
{
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? GNUTLS_E_AGAIN : error;
}

static ssize_t record_send(struct ut_tls *t, const void *buf, size_t len)
{
	if (t->session)
		return gnutls_record_send(t->session, buf, len);
	t->plain_events = POLLOUT;
	return result(ut_tls_push(t, buf, len), GNUTLS_E_PUSH_ERROR);
}

static ssize_t record_recv(struct ut_tls *t, void *buf, size_t len)
{
	if (t->session)
		return gnutls_record_recv(t->session, buf, len);
	t->plain_events = POLLIN;
	return result(recv(t->p.fd, buf, len, MSG_DONTWAIT),
		      GNUTLS_E_PULL_ERROR);
}

static short record_events(const struct ut_tls *t)
{
	if (!t->session)
		return t->plain_events;
	return gnutls_record_get_direction(t->session) ? POLLOUT : POLLIN;
}

static bool record_pending(const struct ut_tls *t)
{
	char byte;

	if (t->session)
		return gnutls_record_check_pending(t->session);
	return recv(t->p.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* Waits until GnuTLS can go on; not 0: the deadline. */
static int wait_io(struct ut_tls *t, short events, int64_t deadline)
{
	struct pollfd p = { .fd = t->p.fd, .events = events };
	int ret;

	/* One call of poll() waits an hour at the most. */
	do {
		ret = poll(&p, 1, ut_clock_left(deadline));
	} while (ret < 0 ? errno == EINTR : !ret && ut_clock_left(deadline));
	return ret > 0 ? 0 : -1;
}

static int wait_tls(struct ut_tls *t, int64_t deadline)
{
	return wait_io(t, record_events(t), deadline);
}

/* --- refusing and ending --- */

/* Throws away what the peer still sends: unread data would make our FIN an RST. */
static void linger(struct ut_tls *t)
{
	int64_t deadline = ut_clock_ms() + LINGER_MS;
	size_t total = 0;
	char buf[1024];
	ssize_t n;

	if (shutdown(t->p.fd, SHUT_WR))
		return;
	while (total < LINGER_BYTES && !wait_io(t, POLLIN, deadline)) {
		n = recv(t->p.fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return;
		if (n > 0)
			total += (size_t)n;
	}
}

/*
 * USB/IP without TLS gets the one answer that it understands: a reply to its
 * code with the status "not available".
 */
static void refuse_plain(struct ut_tls *t)
{
	uint8_t reply[UT_OP_HDR_SIZE];
	struct ut_op_header h = { .code = UT_OP_REQ_DEVLIST };

	if (t->n_head == sizeof(t->head))
		ut_op_decode_header(t->head, &h);
	ut_op_encode_header(reply, h.code & ~REQUEST_BIT, UT_OP_ST_NA);
	send(t->p.fd, reply, sizeof(reply), MSG_DONTWAIT | MSG_NOSIGNAL);
	linger(t);
}

static void refuse(struct ut_tls *t)
{
	int64_t deadline = ut_clock_ms() + LINGER_MS;
	int alert, ret;

	if (t->p.plain) {
		linger(t);
		return;
	}
	alert = ut_tls_reason_alert(&t->outcome,
		gnutls_protocol_get_version(t->session) == GNUTLS_TLS1_3);
	if (t->outcome.reason == UT_TLS_PLAIN_USBIP && ut_tls_is_dock(t)) {
		refuse_plain(t);
		return;
	}
	if (alert < 0)
		return;
	do {
		ret = gnutls_alert_send(t->session, GNUTLS_AL_FATAL,
					(gnutls_alert_description_t)alert);
	} while ((ret == GNUTLS_E_AGAIN || ret == GNUTLS_E_INTERRUPTED) &&
		 !wait_tls(t, deadline));
	linger(t);
}

void ut_tls_finish(struct ut_tls *t)
{
	int64_t deadline = ut_clock_ms() + LINGER_MS;
	int ret = 0;

	do {
		if (!t->p.plain)
			ret = gnutls_bye(t->session, GNUTLS_SHUT_WR);
	} while ((ret == GNUTLS_E_AGAIN || ret == GNUTLS_E_INTERRUPTED) &&
		 !wait_tls(t, deadline));
	linger(t);
}

/*
 * What the first bytes tell of a peer that does not speak TLS, in clearer words
 * than GnuTLS has. They stay in the socket.
 */
static enum ut_tls_reason judge_head(const struct ut_tls *t)
{
	if (t->head[0] == TLS_HANDSHAKE_RECORD ||
	    t->head[0] == TLS_ALERT_RECORD)
		return UT_TLS_OK;
	if (t->head[0] == 0x01 && (t->n_head < 2 || t->head[1] == 0x11))
		return UT_TLS_PLAIN_USBIP;
	return UT_TLS_NOT_TLS;
}

ssize_t ut_tls_pull(gnutls_transport_ptr_t ptr, void *buf, size_t len)
{
	struct ut_tls *t = ptr;
	enum ut_tls_reason reason = UT_TLS_OK;
	ssize_t n;

	if (!t->n_head) {
		n = recv(t->p.fd, t->head, sizeof(t->head),
			 MSG_PEEK | MSG_DONTWAIT);
		/* Bytes that come now must not be read before they are seen. */
		if (n <= 0)
			return n;
		t->n_head = (size_t)n;
		reason = judge_head(t);
	}
	if (reason != UT_TLS_OK) {
		ut_tls_fail(t, reason, 0);
		errno = EPROTO;
		return -1;
	}
	return recv(t->p.fd, buf, len, MSG_DONTWAIT);
}

ssize_t ut_tls_push(gnutls_transport_ptr_t ptr, const void *buf, size_t len)
{
	struct ut_tls *t = ptr;

	return send(t->p.fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* --- errors of GnuTLS --- */

/* Was this error a wrong pre-shared key? */
static bool wrong_key(const struct ut_tls *t, int error)
{
	if (ut_tls_is_dock(t))
		return t->psk.state == UT_TLS_PSK_CLAIMED &&
		       error == GNUTLS_E_RECEIVED_ILLEGAL_PARAMETER;
	switch (error) {
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
		return gnutls_alert_get(t->session) == GNUTLS_A_DECRYPT_ERROR;
	case GNUTLS_E_DECRYPTION_FAILED:
		/* Its first encrypted message was made with another key. */
		return !t->psk.done;
	case GNUTLS_E_INSUFFICIENT_CREDENTIALS:
		/* It wants to show a certificate in place of the key. */
		return !t->psk.done;
	default:
		return false;
	}
}

static int map_error(struct ut_tls *t, int ret)
{
	if (t->p.psk && wrong_key(t, ret))
		return ut_tls_fail(t, UT_TLS_WRONG_KEY, 0);
	switch (ret) {
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
	case GNUTLS_E_WARNING_ALERT_RECEIVED:
		return ut_tls_fail(t, UT_TLS_ALERT,
				   gnutls_alert_get(t->session));
	case GNUTLS_E_CERTIFICATE_REQUIRED:
	case GNUTLS_E_NO_CERTIFICATE_FOUND:
		return ut_tls_fail(t, UT_TLS_NO_CERTIFICATE, 0);
	case GNUTLS_E_NO_CIPHER_SUITES:
		if (!t->p.psk && ut_tls_is_dock(t) && !t->offers_tls13 &&
		    t->p.creds->min_version == 0x0304)
			return ut_tls_fail(t, UT_TLS_VERSION, 0);
		return ut_tls_fail(t, UT_TLS_HANDSHAKE, ret);
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
		return ut_tls_fail(t, UT_TLS_VERSION, 0);
	case GNUTLS_E_PREMATURE_TERMINATION:
		return ut_tls_fail(t, UT_TLS_CLOSED, 0);
	case GNUTLS_E_PULL_ERROR:
	case GNUTLS_E_PUSH_ERROR:
		return ut_tls_fail(t, UT_TLS_IO, errno ? errno : EIO);
	case GNUTLS_E_PK_SIGN_FAILED:
	case GNUTLS_E_MEMORY_ERROR:
	case GNUTLS_E_INTERNAL_ERROR:
		return ut_tls_fail(t, UT_TLS_INTERNAL, ret);
	default:
		return ut_tls_fail(t, UT_TLS_HANDSHAKE, ret);
	}
}

static bool again(int ret)
{
	return ret == GNUTLS_E_AGAIN || ret == GNUTLS_E_INTERRUPTED;
}

int ut_tls_handshake(struct ut_tls *t)
{
	int ret;

	for (;;) {
		errno = 0;
		ret = gnutls_handshake(t->session);
		if (!ret)
			break;
		if (again(ret)) {
			if (!wait_tls(t, t->p.deadline))
				continue;
			return ut_tls_fail(t, UT_TLS_TIMEOUT, 0);
		}
		if (!gnutls_error_is_fatal(ret) &&
		    ret != GNUTLS_E_WARNING_ALERT_RECEIVED &&
		    ut_clock_left(t->p.deadline))
			continue;
		map_error(t, ret);
		refuse(t);
		return -1;
	}
	return 0;
}

/*
 * A peer that refuses us after our last handshake message has closed the
 * connection before we write: its alert is waiting to be read.
 */
static int send_failed(struct ut_tls *t, int ret)
{
	int64_t deadline = ut_clock_ms() + LINGER_MS;
	int error = errno;
	char buf[64];
	ssize_t n;

	if (ret == GNUTLS_E_PUSH_ERROR && !t->p.plain) {
		do {
			n = gnutls_record_recv(t->session, buf, sizeof(buf));
		} while (again((int)n) && !wait_io(t, POLLIN, deadline));
		if (n == GNUTLS_E_FATAL_ALERT_RECEIVED)
			ret = (int)n;
	}
	errno = error;
	return map_error(t, ret);
}

int ut_tls_send(struct ut_tls *t, const void *buf, size_t len)
{
	const char *p = buf;
	ssize_t n;

	while (len) {
		errno = 0;
		n = record_send(t, p, len);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		} else if (!again((int)n)) {
			return send_failed(t, (int)n);
		} else if (wait_tls(t, t->p.deadline)) {
			return ut_tls_fail(t, UT_TLS_TIMEOUT, 0);
		}
	}
	return 0;
}

int ut_tls_recv_now(struct ut_tls *t, void *buf, size_t len)
{
	ssize_t n;

	errno = 0;
	n = record_recv(t, buf, len);
	if (n > 0)
		return (int)n;
	if (n == 0)
		return ut_tls_fail(t, UT_TLS_CLOSED, 0);
	return again((int)n) ? 0 : map_error(t, (int)n);
}

int ut_tls_recv(struct ut_tls *t, void *buf, size_t len)
{
	char *p = buf;
	int n;

	while (len) {
		n = ut_tls_recv_now(t, p, len);
		if (n < 0)
			return n;
		if (!n && wait_tls(t, t->p.deadline))
			return ut_tls_fail(t, UT_TLS_TIMEOUT, 0);
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int ut_tls_refuse(struct ut_tls *t, enum ut_tls_reason reason, int detail)
{
	ut_tls_fail(t, reason, detail);
	refuse(t);
	return -1;
}

int ut_tls_bad_request(struct ut_tls *t)
{
	return ut_tls_refuse(t, UT_TLS_BAD_REQUEST, 0);
}

int ut_tls_to_kernel(struct ut_tls *t)
{
	int ret;

	if (record_pending(t))
		return ut_tls_bad_request(t);
	if (t->p.plain)
		return 0;
	ret = ut_ktls_install(t->session, t->p.fd);
	if (!ret)
		return 0;
	ut_tls_fail(t, UT_TLS_KTLS, -ret);
	/* With half of the keys in the kernel GnuTLS cannot send any more. */
	if (ret == -ENOENT || ret == -EOPNOTSUPP)
		refuse(t);
	return -1;
}
