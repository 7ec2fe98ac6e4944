// SPDX-License-Identifier: GPL-2.0
/* What the tablet reports about itself, and the events that follow from it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "control/control.h"
#include "lib/unit.h"
#include "tablet/tablet_internal.h"

static const char config_text[] =
	"[tablet]\nattach = allow dock=desk class=storage\n";

static struct ut_config config;
static struct ut_creds creds;
static struct ut_tablet t;
static struct json_object *report;
static struct ut_snapshot before;
static char told[1024];

static int setup(void **state)
{
	struct ut_err err;

	memset(&t, 0, sizeof(t));
	memset(&creds, 0, sizeof(creds));
	t.ctx.config = &config;
	t.ctx.creds = &creds;
	return ut_config_parse(&config, "test.conf", config_text, &err);
}

static int teardown(void **state)
{
	ut_addr_book_free(&t.ctx.book);
	json_object_put(report);
	report = NULL;
	ut_snapshot_free(&before);
	ut_config_free(&config);
	return 0;
}

static struct ut_dock_addr *add_addr(const char *name,
				     enum ut_dock_addr_state state)
{
	struct ut_dock_addr *addr = calloc(1, sizeof(*addr));

	assert_non_null(addr);
	snprintf(addr->host, sizeof(addr->host), "host-of-%s", name);
	snprintf(addr->name, sizeof(addr->name), "%s", name);
	addr->port = 3240;
	addr->state = state;
	t.ctx.book.v[t.ctx.book.n++] = addr;
	return addr;
}

static struct ut_remote *add_device(struct ut_dock_addr *addr,
				    const char *busid, uint8_t class)
{
	struct ut_watch_event e = { .kind = UT_WATCH_DEVICE };

	snprintf(e.dev.busid, sizeof(e.dev.busid), "%s", busid);
	snprintf(e.dev.product, sizeof(e.dev.product), "Thing");
	e.dev.nif = 1;
	e.dev.interfaces[0][0] = class;
	assert_int_equal(ut_remote_event(&addr->remotes, &e), 0);
	return ut_remote_find(&addr->remotes, busid);
}

static struct json_object *item(struct json_object *o, const char *key,
				size_t i)
{
	size_t n;
	struct json_object *array = ut_json_list(o, key, &n);

	assert_true(i < n);
	return json_object_array_get_idx(array, i);
}

static struct json_object *device(size_t i)
{
	return item(item(report, "docks", 0), "devices", i);
}

static void make_report(void)
{
	json_object_put(report);
	report = json_object_new_object();
	assert_int_equal(ut_tablet_report(&t, report), 0);
}

static void expect_why(size_t i, const char *state, const char *why)
{
	assert_string_equal(ut_json_text(device(i), "state"), state);
	if (!strstr(ut_json_text(device(i), "why"), why))
		fail_msg("no \"%s\" in \"%s\"", why,
			 ut_json_text(device(i), "why"));
}

/* --- the report --- */

static void test_why(void **state)
{
	struct ut_dock_addr *addr = add_addr("desk", UT_DOCK_ADDR_UP);
	struct ut_remote *r;

	add_device(addr, "1-1", 3);
	r = add_device(addr, "1-2", 8);
	r->attached = true;
	r->port = 4;
	r->session = 17;
	r = add_device(addr, "1-3", 8);
	ut_backoff_fail(&r->backoff, ut_clock_ms(), 20, 20, 0);
	snprintf(r->error, sizeof(r->error), "all ports are in use");
	add_device(addr, "1-4", 8)->held = true;
	add_device(addr, "1-5", 8)->state = UT_WATCH_USED;
	add_device(addr, "1-6", 8);
	make_report();
	assert_string_equal(ut_json_text(item(report, "docks", 0), "state"),
			    "up");
	expect_why(0, "denied", "no rule \"attach\"");
	expect_why(1, "attached", "port 4");
	assert_int_equal(ut_json_number(device(1), "port"), 4);
	assert_int_equal(ut_json_number(device(1), "session"), 17);
	assert_string_equal(ut_json_text(device(1), "name"), "Thing");
	expect_why(2, "waiting", "all ports are in use");
	expect_why(3, "held", "by hand");
	expect_why(4, "in-use", "another tablet");
	expect_why(5, "attach", "being attached");
	creds.signer.slow.next = ut_clock_ms() + 10000;
	make_report();
	expect_why(5, "attach", "the private key takes too long");
	t.ctx.suspended = true;
	make_report();
	assert_true(ut_json_true(report, "suspended"));
	expect_why(5, "attach", "about to sleep");
}

static void test_places(void **state)
{
	struct ut_dock_addr *down = add_addr("desk", UT_DOCK_ADDR_DOWN);
	struct json_object *o;
	uint64_t next;

	down->hint = true;
	ut_backoff_fail(&down->backoff, ut_clock_ms(), 8, 8, 0);
	snprintf(down->error, sizeof(down->error), "no route");
	add_addr("other", UT_DOCK_ADDR_UP);
	make_report();
	o = item(report, "docks", 0);
	assert_string_equal(ut_json_text(o, "error"), "no route");
	assert_true(ut_json_true(o, "discovered"));
	assert_false(ut_json_true(o, "used"));
	assert_int_equal(ut_json_number(o, "fails"), 1);
	next = ut_json_number(o, "next_try_ms");
	assert_true(next > 6000 && next <= 8000);
	o = item(report, "docks", 1);
	assert_true(ut_json_true(o, "used"));
	assert_false(json_object_object_get_ex(o, "next_try_ms", NULL));
}

/* Docks that report as much as they can: the answer still fits. */
static void test_longest(void **state)
{
	struct ut_dock_addr *addr;
	struct ut_remote *r;
	char busid[32];
	size_t i, j, len;

	for (i = 0; i < UT_TABLET_MAX_ADDRS; i++) {
		addr = add_addr("x", UT_DOCK_ADDR_DOWN);
		memset(addr->name, '"', sizeof(addr->name) - 1);
		memset(addr->host, '"', sizeof(addr->host) - 1);
		memset(addr->error, '"', sizeof(addr->error) - 1);
		for (j = 0; j < 4; j++) {
			snprintf(busid, sizeof(busid), "1-%zu", j);
			r = add_device(addr, busid, 8);
			memset(r->op.product, '"', UT_OP_TEXT_SIZE - 1);
			memset(r->op.manufacturer, '\\', UT_OP_TEXT_SIZE - 1);
			memset(r->op.serial, '"', UT_OP_TEXT_SIZE - 1);
			r->state = UT_WATCH_USED;
		}
	}
	make_report();
	assert_int_equal(ut_json_number(report, "devices_left_out"),
			 UT_TABLET_MAX_ADDRS * 4 - UT_TABLET_REPORT_MAX);
	json_object_to_json_string_length(report, JSON_C_TO_STRING_PLAIN, &len);
	assert_true(len < UT_CONTROL_MAX_REPLY - 4096);
}

/* --- events --- */

static void tell(void *arg, struct json_object *event)
{
	size_t len = strlen(told);

	snprintf(told + len, sizeof(told) - len, "%s %s%s, ",
		 ut_json_text(event, "event"), ut_json_text(event, "busid"),
		 ut_json_text(event, "host"));
	json_object_put(event);
}

static void expect_events(const char *events)
{
	struct ut_snapshot now = { 0 };

	told[0] = '\0';
	assert_int_equal(ut_tablet_snapshot(&t, &now), 0);
	ut_snapshot_diff(&before, &now, tell, NULL);
	assert_string_equal(told, events);
	ut_snapshot_free(&before);
	before = now;
}

static void test_dock_events(void **state)
{
	struct ut_dock_addr *addr = add_addr("a", UT_DOCK_ADDR_DOWN);

	expect_events("");
	addr->state = UT_DOCK_ADDR_CONNECTING;
	expect_events("");
	addr->state = UT_DOCK_ADDR_DOWN;
	snprintf(addr->error, sizeof(addr->error), "no route");
	expect_events("dock-failed host-of-a, ");
	/* The same state again is no news. */
	addr->state = UT_DOCK_ADDR_CONNECTING;
	expect_events("");
	addr->state = UT_DOCK_ADDR_UP;
	addr->error[0] = '\0';
	expect_events("dock-connected host-of-a, ");
	addr->state = UT_DOCK_ADDR_DOWN;
	snprintf(addr->error, sizeof(addr->error), "it has ended");
	expect_events("dock-lost host-of-a, dock-failed host-of-a, ");
	addr->state = UT_DOCK_ADDR_DENIED;
	expect_events("dock-refused host-of-a, ");
}

static void test_device_events(void **state)
{
	struct ut_dock_addr *addr = add_addr("desk", UT_DOCK_ADDR_UP);
	struct ut_watch_event gone = { .kind = UT_WATCH_GONE };
	struct ut_remote *r;

	expect_events("dock-connected host-of-desk, ");
	add_device(addr, "1-1", 3);
	add_device(addr, "1-2", 8);
	expect_events("device-added 1-1, device-refused 1-1, "
		      "device-added 1-2, ");
	r = ut_remote_find(&addr->remotes, "1-2");
	snprintf(r->error, sizeof(r->error), "no port");
	ut_backoff_fail(&r->backoff, ut_clock_ms(), 20, 20, 0);
	expect_events("device-failed 1-2, ");
	/* The seconds until the next try do not count as a change. */
	ut_backoff_fail(&r->backoff, ut_clock_ms(), 40, 40, 0);
	expect_events("");
	r->attached = true;
	expect_events("device-attached 1-2, ");
	r->attached = false;
	r->held = true;
	expect_events("device-detached 1-2, device-held 1-2, ");
	strcpy(gone.dev.busid, "1-1");
	assert_int_equal(ut_remote_event(&addr->remotes, &gone), 0);
	expect_events("device-removed 1-1, ");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_why), T(test_places), T(test_longest),
		T(test_dock_events), T(test_device_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
