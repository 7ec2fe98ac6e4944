/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A worker: one process for one connection. It is a program of its own, exec'ed with
 * its channel, the socket and a sealed copy of the public credentials; all else it
 * may know it is told by the first message.
 */
#ifndef UT_WORKER_SPAWN_H
#define UT_WORKER_SPAWN_H

#include "cage/program.h"
#include "cage/sandbox.h"
#include "tls/creds.h"
#include "worker/message.h"

/*
 * Starts the program usbip-tls-worker, told by @start what it is; its cage is filled
 * in here. @peer: the TCP socket, connected and non-blocking. The parent keeps it:
 * the same socket becomes kernel TLS in the worker and a session in the parent. -1:
 * none. @creds: for the handshake; NULL: none. 0 or -errno.
 */
int ut_worker_start(struct ut_child *w, int peer, struct ut_creds *creds,
		    const struct ut_sandbox *sandbox, struct ut_msg *start);

/* Its connection is for long: takes the limit of processor time away. */
void ut_worker_stays(const struct ut_child *w);

/*
 * Ends the worker if it still runs, and waits for that. Returns the signal that
 * had ended it before, or 0; SIGSYS means that the sandbox did. One that was mute
 * and has exited is logged once in a while, about the peer @text: as a rule it cannot
 * run at all. NULL: without a word.
 */
int ut_worker_end(struct ut_child *w, const char *text);

#endif /* UT_WORKER_SPAWN_H */
