// SPDX-License-Identifier: GPL-2.0
/* An attach as a task of the daemon: see job.h. */
#include <errno.h>
#include <string.h>

#include "tablet/job.h"

_Static_assert(sizeof(struct ut_job_result) <= UT_TASK_MAX_RESULT,
	       "the result is too large");

/* With a netlink socket of its own; the daemon's is the daemon's. */
static void run(const void *arg, void *result)
{
	struct ut_job_result *r = result;
	struct ut_nl *nl;

	r->ret = ut_nl_open(&nl, &r->err);
	if (r->ret)
		return;
	r->ret = ut_attach(nl, arg, &r->attached, &r->err);
	ut_nl_close(nl);
}

int ut_job_start(struct ut_task *job, const struct ut_attach *req)
{
	return ut_task_start(job, run, req, sizeof(struct ut_job_result));
}

void ut_job_done(struct ut_task *job, struct ut_job_result *result)
{
	if (ut_task_done(job, result, sizeof(*result)))
		return;
	memset(result, 0, sizeof(*result));
	result->ret = ut_err_set(&result->err, UT_EXIT_FAILURE, EFAULT,
				 "the process that was to attach has died");
}
