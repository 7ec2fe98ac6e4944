/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs share that make sessions of both ends of a connection. */
#ifndef UT_TOOLS_LOOPBACK_H
#define UT_TOOLS_LOOPBACK_H

#define SOL_TLS_LEVEL 282

/* Says what failed and why, by errno, and exits 1. */
void die(const char *what);

/* A connected pair of TCP sockets over loopback. */
void tcp_pair(int pair[2]);

#endif /* UT_TOOLS_LOOPBACK_H */
