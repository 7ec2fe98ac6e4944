/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An attach in a process of its own, so that the daemon's loop never waits. The
 * process does what the command does, tells how it went, and ends.
 */
#ifndef UT_TABLET_JOB_H
#define UT_TABLET_JOB_H

#include <stdbool.h>
#include <sys/types.h>

#include "tablet/attach.h"

/**
 * struct ut_job_result - what the process tells
 * @ret: 0 or -errno of ut_attach()
 * @attached: what came of it; if @ret is not 0 only its port means something,
 *	and only for errors of ut_vhci_wait()
 * @err: if @ret is not 0
 */
struct ut_job_result {
	int ret;
	struct ut_attached attached;
	struct ut_err err;
};

/**
 * struct ut_attach_job - seen from the daemon; pid 0: none
 * @fd: to poll for POLLIN: it has something to tell, or has died
 */
struct ut_attach_job {
	pid_t pid;
	int fd;
};

/* Forks. The process has its own copy of everything in @req. 0 or -errno. */
int ut_job_start(struct ut_attach_job *job, const struct ut_attach *req);

/* When the descriptor is ready: reads, and waits for the end of the process. */
void ut_job_done(struct ut_attach_job *job, struct ut_job_result *result);

/* Kills it. What it has attached by then stays attached. */
void ut_job_kill(struct ut_attach_job *job);

#endif /* UT_TABLET_JOB_H */
