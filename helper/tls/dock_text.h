/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The text that a dock signs in TLS 1.2: two randoms and its ECDH share. The share is
 * in no message yet when GnuTLS asks for the signature, and no function tells it.
 * But GnuTLS puts the whole text into memory from gnutls_malloc() first, which is a
 * variable of its interface, and keeps it there until it has the signature. So from
 * the ServerHello on we note the pieces of memory that have the size of such a text.
 * Who asks for a piece has to compare its hash with the one that GnuTLS wants signed:
 * if GnuTLS does it in another way one day, there is no such piece, and no signature.
 *
 * One handshake of a process at a time.
 */
#ifndef UT_TLS_DOCK_TEXT_H
#define UT_TLS_DOCK_TEXT_H

#include <gnutls/gnutls.h>
#include <stdbool.h>

/* Begins to note; forgets what was noted before. */
void ut_dock_text_begin(void);

/*
 * The text that begins with the randoms of @session; it stays GnuTLS's, and lives
 * until the callback for the signature returns.
 */
bool ut_dock_text_find(gnutls_session_t session, gnutls_datum_t *text);

/* Notes nothing more. */
void ut_dock_text_end(void);

#endif /* UT_TLS_DOCK_TEXT_H */
