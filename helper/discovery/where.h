/* SPDX-License-Identifier: GPL-2.0 */
/* Where a dock might be: address and port, in one form that can be compared. */
#ifndef UT_DISCOVERY_WHERE_H
#define UT_DISCOVERY_WHERE_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* A numeric IPv6 address with "%" and the name of an interface. */
#define UT_WHERE_HOST_SIZE	(INET6_ADDRSTRLEN + 1 + IF_NAMESIZE)
/* The same with brackets, colon and port. */
#define UT_WHERE_TEXT_SIZE	(UT_WHERE_HOST_SIZE + 8)

/**
 * struct ut_where - one place; without padding
 * @family: AF_INET or AF_INET6; an IPv4 address is never in IPv6 form
 * @port: TCP, in the order of this machine
 * @scope: index of the interface, for link-local IPv6 addresses; else 0
 * @addr: IPv4 in the first 4 bytes, the rest 0
 */
struct ut_where {
	uint16_t family;
	uint16_t port;
	uint32_t scope;
	uint8_t addr[16];
};

/* @sa: its port is not looked at. -EAFNOSUPPORT: neither IPv4 nor IPv6. */
int ut_where_set(struct ut_where *w, const struct sockaddr *sa, uint16_t port);

/*
 * Could another machine be there at all? Not: port 0, the unspecified address,
 * loopback, multicast and broadcast addresses, link-local IPv6 without a scope.
 */
bool ut_where_usable(const struct ut_where *w);

bool ut_where_same(const struct ut_where *a, const struct ut_where *b);

/* The same machine, whatever the port. */
bool ut_where_same_host(const struct ut_where *a, const struct ut_where *b);

/* For connect(2). Returns the length. */
socklen_t ut_where_sockaddr(const struct ut_where *w,
			    struct sockaddr_storage *ss);

/* "192.0.2.1", "fe80::1%eth0": what getaddrinfo() takes. Returns @buf. */
const char *ut_where_host(const struct ut_where *w,
			  char buf[UT_WHERE_HOST_SIZE]);

/* "192.0.2.1:3240", "[fe80::1%eth0]:3240". Returns @buf. */
const char *ut_where_text(const struct ut_where *w,
			  char buf[UT_WHERE_TEXT_SIZE]);

#endif /* UT_DISCOVERY_WHERE_H */
