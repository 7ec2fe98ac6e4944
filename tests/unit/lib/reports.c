// SPDX-License-Identifier: GPL-2.0
#include "base/clock.h"
#include "dock/dock_report.h"
#include "dock/internal.h"
#include "lib/fake_machine.h"
#include "lib/mock_nl.h"
#include "lib/reports.h"
#include "tablet/internal.h"
#include "tablet/tablet_report.h"

static char report[256 * 1024];

/* The answer to "status" of a daemon with the process id @pid. */
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

static struct ut_place *place(struct ut_tablet *t, const char *name,
			      const char *host, uint16_t port,
			      enum ut_place_state state)
{
	struct ut_place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	snprintf(p->name, sizeof(p->name), "%s", name);
	snprintf(p->host, sizeof(p->host), "%s", host);
	p->port = port;
	p->state = state;
	t->places[t->n_places++] = p;
	return p;
}

static struct ut_remote *remote(struct ut_place *p, int i, uint8_t class)
{
	struct ut_watch_event e = { .kind = UT_WATCH_DEVICE };

	snprintf(e.dev.busid, sizeof(e.dev.busid), "1-%d", i);
	e.dev.nif = 1;
	e.dev.interfaces[0][0] = class;
	assert_int_equal(ut_remote_event(&p->remotes, &e), 0);
	return ut_remote_find(&p->remotes, e.dev.busid);
}

const char *report_of_tablet(void)
{
	struct json_object *o = json_object_new_object();
	struct ut_tablet t = { .suspended = true };
	struct ut_remote *stick;
	struct ut_config cfg;
	struct ut_place *p;
	int i;

	configure(&cfg, "/etc/a", "[tablet]\n\nattach = deny class=hid\n");
	t.config = &cfg;
	p = place(&t, "desk", "10.0.0.1", 3240, UT_PLACE_UP);
	stick = remote(p, 2, 8);
	stick->attached = true;
	stick->port = 3;
	remote(p, 3, 3);
	p = place(&t, "", "cellar", 3241, UT_PLACE_DOWN);
	p->hint = true;
	p->backoff.fails = 4;
	p->backoff.next = ut_clock_ms() + 2390;
	snprintf(p->error, sizeof(p->error), "no route");
	p = place(&t, "hall", "10.0.0.7", 3240, UT_PLACE_UP);
	for (i = 0; i < UT_TABLET_REPORT_MAX + 5 - 2; i++)
		remote(p, i, 3);
	assert_int_equal(ut_tablet_report(&t, o), 0);
	while (t.n_places)
		ut_place_free(t.places[--t.n_places]);
	ut_config_free(&cfg);
	return answer("tablet", 7, o);
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
	mock_done();
	ut_config_free(&cfg);
	return answer("dock", 8, o);
}
