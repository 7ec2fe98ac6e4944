// SPDX-License-Identifier: GPL-2.0
/* What one tablet that watches has been told: see peer_view.h. */
#include <errno.h>

#include "dock/peer_view.h"

static int by_busid(const struct ut_watch_event *a,
		    const struct ut_watch_event *b)
{
	return strverscmp(a->dev.busid, b->dev.busid);
}

static void forget(struct ut_peer_view *view, size_t i)
{
	view->n--;
	memmove(view->events + i, view->events + i + 1,
		(view->n - i) * sizeof(*view->events));
}

static int learn(struct ut_peer_view *view, size_t i,
		 const struct ut_watch_event *event)
{
	struct ut_watch_event *events;

	events = realloc(view->events, (view->n + 1) * sizeof(*events));
	if (!events)
		return -ENOMEM;
	view->events = events;
	memmove(events + i + 1, events + i, (view->n - i) * sizeof(*events));
	events[i] = *event;
	view->n++;
	return 0;
}

static bool same_device(const struct ut_op_device *a,
			const struct ut_op_device *b)
{
	return a->busnum == b->busnum && a->devnum == b->devnum &&
	       a->vid == b->vid && a->pid == b->pid;
}

static void gone(struct ut_peer_view *view, size_t i,
		 struct ut_watch_event *next)
{
	memset(next, 0, sizeof(*next));
	next->kind = UT_WATCH_GONE;
	memcpy(next->dev.busid, view->events[i].dev.busid,
	       sizeof(next->dev.busid));
	forget(view, i);
}

int ut_peer_view_next(struct ut_peer_view *view,
		      const struct ut_watch_event *now, size_t n,
		      struct ut_watch_event *next)
{
	size_t i, j;
	int order;

	for (i = 0, j = 0; i < view->n || j < n; i++, j++) {
		if (i == view->n)
			order = 1;
		else if (j == n)
			order = -1;
		else
			order = by_busid(&view->events[i], &now[j]);
		/* Another device in the same place: the old one is gone first. */
		if (order < 0 || (!order && !same_device(&view->events[i].dev,
							 &now[j].dev))) {
			gone(view, i, next);
			return 1;
		}
		if (order > 0) {
			*next = now[j];
			return learn(view, i, next) ? -ENOMEM : 1;
		}
		if (memcmp(&view->events[i], &now[j], sizeof(now[j]))) {
			*next = view->events[i] = now[j];
			return 1;
		}
	}
	if (view->ready)
		return 0;
	view->ready = true;
	memset(next, 0, sizeof(*next));
	next->kind = UT_WATCH_READY;
	return 1;
}
