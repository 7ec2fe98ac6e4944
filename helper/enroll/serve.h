/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of enroll/: the workers, which read what the other side sends: two kinds
 * of the program usbip-tls-worker.
 */
#ifndef UT_ENROLL_SERVE_H
#define UT_ENROLL_SERVE_H

#include "worker/message.h"
#include "worker/run.h"

ut_worker_kind ut_enroll_serve;
ut_worker_kind ut_enroll_visit;

/* For both: opens the connection, closes the cage, shakes hands. 0 or -1. */
int ut_enroll_start(struct ut_tls *t, const struct ut_tls_psk *psk,
		    const struct ut_msg_start *start,
		    const struct ut_sandbox *sandbox);

/* For both: asks the parent for the key, for struct ut_tls_psk; @arg is START. */
int ut_enroll_key(uint8_t key[UT_TLS_PSK_SIZE], void *arg);

/* Our own fault, as an outcome. Returns -1. */
int ut_enroll_internal(struct ut_tls *t, int error);

/* The last message: how it went. Returns the exit status. */
int ut_enroll_end(struct ut_tls *t);

#endif /* UT_ENROLL_SERVE_H */
