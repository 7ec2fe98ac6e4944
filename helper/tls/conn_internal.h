/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by conn.c, record.c, setup.c and psk.c only. */
#ifndef UT_TLS_CONN_INTERNAL_H
#define UT_TLS_CONN_INTERNAL_H

#include <sys/types.h>

#include "tls/psk.h"

/* Puts the reason into the outcome, unless there is one. Returns -1. */
int ut_tls_fail(struct ut_tls *t, enum ut_tls_reason reason, int detail);

/* For GnuTLS; the pointer is the struct ut_tls. */
ssize_t ut_tls_pull(gnutls_transport_ptr_t ptr, void *buf, size_t len);
ssize_t ut_tls_push(gnutls_transport_ptr_t ptr, const void *buf, size_t len);

/* record.c: as the functions of GnuTLS, but t->p.plain is served, too. */
ssize_t ut_tls_record_send(struct ut_tls *t, const void *buf, size_t len);
ssize_t ut_tls_record_recv(struct ut_tls *t, void *buf, size_t len);

/* After GNUTLS_E_AGAIN: POLLIN or POLLOUT, what to wait for. */
short ut_tls_record_events(const struct ut_tls *t);

/* Has the peer sent what has not been read yet? */
bool ut_tls_record_pending(const struct ut_tls *t);

static inline bool ut_tls_is_dock(const struct ut_tls *t)
{
	return (t->p.psk ? t->p.psk->side : t->p.creds->side) == UT_TLS_DOCK;
}

#endif /* UT_TLS_CONN_INTERNAL_H */
