// SPDX-License-Identifier: GPL-2.0
/* Starting and ending workers: see spawn.h. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cage/program.h"
#include "base/log.h"
#include "worker/spawn.h"

int ut_worker_start(struct ut_worker *w, int peer, int creds,
		    const struct ut_sandbox *sandbox, struct ut_msg *start)
{
	struct ut_program_fds fds = {
		.peer = peer, .keep = sandbox->dir, .creds = creds,
	};
	int ret;

	w->mute = false;
	start->type = UT_MSG_START;
	ut_msg_cage(&start->start.cage, sandbox);
	ret = ut_msg_pair(&w->fd, &fds.channel);
	if (ret)
		return ret;
	/* There is room for it: it is the first one. */
	ret = ut_msg_send(w->fd, start);
	if (!ret)
		ret = ut_program_start(UT_PROGRAM_WORKER, &fds, &w->pid);
	close(fds.channel);
	if (ret) {
		close(w->fd);
		w->fd = -1;
		w->pid = 0;
	}
	return ret;
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

int ut_worker_spawn(struct ut_worker *w, const struct ut_job *job)
{
	static struct ut_msg msg;
	struct ut_msg_start *s = &msg.start;
	int creds = ut_creds_pack(job->creds);

	if (creds < 0)
		return creds;
	memset(&msg, 0, sizeof(msg));
	s->kind = job->creds->side == UT_TLS_DOCK ? UT_START_DOCK :
						    UT_START_TABLET;
	s->flags = flags_of(job);
	s->deadline = job->deadline;
	s->pk = (uint32_t)job->creds->signer.pk;
	s->bits = job->creds->signer.bits;
	s->port = job->port;
	if (copy(s->host, sizeof(s->host), job->host) ||
	    copy(s->expect, sizeof(s->expect), job->expect) ||
	    copy(s->busid, sizeof(s->busid), job->busid))
		return -ENAMETOOLONG;
	if (job->csr)
		s->csr = *job->csr;
	return ut_worker_start(w, job->peer, creds, job->sandbox, &msg);
}

void ut_worker_stays(const struct ut_worker *w)
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

int ut_worker_end(struct ut_worker *w)
{
	return ut_worker_end_of(w, NULL);
}

int ut_worker_end_of(struct ut_worker *w, const char *text)
{
	int status = 0, sig = 0;

	if (w->pid <= 0)
		return 0;
	/* Harmless if it has ended: we have not waited for it yet. */
	kill(w->pid, SIGKILL);
	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		sig = WTERMSIG(status);
	if (text && w->mute && WIFEXITED(status))
		tell_mute(text, WEXITSTATUS(status));
	close(w->fd);
	w->fd = -1;
	w->pid = 0;
	return sig;
}
