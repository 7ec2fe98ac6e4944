/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages between a worker and its parent, over a SOCK_SEQPACKET pair. Every
 * message has the same size. Neither side trusts the other's lengths, strings
 * or enums: ut_msg_recv() accepts only a message that is well-formed as a
 * whole; whether it fits the state is the receiver's matter.
 *
 * Parent to worker, first of all: START.
 * Worker to parent, dock; without SIGN, PEER and AUTH if there is no TLS:
 *	SIGN*  PEER?  AUTH  (DEVLIST NEXT*  |  IMPORT  |  WATCH NEXT*  |  TRUST NEXT*)
 *	OUTCOME
 * Worker to parent, tablet:
 *	ERROR instead of all, if it was to connect and could not; AT first, if it
 *	was and could; then
 *	SIGN*  AUTH  (COUNT DEVICE*  |  IMPORTED  |  WATCH EVENT*  |  BLOB*  |
 *	STATUS)
 *	OUTCOME
 * Parent to worker:
 *	SIGNATURE for the last SIGN, STATUS for PEER (not 0: it may not come in),
 *	COUNT for DEVLIST, STATUS for WATCH, BLOB for TRUST; for NEXT a DEVICE,
 *	after TRUST a BLOB, or after WATCH an EVENT, as soon as there is one
 * Of the kind RESOLVE: ADDRESSES or ERROR, and nothing else.
 * To the signer: KEY, first of all. Signer: READY or ERROR at its start, then
 * SIGNATURE for the last SIGN of each request.
 */
#ifndef UT_TLS_MSG_H
#define UT_TLS_MSG_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cage/sandbox.h"
#include "base/err.h"
#include "policy/config.h"
#include "tls/pki_csr.h"
#include "tls/proof.h"
#include "tls/reason.h"
#include "wire/usbip_op.h"
#include "wire/usbip_watch.h"

/*
 * Bytes of one text that is signed: two chains of the length that tls/setup.c takes,
 * and what is around them; and of the piece that one message has.
 */
#define UT_SIGN_TEXT_MAX	(80 * 1024)
#define UT_MSG_SIGN_PIECE	1024
#define UT_MSG_SIGNATURE_MAX	1024
#define UT_MSG_BLOB_MAX		1024
#define UT_MSG_AT_SIZE		64	/* an IPv6 address with its interface */

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

	UT_MSG_N_TYPES,
};

/**
 * struct ut_msg_sign - please sign, or a piece of what is to be signed: tls/sign.h
 * @version: of TLS: 0x0304, 0x0303
 * @algorithm: gnutls_sign_algorithm_t
 * @total: bytes of all pieces, 1..UT_SIGN_TEXT_MAX
 * @len: bytes of @data
 * @number: to the signer: of the request, which its answer repeats
 */
struct ut_msg_sign {
	uint32_t version;
	uint32_t algorithm;
	uint32_t total;
	uint32_t len;
	uint32_t number;
	uint8_t data[UT_MSG_SIGN_PIECE];
};

/**
 * struct ut_msg_signature - the answer
 * @len: bytes of @data; 0: refused
 * @number: from the signer: of the request
 */
struct ut_msg_signature {
	uint32_t len;
	uint32_t number;
	uint8_t data[UT_MSG_SIGNATURE_MAX];
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
 * struct ut_msg_trust - a certificate or the list is wanted
 * @renew: a certificate, for @point
 * @point: its key; a worker has checked that the peer has the other half of it
 * @proof: that the peer has the key of its present one; nobody has looked at it
 */
struct ut_msg_trust {
	uint32_t renew;
	struct ut_pki_point point;
	struct ut_pki_proof proof;
};

/**
 * struct ut_msg_blob - a piece of it
 * @status: enum ut_op_status; if not OK there is nothing
 * @total: bytes of the whole, UT_PKI_CRL_MAX at most
 * @len: bytes of @data
 */
struct ut_msg_blob {
	uint32_t status;
	uint32_t total;
	uint32_t len;
	uint8_t data[UT_MSG_BLOB_MAX];
};

/** enum ut_start_kind - what a worker is */
enum ut_start_kind {
	UT_START_DOCK = 1,
	UT_START_TABLET,
	UT_START_OFFER,		/* enrolment, the side with the CA */
	UT_START_WISH,		/* the side that enrols */
	UT_START_RESOLVE,	/* looks up the name of a host */

	UT_START_END,
};

/* Flags of struct ut_msg_start, as the members of struct ut_job. */
#define UT_START_DIAL		(1 << 0)	/* it connects by itself */
#define UT_START_EXPECT		(1 << 1)
#define UT_START_IMPORT		(1 << 2)
#define UT_START_REPLACE	(1 << 3)
#define UT_START_WATCH		(1 << 4)
#define UT_START_PLAIN		(1 << 5)
#define UT_START_FETCH		(1 << 6)
#define UT_START_CSR		(1 << 7)
#define UT_START_FLAGS		((1 << 8) - 1)

/**
 * struct ut_msg_start - what a worker is to do; see struct ut_job
 * @kind: enum ut_start_kind
 * @flags: UT_START_*
 * @deadline: ut_clock_ms()
 * @sandbox: its cage; the directory is UT_FD_KEEP
 * @pk: kind of our key, gnutls_pk_algorithm_t
 * @bits: its size
 * @role: WISH: what it wants to be, enum ut_pki_role
 * @expect: WISH: its name
 */
struct ut_msg_start {
	uint32_t kind;
	uint32_t flags;
	int64_t deadline;
	struct ut_sandbox sandbox;
	uint32_t pk;
	uint32_t bits;
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

struct ut_msg {
	uint32_t type;
	union {
		struct ut_msg_start start;
		struct ut_msg_key key;
		struct ut_msg_addresses addresses;
		char peer[UT_TLS_NAME_SIZE];	/* PEER */
		struct ut_msg_sign sign;
		struct ut_msg_signature signature;
		struct ut_msg_auth auth;
		uint32_t count;			/* COUNT */
		uint32_t status;		/* STATUS: of the dock's reply */
		struct ut_op_device device;	/* DEVICE, IMPORTED */
		struct {
			char busid[UT_OP_BUSID_SIZE];
			uint32_t flags;		/* UT_OP_IMPORT_* */
		} import;			/* IMPORT */
		struct ut_watch_event event;	/* EVENT */
		struct ut_msg_trust trust;	/* TRUST */
		struct ut_msg_blob blob;	/* BLOB */
		char at[UT_MSG_AT_SIZE];	/* AT: address it is connected to */
		struct ut_tls_outcome outcome;	/* OUTCOME */
		struct {
			uint32_t pk;		/* gnutls_pk_algorithm_t */
			uint32_t bits;
		} ready;
		struct {
			int32_t error;		/* positive errno */
			struct ut_err err;
		} error;			/* ERROR */
	};
};

/*
 * What messages of any kind are made of: packets of one size over such a pair.
 * Errors as below.
 */
int ut_packet_send(int fd, const void *buf, size_t size);
int ut_packet_recv(int fd, void *buf, size_t size);

/* The parts that both kinds have in common. */
bool ut_msg_outcome_ok(const struct ut_tls_outcome *o);
bool ut_msg_err_ok(const struct ut_err *err);

/* Until there is something to read; -ETIMEDOUT at ut_clock_ms() @deadline. */
int ut_packet_wait(int fd, int64_t deadline);

/*
 * 0 or -errno. -EAGAIN: a non-blocking socket has no room, which a parent takes
 * for a fault of the worker, because it owes it one answer at most.
 */
int ut_msg_send(int fd, const struct ut_msg *msg);

/*
 * 0 or -errno: -EAGAIN: nothing there; -EPIPE: the other end is gone;
 * -EBADMSG: not a well-formed message.
 */
int ut_msg_recv(int fd, struct ut_msg *msg);

/* The same with a wait of @timeout_ms; -ETIMEDOUT. */
int ut_msg_wait(int fd, struct ut_msg *msg, int timeout_ms);

#endif /* UT_TLS_MSG_H */
