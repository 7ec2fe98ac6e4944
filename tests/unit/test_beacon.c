// SPDX-License-Identifier: GPL-2.0
/*
 * Beacons over a real network: B is a dock, or pretends to be one; A is a tablet. The
 * clock is the test's own. Needs root.
 */
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "discovery/beacon.h"
#include "lib/two_nets.h"
#include "lib/unit.h"
#include "lib/where_text.h"

#define PORT		3240
#define DEADLINE_MS	15000

static const struct ut_beacon desk = {
	.name = "desk", .port = 3250, .use_tls = true,
};

static struct two_nets nets;
static struct ut_beacon_receiver rx;
static struct ut_where where;
static char name[UT_BEACON_NAME_SIZE];
static unsigned int n_taken;

static void on_beacon(void *arg, const struct ut_where *w, const char *n)
{
	assert_ptr_equal(arg, &rx);
	where = *w;
	snprintf(name, sizeof(name), "%s", n);
	n_taken++;
}

static int setup(void **state)
{
	n_taken = 0;
	if (nets_make(&nets) || net_enter(nets.a) ||
	    ut_beacon_receiver_open(&rx, PORT, true, 0))
		return -1;
	return net_enter(nets.b);
}

static int teardown(void **state)
{
	ut_beacon_receiver_close(&rx);
	return nets_drop(&nets);
}

static void receive(int64_t now)
{
	assert_int_equal(net_enter(nets.a), 0);
	ut_beacon_receiver_run(&rx, now, on_beacon, &rx);
	assert_int_equal(net_enter(nets.b), 0);
}

/* Waits until so many packets have been read, good or bad. */
static void expect_heard(uint64_t n, int64_t now)
{
	int64_t deadline = ut_clock_ms() + DEADLINE_MS;

	while (rx.heard < n) {
		struct pollfd p = { rx.fd, POLLIN, 0 };

		if (poll(&p, 1, ut_clock_left(deadline)) != 1)
			fail_msg("heard %u of %u", (unsigned int)rx.heard,
				 (unsigned int)n);
		receive(now);
	}
	assert_int_equal(rx.heard, n);
}

static void silence(void)
{
	struct pollfd p = { rx.fd, POLLIN, 0 };

	assert_int_equal(poll(&p, 1, 0), 0);
}

/* --- a stranger in B --- */

static int stranger(void)
{
	const int on = 1;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on,
				    sizeof(on)), 0);
	return fd;
}

static void send_to(int fd, const char *address, const void *data, size_t len)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(PORT),
	};

	assert_int_equal(inet_pton(AF_INET, address, &to.sin_addr), 1);
	assert_int_equal(sendto(fd, data, len, 0, (struct sockaddr *)&to,
				sizeof(to)), len);
}

static void forge(const char *from, const char *to, size_t len)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	uint8_t raw[2 * UT_BEACON_SIZE] = { 0 };
	int fd = stranger();

	if (from) {
		assert_int_equal(inet_pton(AF_INET, from, &in.sin_addr), 1);
		assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)),
				 0);
	}
	assert_int_equal(ut_beacon_encode(raw, &desk), 0);
	send_to(fd, to, raw, len);
	close(fd);
}

/* --- tests --- */

static void test_first_after_a_second(void **state)
{
	struct ut_where from = where_at("10.9.0.2", 0, desk.port);
	struct ut_beacon_sender tx;

	assert_int_equal(ut_beacon_sender_open(&tx, &desk, PORT, 0), 0);
	assert_int_equal(ut_beacon_sender_run(&tx, 0), 0);
	assert_int_equal(ut_beacon_sender_run(&tx, 999), 0);
	assert_int_equal(tx.next, 1000);
	assert_int_equal(ut_beacon_sender_run(&tx, 1000), 1);
	expect_heard(1, 1000);
	assert_int_equal(n_taken, 1);
	assert_memory_equal(&where, &from, sizeof(from));
	assert_string_equal(name, "desk");
	ut_beacon_sender_close(&tx);
}

static void test_then_every_five(void **state)
{
	struct ut_beacon_sender tx;
	int64_t now = 1000, least = INT64_MAX, most = 0;
	unsigned int i;

	assert_int_equal(ut_beacon_sender_open(&tx, &desk, PORT, 0), 0);
	for (i = 0; i < 50; i++) {
		int64_t wait;

		assert_int_equal(ut_beacon_sender_run(&tx, now), 1);
		assert_int_equal(ut_beacon_sender_run(&tx, now), 0);
		wait = tx.next - now;
		assert_in_range(wait, 4750, 5250);
		least = wait < least ? wait : least;
		most = wait > most ? wait : most;
		now = tx.next;
	}
	/* All docks of a house are switched on at the same time. */
	assert_true(least < most);
	ut_beacon_sender_close(&tx);
}

/* The packet is RemoteHub's: parse it without our own code. */
static void test_bytes_on_the_wire(void **state)
{
	struct sockaddr_in any = {
		.sin_family = AF_INET, .sin_port = htons(PORT + 1),
	};
	struct pollfd p = { -1, POLLIN, 0 };
	struct ut_beacon_sender tx;
	char raw[200];

	assert_int_equal(net_enter(nets.a), 0);
	p.fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(p.fd, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(net_enter(nets.b), 0);
	assert_int_equal(ut_beacon_sender_open(&tx, &desk, PORT + 1, 0), 0);
	assert_int_equal(ut_beacon_sender_run(&tx, 1000), 1);
	assert_int_equal(poll(&p, 1, DEADLINE_MS), 1);
	assert_int_equal(recv(p.fd, raw, sizeof(raw), 0), 87);
	assert_memory_equal(raw, "RHBN\0\0\0\0\0\0\0\0\0\0\0\0desk\0", 21);
	assert_memory_equal(raw + 80, "\x0c\xb2\x01\0\0\0\0", 7);
	ut_beacon_sender_close(&tx);
	close(p.fd);
}

static void test_interface_comes_later(void **state)
{
	struct ut_beacon_sender tx;

	assert_int_equal(ut_beacon_sender_open(&tx, &desk, PORT, 0), 0);
	assert_int_equal(ut_beacon_sender_run(&tx, 1000), 1);
	expect_heard(1, 1000);
	assert_int_equal(nets_cable(&nets, 2), 0);
	assert_int_equal(ut_beacon_sender_run(&tx, tx.next), 2);
	expect_heard(3, 7000);
	assert_int_equal(n_taken, 3);
	assert_int_equal(net_run("ip link set v1 down"), 0);
	assert_int_equal(ut_beacon_sender_run(&tx, tx.next), 1);
	expect_heard(4, 13000);
	assert_int_equal(where.addr[2], 2);
	ut_beacon_sender_close(&tx);
}

/* Two addresses in one network make one beacon; a network of one address makes none. */
static void test_one_beacon_a_network(void **state)
{
	struct ut_beacon_sender tx;

	assert_int_equal(net_run("ip addr add 10.9.0.3/24 dev v1 && "
				 "ip addr add 10.8.0.1/32 dev v1 && "
				 "ip addr add 10.8.1.1/31 dev v1"), 0);
	assert_int_equal(ut_beacon_sender_open(&tx, &desk, PORT, 0), 0);
	assert_int_equal(ut_beacon_sender_run(&tx, 1000), 1);
	expect_heard(1, 1000);
	ut_beacon_sender_close(&tx);
}

static void test_no_network(void **state)
{
	struct ut_beacon_sender tx;

	assert_int_equal(net_run("ip link del v1"), 0);
	assert_int_equal(ut_beacon_sender_open(&tx, &desk, PORT, 0), 0);
	assert_int_equal(ut_beacon_sender_run(&tx, 1000), 0);
	assert_true(tx.next > 1000);
	ut_beacon_sender_close(&tx);
}

static void test_forged(void **state)
{
	assert_int_equal(net_run("ip addr add 198.51.100.7/32 dev v1 && "
				 "ip route add default dev v1"), 0);
	/* Sent to this machine alone, it could come from anywhere. */
	forge(NULL, "10.9.0.1", UT_BEACON_SIZE);
	expect_heard(1, 0);
	/* From a network that the interface is not in. */
	forge("198.51.100.7", "255.255.255.255", UT_BEACON_SIZE);
	expect_heard(2, 0);
	forge(NULL, "10.9.0.255", UT_BEACON_SIZE - 1);
	expect_heard(3, 0);
	forge(NULL, "10.9.0.255", UT_BEACON_SIZE + 1);
	expect_heard(4, 0);
	forge(NULL, "10.9.0.255", 0);
	expect_heard(5, 0);
	assert_int_equal(n_taken, 0);
	/* Without those faults the same beacons are taken. */
	forge(NULL, "10.9.0.255", UT_BEACON_SIZE);
	expect_heard(6, 0);
	assert_int_equal(n_taken, 1);
	forge(NULL, "255.255.255.255", UT_BEACON_SIZE);
	expect_heard(7, 0);
	assert_int_equal(n_taken, 2);
}

static void test_other_side_of_tls(void **state)
{
	const struct ut_beacon plain = { .name = "old", .port = PORT };
	struct ut_beacon_sender tx;

	assert_int_equal(ut_beacon_sender_open(&tx, &plain, PORT, 0), 0);
	assert_int_equal(ut_beacon_sender_run(&tx, 1000), 1);
	expect_heard(1, 1000);
	assert_int_equal(n_taken, 0);
	ut_beacon_sender_close(&tx);
}

/* A machine that is both dock and tablet does not find itself. */
static void test_own_beacon(void **state)
{
	struct ut_beacon_sender tx;

	assert_int_equal(net_enter(nets.a), 0);
	assert_int_equal(ut_beacon_sender_open(&tx, &desk, PORT, 0), 0);
	assert_int_equal(ut_beacon_sender_run(&tx, 1000), 1);
	expect_heard(1, 1000);
	assert_int_equal(n_taken, 0);
	ut_beacon_sender_close(&tx);
}

static void flood(int fd, unsigned int n)
{
	uint8_t raw[UT_BEACON_SIZE];

	assert_int_equal(ut_beacon_encode(raw, &desk), 0);
	while (n--)
		send_to(fd, "10.9.0.255", raw, sizeof(raw));
}

/* An endless stream of good beacons: it reads a limited number, then pauses. */
static void test_flood(void **state)
{
	int64_t now = 0;
	uint64_t before = 0;
	int fd = stranger();
	unsigned int runs;

	for (runs = 0; now >= rx.rest_until; runs++) {
		before = rx.heard;
		flood(fd, 2 * UT_BEACON_AT_ONCE);
		receive(now);
		assert_in_range(rx.heard - before, 1, UT_BEACON_AT_ONCE);
		assert_in_range(runs, 0, UT_BEACON_BURST);
	}
	assert_int_equal(rx.heard, UT_BEACON_BURST);
	assert_true(now < rx.rest_until);
	assert_int_equal(rx.rest_until, UT_BEACON_REST_MS);
	receive(now);
	assert_int_equal(rx.heard, UT_BEACON_BURST);

	/* Ten seconds of it. */
	for (; now < 10000; now += 10) {
		flood(fd, UT_BEACON_AT_ONCE);
		receive(now);
	}
	assert_in_range(rx.heard, 2, UT_BEACON_BURST + 10 * UT_BEACON_RATE);
	assert_true(rx.heard > 5 * UT_BEACON_RATE);

	/* The flood is over: new beacons are heard again. */
	do {
		before = rx.heard;
		receive(now += UT_BEACON_REST_MS);
	} while (rx.heard != before);
	silence();
	n_taken = 0;
	flood(fd, 1);
	expect_heard(before + 1, now);
	assert_int_equal(n_taken, 1);
	assert_true(now >= rx.rest_until);
	close(fd);
}

/*
 * A RemoteHub client on the same machine, and a program that does not share the port.
 */
static void test_shared_port(void **state)
{
	struct sockaddr_in any = {
		.sin_family = AF_INET, .sin_port = htons(PORT + 1),
	};
	struct ut_beacon_receiver other;
	struct pollfd p = { -1, POLLIN, 0 };
	int greedy;

	assert_int_equal(net_enter(nets.a), 0);
	assert_int_equal(ut_beacon_receiver_open(&other, PORT, true, 0), 0);
	assert_int_equal(net_enter(nets.b), 0);
	forge(NULL, "10.9.0.255", UT_BEACON_SIZE);
	expect_heard(1, 0);
	p.fd = other.fd;
	assert_int_equal(poll(&p, 1, DEADLINE_MS), 1);
	ut_beacon_receiver_close(&other);

	assert_int_equal(net_enter(nets.a), 0);
	greedy = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(greedy, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(ut_beacon_receiver_open(&other, PORT + 1, true, 0),
			 -EADDRINUSE);
	assert_int_equal(other.fd, -1);
	close(greedy);
}

static void test_bucket(void **state)
{
	struct ut_bucket b;
	unsigned int n = 0;
	int64_t now;

	ut_bucket_init(&b, 10, 5, 1000);
	while (ut_bucket_take(&b, 1000))
		n++;
	assert_int_equal(n, 5);
	assert_false(ut_bucket_take(&b, 1099));
	assert_true(ut_bucket_take(&b, 1100));
	assert_false(ut_bucket_take(&b, 1100));
	/* A clock that stands still, and one that jumps far ahead. */
	assert_false(ut_bucket_take(&b, 900));
	assert_true(ut_bucket_is_full(&b, INT64_MAX / 2));
	for (n = 0, now = INT64_MAX / 2; ut_bucket_take(&b, now); n++)
		;
	assert_int_equal(n, 5);
	assert_false(ut_bucket_is_full(&b, now));
}

#define WITH_NETS(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bucket),
		WITH_NETS(test_first_after_a_second),
		WITH_NETS(test_then_every_five),
		WITH_NETS(test_bytes_on_the_wire),
		WITH_NETS(test_interface_comes_later),
		WITH_NETS(test_one_beacon_a_network),
		WITH_NETS(test_no_network),
		WITH_NETS(test_forged),
		WITH_NETS(test_other_side_of_tls),
		WITH_NETS(test_own_beacon),
		WITH_NETS(test_flood),
		WITH_NETS(test_shared_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
