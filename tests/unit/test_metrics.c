// SPDX-License-Identifier: GPL-2.0
/* The metrics file: its content, and how it is written. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "dock/conns.h"
#include "dock/dock.h"
#include "lib/scratch.h"
#include "lib/unit.h"
#include "tlsd/metrics.h"

static char dir[SCRATCH_SIZE], path[128];
static char text[SCRATCH_TEXT_SIZE];
static struct ut_metrics_counts counts;

static int setup(void **state)
{
	if (scratch_make(dir, "metrics"))
		return -1;
	snprintf(path, sizeof(path), "%s/usbip-tls.prom", dir);
	return 0;
}

static int teardown(void **state)
{
	ut_metrics_counts_free(&counts);
	return scratch_drop(dir);
}

/* What a daemon with both roles reports, with three docks. */
static struct json_object *report(void)
{
	struct json_object *o = json_object_new_object();

	ut_json_string(o, "version", "1.2");
	ut_json_string(o, "role", "both");
	ut_json_uint(o, "started", 1800000000);
	ut_json_uint(o, "expires", 1900000000);
	ut_json_uint(o, "docks", 3);
	ut_json_uint(o, "docks_connected", 2);
	return o;
}

static void format(struct json_object *o)
{
	FILE *f = fmemopen(text, sizeof(text), "w");

	assert_non_null(f);
	ut_metrics_format(f, o);
	assert_int_equal(fclose(f), 0);
	json_object_put(o);
}

/* The line stands in the text, as a whole. */
static void has(const char *line)
{
	const char *p = strstr(text, line);

	if (!p || (p != text && p[-1] != '\n') || p[strlen(line)] != '\n')
		fail_msg("no line \"%s\" in:\n%s", line, text);
}

static void event(enum usbip_tls_cmd cmd, enum usbip_tls_reason reason,
		  uint32_t detail)
{
	const struct ut_session s = {
		.role = USBIP_TLS_ROLE_DOCK, .reason = reason,
		.reason_detail = detail,
	};

	ut_metrics_count(&counts, cmd, &s);
}

static void test_counts(void **state)
{
	struct json_object *o = report(), *refused = NULL;

	event(USBIP_TLS_CMD_SESSION_OPENED, 0, 0);
	event(USBIP_TLS_CMD_SESSION_OPENED, 0, 0);
	event(USBIP_TLS_CMD_KEYS_DUE, 0, 0);
	event(USBIP_TLS_CMD_SESSION_CLOSED, USBIP_TLS_REASON_TIMEOUT, 110);
	event(USBIP_TLS_CMD_SESSION_CLOSED, USBIP_TLS_REASON_BAD_PDU,
	      USBIP_TLS_VIOLATION_LENGTH);
	/* Errors of our own driver are not the peer's fault. */
	event(USBIP_TLS_CMD_SESSION_CLOSED, USBIP_TLS_REASON_LOCAL_PDU,
	      USBIP_TLS_VIOLATION_LENGTH);
	ut_json_count(&refused, "unknown-ca", 1);
	ut_json_count(&refused, "timeout", 1);
	ut_json_count(&refused, "unknown-ca", 1);
	json_object_object_add(o, "opened", json_object_get(counts.opened));
	json_object_object_add(o, "closed", json_object_get(counts.closed));
	json_object_object_add(o, "violations",
			       json_object_get(counts.violations));
	ut_json_uint(o, "events_lost", 4);
	json_object_object_add(o, "refusals", refused);
	format(o);
	has("usbip_tls_build_info{version=\"1.2\",role=\"both\"} 1");
	has("usbip_tls_start_time_seconds 1800000000");
	has("usbip_tls_certificate_expiry_timestamp_seconds 1900000000");
	has("# TYPE usbip_tls_sessions_opened_total counter");
	has("usbip_tls_sessions_opened_total{role=\"dock\"} 2");
	has("usbip_tls_sessions_closed_total{reason=\"timeout\"} 1");
	has("usbip_tls_sessions_closed_total{reason=\"bad-pdu\"} 1");
	has("usbip_tls_sessions_closed_total{reason=\"local-pdu\"} 1");
	has("usbip_tls_violations_total{rule=\"length\"} 1");
	has("usbip_tls_events_lost_total 4");
	has("usbip_tls_refused_total{reason=\"unknown-ca\"} 2");
	has("usbip_tls_refused_total{reason=\"timeout\"} 1");
	has("usbip_tls_docks 3");
	has("usbip_tls_docks_connected 2");
	/* It says nothing about what the report lacks, as a dock's lacks docks. */
	o = report();
	json_object_object_del(o, "docks");
	json_object_object_del(o, "docks_connected");
	json_object_object_del(o, "expires");
	format(o);
	assert_null(strstr(text, "usbip_tls_docks"));
	assert_null(strstr(text, "expiry"));
}

static void test_sessions(void **state)
{
	const struct ut_session s[] = {
		{ .id = 5, .role = USBIP_TLS_ROLE_DOCK, .busid = "1-2",
		  .state = USBIP_TLS_STATE_OPEN, .peer = "le\\a\"\n}",
		  .tx_bytes = 18446744073709551615ULL, .rx_bytes = 2,
		  .tx_pdus = 3, .rx_pdus = 4, .tx_records = 5, .rx_records = 6,
		  .dropped_pdus = 7, .open_urbs = 8, .age_ms = 9999 },
		{ .id = 6, .role = USBIP_TLS_ROLE_TABLET, .busid = "1-3",
		  .state = USBIP_TLS_STATE_NEW, .peer = "desk" },
		{ .id = 7, .role = USBIP_TLS_ROLE_TABLET, .busid = "1-4",
		  .state = USBIP_TLS_STATE_CLOSED, .peer = "desk" },
	};
	struct json_object *o = report();

	ut_metrics_sessions(o, s, 3, true, true);
	format(o);
#define LEA "{session=\"5\",busid=\"1-2\",peer=\"le\\\\a\\\"\\n}\",role=\"dock\"} "
	has("usbip_tls_session_sent_bytes_total" LEA "18446744073709551615");
	has("usbip_tls_session_received_bytes_total" LEA "2");
	has("usbip_tls_session_sent_pdus_total" LEA "3");
	has("usbip_tls_session_received_pdus_total" LEA "4");
	has("usbip_tls_session_sent_records_total" LEA "5");
	has("usbip_tls_session_received_records_total" LEA "6");
	has("usbip_tls_session_dropped_pdus_total" LEA "7");
	has("usbip_tls_session_open_urbs" LEA "8");
	has("usbip_tls_session_age_seconds" LEA "9");
	has("usbip_tls_session_sent_pdus_total{session=\"6\",busid=\"1-3\",peer=\"desk\",role=\"tablet\"} 0");
	assert_null(strstr(text, "session=\"7\""));
	has("usbip_tls_sessions{role=\"dock\"} 1");
	has("usbip_tls_sessions{role=\"dock-vudc\"} 0");
	has("usbip_tls_sessions{role=\"tablet\"} 1");
	has("usbip_tls_devices_attached 1");
	/* A dock says nothing about what the tablet on the same machine does. */
	o = report();
	ut_metrics_sessions(o, s, 3, true, false);
	format(o);
	assert_null(strstr(text, "role=\"tablet\""));
	assert_null(strstr(text, "session=\"6\""));
}

/* Refusals that are not logged because there are too many count, too. */
static void test_strangers(void **state)
{
	static struct ut_dock dock;
	const struct ut_conn c = { .text = "192.0.2.1:7" };
	int i;

	ut_log_open("test", UT_LOG_ERR);
	for (i = 0; i < 100; i++)
		ut_conn_log_refused(&dock, &c, "not-tls", "it is odd");
	ut_conn_log_refused(&dock, &c, "evicted", "no room");
	assert_int_equal(json_object_object_length(ut_dock_refused(&dock)), 2);
	assert_int_equal(ut_json_number(ut_dock_refused(&dock), "not-tls"), 100);
	assert_int_equal(ut_json_number(ut_dock_refused(&dock), "evicted"), 1);
	json_object_put(dock.refusals);
}

static void test_file(void **state)
{
	struct json_object *o = report();
	struct ut_metrics w = { .next = 0 };
	char other[128];
	struct stat st;
	mode_t old = umask(077);

	assert_true(ut_metrics_next(&w) == INT64_MAX);
	assert_false(ut_metrics_due(&w));
	ut_metrics_set(&w, path, 3600);
	assert_int_equal(ut_clock_left(ut_metrics_next(&w)), 0);
	assert_true(ut_metrics_due(&w));
	assert_false(ut_metrics_due(&w));
	assert_in_range(ut_clock_left(ut_metrics_next(&w)), 3590000, 3600000);
	/* An existing file is replaced; what a link points to is not touched. */
	snprintf(other, sizeof(other), "%s/other", dir);
	assert_int_equal(symlink(other, path), 0);
	ut_metrics_write(&w, o);
	assert_int_equal(access(other, F_OK), -1);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0644);
	scratch_slurp(path, text);
	has("usbip_tls_docks 3");
	ut_json_uint(o, "docks", 4);
	ut_metrics_write(&w, o);
	scratch_slurp(path, text);
	has("usbip_tls_docks 4");
	/* Nothing else is left over, and another file replaces it. */
	ut_metrics_set(&w, other, 5);
	assert_int_equal(access(path, F_OK), -1);
	ut_metrics_write(&w, o);
	assert_int_equal(access(other, F_OK), 0);
	ut_metrics_end(&w);
	assert_true(ut_metrics_next(&w) == INT64_MAX);
	json_object_put(o);
	assert_int_equal(rmdir(dir), 0);
	umask(old);
	assert_int_equal(mkdir(dir, 0700), 0);
}

static void test_no_directory(void **state)
{
	struct json_object *o = report();
	struct ut_metrics w = { .next = 0 };

	snprintf(path, sizeof(path), "%s/none/x.prom", dir);
	ut_log_open("test", UT_LOG_ERR);
	ut_metrics_set(&w, path, 5);
	ut_metrics_write(&w, o);
	assert_non_null(strstr(w.said, "No such file or directory"));
	ut_metrics_end(&w);
	json_object_put(o);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_counts), T(test_sessions), T(test_strangers),
		T(test_file), T(test_no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
