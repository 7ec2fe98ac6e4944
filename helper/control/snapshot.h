/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the daemon knows at one moment, as a list of items with a state. The status
 * is made of it, and so are the events that lead from one moment to the next. Pure
 * code. The daemon's parts need not report each change: whoever watches gets the
 * difference.
 */
#ifndef UT_CONTROL_SNAPSHOT_H
#define UT_CONTROL_SNAPSHOT_H

#include <stddef.h>

#include "base/json.h"

#define UT_ITEM_KEY_SIZE	512
#define UT_ITEM_STATE_SIZE	600

/**
 * struct ut_item - a dock, a device, ...; names of events may be NULL: none
 * @key: which one: the same in all snapshots
 * @state: entering another one is an event
 * @begins: event when it was not there before
 * @enters: event when it gets this state, and when it begins with it
 * @leaves: event when it had this state and has another one or is gone
 * @ends: event when it is gone
 * @members: of the events, and of the status; owned
 */
struct ut_item {
	char key[UT_ITEM_KEY_SIZE];
	char state[UT_ITEM_STATE_SIZE];
	const char *begins;
	const char *enters;
	const char *leaves;
	const char *ends;
	struct json_object *members;
};

/** struct ut_snapshot - zeroed: of nothing */
struct ut_snapshot {
	struct ut_item *v;
	size_t n;
};

/*
 * One more, to be filled in, with the key that @key makes; NULL: no memory. It has no
 * members yet. They become an element of @list, an array of the status, if that
 * is not NULL. It is valid until the next call.
 */
struct ut_item *ut_snapshot_add(struct ut_snapshot *s,
				struct json_object *list, const char *key, ...)
	__attribute__((format(printf, 3, 4)));

void ut_snapshot_free(struct ut_snapshot *s);

/* Takes the reference of @event. */
typedef void (*ut_snapshot_event)(void *arg, struct json_object *event);

/*
 * Tells what has happened from @old to @now, each an object with "schema",
 * "event" and the members of the item. Sorts both.
 */
void ut_snapshot_diff(struct ut_snapshot *old, struct ut_snapshot *now,
		      ut_snapshot_event tell, void *arg);

#endif /* UT_CONTROL_SNAPSHOT_H */
