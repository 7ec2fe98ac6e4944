// SPDX-License-Identifier: GPL-2.0
/*
 * Docks that cannot be watched: what a list means, when the next one is due, and the
 * tablet's loop against docks that do not know the watch operation. They are ours, with
 * that operation removed.
 */
#include "cage/program.h"
#include "lib/dock_bed.h"
#include "lib/tablet_bed.h"
#include "tablet/dock_addr.h"
#include "tls/conn.h"
#include "worker/serve.h"

static struct ut_remotes remotes;

/*
 * The dock's workers are this program under their name. They inherit nothing but which
 * signals are ignored.
 */
#define NO_WATCH	SIGUSR1
#define HANGS_UP	SIGUSR2

static bool ignored(int sig)
{
	struct sigaction act;

	return !sigaction(sig, NULL, &act) && act.sa_handler == SIG_IGN;
}

int __real_ut_serve_watch(struct ut_tls *t);
int __wrap_ut_serve_watch(struct ut_tls *t);

static bool no_watch, hangs_up;

int __wrap_ut_serve_watch(struct ut_tls *t)
{
	if (hangs_up) {
		ut_tls_finish(t);
		return 0;
	}
	return no_watch ? ut_tls_bad_request(t) : __real_ut_serve_watch(t);
}

__attribute__((constructor)) static void be_the_worker(void)
{
	static ut_serve_kind *const kinds[UT_START_END] = {
		[UT_START_DOCK] = ut_serve_dock,
		[UT_START_TABLET] = ut_serve_tablet,
	};

	if (strcmp(program_invocation_short_name, "usbip-tls-worker"))
		return;
	no_watch = ignored(NO_WATCH);
	hangs_up = ignored(HANGS_UP);
	_exit(ut_serve_main(kinds));
}

static int group_setup(void **state)
{
	char self[256], path[256];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0 || fx_group_setup(state))
		return -1;
	self[n] = '\0';
	snprintf(path, sizeof(path), "%s/usbip-tls-worker", fx.top);
	if (symlink(self, path))
		return -1;
	snprintf(path, sizeof(path), "%s/usbip-tls-signer", fx.top);
	if (symlink(UT_TOP "/build/san/usbip-tls-signer", path))
		return -1;
	ut_program_dir_set(fx.top);
	return 0;
}

static int setup(void **state)
{
	signal(NO_WATCH, SIG_DFL);
	signal(HANGS_UP, SIG_DFL);
	memset(&remotes, 0, sizeof(remotes));
	return tab_setup(state);
}

static int teardown(void **state)
{
	ut_remotes_free(&remotes);
	return tab_teardown(state);
}

/* --- lists --- */

static void list(const char *one, const char *other)
{
	const char *const busid[] = { one, other };
	struct ut_watch_event e;
	size_t i;

	ut_remote_list_begins(&remotes);
	for (i = 0; i < 2 && busid[i]; i++) {
		memset(&e, 0, sizeof(e));
		e.kind = UT_WATCH_DEVICE;
		snprintf(e.dev.busid, sizeof(e.dev.busid), "%s", busid[i]);
		assert_int_equal(ut_remote_event(&remotes, &e), 0);
	}
	ut_remote_list_ends(&remotes);
}

static struct ut_remote *remote(const char *busid)
{
	struct ut_remote *r = ut_remote_find(&remotes, busid);

	assert_non_null(r);
	return r;
}

static enum ut_remote_todo todo(const char *busid)
{
	struct ut_verdict v;

	return ut_remote_todo(remote(busid), &fx.tablet, "desk", 0, &v);
}

static void test_what_is_not_listed_is_gone(void **state)
{
	list("1-2", "1-3");
	assert_int_equal(remotes.n, 2);
	list("1-3", NULL);
	assert_int_equal(remotes.n, 1);
	assert_null(ut_remote_find(&remotes, "1-2"));
	list(NULL, NULL);
	assert_int_equal(remotes.n, 0);
}

/* A dock does not list what we have; it is not gone because of that. */
static void test_ours_is_not_listed(void **state)
{
	struct ut_verdict v;
	char why[UT_REMOTE_WHY_SIZE];

	fx_config(&fx.tablet, "[tablet]\nattach = allow\n");
	list("1-2", "1-3");
	remote("1-2")->attached = true;
	list("1-3", NULL);
	assert_int_equal(remotes.n, 2);
	assert_int_equal(todo("1-2"), UT_REMOTE_ATTACHED);
	/* Lost: not attached again until the dock says that it is free. */
	remote("1-2")->attached = false;
	assert_int_equal(todo("1-2"), UT_REMOTE_WAIT);
	ut_policy_attach(&fx.tablet, &(struct ut_facts){ 0 }, "desk", &v);
	assert_non_null(strstr(ut_remote_why(remote("1-2"), UT_REMOTE_WAIT, &v,
					     0, why, sizeof(why)),
			       "does not list it"));
	list("1-2", "1-3");
	assert_int_equal(todo("1-2"), UT_REMOTE_ATTACH);
	list("1-3", NULL);
	assert_int_equal(remotes.n, 1);
}

/* Detached by hand: it stays so, even while the dock is not ready to list it. */
static void test_held_is_not_forgotten(void **state)
{
	struct ut_watch_event e = { .kind = UT_WATCH_DEVICE };

	fx_config(&fx.tablet, "[tablet]\nattach = allow\n");
	list("1-2", NULL);
	remote("1-2")->held = true;
	list(NULL, NULL);
	assert_int_equal(todo("1-2"), UT_REMOTE_HELD);
	list("1-2", NULL);
	assert_int_equal(todo("1-2"), UT_REMOTE_HELD);
	/* Plugged in again. */
	strcpy(e.dev.busid, "1-2");
	e.dev.devnum = 9;
	ut_remote_list_begins(&remotes);
	ut_remote_event(&remotes, &e);
	ut_remote_list_ends(&remotes);
	assert_int_equal(todo("1-2"), UT_REMOTE_ATTACH);
}

/* A list must not let a device that failed come before its time. */
static void test_list_keeps_the_backoff(void **state)
{
	fx_config(&fx.tablet, "[tablet]\nattach = allow\n");
	list("1-2", NULL);
	ut_backoff_fail(&remote("1-2")->backoff, 0, 20, 30, 0);
	list("1-2", NULL);
	assert_int_equal(todo("1-2"), UT_REMOTE_WAIT);
}

/* --- when --- */

static void test_when(void **state)
{
	struct ut_dock_addr p = { .state = UT_DOCK_ADDR_UP, .polled = true,
			      .legacy = true };
	uint32_t i;

	for (i = 0; i < 5000; i++) {
		ut_polling_listed(&p, 100000, i);
		assert_in_range(ut_polling_at(&p), 104500, 105499);
	}
	ut_polling_soon(&p, 100000);
	assert_int_equal(ut_polling_at(&p), 101000);
	ut_polling_soon(&p, 100500);
	assert_int_equal(ut_polling_at(&p), 101000);
	assert_true(ut_polling_lists(&p, INT64_MAX));
	p.state = UT_DOCK_ADDR_DOWN;
	assert_true(ut_polling_at(&p) == INT64_MAX);
	/* A dock that has only said so is asked again now and then. */
	memset(&p, 0, sizeof(p));
	assert_false(ut_polling_lists(&p, 0));
	ut_polling_no_watch(&p, 1000);
	assert_true(ut_polling_lists(&p, 1000));
	assert_true(ut_polling_lists(&p, 300999));
	assert_false(ut_polling_lists(&p, 301000));
}

/* --- the loop --- */

static void open_tablet(const char *options, const char *rest)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "[tablet]\ndock = 127.0.0.1 port=%u %s\nretry_min = 1\n%s",
		 fx.dock.dock.port, options, rest);
	tab_open(text);
}

static bool polled(void)
{
	return tab_addr(0)->state == UT_DOCK_ADDR_UP && tab_addr(0)->polled &&
	       tab_addr(0)->poll_at;
}

static bool has_stick(void)
{
	return polled() && tab_addr(0)->remotes.n == 1 &&
	       !strcmp(tab_addr(0)->remotes.v[0].op.serial, "60A44C3FACC9");
}

static bool has_nothing(void)
{
	return polled() && !tab_addr(0)->remotes.n;
}

static bool attach_failed(void)
{
	return has_stick() && tab_addr(0)->remotes.v[0].backoff.fails;
}

static bool asked_again(void)
{
	return has_stick() && tab_addr(0)->watch_at > ut_clock_ms();
}

static bool second_is_twin(void)
{
	return tab_addr(1)->state == UT_DOCK_ADDR_TWIN;
}

static void open_without_docks(void)
{
	fx_config(&fx.tablet, "[tablet]\nretry_min = 1\n");
	tab_open(NULL);
}

/* A dock like RemoteHub, which hangs up when asked to be watched. */
static void test_legacy(void **state)
{
	signal(HANGS_UP, SIG_IGN);
	fx_share_stick();
	fx_dock_start();
	open_tablet("legacy=yes", "attach = allow dock=desk\n");
	tab_until(attach_failed, "tried");
	assert_string_equal(tab_addr(0)->name, "desk");
	assert_true(ut_tablet_uses(tab, tab_addr(0)));
	/* The session table has changed: that makes a list due at once. */
	fake("2\n", "devices/pci0/usb1/1-2/usbip_status");
	ut_tablet_session(tab, NULL);
	tab_until(has_nothing, "without the stick");
	fake("1\n", "devices/pci0/usb1/1-2/usbip_status");
	tab_until(has_stick, "with the stick again");
	fx_dock_stop();
	tab_until(tab_down, "down");
}

static void test_legacy_denied(void **state)
{
	fx_dock_start();
	open_tablet("legacy=yes", "deny_docks = desk\n");
	tab_until(tab_denied, "denied");
	fx_dock_stop();
}

/* Without configuration: an older dock says that it does not know the operation. */
static void test_no_watch(void **state)
{
	signal(NO_WATCH, SIG_IGN);
	fx_share_stick();
	fx_dock_start();
	open_tablet("", "");
	tab_until(has_stick, "polled");
	fx_dock_stop();
	tab_until(tab_down, "down");
	/* Meanwhile a newer one has replaced it. */
	signal(NO_WATCH, SIG_DFL);
	fx_dock_start();
	ut_tablet_hurry(tab);
	tab_until(tab_watched, "watched");
	fx_dock_stop();
}

static bool down_before_polled(void)
{
	return tab_down() && !tab_addr(0)->polled;
}

/* Hanging up once may mean anything; hanging up twice means RemoteHub. */
static void test_hangs_up(void **state)
{
	signal(HANGS_UP, SIG_IGN);
	fx_share_stick();
	fx_dock_start();
	open_tablet("", "");
	tab_until(tab_down, "down");
	assert_false(tab_addr(0)->polled);
	assert_non_null(strstr(tab_addr(0)->error, "closed the connection"));
	tab_until(has_stick, "polled");
	assert_string_equal(tab_addr(0)->name, "desk");
	/* Still there when it is time to try watching again. */
	tab_addr(0)->watch_at = 0;
	tab_addr(0)->poll_at = 0;
	tab_until(asked_again, "asked to be watched, and polled");
	assert_true(has_stick());
	fx_dock_stop();
	tab_until(down_before_polled, "down");
	/* It is known by now: it need not hang up twice again. */
	fx_dock_start();
	ut_tablet_hurry(tab);
	tab_until(has_stick, "polled again");
	assert_int_equal(tab_addr(0)->backoff.fails, 0);
	fx_dock_stop();
	tab_until(tab_down, "down");
	/* Replaced by a dock that can be watched; that one may end as it likes. */
	signal(HANGS_UP, SIG_DFL);
	fx_dock_start();
	ut_tablet_hurry(tab);
	tab_until(tab_watched, "watched");
	assert_int_equal(tab_addr(0)->hang_ups, 0);
	fx_dock_stop();
}

static void test_hang_ups(void **state)
{
	struct ut_dock_addr p = { .state = UT_DOCK_ADDR_DOWN };

	assert_false(ut_polling_hung_up(&p, 1000));
	assert_false(ut_polling_lists(&p, 1000));
	assert_true(ut_polling_hung_up(&p, 1000));
	assert_true(ut_polling_lists(&p, 300999));
	assert_false(ut_polling_lists(&p, 301000));
	assert_true(ut_polling_hung_up(&p, 301000));
	assert_true(ut_polling_lists(&p, 301000));
}

/* Found by its beacon: its kind is not known. */
static void test_hint_hangs_up(void **state)
{
	signal(HANGS_UP, SIG_IGN);
	fx_share_stick();
	fx_dock_start();
	open_without_docks();
	ut_tablet_hint(tab, "127.0.0.1", fx.dock.dock.port);
	tab_until(has_stick, "polled");
	/* Found in another way it is the same dock, and need not hang up again. */
	ut_tablet_hint(tab, "::1", fx.dock.dock.port);
	tab_until(second_is_twin, "one polled, one aside");
	assert_true(has_stick());
	assert_int_equal(tab_addr(1)->hang_ups, 0);
	fx_dock_stop();
}

static void test_suspended(void **state)
{
	fx_share_stick();
	fx_dock_start();
	open_tablet("legacy=yes", "");
	tab_until(has_stick, "polled");
	ut_tablet_suspend(tab);
	assert_int_equal(tab_timeout(), -1);
	ut_tablet_resume(tab);
	tab_until(has_stick, "polled again");
	fx_dock_stop();
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_what_is_not_listed_is_gone), T(test_ours_is_not_listed),
		T(test_held_is_not_forgotten), T(test_list_keeps_the_backoff),
		T(test_when), T(test_legacy), T(test_legacy_denied),
		T(test_no_watch), T(test_hangs_up), T(test_hang_ups),
		T(test_hint_hangs_up), T(test_suspended),
	};

	return cmocka_run_group_tests(tests, group_setup, fx_group_teardown);
}
