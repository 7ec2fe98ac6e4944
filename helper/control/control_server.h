/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The daemon's end of the control socket, for the loop. It never waits for a client,
 * and no client can make it hold more than the limits in control.h.
 */
#ifndef UT_CONTROL_CONTROL_SERVER_H
#define UT_CONTROL_CONTROL_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/json.h"
#include "base/loop.h"
#include "control/control.h"

struct ut_control;

/*
 * Answers a request: adds members to @reply, which has "schema" and "ok" already.
 * Not 0: -errno, *err is what the client is told instead. WATCH may be refused
 * by it as well.
 */
typedef int (*ut_control_answer)(void *arg, enum ut_control_request request,
				 struct json_object *reply,
				 struct ut_err *err);

/*
 * Listens for @role, one of ut_control_roles; makes the directory if it is not
 * there, and takes the place of a socket that nobody answers at. -EADDRINUSE
 * with UT_EXIT_BUSY: somebody does. On success the caller owns *control.
 */
int ut_control_open(struct ut_control **control, sd_event *loop,
		    const char *role, ut_control_answer answer, void *arg,
		    struct ut_err *err);

/* Drops all clients and takes the socket away. NULL is fine, here and below. */
void ut_control_close(struct ut_control *c);

/* Drops clients that are finished, or late. Returns when to call it again. */
int64_t ut_control_due(struct ut_control *c);

/* Does anybody watch? */
bool ut_control_watched(const struct ut_control *c);

/*
 * Tells all who watch. Takes the reference of @event, which has "schema" and
 * "event", and adds "time_ms", since 1970.
 */
void ut_control_event(struct ut_control *c, struct json_object *event);

#endif /* UT_CONTROL_CONTROL_SERVER_H */
