/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages of the daemon and the command, one line each, on stderr.
 *
 * Where stderr is the journal (systemd sets JOURNAL_STREAM) a line carries its
 * priority as "<N>" and no name; elsewhere it is "name: text". Never pass keys,
 * passphrases or tokens. Control characters are replaced by '?', because texts
 * may hold names that a peer has chosen.
 */
#ifndef UT_COMMON_LOG_H
#define UT_COMMON_LOG_H

/* Values are those of syslog(3). */
enum ut_log_level {
	UT_LOG_ERR = 3,
	UT_LOG_WARNING = 4,
	UT_LOG_NOTICE = 5,
	UT_LOG_INFO = 6,
	UT_LOG_DEBUG = 7,
};

/*
 * Sets the name of the program and the least important level that is shown
 * (default: NOTICE). @ident must stay valid. Call it once, before threads or
 * workers exist; a forked worker inherits the setting.
 */
void ut_log_open(const char *ident, enum ut_log_level level);

void ut_log(enum ut_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define ut_log_err(...)		ut_log(UT_LOG_ERR, __VA_ARGS__)
#define ut_log_warn(...)	ut_log(UT_LOG_WARNING, __VA_ARGS__)
#define ut_log_notice(...)	ut_log(UT_LOG_NOTICE, __VA_ARGS__)
#define ut_log_info(...)	ut_log(UT_LOG_INFO, __VA_ARGS__)
#define ut_log_debug(...)	ut_log(UT_LOG_DEBUG, __VA_ARGS__)

/*
 * Allows a message that a peer can trigger at most @burst times in any 10
 * seconds; returns 0 if it is to be dropped. Each call site has its own state:
 *	static struct ut_ratelimit rl;
 *	if (ut_ratelimit(&rl, 10))
 *		ut_log_notice(...);
 */
struct ut_ratelimit {
	long window;		/* CLOCK_MONOTONIC seconds / 10 */
	unsigned int count;
};

int ut_ratelimit(struct ut_ratelimit *rl, unsigned int burst);

struct ut_err;

/* Logs message and hint of an error. */
void ut_log_error(enum ut_log_level level, const struct ut_err *err);

#endif /* UT_COMMON_LOG_H */
