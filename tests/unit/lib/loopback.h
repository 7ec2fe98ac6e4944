/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets on the loopback. */
#ifndef UT_TEST_LOOPBACK_H
#define UT_TEST_LOOPBACK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A port that nobody has and no connection can get: the kernel takes theirs from 32768
 * on, and might give away what was free a moment ago.
 */
uint16_t loopback_port(void);

struct sockaddr_in loopback_address(uint16_t port);

int loopback_listen(uint16_t port);

/* The same on a port that nobody has; *port is what it got. */
int loopback_listen_any(uint16_t *port);

/*
 * A connection that waits for its answers, but not for ever. @from: the address it
 * comes from, "127.0.0.2"; NULL: any. From an address of its own it may be reset at
 * once, on a busy machine before connect() has returned, and is returned all the same.
 */
int loopback_dial(const char *from, uint16_t port);

/* The other end closes the connection: true; the time is over: false. */
bool loopback_closed(int fd);

#endif /* UT_TEST_LOOPBACK_H */
