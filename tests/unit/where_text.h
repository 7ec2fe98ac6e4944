/* SPDX-License-Identifier: GPL-2.0 */
/* Places of tests, from numeric text. */
#ifndef UT_TEST_WHERE_TEXT_H
#define UT_TEST_WHERE_TEXT_H

#include <arpa/inet.h>
#include <string.h>

#include "discovery/where.h"

/* @scope: for link-local IPv6. An address that is none gives family 0. */
static inline struct ut_where where_at(const char *address, uint32_t scope,
				       uint16_t port)
{
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6, .sin6_scope_id = scope,
	};
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct ut_where w;

	memset(&w, 0, sizeof(w));
	if (inet_pton(AF_INET, address, &in.sin_addr) == 1)
		ut_where_set(&w, (struct sockaddr *)&in, port);
	else if (inet_pton(AF_INET6, address, &in6.sin6_addr) == 1)
		ut_where_set(&w, (struct sockaddr *)&in6, port);
	return w;
}

#endif /* UT_TEST_WHERE_TEXT_H */
