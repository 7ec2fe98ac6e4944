/* SPDX-License-Identifier: GPL-2.0 */
/* TCP sockets: those that listen, and those that are to carry a session. */
#ifndef UT_BASE_NET_H
#define UT_BASE_NET_H

#include <stdint.h>

#include "base/err.h"

/*
 * A non-blocking TCP socket that listens on a numeric address; "::" is IPv6 only, so
 * that it goes together with "0.0.0.0". Returns it, or -errno: UT_EXIT_CONFIG if
 * @address is not one, UT_EXIT_BUSY for a port in use. -EAFNOSUPPORT: this machine does
 * not have the family.
 */
int ut_listen_open(const char *address, uint16_t port, struct ut_err *err);

/*
 * Options of a TCP socket that is to carry a session. A link that is cut for 15
 * seconds on unchanged addresses must not end it, and a peer that is gone for
 * good must not keep the device for more than 30. TCP_USER_TIMEOUT, just under
 * 28 seconds, bounds both data that nobody acknowledges and keepalive probes
 * that nobody answers. It is looked at when a probe is due: those go out after 8
 * idle seconds, then every 2, so one falls on second 28. 0 or -errno.
 */
int ut_sockopt_session(int fd);

#endif /* UT_BASE_NET_H */
