// SPDX-License-Identifier: GPL-2.0
/* Something in a process of its own: see task.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/task.h"

/* Below it are stdin, stdout and stderr. */
#define CHANNEL 3
/* Those that we place come from above this one. */
#define SAFE 16

static int child(int fd, int keep, void (*run)(const void *arg, void *result),
		 const void *arg, size_t size)
{
	void *result = calloc(1, size);
	ssize_t n;

	/* Its socket is among those that are closed: the number will be another's. */
	ut_log_sink_set(NULL);
	/* The daemon may end before us: what it has open must not stay so. */
	if (!result || (keep >= 0 && (keep = fcntl(keep, F_DUPFD, SAFE)) < 0) ||
	    (fd = fcntl(fd, F_DUPFD, SAFE)) < 0 || dup2(fd, CHANNEL) < 0 ||
	    (keep >= 0 && dup2(keep, UT_TASK_KEEP) < 0) ||
	    close_range(keep >= 0 ? UT_TASK_KEEP + 1 : CHANNEL + 1, ~0U, 0))
		return 1;
	run(arg, result);
	n = send(CHANNEL, result, size, MSG_NOSIGNAL);
	/* It may hold what nobody else is to have. */
	explicit_bzero(result, size);
	free(result);
	return n == (ssize_t)size ? 0 : 1;
}

static int start(struct ut_task *task, void (*run)(const void *arg, void *result),
		 const void *arg, size_t size, int keep, const sigset_t *mask)
{
	int fd[2], ret;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd))
		return -errno;
	task->pid = fork();
	if (!task->pid) {
		if (mask)
			sigprocmask(SIG_SETMASK, mask, NULL);
		_exit(child(fd[1], keep, run, arg, size));
	}
	ret = task->pid < 0 ? -errno : 0;
	close(fd[1]);
	task->fd = fd[0];
	if (ret) {
		close(fd[0]);
		task->pid = 0;
	}
	return ret;
}

int ut_task_start(struct ut_task *task, void (*run)(const void *arg, void *result),
		  const void *arg, size_t size)
{
	sigset_t none;

	/* The daemon reads its signals from a descriptor; a task has the default. */
	sigemptyset(&none);
	return start(task, run, arg, size, -1, &none);
}

static void end(struct ut_task *task)
{
	close(task->fd);
	while (waitpid(task->pid, NULL, 0) < 0 && errno == EINTR)
		;
	task->pid = 0;
}

int ut_task_wait(void (*run)(const void *arg, void *result), const void *arg,
		 void *result, size_t size, int keep)
{
	struct ut_task task;
	struct pollfd p = { .events = POLLIN };
	int ret = start(&task, run, arg, size, keep, NULL);

	memset(result, 0, size);
	if (ret)
		return ret;
	p.fd = task.fd;
	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
	if (ut_task_done(&task, result, size))
		return 0;
	memset(result, 0, size);
	return -EPIPE;
}

bool ut_task_done(struct ut_task *task, void *result, size_t size)
{
	ssize_t n;

	do {
		n = recv(task->fd, result, size, MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	/* One that has told a result of another size is at its end as well. */
	end(task);
	return n == (ssize_t)size;
}

void ut_task_leave(struct ut_task *task)
{
	if (task->pid <= 0)
		return;
	close(task->fd);
	task->pid = 0;
}

void ut_task_kill(struct ut_task *task)
{
	if (task->pid <= 0)
		return;
	kill(task->pid, SIGKILL);
	end(task);
}
