/* SPDX-License-Identifier: GPL-2.0 */
/* The program usbip-tls-worker: what all of its kinds have in common. */
#ifndef UT_WORKER_SERVE_H
#define UT_WORKER_SERVE_H

#include "cage/sandbox.h"
#include "tls/conn.h"
#include "tls/creds.h"
#include "tls/psk.h"
#include "worker/message.h"

/* For a certificate or a CRL, from the request on: the CA's key has to be asked. */
#define UT_TRUST_MS 20000

/**
 * struct ut_serve - the process of a worker; there is one in it
 * @start: what its parent has told it to do
 * @creds: DOCK, TABLET: for the handshake; NULL: it has none
 * @tls: its connection, from ut_serve_begin() on
 */
struct ut_serve {
	struct ut_start start;
	struct ut_creds *creds;
	struct ut_tls tls;
};

/* One kind of worker: it has to enter the sandbox itself. Returns the exit status. */
typedef int ut_serve_kind(struct ut_serve *s);

ut_serve_kind ut_serve_dock, ut_serve_tablet;

/* Reads START and runs the kind that it names. End by _exit() of the result. */
int ut_serve_main(ut_serve_kind *const kinds[UT_START_END]);

/*
 * Opens the session, closes the cage, shakes hands, tells the parent (AUTH); the
 * last two if there is TLS, and the last not with @psk, a key in the place of
 * certificates. 0 or -1.
 */
int ut_serve_begin(struct ut_serve *s, const struct ut_tls_psk *psk);

/* The last message: how it went. Returns the exit status. */
int ut_serve_end(struct ut_serve *s);

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

/* Our own fault, as an outcome. Returns -1. */
int ut_serve_fail(struct ut_tls *t, int error);

/* serve_watch.c: the watch operation, after the request; 0 or -1. */
int ut_serve_watch(struct ut_tls *t);		/* dock */
int ut_serve_watching(struct ut_tls *t);	/* tablet */

/* serve_trust.c: the trust operation: dock, after the request's header; tablet, after
 * the answer's; 0 or -1. */
int ut_serve_trust(struct ut_tls *t);
int ut_serve_fetched(struct ut_serve *s);

#endif /* UT_WORKER_SERVE_H */
