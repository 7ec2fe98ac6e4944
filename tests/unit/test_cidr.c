// SPDX-License-Identifier: GPL-2.0
/* Networks: how they are written, and which addresses they contain. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "policy/cidr.h"

static bool has_peer(const struct ut_cidr *nets, size_t n,
		     const struct sockaddr *peer)
{
	uint8_t addr[16];
	int family = ut_cidr_addr(peer, addr);

	return ut_cidrs_have(nets, n, family, addr);
}

static bool has(const struct ut_cidr *nets, size_t n, const char *address)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };

	if (strchr(address, ':')) {
		assert_int_equal(inet_pton(AF_INET6, address, &in6.sin6_addr),
				 1);
		return has_peer(nets, n, (struct sockaddr *)&in6);
	}
	assert_int_equal(inet_pton(AF_INET, address, &in.sin_addr), 1);
	return has_peer(nets, n, (struct sockaddr *)&in);
}

static void test_has(void **state)
{
	static const struct {
		const char *net;
		const char *in;
		const char *out;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1", "192.0.2.2" },
		{ "192.0.2.0/24", "192.0.2.255", "192.0.3.0" },
		{ "192.0.2.128/25", "192.0.2.129", "192.0.2.127" },
		{ "192.0.2.2/31", "192.0.2.3", "192.0.2.4" },
		{ "0.0.0.0/0", "255.255.255.255", "::1" },
		{ "10.0.0.0/8", "::ffff:10.1.2.3", "::10.1.2.3" },
		{ "2001:db8::1", "2001:db8::1", "2001:db8::2" },
		{ "2001:db8::/32", "2001:db8:ffff::", "2001:db9::" },
		{ "2001:db8:8000::/33", "2001:db8:ffff::", "2001:db8:7fff::" },
		{ "::/0", "fe80::1", "10.0.0.1" },
		{ "::/0", "::1", "::ffff:10.0.0.1" },
	};
	struct ut_cidr net;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!ut_cidr_parse(rows[i].net, &net, &why))
			fail_msg("%s: %s", rows[i].net, why);
		if (!has(&net, 1, rows[i].in))
			fail_msg("%s is not in %s", rows[i].in, rows[i].net);
		if (has(&net, 1, rows[i].out))
			fail_msg("%s is in %s", rows[i].out, rows[i].net);
	}
}

static void test_several(void **state)
{
	struct sockaddr_un {
		sa_family_t family;
	} un = { AF_UNIX };
	struct ut_cidr nets[2];
	const char *why;

	assert_true(ut_cidr_parse("192.0.2.0/24", &nets[0], &why));
	assert_true(ut_cidr_parse("2001:db8::/32", &nets[1], &why));
	assert_true(has(nets, 2, "192.0.2.9"));
	assert_true(has(nets, 2, "2001:db8::9"));
	assert_false(has(nets, 2, "198.51.100.1"));
	assert_false(has(nets, 0, "192.0.2.9"));
	assert_false(has_peer(nets, 2, (struct sockaddr *)&un));
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		const char *words;
	} rows[] = {
		{ "", "not a numeric" },
		{ "/24", "not a numeric" },
		{ "localhost", "not a numeric" },
		{ "192.0.2", "not a numeric" },
		{ "192.0.2.1.1", "not a numeric" },
		{ "fe80::1%eth0", "not a numeric" },
		{ "00000000000000000000000000000000000000000000000000::1",
		  "not a numeric" },
		{ "::ffff:192.0.2.1", "without ::ffff:" },
		{ "192.0.2.0/", "number of bits" },
		{ "192.0.2.0/33", "number of bits" },
		{ "192.0.2.0/-1", "number of bits" },
		{ "192.0.2.0/ 24", "number of bits" },
		{ "192.0.2.0/24/24", "number of bits" },
		{ "192.0.2.0/4294967320", "number of bits" },
		{ "2001:db8::/129", "number of bits" },
		{ "192.0.2.1/24", "bits set" },
		{ "2001:db8::1/64", "bits set" },
	};
	struct ut_cidr net;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (ut_cidr_parse(rows[i].text, &net, &why))
			fail_msg("not refused: %s", rows[i].text);
		if (!strstr(why, rows[i].words))
			fail_msg("%s: %s", rows[i].text, why);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_has),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
