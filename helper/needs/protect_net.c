// SPDX-License-Identifier: GPL-2.0
/* Network links in use: see protect.h. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>

#include "needs/walk.h"
#include "usb/sysfs.h"

#define ROUTE_LINE	512
#define NO_DESTINATION	"00000000000000000000000000000000"

/**
 * struct net - what the interfaces are asked for
 * @s: the scan
 * @addrs: all addresses of this machine
 */
struct net {
	struct ut_scan *s;
	struct ifaddrs *addrs;
};

/* More than the link knows this address. */
static bool is_global(const struct sockaddr *sa)
{
	const struct in6_addr *in6;
	uint32_t in;

	if (sa->sa_family == AF_INET) {
		in = ntohl(((const struct sockaddr_in *)sa)->sin_addr.s_addr);
		return in && in >> 16 != 0xa9fe && in >> 24 != 127;
	}
	if (sa->sa_family != AF_INET6)
		return false;
	in6 = &((const struct sockaddr_in6 *)sa)->sin6_addr;
	return !IN6_IS_ADDR_UNSPECIFIED(in6) && !IN6_IS_ADDR_LOOPBACK(in6) &&
	       !IN6_IS_ADDR_LINKLOCAL(in6) && !IN6_IS_ADDR_MULTICAST(in6);
}

static bool has_address(const struct net *net, const char *name)
{
	const struct ifaddrs *a;
	size_t len = strlen(name);

	for (a = net->addrs; a; a = a->ifa_next)
		/* "eth1:0" is a label of an address of eth1. */
		if (a->ifa_addr && !strncmp(a->ifa_name, name, len) &&
		    (!a->ifa_name[len] || a->ifa_name[len] == ':') &&
		    is_global(a->ifa_addr))
			return true;
	return false;
}

/* Is there an interface on top of it? 1, 0 or -errno. */
static int has_upper(const char *dir)
{
	struct dirent *d;
	int ret = 0;
	DIR *dp;

	dp = opendir(dir);
	if (!dp)
		return -errno;
	while (!ret) {
		errno = 0;
		d = readdir(dp);
		if (!d) {
			ret = -errno;
			break;
		}
		ret = !strcmp(d->d_name, "master") ||
		      !strncmp(d->d_name, "upper_", 6);
	}
	closedir(dp);
	return ret;
}

static bool is_default(unsigned int flags)
{
	return (flags & RTF_UP) && !(flags & RTF_REJECT);
}

static bool is_default4(const char *line, char *name)
{
	unsigned int dest, mask, flags;

	return sscanf(line, "%15s %x %*x %x %*d %*u %*u %x", name, &dest,
		      &flags, &mask) == 4 && !dest && !mask &&
	       is_default(flags);
}

static bool is_default6(const char *line, char *name)
{
	unsigned int plen, flags;
	char dest[33];

	return sscanf(line, "%32s %x %*32s %*x %*32s %*x %*x %*x %x %15s", dest,
		      &plen, &flags, name) == 4 && !plen &&
	       !strcmp(dest, NO_DESTINATION) && is_default(flags);
}

/* 1, 0 or -errno. A routing table may be large: line by line. */
static int has_default_in(const char *file, const char *name,
			  bool (*parse)(const char *line, char *name))
{
	char path[PATH_MAX], line[ROUTE_LINE], found[IFNAMSIZ];
	int ret;
	FILE *f;

	ret = ut_proc_path(path, file);
	if (ret)
		return ret;
	f = fopen(path, "re");
	/* ENOENT: this kernel does not have that protocol. */
	if (!f)
		return errno == ENOENT ? 0 : -errno;
	while (!ret && fgets(line, sizeof(line), f))
		ret = parse(line, found) && !strcmp(found, name);
	if (ferror(f))
		ret = -EIO;
	fclose(f);
	return ret;
}

static int has_default_route(const char *name)
{
	int ret = has_default_in("/self/net/route", name, is_default4);

	return ret ? ret : has_default_in("/self/net/ipv6_route", name,
					  is_default6);
}

/* 1, 0 or -errno. */
static int in_use(const struct net *net, const char *name, const char *dir)
{
	char path[PATH_MAX];
	uint32_t flags;
	int ret;

	if (snprintf(path, sizeof(path), "%s/flags", dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	ret = ut_sysfs_number(path, 0, UINT32_MAX, &flags);
	/* It is going away; or it is bonding_masters, which is a file. */
	if (ret == -ENOENT || ret == -ENODEV || ret == -ENOTDIR)
		return 0;
	if (ret || !(flags & IFF_UP))
		return ret;
	if (has_address(net, name))
		return 1;
	ret = has_upper(dir);
	return ret ? ret : has_default_route(name);
}

static int look_at(void *arg, const char *name, const char *real)
{
	struct net *net = arg;
	int ret;

	/* Bridges, tunnels and the like are on no bus. */
	if (strstr(real, "/devices/virtual/"))
		return 0;
	ret = in_use(net, name, real);
	if (ret <= 0)
		return ret == -ENOENT ? 0 : ret;
	return ut_protect_add(net->s->p, real,
			      "it is the network link %s, which is in use",
			      name);
}

int ut_protect_net(struct ut_scan *s)
{
	struct net net = { .s = s };
	char dir[PATH_MAX];
	int ret;

	ret = ut_sysfs_path(dir, "/class/net");
	if (ret)
		return ret;
	if (getifaddrs(&net.addrs))
		return -errno;
	ret = ut_each_link(dir, look_at, &net);
	freeifaddrs(net.addrs);
	return ret;
}
