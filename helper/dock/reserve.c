// SPDX-License-Identifier: GPL-2.0
/* Devices kept for the tablet that takes them over: see reserve.h. */
#include <stdio.h>
#include <string.h>

#include "dock/reserve.h"

static int find(const struct ut_reserves *r, const char *busid)
{
	int i;

	for (i = 0; i < UT_RESERVE_MAX; i++)
		if (!strcmp(r->v[i].busid, busid))
			return i;
	return -1;
}

/* One that is unused has the time 0. */
static int oldest(const struct ut_reserves *r)
{
	int i, best = 0;

	for (i = 1; i < UT_RESERVE_MAX; i++)
		if (r->v[i].until < r->v[best].until)
			best = i;
	return best;
}

void ut_reserve(struct ut_reserves *r, const char *busid, const char *tablet,
		int64_t now)
{
	int i = find(r, busid);

	if (i < 0)
		i = oldest(r);
	snprintf(r->v[i].busid, sizeof(r->v[i].busid), "%s", busid);
	snprintf(r->v[i].tablet, sizeof(r->v[i].tablet), "%s", tablet);
	r->v[i].until = now + UT_RESERVE_MS;
}

bool ut_reserved(const struct ut_reserves *r, const char *busid,
		 const char *tablet, int64_t now)
{
	int i = find(r, busid);

	return i >= 0 && now < r->v[i].until &&
	       strcmp(r->v[i].tablet, tablet);
}

void ut_reserve_end(struct ut_reserves *r, const char *busid)
{
	int i = find(r, busid);

	if (i >= 0)
		memset(&r->v[i], 0, sizeof(r->v[i]));
}
