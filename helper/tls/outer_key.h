/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of a worker: the key of a connection, which is in the signer. */
#ifndef UT_TLS_OUTER_KEY_H
#define UT_TLS_OUTER_KEY_H

#include "tls/conn.h"

/* t->key asks t->p.sign; 0 or a code of GnuTLS. */
int ut_tls_outer_key(struct ut_tls *t);

/* Each message of the handshake, from a hook with GNUTLS_HOOK_PRE. */
void ut_tls_outer_key_follow(struct ut_tls *t, unsigned int type,
			     unsigned int incoming, const gnutls_datum_t *msg);

void ut_tls_outer_key_close(struct ut_tls *t);

#endif /* UT_TLS_OUTER_KEY_H */
