// SPDX-License-Identifier: GPL-2.0
/* Docks that cannot be watched: see polling.h. */
#include "tablet/polling.h"

#define JITTER_MS 1000

bool ut_polling_lists(const struct ut_place *p, int64_t now)
{
	return p->legacy || (p->polled && now < p->watch_at);
}

int64_t ut_polling_at(const struct ut_place *p)
{
	if (p->state != UT_PLACE_UP || !p->polled || ut_client_is_open(&p->client))
		return INT64_MAX;
	return p->poll_at;
}

void ut_polling_no_watch(struct ut_place *p, int64_t now)
{
	p->polled = true;
	p->watch_at = now + UT_POLLING_WATCH_S * 1000LL;
}

bool ut_polling_hung_up(struct ut_place *p, int64_t now)
{
	if (p->hang_ups < UT_POLLING_HANG_UPS)
		p->hang_ups++;
	if (p->hang_ups < UT_POLLING_HANG_UPS)
		return false;
	ut_polling_no_watch(p, now);
	return true;
}

void ut_polling_listed(struct ut_place *p, int64_t now, uint32_t random)
{
	p->poll_at = now + UT_POLLING_S * 1000LL - JITTER_MS / 2 +
		     random % JITTER_MS;
}

void ut_polling_soon(struct ut_place *p, int64_t now)
{
	if (p->poll_at > now + UT_POLLING_SOON_MS)
		p->poll_at = now + UT_POLLING_SOON_MS;
}
