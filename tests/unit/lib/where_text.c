// SPDX-License-Identifier: GPL-2.0
#include "lib/where_text.h"

struct ut_where where_at(const char *address, uint32_t scope, uint16_t port)
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
