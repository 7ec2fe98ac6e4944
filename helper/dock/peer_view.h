/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The peer view: what one tablet that watches has been told, and so what it has to
 * be told next. Pure code. There is no queue: the next event is the first difference
 * between what it knows and what is, so a slow tablet costs no memory and misses only
 * what is over by the time it asks.
 */
#ifndef UT_DOCK_PEER_VIEW_H
#define UT_DOCK_PEER_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "proto/op_watch.h"

/**
 * struct ut_peer_view - what a tablet has been told
 * @events: one DEVICE event for each device it knows, sorted by bus id as by
 *	strverscmp(3)
 * @n: how many, at most UT_OP_MAX_DEVICES
 * @ready: it has had READY
 */
struct ut_peer_view {
	struct ut_watch_event *events;
	size_t n;
	bool ready;
};

/*
 * @now: DEVICE events of all that the tablet may see, in the same order.
 * Fills in the next event and notes that it has been told. 1; 0: there is none;
 * -ENOMEM.
 */
int ut_peer_view_next(struct ut_peer_view *view,
		      const struct ut_watch_event *now, size_t n,
		      struct ut_watch_event *next);

static inline void ut_peer_view_free(struct ut_peer_view *view)
{
	free(view->events);
	memset(view, 0, sizeof(*view));
}

#endif /* UT_DOCK_PEER_VIEW_H */
