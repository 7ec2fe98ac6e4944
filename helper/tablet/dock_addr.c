// SPDX-License-Identifier: GPL-2.0
/* An address where a dock may be: see dock_addr.h. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tablet/dock_addr.h"

#define JITTER_MS 1000

const char *ut_dock_addr_state_name(enum ut_dock_addr_state state)
{
	static const char *const names[] = {
		[UT_DOCK_ADDR_DOWN] = "down",
		[UT_DOCK_ADDR_CONNECTING] = "connecting",
		[UT_DOCK_ADDR_UP] = "up",
		[UT_DOCK_ADDR_TWIN] = "twin",
		[UT_DOCK_ADDR_DENIED] = "denied",
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

bool ut_dock_addr_matches(const struct ut_dock_addr *addr,
			  const struct ut_dock_addr *hint)
{
	return !addr->hint && addr->port == hint->port &&
	       (same_host(addr->host, hint->host) ||
		(addr->at[0] && same_host(addr->at, hint->host)));
}

void ut_dock_addr_take_devices(struct ut_dock_addr *addr,
			       struct ut_dock_addr *const *addrs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (addrs[i] == addr || !addrs[i]->remotes.n ||
		    strcmp(addrs[i]->name, addr->name))
			continue;
		ut_remotes_free(&addr->remotes);
		addr->remotes = addrs[i]->remotes;
		memset(&addrs[i]->remotes, 0, sizeof(addr->remotes));
		return;
	}
}

void ut_dock_addr_free(struct ut_dock_addr *addr)
{
	ut_client_close(&addr->client);
	ut_remotes_free(&addr->remotes);
	free(addr);
}

/* --- docks that cannot be watched --- */

bool ut_polling_lists(const struct ut_dock_addr *addr, int64_t now)
{
	return addr->legacy || (addr->polled && now < addr->watch_at);
}

int64_t ut_polling_at(const struct ut_dock_addr *addr)
{
	if (addr->state != UT_DOCK_ADDR_UP || !addr->polled ||
	    ut_client_is_open(&addr->client))
		return INT64_MAX;
	return addr->poll_at;
}

void ut_polling_no_watch(struct ut_dock_addr *addr, int64_t now)
{
	addr->polled = true;
	addr->watch_at = now + UT_POLLING_WATCH_S * 1000LL;
}

bool ut_polling_hung_up(struct ut_dock_addr *addr, int64_t now)
{
	if (addr->hang_ups < UT_POLLING_HANG_UPS)
		addr->hang_ups++;
	if (addr->hang_ups < UT_POLLING_HANG_UPS)
		return false;
	ut_polling_no_watch(addr, now);
	return true;
}

void ut_polling_listed(struct ut_dock_addr *addr, int64_t now, uint32_t random)
{
	addr->poll_at = now + UT_POLLING_S * 1000LL - JITTER_MS / 2 +
			random % JITTER_MS;
}

void ut_polling_soon(struct ut_dock_addr *addr, int64_t now)
{
	if (addr->poll_at > now + UT_POLLING_SOON_MS)
		addr->poll_at = now + UT_POLLING_SOON_MS;
}
