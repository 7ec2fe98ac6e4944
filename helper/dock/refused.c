// SPDX-License-Identifier: GPL-2.0
/* The last ones who did not get what they asked for. */
#include <stdio.h>

#include "dock/internal.h"

void ut_refused_note(struct ut_dock *dock, const struct ut_conn *c,
		     const char *busid, const char *why)
{
	struct ut_refused *r;

	r = &dock->refused[dock->n_refused++ % UT_DOCK_MAX_REFUSED];
	r->at = ut_clock_ms();
	snprintf(r->address, sizeof(r->address), "%s", c->text);
	snprintf(r->tablet, sizeof(r->tablet), "%s", c->name);
	snprintf(r->busid, sizeof(r->busid), "%s", busid);
	snprintf(r->why, sizeof(r->why), "%s", why);
	ut_sanitize(r->busid);
	/* It may have been cut in the middle of a character. */
	ut_sanitize(r->why);
}

const struct ut_refused *ut_refused_get(const struct ut_dock *dock, uint64_t i)
{
	if (i >= dock->n_refused || i + UT_DOCK_MAX_REFUSED < dock->n_refused)
		return NULL;
	return &dock->refused[i % UT_DOCK_MAX_REFUSED];
}
