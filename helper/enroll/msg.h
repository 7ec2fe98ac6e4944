/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages between the workers of an enrolment and their parents, as in
 * tls/msg.h: one size, checked as a whole before anybody looks at them.
 *
 * Dock, worker to parent:
 *	CLAIM  BOUND  PROVEN  (REQUEST NEXT* CONFIRMED?  |  REFUSED)  OUTCOME,
 *	cut short by OUTCOME at any time
 * Dock, parent to worker:
 *	KEY or DENIED for CLAIM; GRANTED or REFUSED for REQUEST; PART for NEXT
 * Tablet, worker to parent:
 *	CLAIM  (PART*  |  REFUSED  |  ERROR)  OUTCOME, or CLAIM and OUTCOME alone
 * Tablet, parent to worker:
 *	KEY for CLAIM; CONFIRMED after the last PART
 */
#ifndef UT_ENROLL_MSG_H
#define UT_ENROLL_MSG_H

#include "enroll/frame.h"
#include "tls/msg.h"
#include "tls/psk.h"

#define UT_PART_DATA	4096

/* How long the dock's answer and the tablet's confirmation may take. */
#define UT_ENROLL_DELIVERY_MS	10000

enum ut_enroll_msg_type {
	UT_ENROLL_NONE,
	UT_ENROLL_CLAIM,	/* somebody names the key: let me check it */
	UT_ENROLL_KEY,
	UT_ENROLL_DENIED,
	UT_ENROLL_BOUND,	/* the binder was right */
	UT_ENROLL_PROVEN,	/* the handshake is done */
	UT_ENROLL_REQUEST,
	UT_ENROLL_REFUSED,
	UT_ENROLL_GRANTED,
	UT_ENROLL_NEXT,
	UT_ENROLL_PART,
	UT_ENROLL_CONFIRMED,
	UT_ENROLL_ERROR,
	UT_ENROLL_OUTCOME,
};

/**
 * enum ut_part_kind - what the dock gives, in this order
 */
enum ut_part_kind {
	UT_PART_CERT,
	UT_PART_CA,
	UT_PART_CRL,
	UT_PART_DOCK,

	UT_N_PARTS,
};

/**
 * struct ut_part - a piece of it
 * @kind: enum ut_part_kind
 * @total: bytes of the whole, the same in each of its pieces
 * @len: bytes here; less than UT_PART_DATA only in the last piece
 */
struct ut_part {
	uint32_t kind;
	uint32_t total;
	uint32_t len;
	uint8_t data[UT_PART_DATA];
};

struct ut_enroll_msg {
	uint32_t type;
	union {
		uint8_t key[UT_TLS_PSK_SIZE];
		struct ut_enroll_request request;
		uint32_t refusal;		/* enum ut_enroll_refusal */
		struct ut_part part;
		uint32_t confirmed;		/* installed, or not taken */
		struct ut_err err;		/* ERROR: not taken, and why */
		struct ut_tls_outcome outcome;
	};
};

int ut_enroll_msg_send(int fd, const struct ut_enroll_msg *msg);

/* A message without content. */
int ut_enroll_msg_tell(int fd, enum ut_enroll_msg_type type);

/* Errors as of ut_msg_recv(). */
int ut_enroll_msg_recv(int fd, struct ut_enroll_msg *msg);

/* To ut_clock_ms() @deadline; -ETIMEDOUT. */
int ut_enroll_msg_wait(int fd, struct ut_enroll_msg *msg, int64_t deadline);

/**
 * struct ut_parts - all of it, on its way in or out
 * @buf: by enum ut_part_kind
 * @kind: which one it is at
 * @at: bytes of that one which are done
 */
struct ut_parts {
	struct ut_buf buf[UT_N_PARTS];
	unsigned int kind;
	size_t at;
};

/* Longest of a kind. */
size_t ut_part_max(enum ut_part_kind kind);

/* The next piece; false: that was all. */
bool ut_parts_next(struct ut_parts *p, struct ut_part *part);

/* Adds a piece. 0; 1: that was the last; -EBADMSG, -ENOMEM. */
int ut_parts_add(struct ut_parts *p, const struct ut_part *part);

/* Is the name of the dock a name, or empty? */
bool ut_parts_dock_ok(const struct ut_parts *p);

void ut_parts_free(struct ut_parts *p);

#endif /* UT_ENROLL_MSG_H */
