/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages between a program of libexec and its parent, over a SOCK_SEQPACKET pair.
 * Every message has the same size. Neither side trusts the other's lengths, strings
 * or enums: ut_msg_recv() accepts only a message that is well-formed as a
 * whole; whether it fits the state is the receiver's matter.
 *
 * Parent to worker, first of all: START.
 * Worker to parent, dock; without SIGN, PEER and AUTH if there is no TLS:
 *	SIGN*  PEER?  AUTH  (DEVLIST NEXT*  |  IMPORT  |  WATCH NEXT*  |  TRUST NEXT*)
 *	OUTCOME
 * Worker to parent, tablet:
 *	ERROR instead of all, if it is not connected in time; AT, if it is; then
 *	SIGN*  AUTH  (COUNT DEVICE*  |  IMPORTED  |  WATCH EVENT*  |  BLOB*  |
 *	STATUS)
 *	OUTCOME
 * Parent to worker:
 *	SIGNATURE for the last SIGN, STATUS for PEER (not 0: it may not come in),
 *	COUNT for DEVLIST, STATUS for WATCH, BLOB or STATUS (not 0: there is none)
 *	for TRUST; for NEXT a DEVICE, after TRUST a BLOB, or after WATCH an EVENT, as
 *	soon as there is one
 *
 * Enrolment, worker of the side with the CA to parent:
 *	CLAIM  BOUND  PROVEN  (REQUEST NEXT* CONFIRMED?  |  REFUSED)  OUTCOME,
 *	cut short by OUTCOME at any time
 * Parent to that worker:
 *	PSK or DENIED for CLAIM; GRANTED or REFUSED for REQUEST; BUNDLE for NEXT
 * Worker of the side that enrols to parent:
 *	CLAIM  (BUNDLE*  |  REFUSED  |  ERROR)  OUTCOME, or CLAIM and OUTCOME alone
 * Parent to that worker:
 *	PSK for CLAIM; CONFIRMED after the last BUNDLE
 *
 * Of the kind RESOLVE: ADDRESSES or ERROR, and nothing else.
 * To the signer: KEY, first of all. Signer: READY or ERROR at its start, then
 * SIGNATURE for the last SIGN of each request.
 * To the process for DNS-SD: DNS_SD, and nothing else. From it: NEWS.
 */
#ifndef UT_WORKER_MESSAGE_H
#define UT_WORKER_MESSAGE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/file.h"
#include "cage/sandbox.h"
#include "discovery/dns_sd.h"
#include "enroll/frame.h"
#include "pki/csr.h"
#include "policy/config.h"
#include "proto/op.h"
#include "proto/op_watch.h"
#include "tls/psk.h"
#include "tls/reason.h"

#define UT_MSG_DATA	1024	/* bytes of data in one message */
#define UT_MSG_AT_SIZE	64	/* an IPv6 address with its interface */

enum ut_msg_type {
	UT_MSG_NONE,
	UT_MSG_SIGN,
	UT_MSG_SIGNATURE,
	UT_MSG_AUTH,
	UT_MSG_DEVLIST,
	UT_MSG_NEXT,
	UT_MSG_COUNT,
	UT_MSG_DEVICE,
	UT_MSG_IMPORT,
	UT_MSG_IMPORTED,
	UT_MSG_STATUS,
	UT_MSG_OUTCOME,
	UT_MSG_READY,
	UT_MSG_ERROR,
	UT_MSG_WATCH,
	UT_MSG_EVENT,
	UT_MSG_TRUST,
	UT_MSG_BLOB,
	UT_MSG_START,
	UT_MSG_PEER,
	UT_MSG_KEY,
	UT_MSG_ADDRESSES,
	UT_MSG_AT,
	UT_MSG_CLAIM,		/* somebody names the key: let me check it */
	UT_MSG_PSK,
	UT_MSG_DENIED,
	UT_MSG_BOUND,		/* the binder was right */
	UT_MSG_PROVEN,		/* the handshake is done */
	UT_MSG_REQUEST,
	UT_MSG_REFUSED,
	UT_MSG_GRANTED,
	UT_MSG_BUNDLE,
	UT_MSG_CONFIRMED,
	UT_MSG_DNS_SD,
	UT_MSG_NEWS,

	UT_MSG_N_TYPES,
};

/**
 * struct ut_msg_sign - please sign, or the answer; the text or the signature is the
 *	data. Of a signature only @number counts, and no data means: refused
 * @version: of TLS: 0x0304, 0x0303
 * @algorithm: gnutls_sign_algorithm_t
 * @number: to the signer: of the request, which its answer repeats
 */
struct ut_msg_sign {
	uint32_t version;
	uint32_t algorithm;
	uint32_t number;
};

/**
 * struct ut_msg_auth - the handshake is done, the peer is who it says
 * @version: 0x0303 or 0x0304
 * @name: of the peer; "" if it has no certificate
 * @serial: of its certificate, lower-case hexadecimal; "" if it has none
 */
struct ut_msg_auth {
	uint16_t version;
	char name[UT_TLS_NAME_SIZE];
	char serial[UT_TLS_SERIAL_SIZE];
};

/**
 * struct ut_msg_trust - a certificate or the CRL is wanted
 * @renew: a certificate, for @point
 * @point: its key; a worker has checked that the peer has the other half of it
 * @proof: that the peer has the key of its present one; nobody has looked at it
 */
struct ut_msg_trust {
	uint32_t renew;
	struct ut_pki_point point;
	struct ut_pki_proof proof;
};

/** enum ut_start_kind - what a worker is */
enum ut_start_kind {
	UT_START_DOCK = 1,
	UT_START_TABLET,
	UT_START_ENROLL_SERVER,	/* enrolment, the side with the CA */
	UT_START_ENROLL_CLIENT,	/* the side that enrols */
	UT_START_RESOLVE,	/* looks up the name of a host */

	UT_START_END,
};

/**
 * enum ut_start_op - what a worker of a tablet does after the handshake
 * @UT_START_LIST: lists the devices
 * @UT_START_WATCH: watches until the end; @deadline is that of the handshake
 * @UT_START_IMPORT: asks for @busid
 * @UT_START_FETCH: gets a certificate for @csr, or without that the revocation list
 */
enum ut_start_op {
	UT_START_LIST,
	UT_START_WATCH,
	UT_START_IMPORT,
	UT_START_FETCH,

	UT_START_OPS_END,
};

/*
 * The worker connects to @host and @port before it closes its cage; it reads nothing
 * by then. Without this it waits until the socket that it was given is connected.
 */
#define UT_START_DIAL		(1 << 0)
#define UT_START_EXPECT		(1 << 1)	/* @expect counts */
/* The dock is to end the session that has @busid, if it may. */
#define UT_START_REPLACE	(1 << 2)
/*
 * The peer of a dock is a stock client and speaks no TLS; there is no AUTH, the
 * parent knows it by its address.
 */
#define UT_START_PLAIN		(1 << 3)

/**
 * struct ut_start - what a worker is to do
 * @kind: enum ut_start_kind
 * @op: TABLET: enum ut_start_op
 * @flags: UT_START_*; DOCK: PLAIN, TABLET: the others
 * @deadline: ut_clock_ms() by which it must be done
 * @sandbox: its cage; the directory is UT_FD_KEEP
 * @role: ENROLL_CLIENT: what it wants to be, enum ut_pki_role
 * @port: TABLET, RESOLVE: TCP port of @host
 * @host: name or address
 * @expect: TABLET: name that the dock's certificate must have; ENROLL_CLIENT: its own
 * @busid: the device to import
 * @csr: request for a certificate; empty: none
 */
struct ut_start {
	uint32_t kind;
	uint32_t op;
	uint32_t flags;
	int64_t deadline;
	struct ut_sandbox sandbox;
	uint32_t role;
	uint16_t port;
	char host[UT_TLS_NAME_SIZE];
	char expect[UT_TLS_NAME_SIZE];
	char busid[UT_OP_BUSID_SIZE];
	struct ut_csr csr;
};

/**
 * struct ut_msg_key - paths of [tls], for the signer
 */
struct ut_msg_key {
	struct ut_sandbox sandbox;
	char cert[UT_CONFIG_PATH_SIZE];
	char key[UT_CONFIG_PATH_SIZE];
	char key_password_file[UT_CONFIG_PATH_SIZE];
};

#define UT_MSG_ADDRESSES_MAX	16

union ut_address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/**
 * struct ut_msg_addresses - of a host
 * @n: how many of @v, 1..UT_MSG_ADDRESSES_MAX
 * @v: IPv4 or IPv6
 */
struct ut_msg_addresses {
	uint32_t n;
	union ut_address v[UT_MSG_ADDRESSES_MAX];
};

/**
 * struct ut_msg - one message
 * @type: enum ut_msg_type
 * @total: bytes of data that belong to it; 0: none. More than UT_MSG_DATA come in as
 *	many messages as it takes, equal but for @len and @data, each but the last full
 * @len: how many of them are in @data
 */
struct ut_msg {
	uint32_t type;
	uint32_t total;
	uint32_t len;
	union {
		struct ut_start start;
		struct ut_msg_key key;
		struct ut_msg_addresses addresses;
		char peer[UT_TLS_NAME_SIZE];	/* PEER */
		struct ut_msg_sign sign;	/* SIGN, SIGNATURE */
		struct ut_msg_auth auth;
		/*
		 * COUNT; STATUS: of the dock's reply; REFUSED: enum
		 * ut_enroll_refusal; CONFIRMED: installed, or not taken
		 */
		uint32_t value;
		struct ut_op_device device;	/* DEVICE, IMPORTED */
		struct {
			char busid[UT_OP_BUSID_SIZE];
			uint32_t flags;		/* UT_OP_IMPORT_* */
		} import;			/* IMPORT */
		struct ut_watch_event event;	/* EVENT */
		struct ut_msg_trust trust;	/* TRUST */
		char at[UT_MSG_AT_SIZE];	/* AT: address it is connected to */
		struct ut_tls_outcome outcome;	/* OUTCOME */
		struct {
			int32_t error;		/* positive errno */
			struct ut_err err;
		} error;			/* ERROR */
		uint8_t psk[UT_TLS_PSK_SIZE];	/* PSK */
		struct ut_enroll_request request;
		struct ut_dns_sd_start dns_sd;
		struct ut_dns_sd_msg news;
	};
	uint8_t data[UT_MSG_DATA];
};

/*
 * Empties it: nothing of what was there before goes out with it. Every message begins
 * so. Returns @msg.
 */
struct ut_msg *ut_msg_init(struct ut_msg *msg, enum ut_msg_type type);

/*
 * 0 or -errno. -EAGAIN: a non-blocking socket has no room, which a parent takes
 * for a fault of the worker, because it owes it one answer at most.
 */
int ut_msg_send(int fd, const struct ut_msg *msg);

/* The same for one that is a type and a @value, which may be 0. */
int ut_msg_tell(int fd, enum ut_msg_type type, uint32_t value);

/*
 * Sends @msg with all of @data, in as many messages as it takes, and waits for room
 * until ut_clock_ms() @deadline; -ETIMEDOUT.
 */
int ut_msg_send_all(int fd, struct ut_msg *msg, const void *data, size_t len,
		    int64_t deadline);

/*
 * 0 or -errno: -EAGAIN: nothing there; -EPIPE: the other end is gone;
 * -EBADMSG: not a well-formed message. The texts of an ERROR are fit to be shown.
 */
int ut_msg_recv(int fd, struct ut_msg *msg);

/* The same with a wait of @timeout_ms; -ETIMEDOUT. */
int ut_msg_wait(int fd, struct ut_msg *msg, int timeout_ms);

/**
 * struct ut_blob - data that is longer than one message, on its way in or out;
 *	zeroed: none
 * @buf: all of it; @buf.len is its length from the first piece on
 * @at: bytes that have come or gone
 * @sign: SIGN: what the first piece says
 */
struct ut_blob {
	struct ut_buf buf;
	size_t at;
	struct ut_msg_sign sign;
};

/* Puts the next piece into @msg; false: that was all. */
bool ut_blob_next(struct ut_blob *b, struct ut_msg *msg);

/*
 * Adds a piece that has been received. 1: the data is whole, and has a NUL behind it;
 * 0: more is to come; -EBADMSG: it is longer than @max, or the piece is not the next
 * one; -ENOMEM.
 */
int ut_blob_add(struct ut_blob *b, const struct ut_msg *piece, size_t max);

/* Has all of it come? */
static inline bool ut_blob_whole(const struct ut_blob *b)
{
	return b->buf.data && b->at == b->buf.len;
}

void ut_blob_free(struct ut_blob *b);

#endif /* UT_WORKER_MESSAGE_H */
