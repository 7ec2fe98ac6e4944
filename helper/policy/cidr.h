/* SPDX-License-Identifier: GPL-2.0 */
/* Networks: ADDRESS[/BITS], and whether an address is in one of them. Pure. */
#ifndef UT_POLICY_CIDR_H
#define UT_POLICY_CIDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/**
 * struct ut_cidr - a network, or with all bits one address
 * @family: AF_INET or AF_INET6
 * @bits: how many of the address count
 * @addr: in network order, the first 4 bytes for AF_INET; those that do not
 *	count are 0
 */
struct ut_cidr {
	int family;
	unsigned int bits;
	uint8_t addr[16];
};

/*
 * Reads "192.0.2.0/24" or "2001:db8::1". False: *why says what is wrong with it,
 * a text that stays.
 */
bool ut_cidr_parse(const char *text, struct ut_cidr *net, const char **why);

/*
 * The address of a peer, as in struct ut_cidr; an IPv4 peer of an IPv6 socket
 * (::ffff:192.0.2.1) has its IPv4 address. Returns the family; 0: neither IPv4 nor
 * IPv6.
 */
int ut_cidr_addr(const struct sockaddr *peer, uint8_t addr[16]);

/* Is the address in one of the networks? Of no networks: false. */
bool ut_cidrs_have(const struct ut_cidr *nets, size_t n, int family,
		   const uint8_t addr[16]);

#endif /* UT_POLICY_CIDR_H */
