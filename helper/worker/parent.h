/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A worker, seen from its parent: one process for one connection. It is a program of
 * its own, exec'ed with its channel, the socket and a sealed copy of the public
 * credentials; all else it may know it is told by the first message. What it may ask
 * and when is a table of turns, in dock/dock_conn.c, tablet/client.c,
 * enroll/enroll_conn.c and enroll/enroll_client.c: whatever is not in there ends it.
 * One that looks up a name has no turns: it has one message to send.
 */
#ifndef UT_WORKER_PARENT_H
#define UT_WORKER_PARENT_H

#include "cage/program.h"
#include "cage/sandbox.h"
#include "tls/creds.h"
#include "worker/message.h"

/*
 * The worker knows the deadline, too. This is added to it, for the worker to report
 * what it was waiting for; the shorter one is for workers of strangers.
 */
#define UT_WORKER_GRACE_MS	2500
#define UT_STRANGER_GRACE_MS	500

/*
 * Starts the program usbip-tls-worker, told by @start what it is; its cage is filled
 * in here. @peer: the TCP socket, connected and non-blocking. The parent keeps it:
 * the same socket becomes kernel TLS in the worker and a session in the parent. -1:
 * none. @creds: for the handshake; NULL: none. 0 or -errno.
 */
int ut_worker_start(struct ut_child *w, int peer, struct ut_creds *creds,
		    const struct ut_sandbox *sandbox, struct ut_msg *start);

/* Its connection is a long one: lifts the limit on processor time. */
void ut_worker_stays(const struct ut_child *w);

/*
 * Ends the worker if it still runs, and waits for that. Returns the signal that
 * had ended it before, or 0; SIGSYS means that the sandbox did. One that was mute
 * and has exited is logged once in a while, about the peer @text: as a rule it cannot
 * run at all. NULL: without a word.
 */
int ut_worker_end(struct ut_child *w, const char *text);

/*
 * The error for a worker that failed without saying why: @error is what its
 * channel gave, @sig the signal that ended it, or 0. Returns -errno.
 */
int ut_worker_err(int error, int sig, struct ut_err *err);

#define UT_IN(state) (1U << (state))

/**
 * struct ut_turn - a message that a worker may send; a table of them ends with { 0 }
 * @from: in which states of its connection, of UT_IN()
 * @type: enum ut_msg_type
 * @to: the state after it; UT_SAME: as before
 */
struct ut_turn {
	uint32_t from;
	uint16_t type;
	int16_t to;
};

#define UT_SAME (-1)

/*
 * Reads a message, if it is the turn of that in @state. The next state, and it is in
 * *msg; or -EAGAIN: none has come; -EPIPE: the worker is gone; -EBADMSG: the message
 * is not well-formed; -EPROTO: the one in *msg is out of turn.
 */
int ut_worker_read(const struct ut_child *w, const struct ut_turn *turns,
		   unsigned int state, struct ut_msg *msg);

/* The same, and waits for one until ut_clock_ms() @deadline; -ETIMEDOUT. */
int ut_worker_wait(const struct ut_child *w, const struct ut_turn *turns,
		   unsigned int state, int64_t deadline, struct ut_msg *msg);

/*
 * SIGN: takes a piece of what is to be signed, of @max bytes at the most, into *text.
 * Once that is whole, has it signed with the key of @creds, and answers, by nothing
 * if it is refused. 1: that is done, and *text is free; 0: more is to come; -EBADMSG,
 * -ENOMEM: it cannot be taken; or the error of sending the answer. That the signer is
 * too slow is logged, about @peer.
 */
int ut_worker_sign(const struct ut_child *w, struct ut_creds *creds,
		   struct ut_blob *text, const struct ut_msg *msg, size_t max,
		   const char *peer);

/* --- workers of strangers; @peer: for the log. What returns true: it is over --- */

/* Ends it, and logs if it has died by itself. */
void ut_stranger_end(struct ut_child *w, const char *peer);

/* It has done what it may not, which is logged: "has confirmed twice". */
bool ut_stranger_misbehaves(const char *peer, const char *what);

/* @error: of telling it something; 0: none. */
bool ut_stranger_told(const char *peer, int error);

/* @error: of ut_worker_read() in @state, @type: of the message. */
bool ut_stranger_mute(struct ut_child *w, const char *peer, int error,
		      uint32_t type, unsigned int state);

#endif /* UT_WORKER_PARENT_H */
