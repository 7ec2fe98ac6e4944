// SPDX-License-Identifier: GPL-2.0
/* Places: see where.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "discovery/where.h"

int ut_where_set(struct ut_where *w, const struct sockaddr *sa, uint16_t port)
{
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const struct sockaddr_in *in = (const void *)sa;

	memset(w, 0, sizeof(*w));
	w->port = port;
	if (sa->sa_family == AF_INET) {
		w->family = AF_INET;
		memcpy(w->addr, &in->sin_addr, 4);
	} else if (sa->sa_family != AF_INET6) {
		return -EAFNOSUPPORT;
	} else if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		w->family = AF_INET;
		memcpy(w->addr, &in6->sin6_addr.s6_addr[12], 4);
	} else {
		w->family = AF_INET6;
		memcpy(w->addr, &in6->sin6_addr, 16);
		if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
			w->scope = in6->sin6_scope_id;
	}
	return 0;
}

/* 0.0.0.0/8, 127.0.0.0/8, and 224.0.0.0 up to the end. */
static bool usable_v4(const uint8_t *addr)
{
	return addr[0] != 0 && addr[0] != 127 && addr[0] < 224;
}

bool ut_where_usable(const struct ut_where *w)
{
	struct in6_addr in6;

	if (!w->port)
		return false;
	if (w->family == AF_INET)
		return usable_v4(w->addr);
	if (w->family != AF_INET6)
		return false;
	memcpy(&in6, w->addr, sizeof(in6));
	if (IN6_IS_ADDR_LINKLOCAL(&in6))
		return w->scope != 0;
	return !IN6_IS_ADDR_UNSPECIFIED(&in6) && !IN6_IS_ADDR_LOOPBACK(&in6) &&
	       !IN6_IS_ADDR_MULTICAST(&in6) && !IN6_IS_ADDR_V4MAPPED(&in6) &&
	       !w->scope;
}

bool ut_where_same(const struct ut_where *a, const struct ut_where *b)
{
	return a->port == b->port && ut_where_same_host(a, b);
}

bool ut_where_same_host(const struct ut_where *a, const struct ut_where *b)
{
	return a->family == b->family && a->scope == b->scope &&
	       !memcmp(a->addr, b->addr, sizeof(a->addr));
}

socklen_t ut_where_sockaddr(const struct ut_where *w,
			    struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *in6 = (void *)ss;
	struct sockaddr_in *in = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = w->family;
	if (w->family == AF_INET) {
		in->sin_port = htons(w->port);
		memcpy(&in->sin_addr, w->addr, 4);
		return sizeof(*in);
	}
	in6->sin6_port = htons(w->port);
	in6->sin6_scope_id = w->scope;
	memcpy(&in6->sin6_addr, w->addr, 16);
	return sizeof(*in6);
}

const char *ut_where_host(const struct ut_where *w,
			  char buf[UT_WHERE_HOST_SIZE])
{
	struct sockaddr_storage ss;
	socklen_t len = ut_where_sockaddr(w, &ss);

	if (getnameinfo((struct sockaddr *)&ss, len, buf, UT_WHERE_HOST_SIZE,
			NULL, 0, NI_NUMERICHOST))
		snprintf(buf, UT_WHERE_HOST_SIZE, "?");
	return buf;
}

const char *ut_where_text(const struct ut_where *w,
			  char buf[UT_WHERE_TEXT_SIZE])
{
	char host[UT_WHERE_HOST_SIZE];

	ut_where_host(w, host);
	snprintf(buf, UT_WHERE_TEXT_SIZE,
		 w->family == AF_INET6 ? "[%s]:%u" : "%s:%u", host, w->port);
	return buf;
}
