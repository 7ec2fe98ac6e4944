// SPDX-License-Identifier: GPL-2.0
/* A tablet that has lost its end of a session and comes again. */
#include "export_fixture.h"

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

static void replace(const struct mock_call *script, size_t n)
{
	struct ut_op_device dev;

	status("2\n");
	mock_expect(script, n);
	ut_export_import(&dock, &conn, "1-2", true);
	mock_done();
	assert_int_equal(answer(&dev), UT_OP_ST_DEV_BUSY);
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

	(void)state;
	replace(script, 2);
}

static void test_replace_of_another(void **state)
{
	const struct ut_session all[] = {
		session(7, USBIP_TLS_ROLE_DOCK, "1-2", "red"),
	};
	const struct mock_call script[] = {
		{ .op = MOCK_DUMP, .sessions = all, .n = 1 },
	};

	(void)state;
	replace(script, 1);
}

/* A rule may say that it is. */
static void test_take_over(void **state)
{
	const struct ut_session all[] = {
		session(7, USBIP_TLS_ROLE_DOCK, "1-2", "red"),
	};
	const struct mock_call script[] = {
		{ .op = MOCK_DUMP, .sessions = all, .n = 1 },
		{ .op = MOCK_DEL, .id = 7 },
	};

	(void)state;
	configure("[policy]\nrule =\nrule = allow take-over tablet=blue\n"
		  "rule = allow\n");
	replace(script, 2);
}

/* Tablets without a certificate have the same name, and are not the same. */
static void test_replace_nameless(void **state)
{
	(void)state;
	conn.name[0] = '\0';
	replace(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_replace_own), TEST(test_replace_of_another),
		TEST(test_take_over), TEST(test_replace_nameless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
