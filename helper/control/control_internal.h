/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of control/: control_server.c and peer.c only. */
#ifndef UT_CONTROL_CONTROL_INTERNAL_H
#define UT_CONTROL_CONTROL_INTERNAL_H

#include <stdint.h>

#include "control/control_server.h"

/**
 * struct ut_peer - one client
 * @control: whose
 * @io: its socket in the loop; NULL: it is turned away
 * @fd: its socket
 * @in: what it has sent of a line
 * @in_len: how much
 * @out: what it has not been sent yet; NULL: nothing
 * @out_len: how much
 * @watching: it gets events; no deadline
 * @closing: it goes when @out is sent
 * @over: it goes now
 * @deadline: ut_clock_ms(); INT64_MAX: none
 */
struct ut_peer {
	struct ut_control *control;
	sd_event_source *io;
	int fd;
	char in[UT_CONTROL_MAX_LINE];
	size_t in_len;
	char *out;
	size_t out_len;
	bool watching;
	bool closing;
	bool over;
	int64_t deadline;
};

struct ut_peer *ut_peer_new(int fd);
void ut_peer_free(struct ut_peer *p);

/*
 * Reads what has come. 1: @in has a complete line, *len bytes with the newline;
 * 0: not yet, or it is over.
 */
int ut_peer_line(struct ut_peer *p, size_t *len);

/* Takes that line out of @in. */
void ut_peer_eat(struct ut_peer *p, size_t len);

/* Queues one object as a line, @max bytes unsent at most. 0, -ENOBUFS, -ENOMEM. */
int ut_peer_say(struct ut_peer *p, struct json_object *o, size_t max);

/* Sends what it can. */
void ut_peer_flush(struct ut_peer *p);

/* Queues an error. */
void ut_peer_refuse(struct ut_peer *p, const struct ut_err *err);

#endif /* UT_CONTROL_CONTROL_INTERNAL_H */
