// SPDX-License-Identifier: GPL-2.0
/* The table of hints: see found.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "discovery/found.h"

void ut_found_init(struct ut_found *t, const struct ut_found_ops *ops,
		   void *arg)
{
	memset(t, 0, sizeof(*t));
	t->ops = ops;
	t->arg = arg;
}

static struct ut_found_entry *find(struct ut_found *t,
				   const struct ut_where *where)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (ut_where_same(&t->e[i].where, where))
			return &t->e[i];
	return NULL;
}

const struct ut_found_entry *ut_found_get(const struct ut_found *t,
					  const struct ut_where *where)
{
	return find((struct ut_found *)t, where);
}

static void tell_found(struct ut_found *t, const struct ut_found_entry *e)
{
	if (t->ops && t->ops->found)
		t->ops->found(t->arg, e);
}

static void tell_gone(struct ut_found *t, const struct ut_found_entry *e)
{
	if (t->ops && t->ops->gone)
		t->ops->gone(t->arg, e);
}

static bool remembered(const struct ut_found_entry *e)
{
	return e->proven && !e->sources;
}

/* The last entry takes its place: pointers into the table are void after it. */
static void drop(struct ut_found *t, struct ut_found_entry *e)
{
	*e = t->e[--t->n];
}

static void replace(struct ut_found *t, struct ut_found_entry *e)
{
	if (e->sources)
		tell_gone(t, e);
	drop(t, e);
}

/* --- room --- */

/**
 * struct pick - those of the unproven that a look is about
 * @where: only of this address; NULL: of all
 * @sources: only of exactly these sources; 0: of all
 */
struct pick {
	const struct ut_where *where;
	unsigned int sources;
};

/* Returns the oldest of them; *count: how many there are. */
static struct ut_found_entry *oldest(struct ut_found *t, struct pick pick,
				     size_t *count)
{
	struct ut_found_entry *best = NULL;
	size_t i;

	*count = 0;
	for (i = 0; i < t->n; i++) {
		struct ut_found_entry *e = &t->e[i];

		if (e->proven ||
		    (pick.where &&
		     !ut_where_same_host(&e->where, pick.where)) ||
		    (pick.sources && e->sources != pick.sources))
			continue;
		++*count;
		if (!best || e->last < best->last)
			best = e;
	}
	return best;
}

static struct ut_found_entry *oldest_remembered(struct ut_found *t)
{
	struct ut_found_entry *best = NULL;
	size_t i;

	for (i = 0; i < t->n; i++)
		if (remembered(&t->e[i]) &&
		    (!best || t->e[i].last < best->last))
			best = &t->e[i];
	return best;
}

static bool full(const struct ut_found *t)
{
	return t->n >= UT_FOUND_MAX;
}

/* For a hint of @source. The limits go from the narrow to the wide. */
static int room_for_hint(struct ut_found *t, enum ut_found_source source,
			 const struct ut_where *where)
{
	const unsigned int bit = UT_FOUND_BIT(source);
	struct ut_found_entry *e;
	size_t n;

	e = oldest(t, (struct pick){ where, 0 }, &n);
	if (n >= UT_FOUND_PER_HOST) {
		replace(t, e);
		return 0;
	}
	e = oldest(t, (struct pick){ NULL, bit }, &n);
	if (n < UT_FOUND_PER_SOURCE && !full(t))
		return 0;
	if (!e)
		e = oldest(t, (struct pick){ NULL, 0 }, &n);
	if (!e)
		return -ENOSPC;
	replace(t, e);
	return 0;
}

static int room_for_proven(struct ut_found *t)
{
	struct ut_found_entry *e;
	size_t n;

	if (!full(t))
		return 0;
	e = oldest(t, (struct pick){ NULL, 0 }, &n);
	if (!e)
		e = oldest_remembered(t);
	if (!e)
		return -ENOSPC;
	replace(t, e);
	return 0;
}

static struct ut_found_entry *add(struct ut_found *t,
				  const struct ut_where *where, int64_t now)
{
	struct ut_found_entry *e = &t->e[t->n++];

	memset(e, 0, sizeof(*e));
	e->where = *where;
	e->name_source = UT_FOUND_N_SOURCES;
	e->first = now;
	e->last = now;
	return e;
}

/* --- hints --- */

static int64_t valid_until(enum ut_found_source source, int64_t now)
{
	return source == UT_FOUND_BEACON ? now + UT_FOUND_BEACON_MS :
					   UT_FOUND_NEVER;
}

/* A beacon does not rename what DNS-SD has named. */
static void take_name(struct ut_found_entry *e, enum ut_found_source source,
		      const char *name)
{
	if (!name || !name[0] || source > e->name_source)
		return;
	snprintf(e->name, sizeof(e->name), "%s", name);
	ut_sanitize(e->name);
	e->name_source = source;
}

int ut_found_seen(struct ut_found *t, enum ut_found_source source,
		  const struct ut_where *where, const char *name, int64_t now)
{
	struct ut_found_entry *e = find(t, where);
	bool fresh;
	int ret;

	if (!ut_where_usable(where))
		return -EINVAL;
	if (!e) {
		ret = room_for_hint(t, source, where);
		if (ret)
			return ret;
		e = add(t, where, now);
	}
	fresh = !e->sources;
	e->sources |= UT_FOUND_BIT(source);
	e->expires[source] = valid_until(source, now);
	e->last = now;
	take_name(e, source, name);
	if (fresh)
		tell_found(t, e);
	return 0;
}

/* Returns true if the entry has left the table. */
static bool end_source(struct ut_found *t, struct ut_found_entry *e,
		       enum ut_found_source source, int64_t now)
{
	e->sources &= ~UT_FOUND_BIT(source);
	/* Who is still there may name it anew. */
	if (e->name_source == source)
		e->name_source = UT_FOUND_N_SOURCES;
	if (e->sources)
		return false;
	tell_gone(t, e);
	e->last = now;
	if (e->proven)
		return false;
	drop(t, e);
	return true;
}

void ut_found_lost(struct ut_found *t, enum ut_found_source source,
		   const struct ut_where *where, int64_t now)
{
	struct ut_found_entry *e = find(t, where);

	if (e && (e->sources & UT_FOUND_BIT(source)))
		end_source(t, e, source, now);
}

void ut_found_limit(struct ut_found *t, enum ut_found_source source,
		    int64_t until)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->e[i].expires[source] > until)
			t->e[i].expires[source] = until;
}

/* --- proof --- */

/* A dock that moves about does not fill the table with where it was. */
static void limit_dock(struct ut_found *t, const struct ut_found_entry *keep)
{
	struct ut_found_entry *worst = NULL;
	size_t n = 0, i;

	for (i = 0; i < t->n; i++) {
		struct ut_found_entry *e = &t->e[i];

		if (!e->proven || strcmp(e->dock, keep->dock))
			continue;
		n++;
		if (e == keep)
			continue;
		if (!worst || remembered(e) > remembered(worst) ||
		    (remembered(e) == remembered(worst) &&
		     e->last < worst->last))
			worst = e;
	}
	if (n > UT_FOUND_PER_DOCK && worst)
		ut_found_disproven(t, &worst->where);
}

int ut_found_proven(struct ut_found *t, const struct ut_where *where,
		    const char *dock, int64_t now)
{
	struct ut_found_entry *e = find(t, where);
	int ret;

	if (!e) {
		ret = room_for_proven(t);
		if (ret)
			return ret;
		e = add(t, where, now);
	}
	e->proven = true;
	e->last = now;
	snprintf(e->dock, sizeof(e->dock), "%s", dock);
	limit_dock(t, e);
	return 0;
}

void ut_found_disproven(struct ut_found *t, const struct ut_where *where)
{
	struct ut_found_entry *e = find(t, where);

	if (!e || !e->proven)
		return;
	e->proven = false;
	e->dock[0] = '\0';
	if (!e->sources)
		drop(t, e);
}

/* --- time --- */

static int64_t entry_deadline(const struct ut_found_entry *e)
{
	int64_t first = UT_FOUND_NEVER;
	int s;

	if (!e->sources)
		return e->last + UT_FOUND_REMEMBER_MS;
	for (s = 0; s < UT_FOUND_N_SOURCES; s++)
		if ((e->sources & UT_FOUND_BIT(s)) && e->expires[s] < first)
			first = e->expires[s];
	return first;
}

/* Returns true if the entry has left the table. */
static bool expire(struct ut_found *t, struct ut_found_entry *e, int64_t now)
{
	int s;

	if (!e->sources) {
		if (entry_deadline(e) > now)
			return false;
		drop(t, e);
		return true;
	}
	for (s = 0; s < UT_FOUND_N_SOURCES; s++)
		if ((e->sources & UT_FOUND_BIT(s)) && e->expires[s] <= now &&
		    end_source(t, e, (enum ut_found_source)s, now))
			return true;
	return false;
}

int64_t ut_found_expire(struct ut_found *t, int64_t now)
{
	int64_t next = UT_FOUND_NEVER, at;
	size_t i = 0;

	while (i < t->n) {
		if (expire(t, &t->e[i], now))
			continue;
		at = entry_deadline(&t->e[i++]);
		if (at < next)
			next = at;
	}
	return next;
}
