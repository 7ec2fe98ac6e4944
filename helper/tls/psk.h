/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A TLS connection that is authenticated by a key both sides have, and not by
 * certificates. TLS 1.3 only, always with an ephemeral (EC)DH key exchange
 * (psk_dhe_ke), no tickets, no early data, one application protocol.
 *
 * What GnuTLS 3.7.9 does by itself, with a priority string that has ECDHE-PSK
 * and DHE-PSK but not PSK: the client offers psk_dhe_ke only, and ends with
 * missing_extension when the server chooses the key without a key share. The
 * server does not choose the key for a client that offers psk_ke only; but it
 * goes on, as if it had a certificate, and fails two messages later. We end such
 * a handshake with the ClientHello. Whatever GnuTLS does, ut_tls_psk_handshake()
 * looks at version, key exchange and application protocol once more at the end.
 */
#ifndef UT_TLS_PSK_H
#define UT_TLS_PSK_H

#include "tls/conn.h"

/* As ut_tls_open(); of @p only fd, psk and deadline count. */
int ut_tls_psk_open(struct ut_tls *t, const struct ut_tls_params *p);

/*
 * As ut_tls_handshake(). Afterwards the key is in this process no more, however the
 * handshake has ended. UT_TLS_WRONG_KEY: dock: the binder was wrong; tablet:
 * the dock says so, or does not have the key itself.
 */
int ut_tls_psk_handshake(struct ut_tls *t);

#endif /* UT_TLS_PSK_H */
