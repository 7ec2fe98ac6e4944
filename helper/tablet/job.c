// SPDX-License-Identifier: GPL-2.0
/* An attach in a process of its own: see job.h. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tablet/job.h"

/* Below it are stdin, stdout and stderr. */
#define CHANNEL 3

static void child(int fd, const struct ut_attach *req)
{
	static struct ut_job_result r;
	struct ut_nl *nl;
	sigset_t none;

	/* The daemon reads its signals from a descriptor; we have the default. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* The daemon may end before us: what it has open must not stay so. */
	if (dup2(fd, CHANNEL) < 0 || close_range(CHANNEL + 1, ~0U, 0))
		_exit(1);
	r.ret = ut_nl_open(&nl, &r.err);
	if (!r.ret) {
		r.ret = ut_attach(nl, req, &r.attached, &r.err);
		ut_nl_close(nl);
	}
	if (send(CHANNEL, &r, sizeof(r), MSG_NOSIGNAL) != sizeof(r))
		_exit(1);
	_exit(0);
}

int ut_job_start(struct ut_attach_job *job, const struct ut_attach *req)
{
	int fd[2], ret;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd))
		return -errno;
	job->pid = fork();
	if (!job->pid)
		child(fd[1], req);
	ret = job->pid < 0 ? -errno : 0;
	close(fd[1]);
	job->fd = fd[0];
	if (ret) {
		close(fd[0]);
		job->pid = 0;
	}
	return ret;
}

static void end(struct ut_attach_job *job)
{
	close(job->fd);
	while (waitpid(job->pid, NULL, 0) < 0 && errno == EINTR)
		;
	job->pid = 0;
}

void ut_job_done(struct ut_attach_job *job, struct ut_job_result *result)
{
	ssize_t n;

	do {
		n = recv(job->fd, result, sizeof(*result), MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n != sizeof(*result)) {
		memset(result, 0, sizeof(*result));
		result->ret = ut_err_set(&result->err, UT_EXIT_FAILURE, EFAULT,
					 "the process that was to attach has died");
	}
	end(job);
}

void ut_job_kill(struct ut_attach_job *job)
{
	if (job->pid <= 0)
		return;
	kill(job->pid, SIGKILL);
	end(job);
}
