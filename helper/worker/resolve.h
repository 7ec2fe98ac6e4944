/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of hosts. What answers a name is the network's, and what reads the answer is
 * the C library and whatever /etc/nsswitch.conf names: that is a process of its own,
 * a kind of the program usbip-tls-worker, without rights, which sees the files of
 * the name service read-only and hands over addresses.
 */
#ifndef UT_WORKER_RESOLVE_H
#define UT_WORKER_RESOLVE_H

#include <stdint.h>

#include "cage/sandbox.h"
#include "base/err.h"
#include "worker/message.h"
#include "worker/serve.h"

/*
 * All addresses of a name, in the order in which they are to be tried. A numeric
 * address needs no process. -ENXIO, UT_EXIT_UNREACHABLE: there is no such name;
 * -ETIMEDOUT at ut_clock_ms() @deadline.
 */
int ut_resolve(const char *host, uint16_t port, const struct ut_sandbox *sandbox,
	       int64_t deadline, struct ut_msg_addresses *out,
	       struct ut_err *err);

/* The same of what must be a numeric address: 0, or -EADDRNOTAVAIL if it is none. */
int ut_resolve_numeric(const char *address, uint16_t port,
		       struct ut_msg_addresses *out);

/* UT_START_RESOLVE. */
ut_serve_kind ut_resolve_serve;

#endif /* UT_WORKER_RESOLVE_H */
