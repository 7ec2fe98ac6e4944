/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the daemon tells the service manager about itself, see sd_notify(3). All
 * of it does nothing where no service manager asked for it. There is nothing to
 * be done about a manager that does not listen, so no function here fails.
 */
#ifndef UT_BASE_NOTIFY_H
#define UT_BASE_NOTIFY_H

#include <stdint.h>

/**
 * struct ut_watchdog - the manager ends a daemon that is silent for too long
 * @interval: milliseconds between two signs of life; 0: nobody waits for them
 * @due: ut_clock_ms() of the next one
 */
struct ut_watchdog {
	int interval;
	int64_t due;
};

/*
 * The daemon is up, or has read its configuration again. The text is what
 * "systemctl status" shows; control characters in it are replaced by '?'.
 */
void ut_notify_ready(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

/* It reads its configuration; ut_notify_ready() must follow. */
void ut_notify_reloading(void);

/* It ends. */
void ut_notify_stopping(void);

/* Reads from the environment how often a sign of life is wanted. */
void ut_watchdog_start(struct ut_watchdog *w);

/* Milliseconds until the next sign of life is due; -1: never. For poll(). */
int ut_watchdog_left(const struct ut_watchdog *w);

/* Gives the sign of life if it is due. Call it only from the loop itself. */
void ut_watchdog_feed(struct ut_watchdog *w);

#endif /* UT_BASE_NOTIFY_H */
