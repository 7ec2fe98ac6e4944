// SPDX-License-Identifier: GPL-2.0
/* The difference of two moments: see picture.h. */
#include <stdlib.h>
#include <string.h>

#include "control/picture.h"

struct ut_thing *ut_picture_add(struct ut_picture *p)
{
	struct ut_thing *v;

	/* Sizes are powers of two. */
	if (!(p->n & (p->n - 1))) {
		v = realloc(p->v, (p->n ? 2 * p->n : 1) * sizeof(*v));
		if (!v)
			return NULL;
		p->v = v;
	}
	v = &p->v[p->n];
	memset(v, 0, sizeof(*v));
	v->members = json_object_new_object();
	if (!v->members)
		return NULL;
	p->n++;
	return v;
}

void ut_picture_free(struct ut_picture *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		json_object_put(p->v[i].members);
	free(p->v);
	memset(p, 0, sizeof(*p));
}

static int by_key(const void *a, const void *b)
{
	const struct ut_thing *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static void say(const char *event, const struct ut_thing *t,
		ut_picture_event tell, void *arg)
{
	struct json_object *o;

	if (!event)
		return;
	o = ut_json_new();
	ut_json_string(o, "event", event);
	json_object_object_foreach(t->members, key, value)
		json_object_object_add(o, key, json_object_get(value));
	tell(arg, o);
}

static void both(const struct ut_thing *old, const struct ut_thing *now,
		 ut_picture_event tell, void *arg)
{
	if (!strcmp(old->state, now->state))
		return;
	/* A state that has changed in a detail is not left. */
	if (!old->leaves || !now->leaves || strcmp(old->leaves, now->leaves))
		say(old->leaves, now, tell, arg);
	say(now->enters, now, tell, arg);
}

void ut_picture_diff(struct ut_picture *old, struct ut_picture *now,
		     ut_picture_event tell, void *arg)
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
