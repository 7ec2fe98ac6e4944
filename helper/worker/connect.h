/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections to hosts, by name or address.
 *
 * Answers about a name come from the network, and the C library and whatever
 * /etc/nsswitch.conf names read them. So names are looked up by a process of its own,
 * the resolver: a kind of the program usbip-tls-worker, unprivileged, which sees the
 * files of the name service read-only and hands over addresses.
 */
#ifndef UT_WORKER_CONNECT_H
#define UT_WORKER_CONNECT_H

#include <stdint.h>

#include "base/err.h"
#include "cage/sandbox.h"
#include "worker/message.h"
#include "worker/serve.h"

/*
 * All addresses of a name, in the order in which they are to be tried. A numeric
 * address needs no process. -ENXIO, UT_EXIT_UNREACHABLE: there is no such name;
 * -ETIMEDOUT at ut_clock_ms() @deadline.
 */
int ut_resolve(const char *host, uint16_t port,
	       const struct ut_sandbox *sandbox, int64_t deadline,
	       struct ut_msg_addresses *out, struct ut_err *err);

/* UT_START_RESOLVE. */
ut_serve_kind ut_resolve_serve;

/*
 * Connects to a host by name or address. All its addresses are tried, each with its
 * share of the time until @deadline (ut_clock_ms()). Returns a non-blocking TCP
 * socket with the options of a session, or -errno: UT_EXIT_UNREACHABLE or
 * UT_EXIT_TIMEOUT; -ENXIO: there is no such name.
 */
int ut_connect(const char *host, uint16_t port,
	       const struct ut_sandbox *sandbox, int64_t deadline,
	       struct ut_err *err);

/*
 * Begins to connect to a numeric address: needs no process, waits for nothing. Such a
 * socket, too, but not of use before ut_connect_end(); or -errno. @host is for the
 * message, as there.
 */
int ut_connect_begin(const char *address, const char *host, uint16_t port,
		     struct ut_err *err);

/* Waits until it is connected. 0 or -errno as above; @host is for the message. */
int ut_connect_end(int fd, const char *host, uint16_t port, int64_t deadline,
		   struct ut_err *err);

#endif /* UT_WORKER_CONNECT_H */
