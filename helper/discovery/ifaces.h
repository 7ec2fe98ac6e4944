/* SPDX-License-Identifier: GPL-2.0 */
/* The addresses of this machine, as they are at the moment. */
#ifndef UT_DISCOVERY_IFACES_H
#define UT_DISCOVERY_IFACES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "discovery/where.h"

/* Addresses beyond these are not seen. */
#define UT_IFACES_MAX	256

/**
 * struct ut_iface - one address of an interface that is up
 * @index: of the interface
 * @where: the address; the port is 0
 * @mask: IPv4: netmask
 * @broadcast: IPv4: where a broadcast goes to; 0.0.0.0 if there is no such thing
 */
struct ut_iface {
	unsigned int index;
	struct ut_where where;
	struct in_addr mask;
	struct in_addr broadcast;
};

/**
 * struct ut_ifaces - all of them
 * @a: array of @n
 * @at: when ut_ifaces_now() has read them; 0: never
 */
struct ut_ifaces {
	struct ut_iface a[UT_IFACES_MAX];
	size_t n;
	int64_t at;
};

/* Reads them anew. 0 or -errno; then the list is empty. */
int ut_ifaces_read(struct ut_ifaces *ifs);

/* Reads them anew if they are a second old; what goes wrong is logged. Returns ifs. */
const struct ut_ifaces *ut_ifaces_now(struct ut_ifaces *ifs, int64_t now);

/* An address of this machine, whatever the port. */
bool ut_ifaces_own(const struct ut_ifaces *ifs, const struct ut_where *where);

/* An IPv4 address of a network that the interface is in. */
bool ut_ifaces_on_link(const struct ut_ifaces *ifs, unsigned int index,
		       struct in_addr addr);

/* 255.255.255.255 or the broadcast address of such a network. */
bool ut_ifaces_broadcast(const struct ut_ifaces *ifs, unsigned int index,
			 struct in_addr addr);

#endif /* UT_DISCOVERY_IFACES_H */
