// SPDX-License-Identifier: GPL-2.0
/* The one-time code as a person types it, or a file has it. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/cmd_enroll.h"

/* A code and what a person may put around it. */
#define LINE_SIZE	128
#define ATTEMPTS	3

/*
 * One line without the newline. 0, -ENODATA, -E2BIG, -errno, or -EINTR if there is
 * something in @signals; -1: none.
 */
static int read_line(int fd, int signals, char line[LINE_SIZE])
{
	struct pollfd p[2] = { { fd, POLLIN, 0 }, { signals, POLLIN, 0 } };
	size_t n = 0;
	ssize_t got;

	while (n < LINE_SIZE - 1) {
		if (poll(p, 2, -1) < 0)
			return -errno;
		if (p[1].revents)
			return -EINTR;
		got = read(fd, line + n, 1);
		if (got < 0)
			return -errno;
		if (!got && !n)
			return -ENODATA;
		if (!got || line[n] == '\n') {
			line[n] = '\0';
			return 0;
		}
		n++;
	}
	return -E2BIG;
}

/* What ends or stops a program, as a set. */
static void stoppers(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGQUIT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGTSTP);
}

/*
 * Without echo; no signal may leave the terminal like that. -EAGAIN: it was stopped
 * and goes on.
 */
static int read_hidden(int fd, char line[LINE_SIZE])
{
	struct signalfd_siginfo si = { 0 };
	struct termios before, hidden;
	sigset_t set, mask;
	int ret, signals;

	if (tcgetattr(fd, &before))
		return -errno;
	hidden = before;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	hidden.c_lflag |= ECHONL;
	stoppers(&set);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0)
		return -errno;
	sigprocmask(SIG_BLOCK, &set, &mask);
	ret = tcsetattr(fd, TCSAFLUSH, &hidden) ? -errno : 0;
	if (!ret)
		ret = read_line(fd, signals, line);
	if (ret == -EINTR && read(signals, &si, sizeof(si)) < 0)
		ret = -errno;
	tcsetattr(fd, TCSAFLUSH, &before);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	close(signals);
	if (si.ssi_signo != SIGTSTP)
		return ret;
	raise(SIGTSTP);
	return -EAGAIN;
}

static int ask(int fd, char line[LINE_SIZE])
{
	int ret;

	do {
		fputs("Code shown by the other machine (it does not appear as you type): ",
		      stderr);
		ret = read_hidden(fd, line);
	} while (ret == -EAGAIN);
	return ret;
}

static int no_code(int ret, struct ut_err *err)
{
	if (ret == -EINTR)
		return ut_err_set(err, UT_EXIT_FAILURE, EINTR, "stopped");
	ut_err_errno(err, UT_EXIT_USAGE, ret, "cannot read the code");
	ut_err_hint(err, "type it when you are asked, or put it into a file: --code-file FILE");
	return ret;
}

static int from_stdin(struct ut_code *code, bool terminal, struct ut_err *err)
{
	char line[LINE_SIZE];
	int ret = terminal ? ask(STDIN_FILENO, line) :
			     read_line(STDIN_FILENO, -1, line);

	ret = ret ? no_code(ret, err) : ut_code_parse(code, line, err);
	explicit_bzero(line, sizeof(line));
	return ret;
}

static int from_terminal(struct ut_code *code, struct ut_err *err)
{
	int i, ret;

	for (i = 1; ; i++) {
		ret = from_stdin(code, true, err);
		/* A typing error that can be seen here costs no try. */
		if (ret != -EINVAL || i == ATTEMPTS)
			return ret;
		fprintf(stderr, "%s\n", err->msg);
	}
}

int ut_cli_code(struct ut_code *code, const char *file, struct ut_err *err)
{
	char line[UT_PASSWORD_SIZE];
	int ret;

	if (!file)
		return isatty(STDIN_FILENO) ? from_terminal(code, err) :
		       from_stdin(code, false, err);
	ret = ut_password_read(file, line, err);
	if (ret)
		return ret;
	ret = ut_code_parse(code, line, err);
	explicit_bzero(line, sizeof(line));
	return ret;
}
