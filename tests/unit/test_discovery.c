// SPDX-License-Identifier: GPL-2.0
/*
 * All of discovery on two machines: B is a dock, A a tablet. Each has a loop like the
 * daemon's. Needs root.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "discovery/beacon.h"
#include "discovery/discovery.h"
#include "lib/two_machines.h"
#include "lib/unit.h"
#include "lib/where_text.h"

#define DEADLINE_MS	60000

static const struct ut_discovery_params dock_params = {
	.dns_sd = true, .beacon_send = true, .beacon_receive = true,
	.beacon_port = 3240, .port = 3241, .name = "desk",
	.is_dock = true, .use_tls = true,
};
static const struct ut_discovery_params tablet_params = {
	.dns_sd = true, .beacon_send = true, .beacon_receive = true,
	.beacon_port = 3240, .port = 3240, .is_tablet = true, .use_tls = true,
};

/**
 * struct side - a daemon
 * @found: places that came; @gone: that went
 */
struct side {
	const struct machine *machine;
	struct ut_discovery *d;
	sd_event *loop;
	unsigned int found;
	unsigned int gone;
};

static struct two_machines m;
static struct side dock, tablet;
static struct ut_where desk;

static void on_found(void *arg, const struct ut_found_entry *e)
{
	struct side *s = arg;

	assert_true(e->sources);
	s->found++;
}

static void on_gone(void *arg, const struct ut_found_entry *e)
{
	struct side *s = arg;

	s->gone++;
}

static void start(struct side *s, const struct machine *machine,
		  const struct ut_discovery_params *params)
{
	static const struct ut_found_ops ops = { on_found, on_gone };
	struct ut_err err;

	s->machine = machine;
	assert_true(sd_event_new(&s->loop) >= 0);
	assert_int_equal(machine_enter(machine), 0);
	assert_int_equal(ut_discovery_open(&s->d, s->loop, params, &m.sandbox,
					   &ops, s, &err), 0);
}

static void reload(struct side *s, const struct ut_discovery_params *params)
{
	struct ut_err err;

	assert_int_equal(machine_enter(s->machine), 0);
	assert_int_equal(ut_discovery_reload(s->d, params, &err), 0);
}

static void stop(struct side *s)
{
	ut_discovery_close(s->d);
	sd_event_unref(s->loop);
	memset(s, 0, sizeof(*s));
}

/* One turn of both loops; takes half a second at most. */
static void turn(void)
{
	struct side *sides[] = { &dock, &tablet };
	int64_t until = ut_clock_ms() + 500;
	struct pollfd p[2];
	size_t i;

	for (i = 0; i < 2; i++) {
		p[i] = (struct pollfd){ -1, POLLIN, 0 };
		if (!sides[i]->d)
			continue;
		assert_int_equal(machine_enter(sides[i]->machine), 0);
		until = ut_sooner(until, ut_discovery_due(sides[i]->d));
		p[i].fd = sd_event_get_fd(sides[i]->loop);
	}
	assert_true(poll(p, 2, ut_clock_left(until)) >= 0);
	for (i = 0; i < 2; i++) {
		if (!sides[i]->d)
			continue;
		assert_int_equal(machine_enter(sides[i]->machine), 0);
		assert_int_equal(ut_loop_turn(sides[i]->loop, 0), 0);
		ut_discovery_due(sides[i]->d);
	}
}

static void wait_until(bool (*what)(void), const char *name)
{
	int64_t began = ut_clock_ms();
	unsigned int turns;

	for (turns = 0; !what(); turns++) {
		turn();
		if (ut_clock_ms() - began > DEADLINE_MS)
			fail_msg("not in time: %s", name);
	}
	/* It sleeps in between. */
	assert_in_range(turns, 0, 200 + (ut_clock_ms() - began) / 10);
}

#define wait_until(what) (wait_until)(what, #what)

static const struct ut_found_entry *entry(void)
{
	return ut_found_get(ut_discovery_found(tablet.d), &desk);
}

static unsigned int sources(void)
{
	return entry() ? entry()->sources : 0;
}

static bool by_beacon(void)
{
	return sources() & UT_FOUND_BIT(UT_FOUND_BEACON);
}

static bool by_dns_sd(void)
{
	return sources() & UT_FOUND_BIT(UT_FOUND_DNS_SD);
}

static bool by_both(void)
{
	return by_beacon() && by_dns_sd();
}

static bool not_by_dns_sd(void)
{
	return !by_dns_sd();
}

static bool all_gone(void)
{
	const struct ut_found *t = ut_discovery_found(tablet.d);
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->e[i].sources)
			return false;
	return true;
}

static int setup(void **state)
{
	memset(&dock, 0, sizeof(dock));
	memset(&tablet, 0, sizeof(tablet));
	desk = where_at("10.9.0.2", 0, 3241);
	return machines_make(&m);
}

static int setup_avahi(void **state)
{
	return setup(state) || machines_start_avahi(&m);
}

static int teardown(void **state)
{
	stop(&dock);
	stop(&tablet);
	return machines_drop(&m);
}

/* --- tests --- */

static void test_both_kinds(void **state)
{
	start(&dock, &m.b, &dock_params);
	start(&tablet, &m.a, &tablet_params);
	wait_until(by_both);
	assert_string_equal(entry()->name, "desk");
	assert_int_equal(ut_discovery_found(dock.d)->n, 0);
	/* The dock ends: DNS-SD says so; its beacons just stop. */
	stop(&dock);
	wait_until(all_gone);
	assert_int_equal(tablet.found, tablet.gone);
	assert_int_equal(ut_discovery_found(tablet.d)->n, 0);
}

static void test_switches(void **state)
{
	struct ut_discovery_params p = tablet_params;

	start(&dock, &m.b, &dock_params);
	start(&tablet, &m.a, &tablet_params);
	wait_until(by_both);
	p.dns_sd = false;
	reload(&tablet, &p);
	assert_int_equal(sources(), UT_FOUND_BIT(UT_FOUND_BEACON));
	p.beacon_receive = false;
	reload(&tablet, &p);
	assert_true(all_gone());
	assert_true(ut_discovery_due(tablet.d) == INT64_MAX);
	p.dns_sd = true;
	reload(&tablet, &p);
	wait_until(by_dns_sd);
	assert_false(by_beacon());
	p.beacon_receive = true;
	reload(&tablet, &p);
	wait_until(by_both);
}

/* The dock gets another port: what was announced before is no longer true. */
static void test_dock_changes(void **state)
{
	struct ut_discovery_params p = dock_params;

	start(&dock, &m.b, &dock_params);
	start(&tablet, &m.a, &tablet_params);
	wait_until(by_both);
	p.port = 3250;
	snprintf(p.name, sizeof(p.name), "desk 2");
	reload(&dock, &p);
	wait_until(not_by_dns_sd);
	desk.port = 3250;
	wait_until(by_both);
	assert_string_equal(entry()->name, "desk 2");
	/* Announcing the same again does not start anything anew. */
	tablet.gone = 0;
	reload(&dock, &p);
	turn();
	assert_int_equal(tablet.gone, 0);
	p.port = 0;
	assert_int_equal(ut_discovery_reload(dock.d, &p, NULL), -EINVAL);
}

static bool only_by_dns_sd(void)
{
	return by_dns_sd() && !by_beacon();
}

/* A dock without TLS: its beacons say so, and it announces no TLS service. */
static void test_without_tls(void **state)
{
	struct ut_discovery_params d = dock_params, t = tablet_params;

	/* This one hears only beacons without TLS. */
	t.use_tls = false;
	start(&dock, &m.b, &d);
	start(&tablet, &m.a, &t);
	wait_until(only_by_dns_sd);
	d.plain = true;
	reload(&dock, &d);
	wait_until(not_by_dns_sd);
	wait_until(by_beacon);
	assert_false(by_dns_sd());
	d.plain = false;
	reload(&dock, &d);
	wait_until(only_by_dns_sd);
}

static bool announced(void)
{
	return dock.found >= 1;
}

/* A machine that is both finds the other one and not itself. */
static void test_both_roles(void **state)
{
	struct ut_discovery_params p = dock_params;
	const struct ut_found *t;
	size_t i;

	p.is_tablet = true;
	start(&dock, &m.b, &p);
	snprintf(p.name, sizeof(p.name), "lamp");
	start(&tablet, &m.a, &p);
	wait_until(by_both);
	wait_until(announced);
	t = ut_discovery_found(tablet.d);
	for (i = 0; i < t->n; i++)
		assert_string_equal(t->e[i].name, "desk");
	t = ut_discovery_found(dock.d);
	for (i = 0; i < t->n; i++)
		assert_string_equal(t->e[i].name, "lamp");
}

static bool avahi_ended(void)
{
	return entry()->expires[UT_FOUND_DNS_SD] != UT_FOUND_NEVER;
}

static bool renewed(void)
{
	return entry()->expires[UT_FOUND_DNS_SD] == UT_FOUND_NEVER;
}

/* The tablet's avahi-daemon is upgraded: the hints survive that. */
static void test_grace(void **state)
{
	start(&dock, &m.b, &dock_params);
	start(&tablet, &m.a, &tablet_params);
	wait_until(by_both);
	tablet.gone = 0;
	machine_end(&m.a.avahi);
	wait_until(avahi_ended);
	assert_true(by_dns_sd());
	assert_in_range(entry()->expires[UT_FOUND_DNS_SD], ut_clock_ms(),
			ut_clock_ms() + UT_DISCOVERY_GRACE_MS);
	assert_int_equal(machine_enter(&m.a), 0);
	assert_int_equal(machine_start_avahi(&m.a), 0);
	wait_until(renewed);
	assert_int_equal(tablet.gone, 0);
}

static void test_without_avahi(void **state)
{
	struct ut_discovery_params p = tablet_params;

	start(&dock, &m.b, &dock_params);
	start(&tablet, &m.a, &tablet_params);
	wait_until(by_beacon);
	assert_false(by_dns_sd());
	ut_discovery_proven(tablet.d, &desk, "desk.example");
	p.beacon_receive = false;
	reload(&tablet, &p);
	assert_true(all_gone());
	/* It is still known where it was. */
	assert_string_equal(entry()->dock, "desk.example");
	ut_discovery_disproven(tablet.d, &desk);
	assert_null(entry());
}

static void test_port_is_taken(void **state)
{
	struct sockaddr_in any = {
		.sin_family = AF_INET, .sin_port = htons(3240),
	};
	struct ut_discovery_params p = tablet_params;
	int fd;

	p.dns_sd = false;
	assert_int_equal(machine_enter(&m.a), 0);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	start(&tablet, &m.a, &p);
	/* It will try again. */
	assert_in_range(ut_clock_left(ut_discovery_due(tablet.d)), 1,
			UT_DISCOVERY_RETRY_MS);
	close(fd);
	reload(&tablet, &p);
	assert_true(ut_discovery_due(tablet.d) == INT64_MAX);
	start(&dock, &m.b, &dock_params);
	wait_until(by_beacon);
}

/* --- a flood of beacons --- */

static void flood(int fd)
{
	const struct ut_beacon b = {
		.name = "flood", .port = 3241, .use_tls = true,
	};
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(3240),
	};
	uint8_t raw[UT_BEACON_SIZE];
	int i;

	assert_int_equal(inet_pton(AF_INET, "10.9.0.255", &to.sin_addr), 1);
	assert_int_equal(ut_beacon_encode(raw, &b), 0);
	for (i = 0; i < UT_BEACON_AT_ONCE; i++)
		assert_int_equal(sendto(fd, raw, sizeof(raw), 0,
					(struct sockaddr *)&to, sizeof(to)),
				 sizeof(raw));
}

static int64_t next(void)
{
	assert_int_equal(machine_enter(&m.a), 0);
	return ut_discovery_due(tablet.d);
}

/* Nothing that arrives while it rests wakes the daemon. */
static void test_flood(void **state)
{
	struct ut_discovery_params p = tablet_params;
	struct pollfd wakes = { .events = POLLIN };
	const int on = 1;
	int fd;

	p.dns_sd = false;
	start(&tablet, &m.a, &p);
	wakes.fd = sd_event_get_fd(tablet.loop);
	assert_int_equal(machine_enter(&m.b), 0);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on,
				    sizeof(on)), 0);
	while (next() > ut_clock_ms() + UT_BEACON_REST_MS) {
		flood(fd);
		assert_int_equal(poll(&wakes, 1, DEADLINE_MS), 1);
		assert_int_equal(ut_loop_turn(tablet.loop, 0), 0);
	}
	assert_true(by_beacon());
	flood(fd);
	assert_int_equal(poll(&wakes, 1, 0), 0);
	ut_nap(UT_BEACON_REST_MS);
	assert_int_equal(poll(&wakes, 1, 0), 0);
	next();
	assert_int_equal(poll(&wakes, 1, 0), 1);
	close(fd);
}

/* The default name is the host name, up to the first dot. */
static void test_default_name(void **state)
{
	struct ut_discovery_params p = dock_params;
	char host[64], *dot;

	assert_int_equal(gethostname(host, sizeof(host)), 0);
	dot = strchr(host, '.');
	if (dot)
		*dot = '\0';
	p.name[0] = '\0';
	start(&dock, &m.b, &p);
	start(&tablet, &m.a, &tablet_params);
	wait_until(by_beacon);
	assert_string_equal(entry()->name, host);
}

static void test_parameters(void **state)
{
	struct ut_discovery_params p = dock_params;
	struct ut_discovery *d;
	struct ut_err err;

	p.beacon_port = 0;
	assert_int_equal(ut_discovery_open(&d, NULL, &p, &m.sandbox, NULL,
					   NULL, &err), -EINVAL);
	assert_int_equal(err.code, UT_EXIT_CONFIG);
	ut_discovery_close(NULL);
}

#define WITH_AVAHI(t) cmocka_unit_test_setup_teardown(t, setup_avahi, teardown)
#define WITHOUT(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_AVAHI(test_both_kinds),
		WITH_AVAHI(test_switches),
		WITH_AVAHI(test_dock_changes),
		WITH_AVAHI(test_without_tls),
		WITH_AVAHI(test_both_roles),
		WITH_AVAHI(test_grace),
		WITHOUT(test_without_avahi),
		WITHOUT(test_port_is_taken),
		WITHOUT(test_flood),
		WITHOUT(test_default_name),
		cmocka_unit_test(test_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
