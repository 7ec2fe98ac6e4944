// SPDX-License-Identifier: GPL-2.0
/* Messages on stderr or in the journal: see log.h. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"

static struct {
	const char *ident;
	enum ut_log_level level;
	bool journal;
	ut_log_sink *sink;
} state = { "usbip-tls", UT_LOG_NOTICE, false, NULL };

const char *ut_log_id_hex(enum ut_log_id id)
{
	static const char *const hex[UT_LOG_N_IDS] = {
		[UT_LOG_NO_ID] = "",
#define HEX(name, value) [UT_LOG_##name] = value,
		UT_LOG_IDS(HEX)
#undef HEX
	};

	return hex[id];
}

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

void ut_log_sink_set(ut_log_sink *sink)
{
	state.sink = sink;
}

static void __attribute__((format(printf, 4, 0)))
put(enum ut_log_level level, enum ut_log_id id,
    const struct ut_log_about *about, const char *fmt, va_list ap)
{
	char line[1024];

	if (level > state.level)
		return;
	vsnprintf(line, sizeof(line), fmt, ap);
	ut_sanitize(line);
	if (!state.journal)
		dprintf(STDERR_FILENO, "%s: %s\n", state.ident, line);
	else if (!state.sink ||
		 !state.sink(state.ident, level, id, about, line))
		dprintf(STDERR_FILENO, "<%d>%s\n", level, line);
}

void ut_log(enum ut_log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(level, UT_LOG_NO_ID, NULL, fmt, ap);
	va_end(ap);
}

void ut_log_event(enum ut_log_level level, enum ut_log_id id,
		  const struct ut_log_about *about, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(level, id, about, fmt, ap);
	va_end(ap);
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

void ut_log_error_id(enum ut_log_level level, enum ut_log_id id,
		     const struct ut_log_about *about,
		     const struct ut_err *err)
{
	struct ut_log_about a = { .reason = NULL };

	if (about)
		a = *about;
	if (!a.reason)
		a.reason = err->msg;
	ut_log_event(level, id, &a, "%s", err->msg);
	if (err->hint[0])
		ut_log(level, "hint: %s", err->hint);
}
