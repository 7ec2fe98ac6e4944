// SPDX-License-Identifier: GPL-2.0
/* Which USB devices carry a network link in use: helper/needs/protect_net.c. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

#include "lib/need_bed.h"

#define UP	"0x1003\n"
#define DOWN	"0x1002\n"

#define ROUTE_HEAD "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
#define ZERO	"00000000000000000000000000000000"

/* --- in the place of the kernel --- */

static struct ifaddrs addrs[8];
static struct sockaddr_storage sockaddrs[8];
static size_t n_addrs;
static int addrs_error, addrs_freed;

int __wrap_getifaddrs(struct ifaddrs **out);
void __wrap_freeifaddrs(struct ifaddrs *list);

int __wrap_getifaddrs(struct ifaddrs **out)
{
	size_t i;

	if (addrs_error) {
		errno = addrs_error;
		return -1;
	}
	for (i = 0; i + 1 < n_addrs; i++)
		addrs[i].ifa_next = &addrs[i + 1];
	*out = n_addrs ? addrs : NULL;
	return 0;
}

void __wrap_freeifaddrs(struct ifaddrs *list)
{
	assert_ptr_equal(list, n_addrs ? addrs : NULL);
	addrs_freed++;
}

static void address(const char *name, const char *text)
{
	struct sockaddr_storage *sa = &sockaddrs[n_addrs];
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)sa;
	struct sockaddr_in *in = (struct sockaddr_in *)sa;

	memset(&addrs[n_addrs], 0, sizeof(addrs[0]));
	memset(sa, 0, sizeof(*sa));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1)
		sa->ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1)
		sa->ss_family = AF_INET6;
	else
		sa->ss_family = AF_PACKET;
	addrs[n_addrs].ifa_name = (char *)name;
	addrs[n_addrs].ifa_addr = (struct sockaddr *)sa;
	n_addrs++;
}

static void one_address(const char *name, const char *text)
{
	n_addrs = 0;
	address(name, text);
}

static int setup(void **state)
{
	n_addrs = 0;
	addrs_error = 0;
	addrs_freed = 0;
	return fake_machine_setup(state);
}

/* An adapter whose network interface is on its second USB interface. */
static void adapter(const char *parent, const char *busid, const char *name,
		    const char *flags)
{
	char dir[256];

	fake_usb(parent, busid);
	snprintf(dir, sizeof(dir), "%s/%s/%s:1.1/net/%s", parent, busid, busid,
		 name);
	fake(flags, "%s/flags", dir);
	fake_link(dir, "class/net/%s", name);
}

static void test_address(void **state)
{
	static const struct {
		const char *text;
		bool needed;
	} rows[] = {
		{ "192.0.2.7", true }, { "10.0.0.1", true },
		{ "2001:db8::7", true }, { "fd00::1", true },
		{ "169.254.3.4", false }, { "127.0.0.1", false },
		{ "0.0.0.0", false }, { "fe80::1", false }, { "::1", false },
		{ "::", false }, { "ff02::1", false }, { "packet", false },
	};
	size_t i;

	adapter(FAKE_USB, "1-4", "eth1", UP);
	assert_free("1-4");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		one_address("eth1", rows[i].text);
		if (need_has("1-4") != rows[i].needed)
			fail_msg("%s: %s", rows[i].text, need_why);
	}
	one_address("eth1", "192.0.2.7");
	assert_needed("1-4", "it is the network link eth1, which is in use");
	assert_int_equal(addrs_freed, (int)i + 2);
}

static void test_several_addresses(void **state)
{
	adapter(FAKE_USB, "1-4", "eth1", UP);
	address("lo", "127.0.0.1");
	address("eth1", "fe80::1");
	/* Tunnels without an underlying link have no address at all. */
	address("eth1", "packet");
	addrs[2].ifa_addr = NULL;
	assert_free("1-4");
	address("eth1", "192.0.2.7");
	assert_true(need_has("1-4"));
}

static void test_down(void **state)
{
	adapter(FAKE_USB, "1-4", "eth1", DOWN);
	fake(NULL, FAKE_USB "/1-4/1-4:1.1/net/eth1/master");
	one_address("eth1", "192.0.2.7");
	assert_free("1-4");
}

/* eth1 and eth10; a label "eth1:0"; a hub with a device that is needed. */
static void test_names(void **state)
{
	fake_usb(FAKE_USB, "1-1");
	adapter(FAKE_USB "/1-1", "1-1.1", "eth1", UP);
	adapter(FAKE_USB "/1-1", "1-1.2", "eth10", UP);
	one_address("eth10", "192.0.2.7");
	assert_needed("1-1.2", "it is the network link eth10, which is in use");
	assert_needed("1-1", "it is the network link eth10, which is in use");
	assert_free("1-1.1");
	one_address("eth1:0", "192.0.2.7");
	assert_true(need_has("1-1.1"));
	assert_free("1-1.2");
}

static void test_below_another(void **state)
{
	adapter(FAKE_USB, "1-4", "eth1", UP);
	adapter(FAKE_USB, "1-5", "eth2", UP);
	adapter(FAKE_USB, "1-6", "eth3", UP);
	fake(NULL, "devices/virtual/net/br0/lower_eth1");
	fake(UP, "devices/virtual/net/br0/flags");
	fake_link("devices/virtual/net/br0", "class/net/br0");
	fake("", "class/net/bonding_masters");
	fake_link("devices/virtual/net/br0",
		  FAKE_USB "/1-4/1-4:1.1/net/eth1/master");
	fake_link("devices/virtual/net/br0",
		  FAKE_USB "/1-5/1-5:1.1/net/eth2/upper_eth2.10");
	fake(NULL, FAKE_USB "/1-6/1-6:1.1/net/eth3/lower_x");
	one_address("br0", "192.0.2.7");
	assert_needed("1-4", "it is the network link eth1, which is in use");
	assert_needed("1-5", "it is the network link eth2, which is in use");
	assert_free("1-6");
}

/* The next hop is link-local, or the address is on lo. */
static void test_default_route(void **state)
{
	static const struct {
		const char *file;
		const char *text;
		bool needed;
	} rows[] = {
		{ "route", ROUTE_HEAD
		  "eth1\t00000000\t0100FEA9\t0003\t0\t0\t100\t00000000\t0\t0\t0 \n",
		  true },
		{ "route", ROUTE_HEAD
		  "eth10\t00000000\t0100FEA9\t0003\t0\t0\t100\t00000000\t0\t0\t0\n",
		  false },
		{ "route", ROUTE_HEAD
		  "eth1\t0000FEA9\t00000000\t0001\t0\t0\t100\t0000FFFF\t0\t0\t0\n",
		  false },
		{ "route", ROUTE_HEAD
		  "eth1\t00000000\t00000000\t0201\t0\t0\t100\t00000000\t0\t0\t0\n",
		  false },
		{ "ipv6_route",
		  ZERO " 00 " ZERO " 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth1\n",
		  true },
		{ "ipv6_route",
		  "fe800000000000000000000000000000 40 " ZERO " 00 " ZERO " 00000100 00000001 00000000 00000001     eth1\n"
		  ZERO " 00 " ZERO " 00 " ZERO " ffffffff 00000001 00000000 00200200     eth1\n"
		  ZERO " 80 " ZERO " 00 " ZERO " 00000000 00000001 00000000 00000001     eth1\n"
		  "20010db8000000000000000000000000 00 " ZERO " 00 " ZERO " 00000000 00000001 00000000 00000001     eth1\n",
		  false },
	};
	size_t i;

	adapter(FAKE_USB, "1-4", "eth1", UP);
	one_address("eth1", "fe80::1");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake(rows[i].text, "proc/self/net/%s", rows[i].file);
		if (need_has("1-4") != rows[i].needed)
			fail_msg("row %zu: %s", i, need_why);
		fake("", "proc/self/net/%s", rows[i].file);
	}
}

static void test_cannot_see(void **state)
{
	adapter(FAKE_USB, "1-4", "eth1", UP);
	addrs_error = EPERM;
	ut_err_clear(&need_err);
	assert_int_equal(ut_protect_scan(&(struct ut_protect *){ NULL },
					 &need_err),
			 -EPERM);
	assert_int_equal(need_err.code, UT_EXIT_PERMISSION);
	addrs_error = ENOBUFS;
	assert_closed(-ENOBUFS);
	assert_int_equal(addrs_freed, 0);
	addrs_error = 0;
	adapter(FAKE_USB, "1-4", "eth1", "up\n");
	assert_closed(-EINVAL);
	assert_int_equal(addrs_freed, 1);
	/* An interface that is just being removed. */
	fake(NULL, "class/net/eth9/");
	adapter(FAKE_USB, "1-4", "eth1", UP);
	assert_free("1-4");
	/* A routing table that cannot be read. */
	fake(NULL, "proc/self/net/route/");
	assert_closed(-EIO);
}

#undef T
#define T(f) cmocka_unit_test_setup_teardown(f, setup, fake_machine_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_address), T(test_several_addresses), T(test_down),
		T(test_names), T(test_below_another), T(test_default_route),
		T(test_cannot_see),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
