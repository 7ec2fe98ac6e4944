// SPDX-License-Identifier: GPL-2.0
/* Starting and ending workers: see spawn.h. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"
#include "worker/spawn.h"

int ut_worker_start(struct ut_child *w, int peer, int creds,
		    const struct ut_sandbox *sandbox, struct ut_msg *start)
{
	const struct ut_program_fds fds = {
		.peer = peer, .keep = sandbox->dir, .creds = creds,
	};

	start->start.sandbox = *sandbox;
	start->start.sandbox.dir = UT_FD_KEEP;
	return ut_program_start(w, UT_PROGRAM_WORKER, &fds, start,
				sizeof(*start));
}

static uint32_t flags_of(const struct ut_job *job)
{
	return (job->peer < 0 ? UT_START_DIAL : 0) |
	       (job->expect ? UT_START_EXPECT : 0) |
	       (job->busid ? UT_START_IMPORT : 0) |
	       (job->replace ? UT_START_REPLACE : 0) |
	       (job->watch ? UT_START_WATCH : 0) |
	       (job->plain ? UT_START_PLAIN : 0) |
	       (job->fetch ? UT_START_FETCH : 0) |
	       (job->csr ? UT_START_CSR : 0);
}

static int copy(char *dst, size_t size, const char *src)
{
	if (src && strlen(src) >= size)
		return -ENAMETOOLONG;
	if (src)
		strcpy(dst, src);
	return 0;
}

int ut_worker_spawn(struct ut_child *w, const struct ut_job *job)
{
	static struct ut_msg msg;
	struct ut_msg_start *s = &msg.start;
	int creds = ut_creds_pack(job->creds);

	if (creds < 0)
		return creds;
	ut_msg_init(&msg, UT_MSG_START);
	s->kind = job->creds->side == UT_TLS_DOCK ? UT_START_DOCK :
						    UT_START_TABLET;
	s->flags = flags_of(job);
	s->deadline = job->deadline;
	s->port = job->port;
	if (copy(s->host, sizeof(s->host), job->host) ||
	    copy(s->expect, sizeof(s->expect), job->expect) ||
	    copy(s->busid, sizeof(s->busid), job->busid))
		return -ENAMETOOLONG;
	if (job->csr)
		s->csr = *job->csr;
	return ut_worker_start(w, job->peer, creds, job->sandbox, &msg);
}

void ut_worker_stays(const struct ut_child *w)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	/* If it cannot be had, the worker ends one day, and the tablet comes again. */
	prlimit(w->pid, RLIMIT_CPU, &none, NULL);
}

static void tell_mute(const char *text, int status)
{
	static struct ut_ratelimit rl;

	if (ut_ratelimit(&rl, 1))
		ut_log_err("%s: the worker ended with status %d before it said how it went; if that goes on, install usbip-tls again, as a whole",
			   text, status);
}

int ut_worker_end(struct ut_child *w, const char *text)
{
	int status, sig = ut_program_end(w, &status);

	if (text && w->mute && status >= 0)
		tell_mute(text, status);
	return sig;
}
