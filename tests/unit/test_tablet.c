// SPDX-License-Identifier: GPL-2.0
/* The tablet's loop against a real dock on the loopback. Only the kernel is missing. */
#include <sys/file.h>

#include "lib/dock_bed.h"
#include "lib/tablet_bed.h"
#include "tablet/tablet_internal.h"
#include "tls/ktls.h"

/* Where there is kernel TLS an attach gets as far as the dock's kernel. */
static const struct mock_call no_room[] = {
	{ .op = MOCK_NEW, .ret = -ENOSPC, .code = UT_EXIT_FAILURE, .fd = -1 },
	{ .op = MOCK_NEW, .ret = -ENOSPC, .code = UT_EXIT_FAILURE, .fd = -1 },
	{ .op = MOCK_NEW, .ret = -ENOSPC, .code = UT_EXIT_FAILURE, .fd = -1 },
	{ .op = MOCK_NEW, .ret = -ENOSPC, .code = UT_EXIT_FAILURE, .fd = -1 },
};

/* What this process starts and loads; not what those do that it starts. */
static unsigned int programs, forks, loads;

int __real_ut_program_start(struct ut_child *c, enum ut_program which,
			    const struct ut_program_fds *fds, const void *first,
			    size_t size);
int __wrap_ut_program_start(struct ut_child *c, enum ut_program which,
			    const struct ut_program_fds *fds, const void *first,
			    size_t size);

int __wrap_ut_program_start(struct ut_child *c, enum ut_program which,
			    const struct ut_program_fds *fds, const void *first,
			    size_t size)
{
	programs++;
	return __real_ut_program_start(c, which, fds, first, size);
}

pid_t __real_fork(void);
pid_t __wrap_fork(void);

pid_t __wrap_fork(void)
{
	forks++;
	return __real_fork();
}

int __real_ut_creds_load(struct ut_creds **creds, enum ut_tls_side side,
			 const struct ut_config_tls *cfg,
			 const struct ut_sandbox *sandbox, struct ut_err *err);
int __wrap_ut_creds_load(struct ut_creds **creds, enum ut_tls_side side,
			 const struct ut_config_tls *cfg,
			 const struct ut_sandbox *sandbox, struct ut_err *err);

int __wrap_ut_creds_load(struct ut_creds **creds, enum ut_tls_side side,
			 const struct ut_config_tls *cfg,
			 const struct ut_sandbox *sandbox, struct ut_err *err)
{
	loads++;
	return __real_ut_creds_load(creds, side, cfg, sandbox, err);
}

int __real_ut_sandbox_prepare(struct ut_sandbox *sb, struct ut_err *err);
int __wrap_ut_sandbox_prepare(struct ut_sandbox *sb, struct ut_err *err);

int __wrap_ut_sandbox_prepare(struct ut_sandbox *sb, struct ut_err *err)
{
	loads++;
	return __real_ut_sandbox_prepare(sb, err);
}

int __real_ut_ktls_need(struct ut_err *err);
int __wrap_ut_ktls_need(struct ut_err *err);

int __wrap_ut_ktls_need(struct ut_err *err)
{
	loads++;
	return __real_ut_ktls_need(err);
}

/* Whether the module has gone since the daemon was started. */
static bool no_ktls;

int __wrap_ut_ktls_still(struct ut_err *err);

int __wrap_ut_ktls_still(struct ut_err *err)
{
	return no_ktls ? ut_err_set(err, UT_EXIT_MODULE, ENOENT,
				    "kernel TLS is gone") : 0;
}

static int setup(void **state)
{
	no_ktls = false;
	mock_dump_empty = true;
	mock_expect(no_room, sizeof(no_room) / sizeof(no_room[0]));
	return fx_setup(state);
}

static int teardown(void **state)
{
	ut_tablet_close(tab);
	tab = NULL;
	return fx_teardown(state);
}

static void configure(const char *rest)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "[tablet]\ndock = 127.0.0.1 port=%u\nretry_min = 1\n%s",
		 fx.dock.dock.port, rest);
	fx_config(&fx.tablet, text);
}

static bool up(void)
{
	return tab_addr(0)->state == UT_DOCK_ADDR_UP;
}

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
	return n_addrs() == 1 && up() && tab_addr(0)->hint;
}

static bool has_stick(void)
{
	return up() && tab_addr(0)->remotes.n == 1 &&
	       !strcmp(tab_addr(0)->remotes.v[0].op.busid, "1-2");
}

static bool attach_failed(void)
{
	return has_stick() && tab_addr(0)->remotes.v[0].backoff.fails;
}

static bool twins(void)
{
	return (tab_addr(0)->state == UT_DOCK_ADDR_UP &&
		tab_addr(1)->state == UT_DOCK_ADDR_TWIN) ||
	       (tab_addr(1)->state == UT_DOCK_ADDR_UP &&
		tab_addr(0)->state == UT_DOCK_ADDR_TWIN);
}

/* Without kernel modules an attach fails, and is tried again later. */
static void test_watches_and_tries(void **state)
{
	const struct ut_remote *r;

	fx_share_stick();
	fx_dock_start();
	configure("attach = allow dock=desk\n");
	tab_open(NULL);
	tab_until(attach_failed, "tried");
	r = &tab_addr(0)->remotes.v[0];
	assert_string_equal(tab_addr(0)->name, "desk");
	assert_null(r->job);
	assert_false(r->attached);
	if (!strstr(r->error, ut_ktls_need(NULL) ?
		    "dock 127.0.0.1 ended the connection with TLS alert 80" :
		    "dock 127.0.0.1 refuses 1-2 (status"))
		fail_msg("%s", r->error);
	fx_dock_stop();
}

/* Nothing is loaded, found out or forked again that the daemon has. */
static void test_attach_is_one_process(void **state)
{
	fx_share_stick();
	fx_dock_start();
	configure("attach = allow dock=desk\n");
	tab_open(NULL);
	programs = forks = loads = 0;
	tab_until(attach_failed, "tried");
	/* The worker that watches, and that of the attach. */
	assert_int_equal(programs, 2);
	assert_int_equal(forks, 0);
	assert_int_equal(loads, 0);
	fx_dock_stop();
}

/* The dock is not asked for what nobody here can take. */
static void test_ktls_gone(void **state)
{
	no_ktls = true;
	fx_share_stick();
	fx_dock_start();
	configure("attach = allow dock=desk\n");
	tab_open(NULL);
	programs = 0;
	tab_until(attach_failed, "tried");
	assert_int_equal(programs, 1);
	assert_string_equal(tab_addr(0)->remotes.v[0].error,
			    "kernel TLS is gone");
	fx_dock_stop();
}

/* A signer that hangs keeps the loop: what can wait does, and nobody turns round. */
static void test_signer_slow(void **state)
{
	fx_share_stick();
	fx_dock_start();
	configure("attach = allow dock=desk\n");
	tab_open(NULL);
	/* By then it has made one signature: that was quick. */
	tab_until(up, "up");
	ut_tablet_creds(tab)->signer.slow.next = ut_clock_ms() + 3600000;
	tab_until(has_stick, "told of the stick");
	assert_int_equal(ut_auto_jobs(&tab->ctx), 0);
	assert_true(tab_timeout() > 60 * 1000);
	ut_tablet_creds(tab)->signer.slow.next = 0;
	tab_until(attach_failed, "tried");
	fx_dock_stop();
}

static void test_no_rule_no_attach(void **state)
{
	struct ut_verdict v;

	fx_share_stick();
	fx_dock_start();
	configure("");
	tab_open(NULL);
	tab_until(has_stick, "told of the stick");
	assert_int_equal(ut_remote_todo(&tab_addr(0)->remotes.v[0], &fx.tablet,
					"desk", 0, &v), UT_REMOTE_DENIED);
	/* Nothing is due but a look at the certificate. */
	assert_true(tab_timeout() > 60 * 1000);
	fx_dock_stop();
}

/* No dock, then there is one, then it ends and comes back. */
static void test_comes_back(void **state)
{
	configure("");
	tab_open(NULL);
	tab_until(tab_down, "down");
	assert_non_null(strstr(tab_addr(0)->error, "cannot reach"));
	fx_dock_start();
	tab_until(up, "up");
	fx_dock_stop();
	tab_until(tab_down, "down again");
	fx_dock_start();
	ut_tablet_hurry(tab);
	tab_until(up, "up again");
	fx_dock_stop();
}

static void test_dock_not_allowed(void **state)
{
	fx_dock_start();
	configure("deny_docks = desk\n");
	tab_open(NULL);
	tab_until(tab_denied, "denied");
	assert_false(ut_tablet_uses(tab, tab_addr(0)));
	fx_dock_stop();
}

/* Two ways to one dock: one connection, and the other way when that is gone. */
static void test_twins(void **state)
{
	fx_dock_start();
	configure("");
	tab_open(NULL);
	ut_tablet_hint(tab, "::1", fx.dock.dock.port);
	tab_until(twins, "one up, one aside");
	fx_dock_stop();
}

static bool failed_twice(void)
{
	return tab_addr(0)->backoff.fails >= 2;
}

static bool attaching(void)
{
	return has_stick() && tab_addr(0)->remotes.v[0].job;
}

/* Asleep nothing is tried; awake it is tried again and again, soon. */
static void test_sleep(void **state)
{
	fx_share_stick();
	fx_dock_start();
	configure("retry_max = 60\nattach = allow dock=desk\n");
	tab_open(NULL);
	/* There is something to be given up. */
	tab_until(attaching, "attaching");
	ut_tablet_suspend(tab);
	assert_null(tab_addr(0)->remotes.v[0].job);
	assert_int_equal(tab_timeout(), -1);
	fx_dock_stop();
	tab_until(tab_down, "down");
	assert_int_equal(tab_timeout(), -1);
	ut_tablet_resume(tab);
	tab_until(failed_twice, "tried");
	assert_true(tab_addr(0)->backoff.next - ut_clock_ms() <= 1000);
	fx_dock_start();
	tab_until(attach_failed, "told of the stick, and tried");
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
	configure("");
	tab_open(NULL);
	tab_until(has_stick, "told of the stick");
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
	tab_until(up, "up");
	assert_string_equal(tab_addr(0)->name, "desk");
	ut_tablet_addrs(tab, &n);
	assert_int_equal(n, 1);
	ut_tablet_hint_gone(tab, "127.0.0.1", fx.dock.dock.port);
	assert_true(tab_timeout() > 60 * 1000);
	assert_true(up());
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
	tab_until(up, "up");
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
	tab_until(up, "up again");
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

/* Our certificate is due, and the dock has the CA. */
static int64_t ends_at;

static bool renewed(void)
{
	return up() && ut_tablet_creds(tab)->own.not_after > ends_at;
}

static void test_renews(void **state)
{
	char text[256];

	fx_issue("home", UT_PKI_TABLET, "late", "late",
		 time(NULL) - 60 * 86400, 70);
	fx_tls(&fx.tablet.tls, "late");
	snprintf(text, sizeof(text), "[enroll]\npki = %s/home\n", fx.top);
	fx_config(&fx.dock, text);
	fx_dock_start();
	configure("[enroll]\npki = /nonexistent\n");
	tab_open(NULL);
	ends_at = ut_tablet_creds(tab)->own.not_after;
	tab_until(renewed, "renewed");
	assert_string_equal(ut_tablet_creds(tab)->own.name, "late");
	fx_expect_log("tablet \"late\" has a new certificate");
	assert_true(tab_timeout() > 60 * 1000);
	fx_dock_stop();
}

/* --- renewals that come to nothing: no key stays, and no turn of the loop waits --- */

static enum ut_renewal_phase phase_wanted;

static bool in_phase(void)
{
	return tab->renewal.phase == phase_wanted;
}

static void until_phase(enum ut_renewal_phase phase, const char *what)
{
	phase_wanted = phase;
	tab_until(in_phase, what);
}

static void late(char path[256], const char *file)
{
	snprintf(path, 256, "%s/late/%s", fx.top, file);
}

static bool new_key(void)
{
	char path[256];

	late(path, "key.pem.new");
	return !access(path, F_OK);
}

/* The certificate is due, and the dock has no CA. */
static void open_late(void)
{
	fx_issue("home", UT_PKI_TABLET, "late", "late",
		 time(NULL) - 60 * 86400, 70);
	fx_tls(&fx.tablet.tls, "late");
	fx_dock_start();
	configure("[enroll]\npki = /nonexistent\n");
	tab_open(NULL);
}

static void given_up(void)
{
	until_phase(UT_RENEWAL_UNSTAGING, "given up");
	until_phase(UT_RENEWAL_IDLE, "done with");
	assert_false(new_key());
	assert_true(tab_timeout() > 20 * 1000);
}

/* The files of the pair are locked meanwhile: that is for the task to wait for. */
static void test_renewal_refused(void **state)
{
	char path[256];
	int64_t began;
	int lock;

	open_late();
	until_phase(UT_RENEWAL_ASKING, "asking");
	assert_true(new_key());
	late(path, "key.pem.lock");
	lock = open(path, O_RDWR | O_CLOEXEC);
	assert_true(lock >= 0);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	until_phase(UT_RENEWAL_UNSTAGING, "refused");
	began = ut_clock_ms();
	assert_true(ut_tablet_due(tab) > 0);
	assert_true(ut_clock_ms() - began < 2000);
	assert_true(new_key());
	close(lock);
	until_phase(UT_RENEWAL_IDLE, "done with");
	assert_false(new_key());
	fx_dock_stop();
}

static void test_renewal_without_dock(void **state)
{
	open_late();
	until_phase(UT_RENEWAL_KEY, "at the key");
	ut_client_close(&tab_addr(0)->client);
	tab_addr(0)->state = UT_DOCK_ADDR_DOWN;
	tab_addr(0)->backoff.next = INT64_MAX;
	given_up();
	fx_dock_stop();
}

static void test_renewal_task_dies(void **state)
{
	open_late();
	until_phase(UT_RENEWAL_KEY, "at the key");
	assert_int_equal(kill(tab->renewal.task.pid, SIGKILL), 0);
	given_up();
	fx_dock_stop();
}

static void test_renewal_worker_dies(void **state)
{
	open_late();
	until_phase(UT_RENEWAL_ASKING, "asking");
	assert_int_equal(kill(tab->renewal.client.worker.pid, SIGKILL), 0);
	given_up();
	fx_dock_stop();
}

/* Other files, from now on: the key that was made lies beside the old ones. */
static void test_renewal_reload(void **state)
{
	struct ut_config other;
	struct ut_creds *creds;

	open_late();
	until_phase(UT_RENEWAL_ASKING, "asking");
	assert_true(new_key());
	other = fx.tablet;
	fx_tls(&other.tls, "tablet");
	assert_int_equal(ut_creds_load(&creds, UT_TLS_TABLET, &other.tls,
				       &fx.sandbox, &tab_err), 0);
	ut_tablet_reload(tab, &other, creds);
	given_up();
	ut_tablet_close(tab);
	tab = NULL;
	fx_dock_stop();
}

static void test_renewal_ends(void **state)
{
	open_late();
	until_phase(UT_RENEWAL_ASKING, "asking");
	assert_true(new_key());
	ut_tablet_close(tab);
	tab = NULL;
	assert_false(new_key());
	fx_dock_stop();
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
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_watches_and_tries), T(test_attach_is_one_process),
		T(test_ktls_gone), T(test_signer_slow),
		T(test_no_rule_no_attach),
		T(test_comes_back), T(test_dock_not_allowed), T(test_twins),
		T(test_devices_follow), T(test_sleep), T(test_hint),
		T(test_hint_of_configured), T(test_hint_meant),
		T(test_renews), T(test_renewal_refused),
		T(test_renewal_without_dock), T(test_renewal_task_dies),
		T(test_renewal_worker_dies), T(test_renewal_reload),
		T(test_renewal_ends), T(test_too_many_hints),
		T(test_hints_come_and_go),
	};

	return cmocka_run_group_tests(tests, fx_group_setup, fx_group_teardown);
}
