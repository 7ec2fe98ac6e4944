// SPDX-License-Identifier: GPL-2.0
/* Starting the programs of libexec: see program.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cage/program.h"
#include "cage/sandbox.h"
#include "libexec.h"

/*
 * Name and descriptor, which 0 never is. A task of ours (base/task.h) has closed
 * those of its parent and opens its own.
 */
static struct {
	const char *name;
	int fd;
	pid_t opened_by;
} programs[UT_N_PROGRAMS] = {
	[UT_PROGRAM_WORKER] = { .name = "usbip-tls-worker" },
	[UT_PROGRAM_SIGNER] = { .name = "usbip-tls-signer" },
	[UT_PROGRAM_DNS_SD] = { .name = "usbip-tls-dns-sd" },
};

static const char *test_dir;

void ut_program_dir_set(const char *dir)
{
	size_t i;

	test_dir = dir;
	for (i = 0; i < UT_N_PROGRAMS; i++) {
		if (programs[i].fd && programs[i].opened_by == getpid())
			close(programs[i].fd);
		programs[i].fd = 0;
	}
}

/* The directory of the program that runs; "" if that cannot be told. */
static void own_dir(char dir[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", dir, PATH_MAX - 1);
	char *slash;

	dir[n > 0 ? n : 0] = '\0';
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	else
		dir[0] = '\0';
}

/* -ENOENT: it is not there. */
static int open_in(const char *dir, const char *name)
{
	char path[PATH_MAX + 32];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int find(enum ut_program which)
{
	const char *name = programs[which].name;
	char dir[PATH_MAX];
	int fd = -ENOENT;

	if (test_dir)
		return open_in(test_dir, name);
	own_dir(dir);
	if (dir[0])
		fd = open_in(dir, name);
	return fd == -ENOENT ? open_in(UT_LIBEXECDIR, name) : fd;
}

static int opened(enum ut_program which)
{
	int fd;

	if (programs[which].fd && programs[which].opened_by == getpid())
		return programs[which].fd;
	fd = find(which);
	if (fd > 0) {
		programs[which].fd = fd;
		programs[which].opened_by = getpid();
	}
	return fd;
}

int ut_programs_open(struct ut_err *err)
{
	unsigned int i;
	int ret;

	for (i = 0; i < UT_N_PROGRAMS; i++) {
		ret = opened((enum ut_program)i);
		if (ret >= 0)
			continue;
		ut_err_errno(err, ut_exit_of_errno(ret), ret,
			     "cannot open %s/%s", UT_LIBEXECDIR,
			     programs[i].name);
		ut_err_hint(err, "install usbip-tls again, as a whole");
		return ret;
	}
	return 0;
}

/*
 * The child of vfork() shares its parent's memory: it makes system calls and
 * nothing else, and leaves its errno there.
 */
static void become(enum ut_program which, int channel,
		   const struct ut_program_fds *fds, volatile int *error)
{
	char *const argv[] = { (char *)programs[which].name, NULL };
	char *const none[] = { NULL };
	int ret;

	ret = ut_sandbox_fds(channel, fds->peer, fds->keep, fds->creds,
			     programs[which].fd);
	if (!ret) {
		syscall(SYS_execveat, UT_FD_PROGRAM, "", argv, none,
			AT_EMPTY_PATH);
		ret = -errno;
	}
	*error = ret;
	_exit(127);
}

static int run(enum ut_program which, int channel,
	       const struct ut_program_fds *fds, pid_t *pid)
{
	volatile int error = 0;
	sigset_t all, before;
	int ret = opened(which);
	pid_t child;

	if (ret < 0)
		return ret;
	/* No handler of ours may run in the child. The program unblocks them. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	child = vfork();
	if (!child)
		become(which, channel, fds, &error);
	ret = child < 0 ? -errno : error;
	sigprocmask(SIG_SETMASK, &before, NULL);
	while (child > 0 && ret && waitpid(child, NULL, 0) < 0 &&
	       errno == EINTR)
		;
	*pid = ret ? 0 : child;
	return ret;
}

int ut_program_pair(int *parent, int *child)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd))
		return -errno;
	if (fcntl(fd[0], F_SETFL, O_NONBLOCK)) {
		int ret = -errno;

		close(fd[0]);
		close(fd[1]);
		return ret;
	}
	*parent = fd[0];
	*child = fd[1];
	return 0;
}

int ut_program_start(struct ut_child *c, enum ut_program which,
		     const struct ut_program_fds *fds, const void *first,
		     size_t size)
{
	int channel, ret;

	*c = (struct ut_child){ .fd = -1 };
	ret = ut_program_pair(&c->fd, &channel);
	if (ret)
		return ret;
	/* There is room for it: it is the first one. */
	ret = send(c->fd, first, size, MSG_NOSIGNAL) < 0 ? -errno :
	      run(which, channel, fds, &c->pid);
	close(channel);
	if (ret) {
		close(c->fd);
		c->fd = -1;
	}
	return ret;
}

int ut_program_end(struct ut_child *c, int *status)
{
	int how = 0;

	if (status)
		*status = -1;
	if (c->pid <= 0)
		return 0;
	/* Harmless if it has ended: we have not waited for it yet. */
	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, &how, 0) < 0 && errno == EINTR)
		;
	if (c->io)
		c->io = c->unwatch(c->io);
	close(c->fd);
	c->fd = -1;
	c->pid = 0;
	if (status && WIFEXITED(how))
		*status = WEXITSTATUS(how);
	return WIFSIGNALED(how) && WTERMSIG(how) != SIGKILL ? WTERMSIG(how) : 0;
}

void ut_program_begin(const char *name)
{
	sigset_t none;

	/* Otherwise the kernel would name it after the number of a descriptor. */
	prctl(PR_SET_NAME, name, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* strftime(3) would read the file of the zone in the cage. */
	tzset();
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}
