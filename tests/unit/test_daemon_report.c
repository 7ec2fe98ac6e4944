// SPDX-License-Identifier: GPL-2.0
/* What the daemon reports about itself, and the metrics made from it. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dock/conns.h"
#include "lib/mock_nl.h"
#include "lib/scratch.h"
#include "lib/unit.h"
#include "tablet/tablet_internal.h"
#include "tlsd/daemon.h"

#define MANUAL	UT_TOP "/Documentation/man/usbip-tlsd.8"
#define PREFIX	"usbip_tls_"

enum role {
	DOCK = 1,
	TABLET = 2,
	BOTH = DOCK | TABLET,
};

/* Each metric, and which of the roles have it. */
static const struct {
	const char *name;
	enum role of;
} metrics[] = {
	{ "build_info", BOTH },
	{ "start_time_seconds", BOTH },
	{ "certificate_expiry_timestamp_seconds", BOTH },
	{ "sessions", BOTH },
	{ "sessions_opened_total", BOTH },
	{ "sessions_closed_total", BOTH },
	{ "violations_total", BOTH },
	{ "events_lost_total", BOTH },
	{ "refused_total", DOCK },
	{ "docks", TABLET },
	{ "docks_connected", TABLET },
	{ "devices_attached", TABLET },
	{ "session_sent_bytes_total", BOTH },
	{ "session_received_bytes_total", BOTH },
	{ "session_sent_pdus_total", BOTH },
	{ "session_received_pdus_total", BOTH },
	{ "session_sent_records_total", BOTH },
	{ "session_received_records_total", BOTH },
	{ "session_dropped_pdus_total", BOTH },
	{ "session_open_urbs", BOTH },
	{ "session_age_seconds", BOTH },
};

#define N_METRICS (sizeof(metrics) / sizeof(metrics[0]))

static const struct ut_session sessions[] = {
	{ .id = 5, .role = USBIP_TLS_ROLE_DOCK, .busid = "1-2",
	  .state = USBIP_TLS_STATE_OPEN, .peer = "lea" },
	{ .id = 6, .role = USBIP_TLS_ROLE_TABLET, .busid = "1-3",
	  .state = USBIP_TLS_STATE_OPEN, .peer = "desk" },
};

static char text[SCRATCH_TEXT_SIZE], manual[SCRATCH_TEXT_SIZE];
static struct ut_creds creds;
static struct ut_dock dock;
static struct ut_tablet tablet;
static struct ut_daemon d;

/* A daemon to which everything that it counts has happened. */
static int setup(void **state)
{
	static struct ut_dock_addr up = { .state = UT_DOCK_ADDR_UP }, down;
	static const struct ut_session broken = {
		.role = USBIP_TLS_ROLE_DOCK,
		.reason = USBIP_TLS_REASON_BAD_PDU,
		.reason_detail = USBIP_TLS_VIOLATION_LENGTH,
	};

	creds.own.not_after = 1900000000;
	dock.creds = &creds;
	ut_json_count(&dock.refusals, "unknown-ca", 2);
	tablet.ctx.creds = &creds;
	tablet.ctx.book.v[0] = &up;
	tablet.ctx.book.v[1] = &down;
	tablet.ctx.book.n = 2;
	d = (struct ut_daemon){ .started = 1800000000, .counts.lost = 4 };
	ut_metrics_count(&d.counts, USBIP_TLS_CMD_SESSION_OPENED, &sessions[0]);
	ut_metrics_count(&d.counts, USBIP_TLS_CMD_SESSION_OPENED, &sessions[1]);
	ut_metrics_count(&d.counts, USBIP_TLS_CMD_SESSION_CLOSED, &broken);
	return 0;
}

static int teardown(void **state)
{
	ut_metrics_counts_free(&d.counts);
	json_object_put(dock.refusals);
	dock.refusals = NULL;
	return 0;
}

/* What it reports in this role. */
static struct json_object *report(enum role role)
{
	struct json_object *o = json_object_new_object();

	d.is_dock = role & DOCK;
	d.is_tablet = role & TABLET;
	d.dock = d.is_dock ? &dock : NULL;
	d.tablet = d.is_tablet ? &tablet : NULL;
	ut_daemon_report(&d, o);
	return o;
}

static void format(enum role role)
{
	FILE *f = fmemopen(text, sizeof(text), "w");
	struct json_object *o = report(role);

	assert_non_null(f);
	assert_int_equal(ut_metrics_sessions(o, sessions, 2, d.is_dock,
					     d.is_tablet), 0);
	assert_int_equal(ut_metrics_format(f, o), 0);
	assert_int_equal(fclose(f), 0);
	json_object_put(o);
}

/* How often @begin, a metric, and one of @after stand in @in. */
static unsigned int count(const char *in, const char *begin, const char *metric,
			  const char *after)
{
	char what[128];
	unsigned int n = 0;
	const char *p;

	snprintf(what, sizeof(what), "%s" PREFIX "%s", begin, metric);
	for (p = in; (p = strstr(p, what)); ) {
		p += strlen(what);
		n += *p && strchr(after, *p);
	}
	return n;
}

/* It has HELP and TYPE once each, and samples; or none of these. */
static void expect_metric(const char *name, bool there)
{
	if (count(text, "# HELP ", name, " ") != there ||
	    count(text, "# TYPE ", name, " ") != there ||
	    !!count(text, "\n", name, "{ ") != there)
		fail_msg("%s is %s:\n%s", name, there ? "not there, or twice" :
			 "there", text);
}

/* Each role has all of its metrics, and no others. */
static void test_metrics(void **state)
{
	enum role role;
	size_t i, n;

	for (role = DOCK; role <= BOTH; role++) {
		format(role);
		for (i = 0, n = 0; i < N_METRICS; i++) {
			expect_metric(metrics[i].name, metrics[i].of & role);
			n += !!(metrics[i].of & role);
		}
		assert_int_equal(scratch_count(text, "# HELP "), n);
	}
}

/* Names of metrics, and the values of their labels. */
static void test_documented(void **state)
{
	enum usbip_tls_violation v;
	enum usbip_tls_reason r;
	size_t i;

	scratch_slurp(MANUAL, manual);
	for (i = 0; i < N_METRICS; i++)
		if (count(manual, "\n.It Li ", metrics[i].name, " \n") != 1)
			fail_msg("%s is not in %s", metrics[i].name, MANUAL);
	for (r = USBIP_TLS_REASON_LOCAL; r <= USBIP_TLS_REASON_OTHER_DEVICE;
	     r++)
		if (!strstr(manual, ut_reason_name(r)))
			fail_msg("%s is not in %s", ut_reason_name(r), MANUAL);
	for (v = USBIP_TLS_VIOLATION_COMMAND;
	     v <= USBIP_TLS_VIOLATION_CHANGED; v++)
		if (!strstr(manual, ut_violation_name(v)))
			fail_msg("%s is not in %s", ut_violation_name(v),
				 MANUAL);
}

static void expect_counts(struct json_object *o, const char *key,
			  const char *want)
{
	struct json_object *counts;

	if (!json_object_object_get_ex(o, key, &counts))
		fail_msg("no \"%s\"", key);
	assert_string_equal(json_object_to_json_string_ext(counts,
					JSON_C_TO_STRING_PLAIN), want);
}

static bool tells(enum role role, const char *key)
{
	struct json_object *o = report(role);
	bool ret = json_object_object_get_ex(o, key, NULL);

	json_object_put(o);
	return ret;
}

/* As printed by usbip-tls status --json. */
static void test_status(void **state)
{
	struct json_object *o = report(BOTH);

	assert_string_equal(ut_json_text(o, "role"), "both");
	assert_string_equal(ut_json_text(o, "version"), UT_VERSION);
	assert_string_equal(ut_json_text(o, "config"), UT_CONFIG_PATH);
	assert_int_equal(ut_json_number(o, "pid"), getpid());
	assert_int_equal(ut_json_number(o, "started"), 1800000000);
	assert_int_equal(ut_json_number(o, "expires"), 1900000000);
	assert_int_equal(ut_json_number(o, "events_lost"), 4);
	assert_int_equal(ut_json_number(o, "docks"), 2);
	assert_int_equal(ut_json_number(o, "docks_connected"), 1);
	expect_counts(o, "opened", "{\"dock\":1,\"tablet\":1}");
	expect_counts(o, "closed", "{\"bad-pdu\":1}");
	expect_counts(o, "violations", "{\"length\":1}");
	expect_counts(o, "refusals", "{\"unknown-ca\":2}");
	json_object_put(o);
	assert_false(tells(DOCK, "docks"));
	assert_false(tells(DOCK, "docks_connected"));
	assert_false(tells(TABLET, "refusals"));
}

/* 0: there is no certificate; -1: GnuTLS could not read it. */
static void test_expiry_unknown(void **state)
{
	creds.own.not_after = 0;
	assert_false(tells(BOTH, "expires"));
	creds.own.not_after = -1;
	assert_false(tells(BOTH, "expires"));
}

/* Counts of zero are reported all the same. */
static void test_nothing_yet(void **state)
{
	static const char *const counts[] = {
		"opened", "closed", "violations", "refusals",
	};
	struct json_object *o;
	size_t i;

	teardown(state);
	o = report(BOTH);
	for (i = 0; i < 4; i++)
		expect_counts(o, counts[i], "{}");
	assert_true(json_object_object_get_ex(o, "events_lost", NULL));
	json_object_put(o);
}

/* --- without memory --- */

/* How many objects can be made before memory runs out. */
static int objects = INT_MAX;

struct json_object *__real_json_object_new_object(void);
struct json_object *__wrap_json_object_new_object(void);
struct json_object *__real_json_object_new_array(void);
struct json_object *__wrap_json_object_new_array(void);

struct json_object *__wrap_json_object_new_object(void)
{
	return objects-- ? __real_json_object_new_object() : NULL;
}

struct json_object *__wrap_json_object_new_array(void)
{
	return objects-- ? __real_json_object_new_array() : NULL;
}

/* Whichever object is missing, no file is better than a wrong one. */
static void test_no_memory(void **state)
{
	static const struct mock_call dump = {
		.op = MOCK_DUMP, .sessions = sessions, .n = 2,
	};
	char dir[SCRATCH_SIZE], file[128];
	int i;

	assert_int_equal(scratch_make(dir, "report"), 0);
	snprintf(file, sizeof(file), "%s/usbip-tls.prom", dir);
	ut_log_open("test", UT_LOG_ERR);
	teardown(state);
	json_object_put(report(BOTH));
	d.nl = &mock_nl;
	ut_metrics_set(&d.metrics, file, 5);
	for (i = 0; ; i++) {
		mock_expect(&dump, 1);
		objects = i;
		ut_sessions_metrics(&d);
		mock_done();
		if (objects >= 0)
			break;
		assert_non_null(strstr(d.metrics.said,
				       "Cannot allocate memory"));
		assert_int_equal(access(file, F_OK), -1);
	}
	objects = INT_MAX;
	/* The report, four counts, and four more for the kernel's table. */
	assert_int_equal(i, 9);
	assert_int_equal(access(file, F_OK), 0);
	assert_int_equal(scratch_drop(dir), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(test_metrics), T(test_documented), T(test_status),
		T(test_expiry_unknown), T(test_nothing_yet),
		T(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
