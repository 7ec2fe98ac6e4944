// SPDX-License-Identifier: GPL-2.0
/* One dock at several addresses, and what discovery hints at. */
#include "lib/dock_bed.h"
#include "lib/tablet_bed.h"
#include "tablet/tablet_internal.h"

static size_t n_addrs(void)
{
	size_t n;

	ut_tablet_addrs(tab, &n);
	return n;
}

static bool one_hint(void)
{
	return n_addrs() == 2;
}

static bool hint_alone_up(void)
{
	return n_addrs() == 1 && tab_up() && tab_addr(0)->hint;
}

static bool twins(void)
{
	return (tab_addr(0)->state == UT_DOCK_ADDR_UP &&
		tab_addr(1)->state == UT_DOCK_ADDR_TWIN) ||
	       (tab_addr(1)->state == UT_DOCK_ADDR_UP &&
		tab_addr(0)->state == UT_DOCK_ADDR_TWIN);
}

/* Two ways to one dock: one connection, and the other way when that is gone. */
static void test_twins(void **state)
{
	fx_dock_start();
	tab_configure("");
	tab_open(NULL);
	ut_tablet_hint(tab, "::1", fx.dock.dock.port);
	tab_until(twins, "one up, one aside");
	fx_dock_stop();
}

static bool both_down(void)
{
	return tab_addr(0)->state == UT_DOCK_ADDR_DOWN &&
	       tab_addr(1)->state == UT_DOCK_ADDR_DOWN;
}

static bool hint_has_stick(void)
{
	return tab_addr(1)->state == UT_DOCK_ADDR_UP &&
	       tab_addr(1)->remotes.n == 1 &&
	       !tab_addr(1)->remotes.v[0].stale;
}

/*
 * The way to a dock changes after an outage, the devices do not: one that is
 * attached must be found with the connection, or it is attached once more, and
 * that takes it from ourselves.
 */
static void test_devices_follow(void **state)
{
	fx_share_stick();
	fx_dock_start();
	tab_configure("");
	tab_open(NULL);
	tab_until(tab_has_stick, "told of the stick");
	tab_addr(0)->remotes.v[0].held = true;
	ut_tablet_hint(tab, "::1", fx.dock.dock.port);
	tab_until(twins, "one up, one aside");
	fx_dock_stop();
	tab_until(both_down, "down");
	tab_addr(0)->backoff.next = INT64_MAX;
	tab_addr(1)->backoff.next = 0;
	fx_dock_start();
	tab_until(hint_has_stick, "up by the hint");
	assert_true(tab_addr(1)->remotes.v[0].held);
	assert_int_equal(tab_addr(0)->remotes.n, 0);
	fx_dock_stop();
}

/* A hint needs no name: the certificate has it. One that is gone goes away. */
static void test_hint(void **state)
{
	size_t n;

	fx_dock_start();
	tab_open(NULL);
	ut_tablet_hint(tab, "127.0.0.1", fx.dock.dock.port);
	ut_tablet_hint(tab, "127.0.0.1", fx.dock.dock.port);
	tab_until(tab_up, "up");
	assert_string_equal(tab_addr(0)->name, "desk");
	ut_tablet_addrs(tab, &n);
	assert_int_equal(n, 1);
	ut_tablet_hint_gone(tab, "127.0.0.1", fx.dock.dock.port);
	assert_true(tab_timeout() > 60 * 1000);
	assert_true(tab_up());
	fx_dock_stop();
}

/* What is configured is not tried a second time because it is announced, too. */
static void test_hint_of_configured(void **state)
{
	char text[128], at[UT_MSG_AT_SIZE];

	fx_dock_start();
	snprintf(text, sizeof(text),
		 "[tablet]\ndock = localhost port=%u name=desk\n",
		 fx.dock.dock.port);
	fx_config(&fx.tablet, text);
	tab_open(NULL);
	tab_until(tab_up, "up");
	snprintf(at, sizeof(at), "%s", tab_addr(0)->at);
	assert_true(!strcmp(at, "127.0.0.1") || !strcmp(at, "::1"));
	/* Another port is another dock. */
	ut_tablet_hint(tab, at, fx.dock.dock.port ^ 1);
	assert_false(tab_addr(1)->known);
	ut_tablet_hint_gone(tab, at, fx.dock.dock.port ^ 1);
	ut_tablet_hint(tab, at, fx.dock.dock.port);
	assert_true(tab_addr(2)->known);
	tab_until(one_hint, "the other is dropped");
	assert_int_equal(tab_addr(1)->state, UT_DOCK_ADDR_TWIN);
	assert_true(tab_timeout() > 60 * 1000);
	/* Nor when the configured one is lost. */
	fx_dock_stop();
	tab_until(tab_down, "down");
	assert_int_equal(tab_addr(1)->state, UT_DOCK_ADDR_TWIN);
	assert_string_equal(tab_addr(1)->error, "");
	fx_dock_start();
	ut_tablet_hurry(tab);
	tab_until(tab_up, "up again");
	assert_int_equal(tab_addr(1)->state, UT_DOCK_ADDR_TWIN);
	assert_string_equal(tab_addr(1)->name, "");
	/* Taken out of the configuration, it is a hint as any. */
	fx_config(&fx.tablet, "[tablet]\ndock =\n");
	ut_addr_book_set(&tab->ctx.book, tab->ctx.config);
	tab_until(hint_alone_up, "up as a hint");
	fx_dock_stop();
}

/* However the address is written, and whichever of the two came first. */
static void test_hint_meant(void **state)
{
	struct ut_dock_addr p = { .host = "2001:DB8::1", .port = 1 };
	struct ut_dock_addr h = { .host = "2001:db8:0::1", .port = 1, .hint = true };

	assert_true(ut_dock_addr_matches(&p, &h));
	h.port = 2;
	assert_false(ut_dock_addr_matches(&p, &h));
	h.port = 1;
	strcpy(h.host, "2001:db8::2");
	assert_false(ut_dock_addr_matches(&p, &h));
	strcpy(p.at, "2001:db8::2");
	assert_true(ut_dock_addr_matches(&p, &h));
	strcpy(p.at, "fe80::1%eth0");
	strcpy(h.host, "fe80:0::1%eth0");
	assert_true(ut_dock_addr_matches(&p, &h));
	strcpy(h.host, "fe80::1%eth1");
	assert_false(ut_dock_addr_matches(&p, &h));
	strcpy(h.host, "192.0.2.1");
	assert_false(ut_dock_addr_matches(&p, &h));
	strcpy(p.host, "192.0.2.1");
	assert_true(ut_dock_addr_matches(&p, &h));
	p.hint = true;
	assert_false(ut_dock_addr_matches(&p, &h));
	/* Configured by a reload, when it is a hint already. */
	tab_open(NULL);
	ut_tablet_hint(tab, "192.0.2.1", 3240);
	assert_false(tab_addr(0)->known);
	fx_config(&fx.tablet, "[tablet]\ndock = 192.0.2.1\n");
	ut_addr_book_set(&tab->ctx.book, tab->ctx.config);
	assert_true(tab_addr(0)->known);
	assert_int_equal(tab_addr(0)->state, UT_DOCK_ADDR_TWIN);
	assert_false(tab_addr(1)->hint);
}

static void test_too_many_hints(void **state)
{
	char host[32];
	size_t n;
	int i;

	tab_open(NULL);
	for (i = 0; i < 1000; i++) {
		snprintf(host, sizeof(host), "10.0.%d.%d", i / 250, i % 250);
		ut_tablet_hint(tab, host, 3240);
	}
	ut_tablet_addrs(tab, &n);
	assert_int_equal(n, UT_TABLET_MAX_HINTS);
}

static void hint_number(int i, void (*tell)(struct ut_tablet *t,
					    const char *host, uint16_t port))
{
	char host[32];

	snprintf(host, sizeof(host), "10.0.0.%d", i);
	tell(tab, host, 3240);
}

/* A crowd comes and goes before the tablet's turn; the one behind it is a dock. */
static void test_hints_come_and_go(void **state)
{
	int i;

	tab_open(NULL);
	for (i = 0; i < 80; i++) {
		hint_number(i, ut_tablet_hint);
		/* Discovery remembers so many. */
		if (i >= 32)
			hint_number(i - 32, ut_tablet_hint_gone);
	}
	ut_tablet_hint(tab, "10.0.1.1", 3240);
	assert_string_equal(tab_addr(n_addrs() - 1)->host, "10.0.1.1");
	/* So that nobody is dialled. */
	ut_tablet_suspend(tab);
	tab_timeout();
	assert_int_equal(n_addrs(), 33);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, tab_setup, tab_teardown)
	const struct CMUnitTest tests[] = {
		T(test_twins), T(test_devices_follow), T(test_hint),
		T(test_hint_of_configured), T(test_hint_meant),
		T(test_too_many_hints), T(test_hints_come_and_go),
	};

	return cmocka_run_group_tests(tests, fx_group_setup, fx_group_teardown);
}
