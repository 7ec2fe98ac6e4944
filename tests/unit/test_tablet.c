// SPDX-License-Identifier: GPL-2.0
/* The tablet's loop against a real dock on the loopback. Only the kernel is missing. */
#include "lib/dock_bed.h"
#include "lib/tablet_bed.h"
#include "tablet/tablet_internal.h"
#include "tls/ktls.h"

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
	return tab_setup(state);
}

static bool attach_failed(void)
{
	return tab_has_stick() && tab_addr(0)->remotes.v[0].backoff.fails;
}

/* Without kernel modules an attach fails, and is tried again later. */
static void test_watches_and_tries(void **state)
{
	const struct ut_remote *r;

	fx_share_stick();
	fx_dock_start();
	tab_configure("attach = allow dock=desk\n");
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
	tab_configure("attach = allow dock=desk\n");
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
	tab_configure("attach = allow dock=desk\n");
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
	tab_configure("attach = allow dock=desk\n");
	tab_open(NULL);
	/* By then it has made one signature: that was quick. */
	tab_until(tab_up, "up");
	ut_tablet_creds(tab)->signer.slow.next = ut_clock_ms() + 3600000;
	tab_until(tab_has_stick, "told of the stick");
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
	tab_configure("");
	tab_open(NULL);
	tab_until(tab_has_stick, "told of the stick");
	assert_int_equal(ut_remote_todo(&tab_addr(0)->remotes.v[0], &fx.tablet,
					"desk", 0, &v), UT_REMOTE_DENIED);
	/* Nothing is due but a look at the certificate. */
	assert_true(tab_timeout() > 60 * 1000);
	fx_dock_stop();
}

/* No dock, then there is one, then it ends and comes back. */
static void test_comes_back(void **state)
{
	tab_configure("");
	tab_open(NULL);
	tab_until(tab_down, "down");
	assert_non_null(strstr(tab_addr(0)->error, "cannot reach"));
	fx_dock_start();
	tab_until(tab_up, "up");
	fx_dock_stop();
	tab_until(tab_down, "down again");
	fx_dock_start();
	ut_tablet_hurry(tab);
	tab_until(tab_up, "up again");
	fx_dock_stop();
}

static void test_dock_not_allowed(void **state)
{
	fx_dock_start();
	tab_configure("deny_docks = desk\n");
	tab_open(NULL);
	tab_until(tab_denied, "denied");
	assert_false(ut_tablet_uses(tab, tab_addr(0)));
	fx_dock_stop();
}

static bool failed_twice(void)
{
	return tab_addr(0)->backoff.fails >= 2;
}

static bool attaching(void)
{
	return tab_has_stick() && tab_addr(0)->remotes.v[0].job;
}

/* Asleep nothing is tried; awake it is tried again and again, soon. */
static void test_sleep(void **state)
{
	fx_share_stick();
	fx_dock_start();
	tab_configure("retry_max = 60\nattach = allow dock=desk\n");
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

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, tab_teardown)
	const struct CMUnitTest tests[] = {
		T(test_watches_and_tries), T(test_attach_is_one_process),
		T(test_ktls_gone), T(test_signer_slow),
		T(test_no_rule_no_attach), T(test_comes_back),
		T(test_dock_not_allowed), T(test_sleep),
	};

	return cmocka_run_group_tests(tests, fx_group_setup, fx_group_teardown);
}
