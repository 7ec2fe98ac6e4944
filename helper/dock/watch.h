/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What one tablet that watches has been told, and what it has to be told next.
 * Pure code. There is no queue: the next event is the first difference between
 * what it knows and what is, so a slow tablet costs no memory and misses only
 * what is over by the time it asks.
 */
#ifndef UT_DOCK_WATCH_H
#define UT_DOCK_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "proto/op_watch.h"

/**
 * struct ut_told - a tablet's picture
 * @events: one DEVICE event for each device it knows, sorted by bus id as by
 *	strverscmp(3)
 * @n: how many, at most UT_OP_MAX_DEVICES
 * @ready: it has had READY
 */
struct ut_told {
	struct ut_watch_event *events;
	size_t n;
	bool ready;
};

/*
 * @now: DEVICE events of all that the tablet may see, in the same order.
 * Fills in the next event and notes that it has been told. 1; 0: there is none;
 * -ENOMEM.
 */
int ut_told_next(struct ut_told *told, const struct ut_watch_event *now,
		 size_t n, struct ut_watch_event *next);

static inline void ut_told_free(struct ut_told *told)
{
	free(told->events);
	memset(told, 0, sizeof(*told));
}

#endif /* UT_DOCK_WATCH_H */
