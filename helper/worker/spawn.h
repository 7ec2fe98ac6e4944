/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A worker: one process for one connection. It is a program of its own, exec'ed with
 * its channel, the socket and a sealed copy of the public credentials; all else it
 * may know it is told by the first message.
 */
#ifndef UT_WORKER_SPAWN_H
#define UT_WORKER_SPAWN_H

#include <stdbool.h>
#include <stdint.h>

#include "cage/program.h"
#include "cage/sandbox.h"
#include "base/err.h"
#include "tls/creds.h"
#include "tls/pki_csr.h"
#include "worker/message.h"

/**
 * struct ut_job - what a worker is to do. Its parent makes one of it all, and the
 *	worker another from the START message
 * @peer: the TCP socket, connected and non-blocking. The parent keeps it: the
 *	same socket becomes kernel TLS in the worker and a session in the parent.
 *	-1: the worker connects to @host and @port by itself before it goes into
 *	its cage; it reads nothing by then
 * @host: name or address
 * @port: TCP port
 * @creds: for the handshake
 * @sandbox: cage
 * @deadline: ut_clock_ms() by which it must be done
 * @expect: tablet: name of the dock
 * @busid: tablet: device to import; NULL: list the devices, or watch them
 * @replace: tablet: the dock is to end the session that has @busid, if it may
 * @watch: tablet: watch until the end; @deadline is that of the handshake
 * @plain: dock: the peer is a stock client and speaks no TLS; there is no AUTH, the
 *	parent knows it by its address
 * @fetch: tablet: get a certificate for @csr, or without that the revocation list
 * @csr: request for a certificate; NULL: none
 */
struct ut_job {
	int peer;
	const char *host;
	uint16_t port;
	struct ut_creds *creds;
	const struct ut_sandbox *sandbox;
	int64_t deadline;
	const char *expect;
	const char *busid;
	bool replace;
	bool watch;
	bool plain;
	bool fetch;
	const struct ut_csr *csr;
};

/*
 * Starts the program usbip-tls-worker, told by @start what it is; ut_worker_start()
 * fills in its cage. @creds: descriptor of packed credentials; -1: none. 0 or
 * -errno.
 */
int ut_worker_start(struct ut_child *w, int peer, int creds,
		    const struct ut_sandbox *sandbox, struct ut_msg *start);

/* The same for a job. The side of @job->creds says which kind of worker. */
int ut_worker_spawn(struct ut_child *w, const struct ut_job *job);

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
