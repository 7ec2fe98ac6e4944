// SPDX-License-Identifier: GPL-2.0
/* Messages on stderr or in the journal: see log.h. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/err.h"
#include "common/log.h"

static struct {
	const char *ident;
	enum ut_log_level level;
	bool journal;
} state = { "usbip-tls", UT_LOG_NOTICE, false };

/* systemd names device and inode of the stream it has put on stderr. */
static bool stderr_is_journal(void)
{
	const char *s = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	if (!s || sscanf(s, "%llu:%llu", &dev, &ino) != 2)
		return false;
	return !fstat(STDERR_FILENO, &st) && st.st_dev == dev &&
	       st.st_ino == ino;
}

void ut_log_open(const char *ident, enum ut_log_level level)
{
	state.ident = ident;
	state.level = level;
	state.journal = stderr_is_journal();
}

void ut_log(enum ut_log_level level, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (level > state.level)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	ut_sanitize(line);
	if (state.journal)
		dprintf(STDERR_FILENO, "<%d>%s\n", level, line);
	else
		dprintf(STDERR_FILENO, "%s: %s\n", state.ident, line);
}

int ut_ratelimit(struct ut_ratelimit *rl, unsigned int burst)
{
	struct timespec now;
	long window;

	clock_gettime(CLOCK_MONOTONIC, &now);
	window = now.tv_sec / 10 + 1;
	if (rl->window != window) {
		rl->window = window;
		rl->count = 0;
	}
	if (rl->count >= burst)
		return 0;
	rl->count++;
	return 1;
}

void ut_log_error(enum ut_log_level level, const struct ut_err *err)
{
	ut_log(level, "%s", err->msg);
	if (err->hint[0])
		ut_log(level, "hint: %s", err->hint);
}
