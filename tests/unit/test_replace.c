// SPDX-License-Identifier: GPL-2.0
/* A tablet that has lost its end of a session and asks again. */
#include "lib/export_bed.h"

static struct ut_session session(uint32_t id, enum usbip_tls_role role,
				 const char *busid, const char *peer)
{
	struct ut_session s = {
		.id = id, .role = role, .state = USBIP_TLS_STATE_OPEN,
	};

	snprintf(s.busid, sizeof(s.busid), "%s", busid);
	snprintf(s.peer, sizeof(s.peer), "%s", peer);
	return s;
}

/* The previous connection got its refusal and is gone. */
static void fresh_connection(void)
{
	int fd[2];

	close(exp_conn.peer);
	close(exp_tablet);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	exp_conn.peer = fd[0];
	exp_tablet = fd[1];
}

static void test_replace_own(void **state)
{
	const struct ut_session all[] = {
		session(5, USBIP_TLS_ROLE_TABLET, "1-2", "blue"),
		session(6, USBIP_TLS_ROLE_DOCK, "1-3", "blue"),
		session(7, USBIP_TLS_ROLE_DOCK, "1-2", "blue"),
	};
	const struct mock_call script[] = {
		{ .op = MOCK_DUMP, .sessions = all, .n = 3 },
		{ .op = MOCK_DEL, .id = 7 },
	};

	exp_replace(script, 2);
}

/* @n: 1, or 2 if the session ends. */
static void replace_another(size_t n)
{
	const struct ut_session all[] = {
		session(7, USBIP_TLS_ROLE_DOCK, "1-2", "red"),
	};
	const struct mock_call script[] = {
		{ .op = MOCK_DUMP, .sessions = all, .n = 1 },
		{ .op = MOCK_DEL, .id = 7 },
	};

	exp_replace(script, n);
}

static void test_replace_of_another(void **state)
{
	replace_another(1);
}

/* A rule may say that it ends. */
static void test_take_over(void **state)
{
	exp_configure("[policy]\nrule =\nrule = allow take-over tablet=blue\n"
		      "rule = allow\n");
	replace_another(2);
}

/* For a moment the device is reserved for the taker, whoever else asks. */
static void test_kept_for_the_taker(void **state)
{
	const struct mock_call taken[] = {
		{ .op = MOCK_NEW, .id = 8, .fd = open("/dev/null", O_RDWR) },
	};
	struct ut_op_device dev;

	test_take_over(state);
	exp_status("1\n");
	fresh_connection();
	strcpy(exp_conn.name, "red");
	assert_int_equal(ut_reserved(&exp_dock.reserves, "1-2", "red",
				     ut_clock_ms()), true);
	exp_import(NULL, 0, false);
	assert_int_equal(exp_answer(&dev), UT_OP_ST_DEV_BUSY);
	fresh_connection();
	strcpy(exp_conn.name, "blue");
	exp_import(taken, 1, true);
	assert_int_equal(exp_answer(&dev), UT_OP_ST_OK);
	assert_false(
		ut_reserved(&exp_dock.reserves, "1-2", "red", ut_clock_ms()));
}

static void test_kept_not_for_long(void **state)
{
	struct ut_reserves r = { 0 };
	char busid[16];
	int i;

	assert_false(ut_reserved(&r, "1-2", "red", 1));
	ut_reserve(&r, "1-2", "blue", 1000);
	assert_true(ut_reserved(&r, "1-2", "red", 1000));
	assert_false(ut_reserved(&r, "1-2", "blue", 1000));
	assert_false(ut_reserved(&r, "1-3", "red", 1000));
	assert_true(ut_reserved(&r, "1-2", "red", 999 + UT_RESERVE_MS));
	assert_false(ut_reserved(&r, "1-2", "red", 1000 + UT_RESERVE_MS));
	/* Taken over once more, it is reserved for the last taker. */
	ut_reserve(&r, "1-2", "red", 2000);
	assert_false(ut_reserved(&r, "1-2", "red", 2000));
	assert_true(ut_reserved(&r, "1-2", "blue", 2000));
	for (i = 0; i < UT_RESERVE_MAX; i++) {
		snprintf(busid, sizeof(busid), "2-%d", i);
		ut_reserve(&r, busid, "blue", 3000 + i);
	}
	assert_false(ut_reserved(&r, "1-2", "blue", 3000));
	assert_true(ut_reserved(&r, "2-0", "red", 3000));
	ut_reserve_end(&r, "2-0");
	assert_false(ut_reserved(&r, "2-0", "red", 3000));
}

/* Tablets without a certificate have the same name, but are not the same. */
static void test_replace_nameless(void **state)
{
	exp_conn.name[0] = '\0';
	exp_replace(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_replace_own), TEST(test_replace_of_another),
		TEST(test_take_over), TEST(test_kept_for_the_taker),
		TEST(test_kept_not_for_long), TEST(test_replace_nameless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
