// SPDX-License-Identifier: GPL-2.0
#include "base/clock.h"
#include "dock/conns.h"
#include "dock/dock.h"
#include "lib/fake_machine.h"
#include "lib/mock_nl.h"
#include "lib/reports.h"
#include "tablet/tablet.h"
#include "tablet/tablet_internal.h"

static char report[256 * 1024];

/*
 * Replaces by @ms a time that the object number @i of @list has, and that depends on
 * how fast this machine is.
 */
static void settle(struct json_object *o, const char *list, size_t i,
		   const char *key, uint64_t ms)
{
	size_t n;
	struct json_object *array = ut_json_list(o, list, &n), *one;

	assert_true(i < n);
	one = json_object_array_get_idx(array, i);
	assert_true(ut_json_number(one, key) > 1000);
	ut_json_uint(one, key, ms);
}

/* The answer to "status" from a daemon with the process id @pid. */
static const char *answer(const char *role, int pid, struct json_object *o)
{
	int len = snprintf(report, sizeof(report),
			   "{\"version\":\"1\",\"pid\":%d,\"%s\":%s}", pid, role,
			   json_object_to_json_string_ext(o,
					JSON_C_TO_STRING_PLAIN));

	assert_true(len < (int)sizeof(report));
	json_object_put(o);
	return report;
}

static void configure(struct ut_config *cfg, const char *file, const char *text)
{
	struct ut_err err;

	if (ut_config_default(cfg) || ut_config_parse(cfg, file, text, &err))
		fail_msg("%s: no configuration", file);
}

/* --- a tablet --- */

static struct ut_dock_addr *add_addr(struct ut_tablet *t, const char *name,
				     const char *host, uint16_t port,
				     enum ut_dock_addr_state state)
{
	struct ut_dock_addr *addr = calloc(1, sizeof(*addr));

	assert_non_null(addr);
	snprintf(addr->name, sizeof(addr->name), "%s", name);
	snprintf(addr->host, sizeof(addr->host), "%s", host);
	addr->port = port;
	addr->state = state;
	t->ctx.book.v[t->ctx.book.n++] = addr;
	return addr;
}

static struct ut_remote *remote(struct ut_dock_addr *addr, int i, uint8_t class,
				const char *product)
{
	struct ut_watch_event e = { .kind = UT_WATCH_DEVICE };

	snprintf(e.dev.busid, sizeof(e.dev.busid), "1-%d", i);
	snprintf(e.dev.product, sizeof(e.dev.product), "%s", product);
	e.dev.vid = 0x0781;
	e.dev.pid = 0x5567;
	e.dev.nif = 1;
	e.dev.interfaces[0][0] = class;
	assert_int_equal(ut_remote_event(&addr->remotes, &e), 0);
	return ut_remote_find(&addr->remotes, e.dev.busid);
}

static struct ut_config config;

/* Suspended, with a stick at port 3 and a keyboard that a rule denies. */
static void tablet_open(struct ut_tablet *t)
{
	struct ut_remote *stick;
	struct ut_dock_addr *addr;

	configure(&config, "/etc/a", "[tablet]\n\nattach = deny class=hid\n");
	t->ctx = (struct ut_tablet_context){
		.suspended = true, .config = &config,
	};
	addr = add_addr(t, "desk", "10.0.0.1", 3240, UT_DOCK_ADDR_UP);
	stick = remote(addr, 2, 8, "Stick");
	stick->attached = true;
	stick->port = 3;
	remote(addr, 3, 3, "Keys");
	addr = add_addr(t, "", "cellar", 3241, UT_DOCK_ADDR_DOWN);
	addr->hint = true;
	addr->backoff.fails = 4;
	addr->backoff.next = ut_clock_ms() + 600000;
	snprintf(addr->error, sizeof(addr->error), "no route");
}

static void tablet_close(struct ut_tablet *t)
{
	ut_addr_book_free(&t->ctx.book);
	ut_config_free(&config);
}

const char *report_of_tablet(void)
{
	struct json_object *o = json_object_new_object();
	struct ut_tablet t;
	struct ut_dock_addr *addr;
	int i;

	tablet_open(&t);
	addr = add_addr(&t, "hall", "10.0.0.7", 3240, UT_DOCK_ADDR_UP);
	for (i = 0; i < UT_TABLET_REPORT_MAX + 5 - 2; i++)
		remote(addr, i, 3, "");
	assert_int_equal(ut_tablet_report(&t, o), 0);
	settle(o, "docks", 1, "next_try_ms", 2350);
	tablet_close(&t);
	return answer("tablet", 7, o);
}

void report_events(ut_snapshot_event tell, void *arg)
{
	struct ut_snapshot before = { 0 }, now = { 0 };
	struct ut_tablet t;

	tablet_open(&t);
	assert_int_equal(ut_tablet_snapshot(&t, &now), 0);
	ut_snapshot_diff(&before, &now, tell, arg);
	ut_snapshot_free(&now);
	tablet_close(&t);
}

/* --- a dock --- */

const char *report_of_dock(void)
{
	static const struct ut_session session = {
		.id = 1, .role = USBIP_TLS_ROLE_DOCK, .busid = "1-2",
		.state = USBIP_TLS_STATE_OPEN, .peer = "lea",
	};
	static const struct mock_call dump = {
		.op = MOCK_DUMP, .sessions = &session, .n = 1,
	};
	static const struct fake_dev stick = {
		.parent = FAKE_USB, .busid = "1-2", .driver = "usbip-host",
		.vid = "0781\n", .pid = "5567\n", .class = "00\n",
		.speed = "480\n",
	};
	static struct ut_dock dock;
	struct json_object *o = json_object_new_object();
	struct ut_conn lea = {
		.state = UT_CONN_WATCHING, .name = "lea",
		.text = "10.0.0.2:99", .since = ut_clock_ms() - 61000,
	};
	const struct ut_conn tom = { .name = "tom", .text = "10.0.0.3:9" };
	struct ut_config cfg;

	fake_device(&stick);
	fake("2\n", FAKE_USB "/1-2/usbip_status");
	fake_usb(FAKE_USB, "1-3");
	configure(&cfg, "/etc/b", "[policy]\nrule =\nrule = allow path=1-2\n");
	dock.config = &cfg;
	dock.nl = &mock_nl;
	dock.conns[dock.n_conns++] = &lea;
	ut_refused_note(&dock, &tom, "1-3", "is not shared");
	dock.refused[0].at -= 5000;
	mock_expect(&dump, 1);
	assert_int_equal(ut_dock_report(&dock, o), 0);
	settle(o, "tablets", 0, "since_ms", 61000);
	settle(o, "refused", 0, "ago_ms", 5000);
	mock_done();
	ut_config_free(&cfg);
	return answer("dock", 8, o);
}
