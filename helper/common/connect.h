/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UT_COMMON_CONNECT_H
#define UT_COMMON_CONNECT_H

#include <stdint.h>

#include "common/err.h"

/*
 * Connects to a host by name or address. All its addresses are tried, each with
 * its share of the time until @deadline (ut_clock_ms()). Returns a non-blocking
 * TCP socket with the options of a session, or -errno: UT_EXIT_UNREACHABLE or
 * UT_EXIT_TIMEOUT; -ENXIO: there is no such name. The name service has no deadline
 * but its own.
 */
int ut_connect(const char *host, uint16_t port, int64_t deadline,
	       struct ut_err *err);

#endif /* UT_COMMON_CONNECT_H */
