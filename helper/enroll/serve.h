/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of enroll/: the workers, which read what the other side sends. Both are
 * for ut_worker_fork() and return an exit status.
 */
#ifndef UT_ENROLL_SERVE_H
#define UT_ENROLL_SERVE_H

#include "enroll/msg.h"
#include "worker/spawn.h"

/* How long the dock's answer and the tablet's confirmation may take. */
#define UT_ENROLL_DELIVERY_MS	10000

/**
 * struct ut_enroll_job - what a worker has to do
 * @sandbox: cage
 * @deadline: ut_clock_ms() by which the request must have been made
 * @key: tablet: the key
 * @role: tablet: what it wants to be
 * @name: tablet: its name
 * @csr: tablet: the request
 */
struct ut_enroll_job {
	const struct ut_sandbox *sandbox;
	int64_t deadline;
	uint8_t key[UT_TLS_PSK_SIZE];
	enum ut_pki_role role;
	char name[UT_PKI_NAME_SIZE];
	struct ut_csr csr;
};

int ut_enroll_serve(const void *job);
int ut_enroll_visit(const void *job);

/* For both: opens the connection, closes the cage, shakes hands. 0 or -1. */
int ut_enroll_start(struct ut_tls *t, const struct ut_tls_psk *psk,
		    const struct ut_enroll_job *job);

/* Our own fault, as an outcome. Returns -1. */
int ut_enroll_internal(struct ut_tls *t, int error);

/* The last message: how it went. Returns the exit status. */
int ut_enroll_end(struct ut_tls *t);

#endif /* UT_ENROLL_SERVE_H */
