/* SPDX-License-Identifier: GPL-2.0 */
/* An attach as a task of the daemon: does what the command does. */
#ifndef UT_TABLET_JOB_H
#define UT_TABLET_JOB_H

#include "base/task.h"
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

/* 0 or -errno. End it by ut_job_done() or ut_task_kill(). */
int ut_job_start(struct ut_task *job, const struct ut_attach *req);

/* When the descriptor is ready. */
void ut_job_done(struct ut_task *job, struct ut_job_result *result);

#endif /* UT_TABLET_JOB_H */
