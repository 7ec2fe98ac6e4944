// SPDX-License-Identifier: GPL-2.0
/* How fast connections may come in, and what happens to those that come too fast. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "dock/admission.h"
#include "lib/unit.h"

#define RATE	20
#define BURST	(3 * RATE)

static struct ut_door door;

static int setup(void **state)
{
	ut_door_init(&door, RATE);
	return 0;
}

static struct ut_caps_key key(unsigned int n)
{
	struct sockaddr_storage ss = { .ss_family = AF_INET };

	((struct sockaddr_in *)&ss)->sin_addr.s_addr = htonl(0x0a000000 + n);
	return ut_caps_key(&ss);
}

/* How many of @tries from one address get in at this time. */
static unsigned int come(unsigned int n, unsigned int tries, int64_t now)
{
	struct ut_caps_key k = key(n);
	unsigned int in = 0;

	while (tries--)
		in += ut_door_admit(&door, &k, now);
	return in;
}

static void test_rate(void **state)
{
	int64_t t = 1000000;
	unsigned int in = 0, ms;

	/* A tablet with many devices connects with all of them at once. */
	assert_int_equal(come(1, BURST, t), BURST);
	assert_int_equal(come(1, 100, t), 0);
	/* 5000 a second, for ten seconds. */
	for (ms = 0; ms < 10000; ms++)
		in += come(1, 5, t + ms);
	assert_in_range(in, 10 * RATE - 1, 10 * RATE);
	/* Another address has noticed nothing. */
	assert_int_equal(come(2, BURST, t + 10000), BURST);
	/* After a quiet time everything is as at the beginning. */
	assert_int_equal(come(1, 1000, t + 20000), BURST);
}

/* More addresses than can be tracked: those at rest are dropped. */
static void test_many_addresses(void **state)
{
	int64_t t = 1000000;
	unsigned int i, in = 0;

	for (i = 0; i < 10 * UT_DOOR_ADDRESSES; i++)
		assert_int_equal(come(i, 1, t + i * 1000LL), 1);
	/* All at once: they share what is left. */
	t += 100000000;
	for (i = 0; i < UT_DOOR_ADDRESSES; i++)
		assert_int_equal(come(i, 2 * BURST, t), BURST);
	for (i = 0; i < 1000; i++)
		in += come(UT_DOOR_ADDRESSES + i, 1, t);
	assert_int_equal(in, BURST);
	assert_int_equal(door.n, UT_DOOR_ADDRESSES);
	/* Addresses that were there first are no worse off. */
	assert_int_equal(come(0, 100, t + 1000), RATE);
}

/* --- with sockets --- */

static int listener(struct sockaddr_in *in)
{
	socklen_t len = sizeof(*in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	*in = (struct sockaddr_in){ .sin_family = AF_INET };
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)in, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)in, &len), 0);
	assert_int_equal(listen(fd, 512), 0);
	return fd;
}

static int dial(const struct sockaddr_in *in)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)in, sizeof(*in)),
			 0);
	return fd;
}

static void test_turned_away(void **state)
{
	struct sockaddr_storage addr;
	struct sockaddr_in in;
	const struct sockaddr_in from = {
		.sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK + 1) },
	};
	int l = listener(&in), fd[BURST + 5], got, other, i;
	char byte;

	for (i = 0; i < BURST + 5; i++)
		fd[i] = dial(&in);
	for (i = 0; i < BURST; i++) {
		got = ut_door_accept(&door, l, &addr);
		assert_true(got >= 0);
		assert_true(fcntl(got, F_GETFL) & O_NONBLOCK);
		assert_true(fcntl(got, F_GETFD) & FD_CLOEXEC);
		close(got);
	}
	assert_int_equal(((struct sockaddr_in *)&addr)->sin_addr.s_addr,
			 htonl(INADDR_LOOPBACK));
	/* All the others in one go; they get a reset. */
	assert_int_equal(ut_door_accept(&door, l, &addr), -EAGAIN);
	assert_int_equal(door.turned_away, 5);
	assert_true(ut_door_open(&door, ut_clock_ms()));
	assert_int_equal(recv(fd[BURST + 4], &byte, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	/* A client that is let in meanwhile is not counted among them. */
	other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(other, (struct sockaddr *)&from, sizeof(from)),
			 0);
	assert_int_equal(connect(other, (struct sockaddr *)&in, sizeof(in)), 0);
	got = ut_door_accept(&door, l, &addr);
	assert_true(got >= 0);
	assert_int_equal(((struct sockaddr_in *)&addr)->sin_addr.s_addr,
			 from.sin_addr.s_addr);
	assert_int_equal(((struct sockaddr_in *)&door.away)->sin_addr.s_addr,
			 htonl(INADDR_LOOPBACK));
	close(got);
	close(other);
	for (i = 0; i < BURST + 5; i++)
		close(fd[i]);
	close(l);
}

/* Without a descriptor, a waiting connection must not wake us again and again. */
static void test_no_descriptors(void **state)
{
	struct rlimit before, now;
	struct sockaddr_storage addr;
	struct sockaddr_in in;
	int l = listener(&in), fd = dial(&in), got;
	int64_t then;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	now = before;
	/* The sockets were opened last. */
	now.rlim_cur = (rlim_t)fd + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
	then = ut_clock_ms();
	got = ut_door_accept(&door, l, &addr);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(got, -EMFILE);
	assert_in_range(door.shut_until, then + UT_DOOR_SHUT_MS,
			ut_clock_ms() + UT_DOOR_SHUT_MS);
	assert_false(ut_door_open(&door, door.shut_until - 1));
	assert_true(ut_door_open(&door, door.shut_until));
	assert_int_equal(door.shut_until, 0);
	got = ut_door_accept(&door, l, &addr);
	assert_true(got >= 0);
	close(got);
	close(fd);
	close(l);
}

/* The same if there is no process for a client that has been let in. */
static void test_no_processes(void **state)
{
	int64_t then = ut_clock_ms();

	ut_door_failed(&door, -ENOENT);
	assert_true(ut_door_open(&door, then));
	ut_door_failed(&door, -EAGAIN);
	assert_false(ut_door_open(&door, then));
	assert_true(ut_door_open(&door, ut_clock_ms() + UT_DOOR_SHUT_MS));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(test_rate), T(test_many_addresses), T(test_turned_away),
		T(test_no_descriptors), T(test_no_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
