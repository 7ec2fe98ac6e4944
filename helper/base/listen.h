/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UT_BASE_LISTEN_H
#define UT_BASE_LISTEN_H

#include <stdint.h>

#include "base/err.h"

/*
 * A non-blocking TCP socket that listens on a numeric address; "::" is IPv6 only,
 * so that it goes together with "0.0.0.0". Returns it, or -errno: UT_EXIT_CONFIG
 * for an address that is none, UT_EXIT_BUSY for a port in use. -EAFNOSUPPORT:
 * this machine does not have the family.
 */
int ut_listen_open(const char *address, uint16_t port, struct ut_err *err);

#endif /* UT_BASE_LISTEN_H */
