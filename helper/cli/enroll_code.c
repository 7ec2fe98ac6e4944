// SPDX-License-Identifier: GPL-2.0
/* The one-time code as a person types it, or a file has it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/enroll.h"
#include "base/file.h"

/* A code and what a person may put around it. */
#define LINE_SIZE	128
#define ATTEMPTS	3

static void on_signal(int sig)
{
	/* It only has to end the read(). */
}

/* One line without the newline. 0, -EINTR, -ENODATA, -E2BIG or -errno. */
static int read_line(int fd, char line[LINE_SIZE])
{
	size_t n = 0;
	ssize_t got;

	while (n < LINE_SIZE - 1) {
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

/* Without echo; an interrupt must not leave the terminal like that. */
static int read_hidden(int fd, char line[LINE_SIZE])
{
	const struct sigaction stop = { .sa_handler = on_signal };
	struct sigaction old_int, old_term;
	struct termios before, hidden;
	int ret;

	if (tcgetattr(fd, &before))
		return -errno;
	hidden = before;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	hidden.c_lflag |= ECHONL;
	sigaction(SIGINT, &stop, &old_int);
	sigaction(SIGTERM, &stop, &old_term);
	ret = tcsetattr(fd, TCSAFLUSH, &hidden) ? -errno : 0;
	if (!ret)
		ret = read_line(fd, line);
	tcsetattr(fd, TCSAFLUSH, &before);
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGTERM, &old_term, NULL);
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

/* By read_line() or read_hidden(). */
static int from_stdin(struct ut_code *code, int (*get)(int fd, char *line),
		      struct ut_err *err)
{
	char line[LINE_SIZE];
	int ret = get(STDIN_FILENO, line);

	ret = ret ? no_code(ret, err) : ut_code_parse(code, line, err);
	explicit_bzero(line, sizeof(line));
	return ret;
}

static int from_terminal(struct ut_code *code, struct ut_err *err)
{
	int i, ret;

	for (i = 1; ; i++) {
		fputs("Code shown by the other machine (it does not appear as you type): ",
		      stderr);
		ret = from_stdin(code, read_hidden, err);
		/* A slip of the finger costs nothing while it can be seen here. */
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
		       from_stdin(code, read_line, err);
	ret = ut_password_read(file, line, err);
	if (ret)
		return ret;
	ret = ut_code_parse(code, line, err);
	explicit_bzero(line, sizeof(line));
	return ret;
}
