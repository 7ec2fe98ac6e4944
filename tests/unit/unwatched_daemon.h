/* SPDX-License-Identifier: GPL-2.0 */
/* A daemon that nobody watches: include it in one .c of the program. */
#ifndef UT_TESTS_UNWATCHED_DAEMON_H
#define UT_TESTS_UNWATCHED_DAEMON_H

#include "tlsd/daemon.h"

void ut_daemon_tell_session(struct ut_daemon *d, const char *event,
			    const struct ut_session *s)
{
}

#endif /* UT_TESTS_UNWATCHED_DAEMON_H */
