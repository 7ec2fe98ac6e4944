/* SPDX-License-Identifier: GPL-2.0 */
/* The program usbip-tls-worker. */
#ifndef UT_WORKER_RUN_H
#define UT_WORKER_RUN_H

#include "cage/sandbox.h"
#include "worker/message.h"

/*
 * One kind of worker. @start stays for good; it has to enter the sandbox itself.
 * Returns the exit status.
 */
typedef int ut_worker_kind(const struct ut_msg_start *start,
			   const struct ut_sandbox *sandbox);

/* Reads START and runs the kind that it names. End by _exit() of the result. */
int ut_worker_run(ut_worker_kind *const kinds[UT_START_END]);

/* UT_START_DOCK and UT_START_TABLET. */
ut_worker_kind ut_serve_job;

#endif /* UT_WORKER_RUN_H */
