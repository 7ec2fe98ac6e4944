/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of worker/: what a worker does. Both return its exit status. */
#ifndef UT_WORKER_SERVE_H
#define UT_WORKER_SERVE_H

#include "tls/conn.h"
#include "worker/message.h"
#include "worker/spawn.h"

/* For a certificate or a list, from the request on: the CA's key has to be asked. */
#define UT_TRUST_MS 20000

int ut_serve_dock(const struct ut_job *job);
int ut_serve_tablet(const struct ut_job *job);

/*
 * Opens the session, closes the cage, shakes hands, tells the parent (AUTH); the
 * last two if there is TLS.
 */
int ut_serve_start(struct ut_tls *t, const struct ut_job *job);

/* Sends a message and waits for the answer of this type, to the deadline. */
int ut_serve_ask(struct ut_msg *msg, uint32_t answer, int64_t deadline);

/*
 * The rest of the data that @msg begins, by NEXT, until @deadline. 0 or -errno. The
 * caller frees *b in any case.
 */
int ut_serve_fetch(struct ut_blob *b, struct ut_msg *msg, size_t max,
		   int64_t deadline);

/* A message to the parent; 0 or -1, with the outcome set. */
int ut_serve_tell(struct ut_tls *t, const struct ut_msg *msg);

/* watch.c: the watch operation, after the request; 0 or -1. */
int ut_serve_watch(struct ut_tls *t);		/* dock */
int ut_serve_watching(struct ut_tls *t);	/* tablet */

/* trust.c: the trust operation: dock, after the request's header; tablet, after
 * the answer's; 0 or -1. */
int ut_serve_trust(struct ut_tls *t);
int ut_serve_fetched(struct ut_tls *t, const struct ut_job *job);

/* The last message: how it went. Returns the exit status. */
int ut_serve_end(struct ut_tls *t);

#endif /* UT_WORKER_SERVE_H */
