// SPDX-License-Identifier: GPL-2.0
/* What a tablet that watches has to be told next: see watch.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dock/watch.h"

static int by_busid(const struct ut_watch_event *a,
		    const struct ut_watch_event *b)
{
	return strverscmp(a->dev.busid, b->dev.busid);
}

static void forget(struct ut_told *told, size_t i)
{
	told->n--;
	memmove(told->events + i, told->events + i + 1,
		(told->n - i) * sizeof(*told->events));
}

static int learn(struct ut_told *told, size_t i,
		 const struct ut_watch_event *event)
{
	struct ut_watch_event *events;

	events = realloc(told->events, (told->n + 1) * sizeof(*events));
	if (!events)
		return -ENOMEM;
	told->events = events;
	memmove(events + i + 1, events + i, (told->n - i) * sizeof(*events));
	events[i] = *event;
	told->n++;
	return 0;
}

static bool same_device(const struct ut_op_device *a,
			const struct ut_op_device *b)
{
	return a->busnum == b->busnum && a->devnum == b->devnum &&
	       a->vid == b->vid && a->pid == b->pid;
}

static void gone(struct ut_told *told, size_t i, struct ut_watch_event *next)
{
	memset(next, 0, sizeof(*next));
	next->kind = UT_WATCH_GONE;
	memcpy(next->dev.busid, told->events[i].dev.busid,
	       sizeof(next->dev.busid));
	forget(told, i);
}

int ut_told_next(struct ut_told *told, const struct ut_watch_event *now,
		 size_t n, struct ut_watch_event *next)
{
	size_t i, j;
	int order;

	for (i = 0, j = 0; i < told->n || j < n; i++, j++) {
		if (i == told->n)
			order = 1;
		else if (j == n)
			order = -1;
		else
			order = by_busid(&told->events[i], &now[j]);
		/* Another device in the same place: the old one is gone first. */
		if (order < 0 || (!order && !same_device(&told->events[i].dev,
							 &now[j].dev))) {
			gone(told, i, next);
			return 1;
		}
		if (order > 0) {
			*next = now[j];
			return learn(told, i, next) ? -ENOMEM : 1;
		}
		if (memcmp(&told->events[i], &now[j], sizeof(now[j]))) {
			*next = told->events[i] = now[j];
			return 1;
		}
	}
	if (told->ready)
		return 0;
	told->ready = true;
	memset(next, 0, sizeof(*next));
	next->kind = UT_WATCH_READY;
	return 1;
}

void ut_told_free(struct ut_told *told)
{
	free(told->events);
	told->events = NULL;
	told->n = 0;
	told->ready = false;
}
