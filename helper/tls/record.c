// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes of a connection: through TLS, or as they are for a client without it. Both
 * ways have the errors of GnuTLS, so that the rest of the worker is the same.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "tls/conn_internal.h"

static ssize_t result(ssize_t n, int error)
{
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? GNUTLS_E_AGAIN : error;
}

ssize_t ut_tls_record_send(struct ut_tls *t, const void *buf, size_t len)
{
	if (t->session)
		return gnutls_record_send(t->session, buf, len);
	t->plain_events = POLLOUT;
	return result(ut_tls_push(t, buf, len), GNUTLS_E_PUSH_ERROR);
}

ssize_t ut_tls_record_recv(struct ut_tls *t, void *buf, size_t len)
{
	if (t->session)
		return gnutls_record_recv(t->session, buf, len);
	t->plain_events = POLLIN;
	return result(recv(t->p.fd, buf, len, MSG_DONTWAIT),
		      GNUTLS_E_PULL_ERROR);
}

short ut_tls_record_events(const struct ut_tls *t)
{
	if (!t->session)
		return t->plain_events;
	return gnutls_record_get_direction(t->session) ? POLLOUT : POLLIN;
}

bool ut_tls_record_pending(const struct ut_tls *t)
{
	char byte;

	if (t->session)
		return gnutls_record_check_pending(t->session);
	return recv(t->p.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}
