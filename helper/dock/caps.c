// SPDX-License-Identifier: GPL-2.0
/* Limits on strangers: see caps.h. */
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include "dock/caps.h"

#define NONE (-1)

struct ut_caps_key ut_caps_key(const struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;
	struct ut_caps_key key = { { 0 } };

	if (addr->ss_family == AF_INET) {
		key.bytes[0] = 4;
		memcpy(key.bytes + 1, &in->sin_addr, 4);
	} else if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		key.bytes[0] = 4;
		memcpy(key.bytes + 1, &in6->sin6_addr.s6_addr[12], 4);
	} else {
		key.bytes[0] = 6;
		memcpy(key.bytes + 1, &in6->sin6_addr, 8);
	}
	return key;
}

static bool same(const struct ut_caps_key *a, const struct ut_caps_key *b)
{
	return !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static unsigned int count(const struct ut_caps_entry *e, size_t n,
			  const struct ut_caps_key *key, bool strangers_only)
{
	unsigned int found = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (same(&e[i].key, key) &&
		    !(strangers_only && e[i].stage == UT_CAPS_AUTHENTICATED))
			found++;
	return found;
}

/* The one of this address that goes first, or NONE. */
static int victim(const struct ut_caps_entry *e, size_t n,
		  const struct ut_caps_key *key)
{
	int best = NONE;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!same(&e[i].key, key) ||
		    e[i].stage == UT_CAPS_AUTHENTICATED)
			continue;
		if (best == NONE || e[i].stage < e[best].stage ||
		    (e[i].stage == e[best].stage &&
		     e[i].since < e[best].since))
			best = (int)i;
	}
	return best;
}

/* The address that has most strangers gives one up. */
static int greediest(const struct ut_caps_entry *e, size_t n)
{
	unsigned int most = 0, c;
	int best = NONE;
	size_t i;

	for (i = 0; i < n; i++) {
		c = count(e, n, &e[i].key, true);
		if (c > most) {
			most = c;
			best = (int)i;
		}
	}
	return best == NONE ? NONE : victim(e, n, &e[best].key);
}

int ut_caps_admit(const struct ut_caps_entry *e, size_t n,
		  const struct ut_caps_key *key, unsigned int max_total,
		  unsigned int max_per_key)
{
	int i;

	if (count(e, n, key, false) >= max_per_key)
		i = victim(e, n, key);
	else if (n >= max_total)
		i = greediest(e, n);
	else
		return UT_CAPS_ACCEPT;
	return i == NONE ? UT_CAPS_REFUSE : i;
}
