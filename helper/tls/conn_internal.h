/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by conn.c, outer_key.c, setup.c and psk.c only. */
#ifndef UT_TLS_CONN_INTERNAL_H
#define UT_TLS_CONN_INTERNAL_H

#include <sys/types.h>

#include "tls/conn.h"

/* Puts the reason into the outcome, unless there is one. Returns -1. */
int ut_tls_fail(struct ut_tls *t, enum ut_tls_reason reason, int detail);

/* For GnuTLS; the pointer is the struct ut_tls. */
ssize_t ut_tls_pull(gnutls_transport_ptr_t ptr, void *buf, size_t len);
ssize_t ut_tls_push(gnutls_transport_ptr_t ptr, const void *buf, size_t len);

/* setup.c: t->session with the transport; 0 or a code of GnuTLS. */
int ut_tls_session(struct ut_tls *t, const char *priority,
		   size_t max_handshake);

/* outer_key.c: the key of the connection, which is in the signer. */

/* t->key asks t->p.sign; 0 or a code of GnuTLS. */
int ut_tls_outer_key(struct ut_tls *t);

/* Each message of the handshake, from a hook with GNUTLS_HOOK_PRE. */
void ut_tls_outer_key_follow(struct ut_tls *t, unsigned int type,
			     unsigned int incoming, const gnutls_datum_t *msg);

void ut_tls_outer_key_close(struct ut_tls *t);

/* setup.c: the pre-shared key as GnuTLS has it. Harmless if there is none. */
void ut_tls_psk_free(struct ut_tls *t);

static inline bool ut_tls_is_dock(const struct ut_tls *t)
{
	return (t->p.psk ? t->p.psk->side : t->p.creds->side) == UT_TLS_DOCK;
}

#endif /* UT_TLS_CONN_INTERNAL_H */
