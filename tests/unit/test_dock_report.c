// SPDX-License-Identifier: GPL-2.0
/* What the dock reports about its devices, who watches, and who was refused. */
#include "control/control.h"
#include "dock/dock.h"
#include "lib/export_bed.h"

static struct json_object *report;
static struct ut_snapshot before;
static char told[1024];

static int report_setup(void **state)
{
	mock_dump_empty = true;
	return exp_setup(state);
}

static int report_teardown(void **state)
{
	json_object_put(report);
	report = NULL;
	ut_snapshot_free(&before);
	ut_devices_free(&exp_dock.devices);
	exp_dock.observed = false;
	return exp_teardown(state);
}

static struct json_object *item(const char *key, size_t i)
{
	size_t n;
	struct json_object *array = ut_json_list(report, key, &n);

	if (i >= n)
		fail_msg("only %zu of \"%s\"", n, key);
	return json_object_array_get_idx(array, i);
}

static void make_report(void)
{
	json_object_put(report);
	report = json_object_new_object();
	assert_int_equal(ut_dock_report(&exp_dock, report), 0);
}

static void share(void)
{
	fake_device(&exp_stick);
	fake_link("bus/usb/drivers/usbip-host", "%s/1-2/driver", FAKE_USB);
	exp_status("1\n");
}

static void watch(void)
{
	exp_conn.state = UT_CONN_WATCHING;
	exp_dock.conns[0] = &exp_conn;
	exp_dock.n_conns = 1;
	exp_dock.n_watching = 1;
}

static void test_report(void **state)
{
	struct json_object *o;

	share();
	fake_usb(FAKE_USB, "1-3");
	exp_configure("[policy]\nrule =\nrule = allow path=1-2 tablet=blue\n");
	watch();
	make_report();
	o = item("devices", 0);
	assert_string_equal(ut_json_text(o, "busid"), "1-2");
	assert_string_equal(ut_json_text(o, "status"), "available");
	assert_string_equal(ut_json_text(o, "verdict"), "allow");
	assert_non_null(strstr(ut_json_text(o, "why"), ":3: "));
	o = item("devices", 1);
	assert_string_equal(ut_json_text(o, "busid"), "1-3");
	assert_string_equal(ut_json_text(o, "status"), "not-bound");
	assert_string_equal(ut_json_text(o, "verdict"), "deny");
	o = item("tablets", 0);
	assert_string_equal(ut_json_text(o, "name"), "blue");
	assert_string_equal(json_object_to_json_string_ext(
			    json_object_object_get(o, "may_have"),
			    JSON_C_TO_STRING_PLAIN), "[\"1-2\"]");
	assert_int_equal(ut_json_number(report, "connections"), 1);
}

/* The last ones, in order; older ones are forgotten. */
static void test_refused(void **state)
{
	struct json_object *array;
	char busid[16];
	size_t n;
	int i;

	ut_export_import(&exp_dock, &exp_conn, "1-9", false);
	make_report();
	assert_string_equal(ut_json_text(item("refused", 0), "name"), "blue");
	assert_string_equal(ut_json_text(item("refused", 0), "busid"), "1-9");
	assert_non_null(strstr(ut_json_text(item("refused", 0), "why"), "1-9"));
	for (i = 0; i < 20; i++) {
		snprintf(busid, sizeof(busid), "2-%d", i);
		ut_refused_note(&exp_dock, &exp_conn, busid, "no");
	}
	make_report();
	array = ut_json_list(report, "refused", &n);
	assert_non_null(array);
	assert_int_equal(n, UT_DOCK_MAX_REFUSED);
	assert_string_equal(ut_json_text(item("refused", 0), "busid"), "2-12");
	assert_string_equal(ut_json_text(item("refused", 7), "busid"), "2-19");
}

/* --- events --- */

static void tell(void *arg, struct json_object *event)
{
	size_t len = strlen(told);

	snprintf(told + len, sizeof(told) - len, "%s %s%s, ",
		 ut_json_text(event, "event"), ut_json_text(event, "name")[0] &&
		 !ut_json_text(event, "busid")[0] ?
		 ut_json_text(event, "name") : "",
		 ut_json_text(event, "busid"));
	json_object_put(event);
}

static void expect_events(const char *events)
{
	struct ut_snapshot now = { 0 };

	told[0] = '\0';
	exp_dock.devices.not_before = 0;
	ut_devices_touch(&exp_dock.devices);
	assert_true(ut_devices_refresh(&exp_dock.devices, exp_dock.nl));
	assert_int_equal(ut_dock_snapshot(&exp_dock, &now), 0);
	ut_snapshot_diff(&before, &now, tell, NULL);
	assert_string_equal(told, events);
	ut_snapshot_free(&before);
	before = now;
}

static void test_events(void **state)
{
	int i;

	ut_dock_observe(&exp_dock, true);
	expect_events("");
	fake_usb(FAKE_USB, "1-3");
	expect_events("device-added 1-3, ");
	share();
	expect_events("device-added 1-2, device-shared 1-2, ");
	/* The sessions tell whether it is in use. */
	exp_status("2\n");
	expect_events("");
	watch();
	expect_events("tablet-connected blue, ");
	for (i = 0; i < 12; i++)
		ut_refused_note(&exp_dock, &exp_conn, "1-3", "no");
	expect_events("tablet-refused 1-3, tablet-refused 1-3, "
		      "tablet-refused 1-3, tablet-refused 1-3, "
		      "tablet-refused 1-3, tablet-refused 1-3, "
		      "tablet-refused 1-3, tablet-refused 1-3, ");
	ut_refused_note(&exp_dock, &exp_conn, "1-4", "no");
	exp_dock.n_conns = 0;
	expect_events("tablet-refused 1-4, tablet-lost blue, ");
	fake_gone("bus/usb/devices/1-2");
	expect_events("device-unshared 1-2, device-removed 1-2, ");
	/* Nobody watches any longer. */
	ut_dock_observe(&exp_dock, false);
	assert_false(exp_dock.observed);
}

/* A device that was given back is reset; meanwhile it must not seem to be gone. */
static void test_being_reset(void **state)
{
	ut_dock_observe(&exp_dock, true);
	share();
	expect_events("device-added 1-2, device-shared 1-2, ");
	fake("0\n", "%s/1-2/devnum", FAKE_USB);
	exp_dock.devices.not_before = 0;
	ut_devices_touch(&exp_dock.devices);
	assert_false(ut_devices_refresh(&exp_dock.devices, exp_dock.nl));
	assert_true(ut_devices_next(&exp_dock.devices) > ut_clock_ms());
	assert_non_null(ut_devices_find(&exp_dock.devices, "1-2"));
	/* A device whose reset never ends is one that nobody can have. */
	exp_dock.devices.reset_until = 1;
	exp_dock.devices.not_before = 0;
	assert_true(ut_devices_refresh(&exp_dock.devices, exp_dock.nl));
	assert_null(ut_devices_find(&exp_dock.devices, "1-2"));
	fake(exp_stick.devnum, "%s/1-2/devnum", FAKE_USB);
	expect_events("");
	ut_dock_observe(&exp_dock, false);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, report_setup, report_teardown)
	const struct CMUnitTest tests[] = {
		T(test_report), T(test_refused), T(test_events),
		T(test_being_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
