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

#define UT_TLS_PSK_SIZE	32

/**
 * enum ut_tls_psk_state - dock: what the peer has shown of the key
 * @UT_TLS_PSK_NONE: nothing
 * @UT_TLS_PSK_CLAIMED: it has named the key; its binder was not checked yet, or
 *	was wrong
 * @UT_TLS_PSK_BOUND: its binder is right: it has the key, or has a ClientHello of
 *	somebody who has it
 */
enum ut_tls_psk_state {
	UT_TLS_PSK_NONE,
	UT_TLS_PSK_CLAIMED,
	UT_TLS_PSK_BOUND,
};

/**
 * struct ut_tls_psk - one side of such a connection
 * @side: UT_TLS_DOCK is the server
 * @identity: names the key; not secret
 * @alpn: the application protocol
 * @key: gives the key. Dock: called when a peer names it, at most once; not 0:
 *	refuse
 * @bound: dock: the binder was right; may be NULL. Not 0: refuse
 * @arg: for both
 */
struct ut_tls_psk {
	enum ut_tls_side side;
	const char *identity;
	const char *alpn;
	int (*key)(uint8_t key[UT_TLS_PSK_SIZE], void *arg);
	int (*bound)(void *arg);
	void *arg;
};

/* As ut_tls_open(); of @p only fd, psk and deadline count. */
int ut_tls_psk_open(struct ut_tls *t, const struct ut_tls_params *p);

/*
 * As ut_tls_handshake(). Afterwards the key is in this process no more, however the
 * handshake has ended. UT_TLS_WRONG_KEY: dock: the binder was wrong; tablet:
 * the dock says so, or does not have the key itself.
 */
int ut_tls_psk_handshake(struct ut_tls *t);

/* For conn.c: was this error a wrong key? */
bool ut_tls_psk_wrong(const struct ut_tls *t, int error);

#endif /* UT_TLS_PSK_H */
