// SPDX-License-Identifier: GPL-2.0
/* A certificate that the tablet renews by its dock, and what may come between. */
#include <sys/file.h>

#include "lib/dock_bed.h"
#include "lib/tablet_bed.h"
#include "tablet/tablet_internal.h"

/* Our certificate is due, and the dock has the CA. */
static int64_t ends_at;

static bool renewed(void)
{
	return tab_up() && ut_tablet_creds(tab)->own.not_after > ends_at;
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
	tab_configure("[enroll]\npki = /nonexistent\n");
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
	tab_configure("[enroll]\npki = /nonexistent\n");
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

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, tab_setup, tab_teardown)
	const struct CMUnitTest tests[] = {
		T(test_renews), T(test_renewal_refused),
		T(test_renewal_without_dock), T(test_renewal_task_dies),
		T(test_renewal_worker_dies), T(test_renewal_reload),
		T(test_renewal_ends),
	};

	return cmocka_run_group_tests(tests, fx_group_setup, fx_group_teardown);
}
