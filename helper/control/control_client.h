/* SPDX-License-Identifier: GPL-2.0 */
/* The command's end of the control socket. It waits, with a deadline. */
#ifndef UT_CONTROL_CONTROL_CLIENT_H
#define UT_CONTROL_CONTROL_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "control/control.h"

/**
 * struct ut_control_conn - a connection to one daemon
 * @fd: its socket, to poll for POLLIN
 * @role: whose
 * @buf: what has come and was not taken yet
 * @len: how much
 */
struct ut_control_conn {
	int fd;
	const char *role;
	char *buf;
	size_t len;
};

/*
 * Connects to the daemon of a role. -ENOENT with UT_EXIT_NOT_FOUND: none runs;
 * -EACCES with UT_EXIT_PERMISSION.
 */
int ut_control_connect(struct ut_control_conn *c, const char *role,
		       struct ut_err *err);
void ut_control_hang_up(struct ut_control_conn *c);

/*
 * The next line that has come, as an object for the caller to put; waits for it
 * until @deadline (ut_clock_ms(), INT64_MAX: for ever). -ETIMEDOUT; -EPIPE: the
 * daemon has ended; -EPROTO.
 */
int ut_control_read(struct ut_control_conn *c, int64_t deadline,
		    struct json_object **line, struct ut_err *err);

/*
 * Asks, and waits for the reply until @deadline. A refusal is an error with the
 * daemon's code, message and hint; -EREMOTEIO then. On success the caller puts
 * *reply.
 */
int ut_control_ask(struct ut_control_conn *c, enum ut_control_request request,
		   int64_t deadline, struct json_object **reply,
		   struct ut_err *err);

/* Called with each reply; it stays the caller's. */
typedef void (*ut_control_reply)(void *arg, const char *role,
				 struct json_object *reply);

/*
 * Asks every daemon that runs on this machine. 0: all have agreed, and *n tells
 * how many there are, perhaps none, which *err says then; else the first error.
 * @err may be NULL.
 */
int ut_control_ask_all(enum ut_control_request request, int64_t deadline,
		       ut_control_reply on_reply, void *arg, size_t *n,
		       struct ut_err *err);

#endif /* UT_CONTROL_CONTROL_CLIENT_H */
