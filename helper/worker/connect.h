/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UT_WORKER_CONNECT_H
#define UT_WORKER_CONNECT_H

#include <stdint.h>

#include "cage/sandbox.h"
#include "base/err.h"

/*
 * Connects to a host by name or address. A name is looked up by a process of its
 * own (worker/resolve.h) in @sandbox. All addresses are tried, each with its share
 * of the time until @deadline (ut_clock_ms()). Returns a non-blocking TCP socket
 * with the options of a session, or -errno: UT_EXIT_UNREACHABLE or UT_EXIT_TIMEOUT;
 * -ENXIO: there is no such name.
 */
int ut_connect(const char *host, uint16_t port, const struct ut_sandbox *sandbox,
	       int64_t deadline, struct ut_err *err);

/*
 * Begins to connect to a numeric address: needs no process, waits for nothing. Such a
 * socket, too, which ut_connect_end() makes of use; or -errno.
 */
int ut_connect_begin(const char *address, uint16_t port, struct ut_err *err);

/* Waits until it is connected. 0 or -errno as above; @host is for the message. */
int ut_connect_end(int fd, const char *host, uint16_t port, int64_t deadline,
		   struct ut_err *err);

#endif /* UT_WORKER_CONNECT_H */
