// SPDX-License-Identifier: GPL-2.0
/* A worker of an enrolment that was taken over: a message out of turn ends it. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "enroll/enroll_server.h"
#include "lib/unit.h"

static struct ut_enroll_server_params params;
static struct ut_enroll_server srv;
static int worker;

/* Every message is well-formed. */
static const struct ut_msg messages[] = {
	{ .type = UT_MSG_CLAIM }, { .type = UT_MSG_BOUND },
	{ .type = UT_MSG_PROVEN }, { .type = UT_MSG_NEXT },
	{ .type = UT_MSG_REQUEST,
	  .request = { .role = UT_PKI_TABLET, .name = "blue" } },
	{ .type = UT_MSG_REFUSED, .value = UT_REFUSAL_REQUEST },
	{ .type = UT_MSG_CONFIRMED, .value = 1 },
	/* It has no turn and is the last message in any state. */
	{ .type = UT_MSG_OUTCOME },
	/* Messages of other programs, or to a worker. */
	{ .type = UT_MSG_PSK }, { .type = UT_MSG_DENIED },
	{ .type = UT_MSG_GRANTED }, { .type = UT_MSG_READY },
	{ .type = UT_MSG_DEVLIST }, { .type = UT_MSG_IMPORT },
	{ .type = UT_MSG_STATUS }, { .type = UT_MSG_WATCH },
};

static bool its_turn(enum ut_enroll_conn_state state, uint32_t type)
{
	switch (state) {
	case UT_ENROLL_CONN_HELLO:
		return type == UT_MSG_CLAIM;
	case UT_ENROLL_CONN_CLAIMING:
		return type == UT_MSG_BOUND;
	case UT_ENROLL_CONN_BOUND:
		return type == UT_MSG_PROVEN;
	case UT_ENROLL_CONN_PROVEN:
		return type == UT_MSG_REQUEST || type == UT_MSG_REFUSED;
	case UT_ENROLL_CONN_GRANTED:
		return type == UT_MSG_NEXT || type == UT_MSG_CONFIRMED;
	default:
		return false;
	}
}

static void connection(enum ut_enroll_conn_state state)
{
	memset(&srv, 0, sizeof(srv));
	srv.params = &params;
	srv.tries = 3;
	srv.confirmed = -1;
	srv.n = 1;
	srv.conn[0].state = state;
	srv.conn[0].peer = open("/dev/null", O_RDWR | O_CLOEXEC);
	strcpy(srv.conn[0].text, "192.0.2.1:1");
	assert_int_equal(ut_program_pair(&srv.conn[0].worker.fd, &worker), 0);
}

/* As the loop calls it; without a loop a connection has no event source. */
static void heard(void)
{
	ut_enroll_conn_ready(NULL, -1, EPOLLIN, &srv);
}

static void test_out_of_turn(void **state)
{
	unsigned int s, i;
	int fd;

	for (s = UT_ENROLL_CONN_HELLO; s <= UT_ENROLL_CONN_GONE; s++) {
		for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
			if (its_turn(s, messages[i].type))
				continue;
			connection(s);
			fd = srv.conn[0].worker.fd;
			assert_int_equal(ut_msg_send(worker, &messages[i]), 0);
			heard();
			if (srv.n)
				fail_msg("state %u takes message %u", s,
					 messages[i].type);
			close(fd);
			close(worker);
		}
	}
}

/* Which message comes when: from that a person learns what happened. */
static void test_logged(void **state)
{
	static const struct ut_msg psk = { .type = UT_MSG_PSK };
	char said[512] = "", want[96];
	int keep = dup(2), log = memfd_create("log", 0), fd;

	connection(UT_ENROLL_CONN_BOUND);
	fd = srv.conn[0].worker.fd;
	assert_int_equal(ut_msg_send(worker, &psk), 0);
	fflush(stderr);
	dup2(log, 2);
	heard();
	fflush(stderr);
	dup2(keep, 2);
	close(keep);
	assert_true(pread(log, said, sizeof(said) - 1, 0) > 0);
	snprintf(want, sizeof(want),
		 "192.0.2.1:1: its worker sent message %d in state %d, and was ended",
		 UT_MSG_PSK, UT_ENROLL_CONN_BOUND);
	if (!strstr(said, want))
		fail_msg("no \"%s\" in: %s", want, said);
	close(log);
	close(fd);
	close(worker);
}

/* The certificate is confirmed once, and no more is fetched than there is. */
static void test_too_often(void **state)
{
	static const struct ut_msg yes = {
		.type = UT_MSG_CONFIRMED, .value = 1,
	};
	static const struct ut_msg next = { .type = UT_MSG_NEXT };
	int fd;

	connection(UT_ENROLL_CONN_GRANTED);
	fd = srv.conn[0].worker.fd;
	assert_int_equal(ut_msg_send(worker, &yes), 0);
	heard();
	assert_int_equal(srv.n, 1);
	assert_int_equal(srv.confirmed, 1);
	assert_int_equal(ut_msg_send(worker, &yes), 0);
	heard();
	assert_int_equal(srv.n, 0);
	close(fd);
	close(worker);
	connection(UT_ENROLL_CONN_GRANTED);
	fd = srv.conn[0].worker.fd;
	assert_int_equal(ut_msg_send(worker, &next), 0);
	heard();
	assert_int_equal(srv.n, 0);
	close(fd);
	close(worker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_out_of_turn),
		cmocka_unit_test(test_logged),
		cmocka_unit_test(test_too_often),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
