// SPDX-License-Identifier: GPL-2.0
/* A place where a dock may be: see place.h. */
#include <stdlib.h>
#include <string.h>

#include "tablet/place.h"

const char *ut_place_state_name(enum ut_place_state state)
{
	static const char *const names[] = {
		[UT_PLACE_DOWN] = "down",
		[UT_PLACE_CONNECTING] = "connecting",
		[UT_PLACE_UP] = "up",
		[UT_PLACE_TWIN] = "twin",
		[UT_PLACE_DENIED] = "denied",
	};

	return names[state];
}

void ut_place_take_devices(struct ut_place *p, struct ut_place *const *places,
			   size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (places[i] == p || !places[i]->remotes.n ||
		    strcmp(places[i]->name, p->name))
			continue;
		ut_remotes_free(&p->remotes);
		p->remotes = places[i]->remotes;
		memset(&places[i]->remotes, 0, sizeof(p->remotes));
		return;
	}
}

void ut_place_free(struct ut_place *p)
{
	ut_link_close(&p->link);
	ut_remotes_free(&p->remotes);
	free(p);
}
