// SPDX-License-Identifier: GPL-2.0
/* A place where a dock may be: see place.h. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tablet/place.h"

#define JITTER_MS 1000

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

/* An address can be written in more than one way. */
static bool same_host(const char *a, const char *b)
{
	unsigned char x[sizeof(struct in6_addr)], y[sizeof(x)];
	char one[INET6_ADDRSTRLEN], other[INET6_ADDRSTRLEN];
	size_t n = strcspn(a, "%"), m = strcspn(b, "%");

	if (!strcasecmp(a, b))
		return true;
	snprintf(one, sizeof(one), "%.*s", (int)n, a);
	snprintf(other, sizeof(other), "%.*s", (int)m, b);
	return !strcmp(a + n, b + m) && inet_pton(AF_INET6, one, x) == 1 &&
	       inet_pton(AF_INET6, other, y) == 1 && !memcmp(x, y, sizeof(x));
}

bool ut_place_meant(const struct ut_place *p, const struct ut_place *hint)
{
	return !p->hint && p->port == hint->port &&
	       (same_host(p->host, hint->host) ||
		(p->at[0] && same_host(p->at, hint->host)));
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
	ut_client_close(&p->client);
	ut_remotes_free(&p->remotes);
	free(p);
}

/* --- docks that cannot be watched --- */

bool ut_polling_lists(const struct ut_place *p, int64_t now)
{
	return p->legacy || (p->polled && now < p->watch_at);
}

int64_t ut_polling_at(const struct ut_place *p)
{
	if (p->state != UT_PLACE_UP || !p->polled ||
	    ut_client_is_open(&p->client))
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
