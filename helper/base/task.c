// SPDX-License-Identifier: GPL-2.0
/* Something in a process of its own: see task.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/task.h"

/* Below it are stdin, stdout and stderr. */
#define CHANNEL 3
/* Those that we place come from above this one. */
#define SAFE 16

/* What goes before the result. */
struct head {
	int ret;
	struct ut_err err;
};

static int child(int fd, int keep, ut_task_run *run, const void *arg,
		 size_t size)
{
	struct head head = { .ret = 0 };
	struct iovec v[] = {
		{ &head, sizeof(head) }, { calloc(1, size + 1), size },
	};
	ssize_t n;

	/* Its socket is among those that are closed: the number will be another's. */
	ut_log_sink_set(NULL);
	/* The daemon may end before us: what it has open must not stay so. */
	if (!v[1].iov_base ||
	    (keep >= 0 && (keep = fcntl(keep, F_DUPFD, SAFE)) < 0) ||
	    (fd = fcntl(fd, F_DUPFD, SAFE)) < 0 || dup2(fd, CHANNEL) < 0 ||
	    (keep >= 0 && dup2(keep, UT_TASK_KEEP) < 0) ||
	    close_range(keep >= 0 ? UT_TASK_KEEP + 1 : CHANNEL + 1, ~0U, 0))
		return 1;
	head.ret = run(arg, v[1].iov_base, &head.err);
	n = sendmsg(CHANNEL, &(struct msghdr){ .msg_iov = v, .msg_iovlen = 2 },
		    MSG_NOSIGNAL);
	/* It may hold secrets. */
	explicit_bzero(v[1].iov_base, size);
	free(v[1].iov_base);
	return n == (ssize_t)(sizeof(head) + size) ? 0 : 1;
}

static int start(struct ut_task *task, ut_task_run *run, const void *arg,
		 size_t size, int keep, const sigset_t *mask)
{
	int fd[2], ret;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd))
		return -errno;
	task->io = NULL;
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

int ut_task_start(struct ut_task *task, ut_task_run *run, const void *arg,
		  size_t size)
{
	sigset_t none;

	/* The daemon reads its signals from a descriptor; a task has the default. */
	sigemptyset(&none);
	return start(task, run, arg, size, -1, &none);
}

int ut_task_watch(struct ut_task *task, sd_event *loop,
		  sd_event_io_handler_t fn, void *arg)
{
	int ret = sd_event_add_io(loop, &task->io, task->fd, EPOLLIN, fn, arg);

	if (ret < 0)
		ut_task_kill(task);
	return ret < 0 ? ret : 0;
}

static void leave(struct ut_task *task)
{
	task->io = sd_event_source_disable_unref(task->io);
	close(task->fd);
	task->pid = 0;
}

static void end(struct ut_task *task)
{
	pid_t pid = task->pid;

	leave(task);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* There may be nothing to hand over. */
static void clear(void *out, size_t size)
{
	if (size)
		memset(out, 0, size);
}

int ut_task_wait(ut_task_run *run, const void *arg, void *out, size_t size,
		 int keep, const char *what, struct ut_err *err)
{
	struct ut_task task;
	struct pollfd p = { .events = POLLIN };
	int ret = start(&task, run, arg, size, keep, NULL);

	if (ret) {
		clear(out, size);
		return ut_err_errno(err, UT_EXIT_FAILURE, ret, "cannot start %s",
				    what);
	}
	p.fd = task.fd;
	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
	return ut_task_done(&task, out, size, what, err);
}

int ut_task_done(struct ut_task *task, void *out, size_t size, const char *what,
		 struct ut_err *err)
{
	struct head head;
	struct iovec v[] = { { &head, sizeof(head) }, { out, size } };
	struct msghdr msg = { .msg_iov = v, .msg_iovlen = 2 };
	ssize_t n;

	do {
		n = recvmsg(task->fd, &msg, MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	/* A result of the wrong size is the end of the task, too. */
	end(task);
	if (n != (ssize_t)(sizeof(head) + size)) {
		clear(out, size);
		return ut_err_set(err, UT_EXIT_FAILURE, EPIPE, "%s has died", what);
	}
	if (head.ret < 0 && err)
		*err = head.err;
	return head.ret;
}

void ut_task_leave(struct ut_task *task)
{
	if (task->pid > 0)
		leave(task);
}

void ut_task_kill(struct ut_task *task)
{
	if (task->pid <= 0)
		return;
	kill(task->pid, SIGKILL);
	end(task);
}
