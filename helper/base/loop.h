/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loop of the daemon, and of a command that waits for several things: sd-event.
 *
 * Whoever owns a descriptor has a source for it, and removes that by
 * sd_event_source_disable_unref() before closing the descriptor: events of a socket
 * that a worker shares would otherwise go on for ever. What depends on time is one
 * function for each part, X_due(): it does what is due, and returns ut_clock_ms() of
 * the next time, INT64_MAX: never.
 */
#ifndef UT_BASE_LOOP_H
#define UT_BASE_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>

/*
 * Waits until something is ready, but not beyond @until (ut_clock_ms()), and serves
 * what there is, so much of it that what is due has its turn as well. 0 or -errno.
 */
int ut_loop_turn(sd_event *e, int64_t until);

/*
 * Serves what is ready, and calls @due before each turn, until sd_event_exit(), after
 * which nobody is called. Returns what that was given, or -errno.
 */
int ut_loop_run(sd_event *e, int64_t (*due)(void *arg), void *arg);

static inline int64_t ut_sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

#endif /* UT_BASE_LOOP_H */
