// SPDX-License-Identifier: GPL-2.0
/* Networks: see cidr.h. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/err.h"
#include "policy/cidr.h"

static unsigned int family_bits(int family)
{
	return family == AF_INET ? 32 : 128;
}

/* Keeps the first bits, sets the others to 0. */
static void mask(uint8_t addr[16], unsigned int bits)
{
	unsigned int i;

	for (i = 0; i < 16; i++) {
		if (bits >= 8) {
			bits -= 8;
			continue;
		}
		addr[i] &= (uint8_t)(0xff00 >> bits);
		bits = 0;
	}
}

bool ut_cidr_parse(const char *text, struct ut_cidr *net, const char **why)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char addr[INET6_ADDRSTRLEN];
	uint8_t whole[16];

	memset(net, 0, sizeof(*net));
	*why = "it is not a numeric IPv4 or IPv6 address";
	if (len >= sizeof(addr))
		return false;
	memcpy(addr, text, len);
	addr[len] = '\0';
	net->family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(net->family, addr, net->addr) != 1)
		return false;
	if (net->family == AF_INET6 &&
	    IN6_IS_ADDR_V4MAPPED((struct in6_addr *)net->addr)) {
		*why = "write an IPv4 address without ::ffff:";
		return false;
	}
	net->bits = family_bits(net->family);
	if (slash && !ut_parse_uint(slash + 1, 3, net->bits, &net->bits)) {
		*why = "behind the '/' comes the number of bits, 0 to 32 for IPv4 and 0 to 128 for IPv6";
		return false;
	}
	memcpy(whole, net->addr, sizeof(whole));
	mask(net->addr, net->bits);
	*why = "the address has bits set behind those that count";
	return !memcmp(whole, net->addr, sizeof(whole));
}

int ut_cidr_addr(const struct sockaddr *peer, uint8_t addr[16])
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)peer;
	const struct sockaddr_in *in = (const struct sockaddr_in *)peer;

	memset(addr, 0, 16);
	switch (peer->sa_family) {
	case AF_INET:
		memcpy(addr, &in->sin_addr, 4);
		return AF_INET;
	case AF_INET6:
		if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
			memcpy(addr, in6->sin6_addr.s6_addr + 12, 4);
			return AF_INET;
		}
		memcpy(addr, &in6->sin6_addr, 16);
		return AF_INET6;
	default:
		return 0;
	}
}

bool ut_cidrs_have(const struct ut_cidr *nets, size_t n, int family,
		   const uint8_t addr[16])
{
	uint8_t part[16];
	size_t i;

	for (i = 0; i < n; i++) {
		if (nets[i].family != family)
			continue;
		memcpy(part, addr, sizeof(part));
		mask(part, nets[i].bits);
		if (!memcmp(part, nets[i].addr, sizeof(part)))
			return true;
	}
	return false;
}
