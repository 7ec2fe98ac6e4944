// SPDX-License-Identifier: GPL-2.0
/*
 * DNS-SD with real avahi-daemons on two machines: B is the dock, A the tablet.
 * Needs root.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "discovery/dns_sd.h"
#include "lib/proc_status.h"
#include "lib/two_machines.h"
#include "lib/unit.h"
#include "lib/where_text.h"
#include "worker/message.h"

#define DEADLINE_MS	60000

static const struct ut_dns_sd_config dock_config = {
	.publish = true, .port = 3240, .name = "desk",
};
static const struct ut_dns_sd_config tablet_config = { .browse = true };

/**
 * struct side - a daemon
 * @n: places that are known to it
 */
struct side {
	const struct machine *machine;
	sd_event *loop;
	struct ut_dns_sd d;
	struct {
		struct ut_where where;
		char name[UT_DNS_SD_NAME_SIZE];
	} place[8];
	size_t n;
	unsigned int lost;
	unsigned int down;
};

static struct two_machines m;
static struct side dock, tablet;

static void on_found(void *arg, const struct ut_where *where, const char *name)
{
	struct side *s = arg;

	assert_in_range(s->n, 0, 7);
	s->place[s->n].where = *where;
	snprintf(s->place[s->n++].name, UT_DNS_SD_NAME_SIZE, "%s", name);
}

static void on_lost(void *arg, const struct ut_where *where)
{
	struct side *s = arg;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (ut_where_same(&s->place[i].where, where))
			break;
	/* Everything that was lost had been found. */
	assert_true(i < s->n);
	s->place[i] = s->place[--s->n];
	s->lost++;
}

static void on_down(void *arg)
{
	struct side *s = arg;

	s->n = 0;
	s->down++;
}

static void start(struct side *s, const struct machine *machine,
		  const struct ut_dns_sd_config *config)
{
	static const struct ut_dns_sd_ops ops = { on_found, on_lost, on_down };

	sd_event_unref(s->loop);
	memset(s, 0, sizeof(*s));
	s->machine = machine;
	assert_true(sd_event_new(&s->loop) >= 0);
	ut_dns_sd_open(&s->d, config, &m.sandbox, s->loop, &ops, s,
		       ut_clock_ms());
}

static int fd_of(const struct side *s)
{
	return s->loop ? sd_event_get_fd(s->loop) : -1;
}

static void run(struct side *s)
{
	int64_t before = ut_clock_ms();

	if (!s->machine)
		return;
	assert_int_equal(machine_enter(s->machine), 0);
	assert_int_equal(ut_loop_turn(s->loop, before), 0);
	if (before >= ut_dns_sd_deadline(&s->d))
		ut_dns_sd_run(&s->d, before);
	/* Whatever avahi-daemon does, this call does not wait for it. */
	assert_in_range(ut_clock_ms() - before, 0, 5000);
}

static int wait_ms(void)
{
	int64_t a = ut_dns_sd_deadline(&dock.d);
	int64_t b = ut_dns_sd_deadline(&tablet.d);
	int left = ut_clock_left(a < b ? a : b);

	return left < 500 ? left : 500;
}

static void wait_until(bool (*what)(void), const char *name)
{
	int64_t deadline = ut_clock_ms() + DEADLINE_MS;

	for (run(&dock), run(&tablet); !what(); run(&dock), run(&tablet)) {
		struct pollfd p[] = {
			{ fd_of(&dock), POLLIN, 0 },
			{ fd_of(&tablet), POLLIN, 0 },
		};

		if (!ut_clock_left(deadline))
			fail_msg("not in time: %s", name);
		poll(p, 2, wait_ms());
	}
}

#define wait_until(what) (wait_until)(what, #what)

static int setup(void **state)
{
	memset(&dock, 0, sizeof(dock));
	memset(&tablet, 0, sizeof(tablet));
	return machines_make(&m);
}

/* Both have an avahi-daemon. */
static int setup_avahi(void **state)
{
	return setup(state) || machines_start_avahi(&m);
}

static int teardown(void **state)
{
	ut_dns_sd_close(&dock.d);
	ut_dns_sd_close(&tablet.d);
	sd_event_unref(dock.loop);
	sd_event_unref(tablet.loop);
	return machines_drop(&m);
}

/* --- tests --- */

static bool knows(int family)
{
	size_t i;

	for (i = 0; i < tablet.n; i++)
		if (tablet.place[i].where.family == family)
			return true;
	return false;
}

static bool both_found(void)
{
	return knows(AF_INET) && knows(AF_INET6);
}

static bool nothing_left(void)
{
	return !tablet.n;
}

static void test_found_and_lost(void **state)
{
	struct ut_where v4 = where_at("10.9.0.2", 0, 3240);
	unsigned int v0;
	size_t i;

	start(&dock, &m.b, &dock_config);
	start(&tablet, &m.a, &tablet_config);
	wait_until(both_found);
	assert_int_equal(machine_enter(&m.a), 0);
	v0 = if_nametoindex("v0");
	for (i = 0; i < tablet.n; i++) {
		const struct ut_where *w = &tablet.place[i].where;

		assert_string_equal(tablet.place[i].name, "desk");
		assert_int_equal(w->port, 3240);
		if (w->family == AF_INET)
			assert_true(ut_where_same(w, &v4));
		else
			assert_int_equal(w->scope, v0);
	}
	assert_int_equal(dock.n, 0);
	/* The dock ends; its bus tells avahi-daemon, and that tells the network. */
	ut_dns_sd_close(&dock.d);
	dock.machine = NULL;
	wait_until(nothing_left);
	assert_int_equal(tablet.down, 0);
}

/* --- the name is taken --- */

static bool second_name_found(void)
{
	size_t i;

	for (i = 0; i < tablet.n; i++)
		if (!strcmp(tablet.place[i].name, "desk #2"))
			return true;
	return false;
}

/* The tablet's machine becomes a dock, too; one of the two gets another name. */
static void test_collision(void **state)
{
	struct ut_dns_sd_config both = dock_config;

	both.browse = true;
	start(&tablet, &m.a, &both);
	wait_until(both_found);
	start(&dock, &m.b, &dock_config);
	wait_until(second_name_found);
	assert_int_equal(dock.down, 0);
}

/* --- avahi-daemon comes and goes --- */

static bool two_children(void)
{
	return dock.d.worker.pid && tablet.d.worker.pid;
}

static bool dock_down(void)
{
	return dock.down == 1;
}

static bool tablet_down(void)
{
	return tablet.down == 1;
}

static void test_avahi_comes_late(void **state)
{
	start(&dock, &m.b, &dock_config);
	start(&tablet, &m.a, &tablet_config);
	wait_until(two_children);
	assert_int_equal(machine_enter(&m.a), 0);
	assert_int_equal(machine_start_avahi(&m.a), 0);
	assert_int_equal(machine_enter(&m.b), 0);
	assert_int_equal(machine_start_avahi(&m.b), 0);
	wait_until(both_found);

	/* The dock's avahi-daemon is upgraded. */
	machine_end_avahi(&m.b);
	wait_until(dock_down);
	wait_until(nothing_left);
	assert_int_equal(machine_enter(&m.b), 0);
	assert_int_equal(machine_start_avahi(&m.b), 0);
	wait_until(both_found);

	/* The tablet's. */
	machine_end_avahi(&m.a);
	wait_until(tablet_down);
	assert_int_equal(tablet.n, 0);
	assert_int_equal(machine_enter(&m.a), 0);
	assert_int_equal(machine_start_avahi(&m.a), 0);
	wait_until(both_found);
}

static bool dock_tried_twice(void)
{
	return dock.down == 2;
}

/* No bus at all: it tries again, at growing intervals. */
static void test_no_bus(void **state)
{
	machine_end(&m.b.bus);
	start(&dock, &m.b, &dock_config);
	wait_until(dock_tried_twice);
	assert_int_equal(dock.d.worker.pid, 0);
	assert_int_equal(dock.d.delay, 4 * UT_DNS_SD_RETRY_MIN_MS);
	assert_true(dock.d.restart > ut_clock_ms());
}

/* A hanging avahi-daemon costs the daemon nothing: run() checks the time. */
static void test_avahi_hangs(void **state)
{
	int64_t before;

	kill(m.b.avahi, SIGSTOP);
	start(&dock, &m.b, &dock_config);
	start(&tablet, &m.a, &tablet_config);
	wait_until(two_children);
	before = ut_clock_ms();
	ut_dns_sd_close(&dock.d);
	assert_in_range(ut_clock_ms() - before, 0, 5000);
	start(&dock, &m.b, &dock_config);
	wait_until(two_children);
	kill(m.b.avahi, SIGCONT);
	wait_until(both_found);
}

/* --- the cage --- */

/*
 * How many connections the bus has of us, and of root: avahi-daemon. Those that
 * ask have higher numbers than they ask for.
 */
static void count_on_bus(unsigned int *ours, unsigned int *root)
{
	unsigned int i, uid;
	char command[256];
	FILE *f;

	*ours = *root = 0;
	for (i = 0; i < 10; i++) {
		snprintf(command, sizeof(command),
			 "dbus-send --system --print-reply=literal --dest=org.freedesktop.DBus "
			 "/org/freedesktop/DBus org.freedesktop.DBus.GetConnectionUnixUser "
			 "string::1.%u 2>/dev/null", i);
		f = popen(command, "r");
		assert_non_null(f);
		if (fscanf(f, " uint32 %u", &uid) == 1) {
			*ours += uid == m.sandbox.uid;
			*root += uid == 0;
		}
		pclose(f);
	}
}

static void test_cage(void **state)
{
	unsigned int ours, root;
	char ids[32];
	pid_t pid;

	start(&dock, &m.b, &dock_config);
	start(&tablet, &m.a, &tablet_config);
	wait_until(both_found);
	pid = tablet.d.worker.pid;
	snprintf(ids, sizeof(ids), "%u\t%u\t%u\t", m.sandbox.uid,
		 m.sandbox.uid, m.sandbox.uid);
	proc_expect(pid, "Uid:", ids);
	proc_expect(pid, "CapPrm:", "0000000000000000");
	proc_expect(pid, "CapEff:", "0000000000000000");
	proc_expect(pid, "NoNewPrivs:", "1");
	proc_expect(pid, "Seccomp:", "2");
	/* The bus never saw it as root, whom systemd would obey. */
	assert_int_equal(machine_enter(&m.a), 0);
	count_on_bus(&ours, &root);
	assert_int_equal(ours, 1);
	assert_int_equal(root, 1);
}

/* --- a process that was taken over --- */

static void tell_nonsense(const void *data, size_t len)
{
	int fd[2];

	assert_int_equal(ut_program_pair(&fd[0], &fd[1]), 0);
	start(&dock, &m.b, &dock_config);
	dock.d.worker.pid = fork();
	if (!dock.d.worker.pid) {
		pause();
		_exit(0);
	}
	dock.d.worker.fd = fd[0];
	assert_int_equal(write(fd[1], data, len), len);
	ut_dns_sd_run(&dock.d, ut_clock_ms());
	assert_int_equal(dock.down, 1);
	assert_int_equal(dock.d.worker.pid, 0);
	assert_int_equal(dock.n, 0);
	close(fd[1]);
}

static void test_nonsense(void **state)
{
	static const struct ut_msg good = {
		.type = UT_MSG_NEWS,
		.news = { .type = UT_DNS_SD_FOUND, .name = "desk" },
	};
	static struct ut_msg bad[2];

#define TELL(size, ...) do { \
	bad[0] = bad[1] = good; \
	bad[0].news.where = where_at("192.0.2.1", 0, 3240); \
	__VA_ARGS__; \
	tell_nonsense(bad, size); \
} while (0)
	TELL(sizeof(bad[0]) - 1);
	TELL(sizeof(bad[0]) + 1);
	TELL(sizeof(bad[0]), bad[0].news.type = 0);
	TELL(sizeof(bad[0]), bad[0].news.type = UT_DNS_SD_FAILED + 1);
	TELL(sizeof(bad[0]), bad[0].news.where.port = 0);
	TELL(sizeof(bad[0]), bad[0].news.where.family = AF_UNIX);
	TELL(sizeof(bad[0]), memset(bad[0].news.name, 'x',
				    sizeof(bad[0].news.name)));
	/* A message from another program. */
	TELL(sizeof(bad[0]), bad[0].type = UT_MSG_READY);
	TELL(sizeof(bad[0]), bad[0].type = UT_MSG_DNS_SD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_found_and_lost,
						setup_avahi, teardown),
		cmocka_unit_test_setup_teardown(test_collision, setup_avahi,
						teardown),
		cmocka_unit_test_setup_teardown(test_avahi_comes_late, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_no_bus, setup, teardown),
		cmocka_unit_test_setup_teardown(test_avahi_hangs, setup_avahi,
						teardown),
		cmocka_unit_test_setup_teardown(test_cage, setup_avahi,
						teardown),
		cmocka_unit_test_setup_teardown(test_nonsense, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
