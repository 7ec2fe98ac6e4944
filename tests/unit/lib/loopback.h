/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets on the loopback. */
#ifndef UT_TEST_LOOPBACK_H
#define UT_TEST_LOOPBACK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A port that nobody uses and that no connection can get: the kernel takes theirs from
 * 32768 up, and might hand out one that was free a moment ago.
 */
uint16_t loopback_port(void);

struct sockaddr_in loopback_address(uint16_t port);

int loopback_listen(uint16_t port);

/* The same on an unused port; *port is the one it got. */
int loopback_listen_any(uint16_t *port);

/*
 * A connection whose reads end after a time limit. @from: the address it comes from,
 * "127.0.0.2"; NULL: any. With an address of its own it may be reset at once, on a busy
 * machine before connect() has returned; it is returned all the same.
 */
int loopback_dial(const char *from, uint16_t port);

/* True if the other end closes the connection; false if the time runs out. */
bool loopback_closed(int fd);

#endif /* UT_TEST_LOOPBACK_H */
