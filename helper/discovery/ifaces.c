// SPDX-License-Identifier: GPL-2.0
/* Addresses of this machine: see ifaces.h. */
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>

#include "base/log.h"
#include "discovery/ifaces.h"

#define OLD_MS	1000

static struct in_addr in_of(const struct sockaddr *sa)
{
	const struct sockaddr_in *in = (const void *)sa;
	struct in_addr none = { 0 };

	return sa && sa->sa_family == AF_INET ? in->sin_addr : none;
}

/*
 * An address that was given without its broadcast address has one all the same:
 * the kernel has a route for it. Networks of one or two addresses have none.
 */
static struct in_addr broadcast_of(const struct ifaddrs *ifa,
				   struct in_addr addr, struct in_addr mask)
{
	struct in_addr b = { 0 };

	if (!(ifa->ifa_flags & IFF_BROADCAST) ||
	    ntohl(~mask.s_addr) < 3)
		return b;
	b = in_of(ifa->ifa_broadaddr);
	if (!b.s_addr || b.s_addr == addr.s_addr)
		b.s_addr = addr.s_addr | ~mask.s_addr;
	return b;
}

static void take(struct ut_ifaces *ifs, const struct ifaddrs *ifa)
{
	struct ut_iface *a = &ifs->a[ifs->n];

	if (!ifa->ifa_addr || !(ifa->ifa_flags & IFF_UP))
		return;
	memset(a, 0, sizeof(*a));
	if (ut_where_set(&a->where, ifa->ifa_addr, 0))
		return;
	/* An interface that is gone by now. */
	a->index = if_nametoindex(ifa->ifa_name);
	if (!a->index)
		return;
	if (a->where.family == AF_INET) {
		a->mask = in_of(ifa->ifa_netmask);
		a->broadcast = broadcast_of(ifa, in_of(ifa->ifa_addr), a->mask);
	}
	ifs->n++;
}

int ut_ifaces_read(struct ut_ifaces *ifs)
{
	struct ifaddrs *list;
	const struct ifaddrs *ifa;

	ifs->n = 0;
	if (getifaddrs(&list))
		return -errno;
	for (ifa = list; ifa && ifs->n < UT_IFACES_MAX; ifa = ifa->ifa_next)
		take(ifs, ifa);
	freeifaddrs(list);
	return 0;
}

const struct ut_ifaces *ut_ifaces_now(struct ut_ifaces *ifs, int64_t now)
{
	static struct ut_ratelimit rl;
	int ret;

	if (ifs->at && now - ifs->at < OLD_MS)
		return ifs;
	ifs->at = now;
	ret = ut_ifaces_read(ifs);
	if (ret && ut_ratelimit(&rl, 1))
		ut_log_warn("cannot read the list of interfaces: %s",
			    strerror(-ret));
	return ifs;
}

bool ut_ifaces_own(const struct ut_ifaces *ifs, const struct ut_where *where)
{
	size_t i;

	for (i = 0; i < ifs->n; i++)
		if (ut_where_same_host(&ifs->a[i].where, where))
			return true;
	return false;
}

static struct in_addr own_in(const struct ut_iface *a)
{
	struct in_addr in;

	memcpy(&in, a->where.addr, sizeof(in));
	return in;
}

bool ut_ifaces_on_link(const struct ut_ifaces *ifs, unsigned int index,
		       struct in_addr addr)
{
	size_t i;

	for (i = 0; i < ifs->n; i++) {
		const struct ut_iface *a = &ifs->a[i];

		if (a->index == index && a->where.family == AF_INET &&
		    a->mask.s_addr &&
		    !((own_in(a).s_addr ^ addr.s_addr) & a->mask.s_addr))
			return true;
	}
	return false;
}

bool ut_ifaces_broadcast(const struct ut_ifaces *ifs, unsigned int index,
			 struct in_addr addr)
{
	size_t i;

	if (addr.s_addr == INADDR_BROADCAST)
		return true;
	for (i = 0; i < ifs->n; i++)
		if (ifs->a[i].index == index && ifs->a[i].broadcast.s_addr &&
		    ifs->a[i].broadcast.s_addr == addr.s_addr)
			return true;
	return false;
}
