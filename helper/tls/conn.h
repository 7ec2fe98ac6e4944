/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One TLS connection, from the first byte to the hand-over to kernel TLS. Runs
 * in a worker. Every wait ends at the deadline. Functions return 0 or -1 and
 * then say in the outcome what happened.
 */
#ifndef UT_TLS_CONN_H
#define UT_TLS_CONN_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "proto/op.h"
#include "tls/creds.h"
#include "tls/reason.h"
#include "tls/sign_text.h"
#include "tls/transcript.h"

#define UT_TLS_PSK_SIZE	32	/* of a key in the place of certificates */

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
 * struct ut_tls_psk - one side of a connection with such a key, see tls/psk.h
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

/**
 * struct ut_tls_params - what a connection is made from
 * @fd: connected, non-blocking TCP socket; stays the caller's
 * @creds: borrowed
 * @expect: tablet: the name that the dock's certificate must have
 * @allowed: dock: whether a tablet with this name may come in
 * @allowed_arg: for it
 * @sign: has the signer sign, into @sig of @size bytes; how many, or not above 0
 * @sign_arg: for it
 * @deadline: ut_clock_ms() at which everything must be done
 * @psk: a key in the place of certificates, see tls/psk.h; NULL: certificates
 * @plain: no TLS at all, for stock clients: bytes go as they are, there is no
 *	handshake, a refusal is the end of the connection without a word, and
 *	nothing is handed to the kernel
 */
struct ut_tls_params {
	int fd;
	const struct ut_creds *creds;
	const char *expect;
	bool (*allowed)(const char *name, void *arg);
	void *allowed_arg;
	int (*sign)(const struct ut_sign_request *req, uint8_t *sig,
		    size_t size, void *arg);
	void *sign_arg;
	int64_t deadline;
	const struct ut_tls_psk *psk;
	bool plain;
};

struct ut_tls {
	struct ut_tls_params p;
	gnutls_session_t session;	/* NULL: p.plain */
	short plain_events;		/* what it waits for, for poll(2) */
	gnutls_certificate_credentials_t cred;
	gnutls_privkey_t key;
	struct ut_transcript transcript;
	struct {
		gnutls_psk_server_credentials_t server;
		gnutls_psk_client_credentials_t client;
		enum ut_tls_psk_state state;
		uint8_t key[UT_TLS_PSK_SIZE];	/* until the handshake is over */
		bool done;		/* the handshake is */
	} psk;
	uint8_t head[UT_OP_HDR_SIZE];	/* what the peer began with */
	size_t n_head;
	bool offers_tls13;
	struct ut_tls_outcome outcome;
};

int ut_tls_open(struct ut_tls *t, const struct ut_tls_params *p);

/*
 * The handshake with all checks. On failure the peer has been told by an alert
 * where one fits. outcome.name is the peer's name ("" without certificate).
 */
int ut_tls_handshake(struct ut_tls *t);

/* All of it, or failure. */
int ut_tls_send(struct ut_tls *t, const void *buf, size_t len);
int ut_tls_recv(struct ut_tls *t, void *buf, size_t len);

/*
 * What the peer has sent by now, at most @len bytes, without a wait: how many,
 * 0 for none so far, or failure; the end of the connection is CLOSED.
 */
int ut_tls_recv_now(struct ut_tls *t, void *buf, size_t len);

/* From now on every wait ends at @deadline, ut_clock_ms(); INT64_MAX: never. */
static inline void ut_tls_deadline(struct ut_tls *t, int64_t deadline)
{
	t->p.deadline = deadline;
}

/* Puts the reason into the outcome and tells the peer by an alert. Returns -1. */
int ut_tls_refuse(struct ut_tls *t, enum ut_tls_reason reason, int detail);

/* The peer has sent something else than USB/IP 1.1.1: tells it. Returns -1. */
int ut_tls_bad_request(struct ut_tls *t);

/*
 * Both directions to kernel TLS. Nothing may be pending: a peer that sent more
 * than was asked for is refused (BAD_REQUEST). Without TLS only that is checked.
 */
int ut_tls_to_kernel(struct ut_tls *t);

/*
 * Orderly end: close_notify, then reads on for a moment, so that the kernel's
 * RST for unread data does not overtake what we said last.
 */
void ut_tls_finish(struct ut_tls *t);

void ut_tls_close(struct ut_tls *t);

uint16_t ut_tls_version(const struct ut_tls *t);	/* 0x0303, 0x0304 */

#endif /* UT_TLS_CONN_H */
