/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the daemon knows at one moment, as a list of things with a state, and the
 * events that lead from one moment to the next. Pure code. The daemon's parts
 * need not report each change: whoever watches gets the difference.
 */
#ifndef UT_CONTROL_PICTURE_H
#define UT_CONTROL_PICTURE_H

#include <stddef.h>

#include "base/json.h"

#define UT_PICTURE_KEY_SIZE	512
#define UT_PICTURE_STATE_SIZE	600

/**
 * struct ut_thing - a dock, a device, ...; names of events may be NULL: none
 * @key: which one: the same in all pictures
 * @state: entering another one is an event
 * @begins: event when it was not there before
 * @enters: event when it gets this state, and when it begins with it
 * @leaves: event when it had this state and has another one or is gone
 * @ends: event when it is gone
 * @members: of the events; owned
 */
struct ut_thing {
	char key[UT_PICTURE_KEY_SIZE];
	char state[UT_PICTURE_STATE_SIZE];
	const char *begins;
	const char *enters;
	const char *leaves;
	const char *ends;
	struct json_object *members;
};

/** struct ut_picture - zeroed: of nothing */
struct ut_picture {
	struct ut_thing *v;
	size_t n;
};

/*
 * Room for one more, to be filled in; NULL: no memory. Its @members are an object
 * without members. It is valid until the next call.
 */
struct ut_thing *ut_picture_add(struct ut_picture *p);

void ut_picture_free(struct ut_picture *p);

/* Takes the reference of @event. */
typedef void (*ut_picture_event)(void *arg, struct json_object *event);

/*
 * Tells what has happened from @old to @now, each an object with "schema",
 * "event" and the members of the thing. Sorts both.
 */
void ut_picture_diff(struct ut_picture *old, struct ut_picture *now,
		     ut_picture_event tell, void *arg);

#endif /* UT_CONTROL_PICTURE_H */
