// SPDX-License-Identifier: GPL-2.0
/* Starting and ending workers: see spawn.h. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/connect.h"
#include "worker/serve.h"
#include "worker/spawn.h"

static int child(int channel, int peer, const struct ut_sandbox *sandbox,
		 int (*serve)(const void *job), const void *job)
{
	sigset_t none;

	/* The parent reads its signals from a descriptor; we have the default. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (ut_sandbox_fds(channel, peer, sandbox->dir))
		return 1;
	return serve(job);
}

int ut_worker_fork(struct ut_worker *w, int peer,
		   const struct ut_sandbox *sandbox,
		   int (*serve)(const void *job), const void *job)
{
	int channel, ret;

	ret = ut_msg_pair(&w->fd, &channel);
	if (ret)
		return ret;
	w->pid = fork();
	if (!w->pid)
		_exit(child(channel, peer, sandbox, serve, job));
	ret = w->pid < 0 ? -errno : 0;
	close(channel);
	if (ret) {
		close(w->fd);
		w->fd = -1;
		w->pid = 0;
	}
	return ret;
}

/*
 * Before the cage, as the resolver needs files. The parent must not wait for it,
 * and its descriptors are closed by now.
 */
static int dial(const struct ut_job *job)
{
	static struct ut_msg msg;
	int fd;

	memset(&msg, 0, sizeof(msg));
	msg.type = UT_MSG_ERROR;
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	fd = ut_connect(job->host, job->port, job->deadline, &msg.error.err);
	if (fd < 0) {
		msg.error.error = -fd;
		ut_msg_send(UT_FD_CHANNEL, &msg);
		return fd;
	}
	if (fd == UT_FD_PEER)
		return 0;
	if (dup2(fd, UT_FD_PEER) < 0)
		return -errno;
	close(fd);
	return 0;
}

static int serve_job(const void *arg)
{
	const struct ut_job *job = arg;
	struct ut_job own = *job;

	if (job->peer < 0 && dial(job))
		return 0;
	own.peer = UT_FD_PEER;
	return job->creds->side == UT_TLS_DOCK ? ut_serve_dock(&own) :
						 ut_serve_tablet(&own);
}

int ut_worker_spawn(struct ut_worker *w, const struct ut_job *job)
{
	return ut_worker_fork(w, job->peer, job->sandbox, serve_job, job);
}

void ut_worker_stays(const struct ut_worker *w)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	/* If it cannot be had, the worker ends one day, and the tablet comes again. */
	prlimit(w->pid, RLIMIT_CPU, &none, NULL);
}

int ut_worker_end(struct ut_worker *w)
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
	close(w->fd);
	w->fd = -1;
	w->pid = 0;
	return sig;
}
