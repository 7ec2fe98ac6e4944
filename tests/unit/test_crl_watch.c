// SPDX-License-Identifier: GPL-2.0
/*
 * The daemon's watch on revocation lists: a file is replaced, and sessions end. The
 * tablet is real; the kernel's session table is scripted.
 */
#include "lib/dock_bed.h"
#include "tlsd/daemon.h"

#define WAIT_MS 30000

static struct ut_daemon d;
static struct ut_session table[3];
static struct ut_err err;

/* The peers of the sessions; each test has docks of its own. */
static char serials[3][UT_TLS_SERIAL_SIZE];

static void issue(int i, const char *name)
{
	char dir[128];
	struct ut_pki_store store = { .dir = dir };
	struct ut_pki_issue req = {
		.role = UT_PKI_DOCK, .name = name, .force = true,
	};
	struct ut_pki_cert made;

	snprintf(dir, sizeof(dir), "%s/home", fx.top);
	if (ut_pki_issue(&store, &req, &made, &err))
		fail_msg("%s", err.msg);
	snprintf(serials[i], sizeof(serials[i]), "%s", made.serial);
}

static void session(int i, enum usbip_tls_role role, enum usbip_tls_state state)
{
	table[i] = (struct ut_session){
		.id = (uint32_t)i + 1, .role = role, .state = state,
	};
	snprintf(table[i].serial, sizeof(table[i].serial), "%s", serials[i]);
}

/* Puts the CA's current list into this directory. */
static void crl_into(const char *dir)
{
	char from[128];
	struct ut_buf buf;

	snprintf(from, sizeof(from), "%s/home/crl.pem", fx.top);
	snprintf(fx.tablet.tls.crl, sizeof(fx.tablet.tls.crl), "%s/%s/crl.pem",
		 fx.top, dir);
	if (ut_file_read(from, &buf, &err) ||
	    ut_file_write(fx.tablet.tls.crl, buf.data, buf.len, 0644, true,
			  &err))
		fail_msg("%s", err.msg);
	ut_buf_free(&buf);
}

static void own_crl(void)
{
	crl_into("tablet");
}

static int setup(void **state)
{
	int i;

	if (fx_setup(state))
		return -1;
	own_crl();
	memset(&d, 0, sizeof(d));
	d.is_tablet = true;
	d.config = &fx.tablet;
	d.nl = &mock_nl;
	mock_dump_empty = false;
	issue(0, "one");
	issue(1, "two");
	issue(2, "three");
	for (i = 0; i < 3; i++)
		session(i, USBIP_TLS_ROLE_TABLET, USBIP_TLS_STATE_OPEN);
	if (sd_event_new(&d.loop) < 0)
		return -1;
	return ut_tablet_open(&d.tablet, d.loop, &fx.tablet, &fx.sandbox,
			      &mock_nl, &err);
}

static int teardown(void **state)
{
	ut_crl_watch_close(&d);
	ut_tablet_close(d.tablet);
	sd_event_unref(d.loop);
	return fx_teardown(state);
}

static void expect_dels(const uint32_t *ids, size_t n)
{
	static struct mock_call script[1 + 3];
	size_t i;

	script[0] = (struct mock_call){ .op = MOCK_DUMP, .sessions = table,
					.n = 3 };
	for (i = 0; i < n; i++)
		script[1 + i] = (struct mock_call){ .op = MOCK_DEL,
						    .id = ids[i] };
	mock_expect(script, 1 + n);
}

/* Handles events until all expected calls were made. */
static void until_done(void)
{
	int64_t deadline = ut_clock_ms() + WAIT_MS;

	while (mock_next != mock_calls) {
		if (!ut_clock_left(deadline))
			fail_msg("%zu of %zu calls", mock_next, mock_calls);
		assert_int_equal(ut_loop_turn(d.loop, deadline), 0);
	}
}

/* What has happened so far leads to no call. */
static void nothing(void)
{
	mock_expect(NULL, 0);
	assert_true(sd_event_run(d.loop, WAIT_MS * 1000ULL) > 0);
	assert_int_equal(ut_loop_turn(d.loop, 0), 0);
	mock_done();
}

static void open_watch(void)
{
	mock_expect(NULL, 0);
	ut_crl_watch_open(&d);
	assert_non_null(d.crl_watch.watch[0]);
}

/* By scp, which writes into the file, or by a rename. */
static void test_file_replaced(void **state)
{
	static const uint32_t second[] = { 2 }, first_two[] = { 1, 2 };

	open_watch();
	fx_revoke("home", "two");
	expect_dels(second, 1);
	own_crl();
	until_done();
	/* Certificates revoked earlier are handled again: their sessions may linger. */
	fx_revoke("home", "one");
	expect_dels(first_two, 2);
	own_crl();
	until_done();
}

/* The CA is on this machine: its list becomes ours. */
static void test_from_the_ca(void **state)
{
	static const uint32_t third[] = { 3 };
	char text[200];

	snprintf(text, sizeof(text), "[enroll]\npki = %s/home\n", fx.top);
	fx_config(&fx.tablet, text);
	open_watch();
	expect_dels(third, 1);
	fx_revoke("home", "three");
	until_done();
}

/* The CA's directory is created after the watch begins. */
static void test_ca_comes_later(void **state)
{
	static const uint32_t first[] = { 1 };
	char text[200], home[128], away[128];

	snprintf(home, sizeof(home), "%s/home", fx.top);
	snprintf(away, sizeof(away), "%s/away", fx.top);
	snprintf(text, sizeof(text), "[enroll]\npki = %s\n", home);
	fx_config(&fx.tablet, text);
	fx_revoke("home", "one");
	assert_int_equal(rename(home, away), 0);
	open_watch();
	expect_dels(first, 1);
	assert_int_equal(rename(away, home), 0);
	until_done();
}

/* A directory is watched once, and so is one that takes its name. */
static void test_directory_replaced(void **state)
{
	static const uint32_t first[] = { 1 }, first_two[] = { 1, 2 };
	char dir[128], away[128];
	const char *name;

	snprintf(dir, sizeof(dir), "%s/lists", fx.top);
	snprintf(away, sizeof(away), "%s/lists-away", fx.top);
	assert_int_equal(mkdir(dir, 0755), 0);
	crl_into("lists");
	open_watch();
	sd_event_source_set_description(d.crl_watch.watch[0], "the first one");
	fx_revoke("home", "one");
	expect_dels(first, 1);
	crl_into("lists");
	until_done();
	sd_event_source_get_description(d.crl_watch.watch[0], &name);
	assert_string_equal(name, "the first one");
	assert_int_equal(rename(dir, away), 0);
	assert_int_equal(mkdir(dir, 0755), 0);
	nothing();
	fx_revoke("home", "two");
	expect_dels(first_two, 2);
	crl_into("lists");
	until_done();
}

static void test_not_of_our_role(void **state)
{
	session(0, USBIP_TLS_ROLE_DOCK, USBIP_TLS_STATE_OPEN);
	session(1, USBIP_TLS_ROLE_TABLET, USBIP_TLS_STATE_CLOSED);
	table[2].serial[0] = '\0';
	open_watch();
	fx_revoke("home", "one");
	fx_revoke("home", "two");
	fx_revoke("home", "three");
	expect_dels(NULL, 0);
	own_crl();
	until_done();
}

static void test_not_a_crl(void **state)
{
	static const uint32_t first[] = { 1 };

	open_watch();
	if (ut_file_write(fx.tablet.tls.crl, "x", 1, 0644, true, &err))
		fail_msg("%s", err.msg);
	nothing();
	fx_revoke("home", "one");
	expect_dels(first, 1);
	own_crl();
	until_done();
}

/* The list came while no daemon was running. */
static void test_at_the_start(void **state)
{
	static const uint32_t second[] = { 2 };

	fx_revoke("home", "two");
	own_crl();
	ut_tablet_close(d.tablet);
	assert_int_equal(ut_tablet_open(&d.tablet, d.loop, &fx.tablet,
					&fx.sandbox, &mock_nl, &err), 0);
	open_watch();
	expect_dels(second, 1);
	ut_sessions_revoked(&d);
	mock_done();
}

static void test_no_crl(void **state)
{
	fx.tablet.tls.crl[0] = '\0';
	mock_expect(NULL, 0);
	ut_crl_watch_open(&d);
	ut_crl_watch_look(&d);
	assert_null(d.crl_watch.watch[0]);
	mock_done();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_file_replaced),
		TEST(test_from_the_ca),
		TEST(test_ca_comes_later),
		TEST(test_directory_replaced),
		TEST(test_not_of_our_role),
		TEST(test_not_a_crl),
		TEST(test_at_the_start),
		TEST(test_no_crl),
	};

	return cmocka_run_group_tests(tests, fx_group_setup, fx_group_teardown);
}
