// SPDX-License-Identifier: GPL-2.0
/* Unbinding a device that tablets have, or ask for. */
#include <errno.h>
#include <time.h>

#include "dock/unbind.h"
#include "lib/fake_sysfs.h"
#include "lib/mock_nl.h"
#include "lib/unit.h"
#include "usb/stub.h"

#define HOST	"bus/usb/drivers/usbip-host"
#define STICK	"devices/pci0/usb1/1-2"

static const struct fake_dev stick = {
	.parent = "devices/pci0/usb1", .busid = "1-2", .driver = "usbip-host",
	.vid = "0951\n", .pid = "1666\n", .class = "00\n", .speed = "480\n",
	.devnum = "7\n",
};

static const struct ut_session used = {
	.id = 4, .role = USBIP_TLS_ROLE_DOCK, .busid = "1-2",
	.state = USBIP_TLS_STATE_OPEN, .peer = "blue",
};
static const struct ut_session closed = {
	.id = 4, .role = USBIP_TLS_ROLE_DOCK, .busid = "1-2",
	.state = USBIP_TLS_STATE_CLOSED, .peer = "blue",
};
/* A device that this machine has from another dock, where it is the 1-2. */
static const struct ut_session foreign = {
	.id = 5, .role = USBIP_TLS_ROLE_TABLET, .busid = "1-2",
	.state = USBIP_TLS_STATE_OPEN, .peer = "desk",
};
static const struct ut_session other = {
	.id = 6, .role = USBIP_TLS_ROLE_DOCK, .busid = "1-3",
	.state = USBIP_TLS_STATE_OPEN, .peer = "blue",
};

static struct ut_err err;
static int naps;
static void (*on_nap)(void);

int __wrap_nanosleep(const struct timespec *req, struct timespec *rem);

int __wrap_nanosleep(const struct timespec *req, struct timespec *rem)
{
	if (naps++ > 1000)
		fail_msg("it waits for ever");
	assert_string_equal(fake_read(HOST "/unbind"), "");
	if (on_nap)
		on_nap();
	return 0;
}

static int setup(void **state)
{
	if (fake_setup(state))
		return -1;
	fake_device(&stick);
	fake("", HOST "/match_busid");
	fake("", HOST "/unbind");
	fake("", HOST "/rebind");
	fake("1\n", STICK "/usbip_status");
	fake("", STICK "/usbip_sockfd");
	naps = 0;
	on_nap = NULL;
	mock_expect(NULL, 0);
	return 0;
}

/* Nobody writes a -1 there: on 6.1 that releases a lock that nobody holds. */
static int teardown(void **state)
{
	int ret = strcmp(fake_read(STICK "/usbip_sockfd"), "");

	return fake_teardown(state) || ret;
}

static void assert_unbound(void)
{
	mock_done();
	assert_string_equal(fake_read(HOST "/unbind"), "1-2");
	assert_string_equal(fake_read(HOST "/match_busid"), "del 1-2");
	assert_string_equal(fake_read(HOST "/rebind"), "1-2");
}

static void given_back(void)
{
	/* While it is being unbound nobody can get it. */
	assert_int_equal(ut_stub_attach("1-2", 9, &err), -EBUSY);
	assert_string_equal(fake_read(STICK "/usbip_sockfd"), "");
	fake("1\n", STICK "/usbip_status");
}

static void test_in_use(void **state)
{
	const struct ut_session before[] = { foreign, other, used };
	const struct ut_session after[] = { foreign, other };
	const struct mock_call script[] = {
		{ .op = MOCK_DUMP, .sessions = before, .n = 3 },
		{ .op = MOCK_DEL, .id = 4 },
		/* The driver has not let go, */
		{ .op = MOCK_DUMP, .sessions = &closed, .n = 1 },
		/* has let go, and still resets it, */
		{ .op = MOCK_DUMP, .sessions = after, .n = 2 },
		/* and once more after the unbinding. */
		{ .op = MOCK_DUMP, .sessions = after, .n = 2 },
	};

	fake("2\n", STICK "/usbip_status");
	on_nap = given_back;
	mock_expect(script, 5);
	assert_int_equal(ut_dock_unbind("1-2", &mock_nl, &err), 0);
	assert_int_equal(naps, 2);
	assert_unbound();
}

/* It ended between the dump and the delete. */
static void test_ends_by_itself(void **state)
{
	const struct mock_call script[] = {
		{ .op = MOCK_DUMP, .sessions = &used, .n = 1 },
		{ .op = MOCK_DEL, .id = 4, .ret = -ENOENT },
		{ .op = MOCK_DUMP }, { .op = MOCK_DUMP },
	};

	mock_expect(script, 4);
	assert_int_equal(ut_dock_unbind("1-2", &mock_nl, &err), 0);
	assert_unbound();
}

/* Somebody gave it away without asking: the second dump finds it. */
static void test_looks_again(void **state)
{
	const struct mock_call script[] = {
		{ .op = MOCK_DUMP },
		{ .op = MOCK_DUMP, .sessions = &used, .n = 1 },
		{ .op = MOCK_DEL, .id = 4 },
	};

	mock_expect(script, 3);
	assert_int_equal(ut_dock_unbind("1-2", &mock_nl, &err), 0);
	assert_int_equal(naps, 0);
	assert_unbound();
}

/* Not a session of ours: there is nothing to end and nothing to wait for. */
static void test_used_by_others(void **state)
{
	const struct mock_call script[] = {
		{ .op = MOCK_DUMP }, { .op = MOCK_DUMP },
	};

	fake("2\n", STICK "/usbip_status");
	mock_expect(script, 2);
	assert_int_equal(ut_dock_unbind("1-2", &mock_nl, &err), 0);
	assert_int_equal(naps, 0);
	assert_unbound();
}

static void test_without_modules(void **state)
{
	assert_int_equal(ut_dock_unbind("1-2", NULL, &err), 0);
	assert_unbound();
}

static void assert_left_alone(int ret, int want)
{
	assert_int_equal(ret, want);
	mock_done();
	assert_string_equal(fake_read(HOST "/unbind"), "");
	assert_string_equal(fake_read(HOST "/match_busid"), "");
}

static void test_no_table(void **state)
{
	const struct mock_call script[] = {
		{ .op = MOCK_DUMP, .ret = -EPERM, .code = UT_EXIT_PERMISSION },
	};

	mock_expect(script, 1);
	assert_left_alone(ut_dock_unbind("1-2", &mock_nl, &err), -EPERM);
	assert_int_equal(err.code, UT_EXIT_PERMISSION);
}

static void test_not_bound(void **state)
{
	struct fake_dev d = stick;

	d.driver = "usb";
	fake_device(&d);
	assert_left_alone(ut_dock_unbind("1-2", &mock_nl, &err), -EINVAL);
	assert_int_equal(err.code, UT_EXIT_NOT_FOUND);
	assert_left_alone(ut_dock_unbind("1-9", &mock_nl, &err), -ENOENT);
}

static int held;

static void let_go(void)
{
	if (naps == 3)
		close(held);
}

/* A tablet is just about to get it: that has to finish first. */
static void test_waits_for_an_attach(void **state)
{
	const struct mock_call script[] = {
		{ .op = MOCK_DUMP }, { .op = MOCK_DUMP },
	};

	assert_int_equal(ut_stub_hold("1-2", &held, &err), 0);
	on_nap = let_go;
	mock_expect(script, 2);
	assert_int_equal(ut_dock_unbind("1-2", &mock_nl, &err), 0);
	assert_int_equal(naps, 3);
	assert_unbound();
	/* And afterwards nothing is held. */
	assert_int_equal(ut_stub_hold("1-2", &held, &err), 0);
	close(held);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_in_use), TEST(test_ends_by_itself),
		TEST(test_looks_again), TEST(test_used_by_others),
		TEST(test_without_modules), TEST(test_no_table),
		TEST(test_not_bound), TEST(test_waits_for_an_attach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
