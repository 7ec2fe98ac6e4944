// SPDX-License-Identifier: GPL-2.0
/* The difference of two moments: see snapshot.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "control/snapshot.h"

struct ut_item *ut_snapshot_add(struct ut_snapshot *s,
				struct json_object *list, const char *key, ...)
{
	struct ut_item *v = ut_vec_add(s);
	va_list ap;

	if (!v)
		return NULL;
	v->members = json_object_new_object();
	if (!v->members) {
		ut_vec_drop_last(s);
		return NULL;
	}
	va_start(ap, key);
	vsnprintf(v->key, sizeof(v->key), key, ap);
	va_end(ap);
	if (list)
		json_object_array_add(list, json_object_get(v->members));
	return v;
}

void ut_snapshot_free(struct ut_snapshot *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		json_object_put(s->v[i].members);
	free(s->v);
	memset(s, 0, sizeof(*s));
}

static int by_key(const void *a, const void *b)
{
	const struct ut_item *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static void say(const char *event, const struct ut_item *item,
		ut_snapshot_event tell, void *arg)
{
	struct json_object *o;

	if (!event)
		return;
	o = ut_json_new();
	ut_json_string(o, "event", event);
	json_object_object_foreach(item->members, key, value)
		json_object_object_add(o, key, json_object_get(value));
	tell(arg, o);
}

static void both(const struct ut_item *old, const struct ut_item *now,
		 ut_snapshot_event tell, void *arg)
{
	if (!strcmp(old->state, now->state))
		return;
	/* A change in a detail does not leave the state. */
	if (!old->leaves || !now->leaves || strcmp(old->leaves, now->leaves))
		say(old->leaves, now, tell, arg);
	say(now->enters, now, tell, arg);
}

void ut_snapshot_diff(struct ut_snapshot *old, struct ut_snapshot *now,
		      ut_snapshot_event tell, void *arg)
{
	size_t i = 0, j = 0;
	int cmp;

	if (old->n)
		qsort(old->v, old->n, sizeof(*old->v), by_key);
	if (now->n)
		qsort(now->v, now->n, sizeof(*now->v), by_key);
	while (i < old->n || j < now->n) {
		cmp = i == old->n ? 1 : j == now->n ? -1 :
		      strcmp(old->v[i].key, now->v[j].key);
		if (!cmp) {
			both(&old->v[i++], &now->v[j++], tell, arg);
		} else if (cmp < 0) {
			say(old->v[i].leaves, &old->v[i], tell, arg);
			say(old->v[i].ends, &old->v[i], tell, arg);
			i++;
		} else {
			say(now->v[j].begins, &now->v[j], tell, arg);
			say(now->v[j].enters, &now->v[j], tell, arg);
			j++;
		}
	}
}
