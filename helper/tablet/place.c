// SPDX-License-Identifier: GPL-2.0
/* A place where a dock may be: see place.h. */
#include <stdlib.h>

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

void ut_place_free(struct ut_place *p)
{
	ut_link_close(&p->link);
	ut_remotes_free(&p->remotes);
	free(p);
}
