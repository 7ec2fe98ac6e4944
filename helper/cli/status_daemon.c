// SPDX-License-Identifier: GPL-2.0
/* usbip-tls status: what the daemon knows. */
#include <stdio.h>
#include <string.h>

#include "cli/status.h"
#include "base/clock.h"
#include "control/client.h"

#define DEADLINE_MS 5000

/* --- a dock's daemon --- */

static void print_device(struct json_object *d)
{
	const char *status = ut_json_text(d, "status");
	const char *user = ut_json_text(d, "user");

	printf("  %-8s %s:%s %s\n", ut_json_text(d, "busid"),
	       ut_json_text(d, "vid"), ut_json_text(d, "pid"),
	       ut_json_text(d, "name"));
	if (!strcmp(status, "used"))
		printf("           shared, in use by %s%s%s; %s: %s\n",
		       user[0] ? "\"" : "", user[0] ? user :
		       "one without certificate or TLS", user[0] ? "\"" : "",
		       ut_json_text(d, "verdict"), ut_json_text(d, "why"));
	else
		printf("           %s; %s: %s\n",
		       !strcmp(status, "available") ? "shared, free" :
		       !strcmp(status, "not-bound") ? "not shared" : status,
		       ut_json_text(d, "verdict"), ut_json_text(d, "why"));
}

static void print_tablet(struct json_object *t)
{
	struct json_object *may;
	char age[64];
	size_t n, i;

	printf("  tablet \"%s\" at %s watches for %s; may have:",
	       ut_json_text(t, "name"), ut_json_text(t, "address"),
	       ut_age_text(ut_json_number(t, "since_ms"), age, sizeof(age)));
	may = ut_json_list(t, "may_have", &n);
	for (i = 0; i < n; i++)
		printf(" %s", json_object_get_string(
				json_object_array_get_idx(may, i)));
	printf("%s\n", n ? "" : " nothing that is shared");
}

static void print_refused(struct json_object *r)
{
	const char *name = ut_json_text(r, "name");
	const char *busid = ut_json_text(r, "busid");
	char age[64];

	printf("  refused %s ago: %s%s%s%s%s%s: %s\n",
	       ut_age_text(ut_json_number(r, "ago_ms"), age, sizeof(age)),
	       ut_json_text(r, "address"), name[0] ? " \"" : "", name,
	       name[0] ? "\"" : "", busid[0] ? ", for " : "", busid,
	       ut_json_text(r, "why"));
}

static void print_dock_side(struct json_object *o)
{
	struct json_object *list;
	size_t n, i;

	list = ut_json_list(o, "devices", &n);
	if (!n)
		printf("  no USB device that could be shared\n");
	for (i = 0; i < n; i++)
		print_device(json_object_array_get_idx(list, i));
	list = ut_json_list(o, "tablets", &n);
	if (!n)
		printf("  no tablet watches\n");
	for (i = 0; i < n; i++)
		print_tablet(json_object_array_get_idx(list, i));
	list = ut_json_list(o, "refused", &n);
	for (i = 0; i < n; i++)
		print_refused(json_object_array_get_idx(list, i));
}

/* --- a tablet's --- */

static void print_remote(struct json_object *d)
{
	printf("    %-8s %s:%s %s\n", ut_json_text(d, "busid"),
	       ut_json_text(d, "vid"), ut_json_text(d, "pid"),
	       ut_json_text(d, "name"));
	if (!strcmp(ut_json_text(d, "state"), "attached"))
		printf("             attached at port %u\n",
		       (unsigned int)ut_json_number(d, "port"));
	else
		printf("             not attached: %s\n",
		       ut_json_text(d, "why"));
}

static void print_place(struct json_object *p)
{
	const char *state = ut_json_text(p, "state");
	const char *name = ut_json_text(p, "name");
	struct json_object *list;
	uint64_t next;
	size_t n, i;

	printf("  dock %s%s%s at %s port %u%s: ", name[0] ? "\"" : "",
	       name[0] ? name : "(never connected)", name[0] ? "\"" : "",
	       ut_json_text(p, "host"),
	       (unsigned int)ut_json_number(p, "tcp_port"),
	       ut_json_true(p, "discovered") ? " (discovered)" : "");
	if (!strcmp(state, "up"))
		printf("connected%s\n", ut_json_true(p, "used") ? "" :
		       ", not used: another has a higher priority");
	else if (!strcmp(state, "connecting"))
		printf("connecting\n");
	else if (!strcmp(state, "twin"))
		printf("%s\n", name[0] ?
		       "the same dock is connected at another address" :
		       "it is configured, and not tried a second time");
	else
		printf("%s: %s\n", !strcmp(state, "denied") ? "refused" :
		       "not connected", ut_json_text(p, "error"));
	next = ut_json_number(p, "next_try_ms");
	if (!strcmp(state, "down") || !strcmp(state, "denied"))
		printf("    tried %u time%s in a row, next try in %u.%u s\n",
		       (unsigned int)ut_json_number(p, "fails"),
		       ut_json_number(p, "fails") == 1 ? "" : "s",
		       (unsigned int)(next / 1000),
		       (unsigned int)(next % 1000 / 100));
	list = ut_json_list(p, "devices", &n);
	for (i = 0; i < n; i++)
		print_remote(json_object_array_get_idx(list, i));
}

static void print_tablet_side(struct json_object *o)
{
	struct json_object *list;
	size_t n, i;

	if (ut_json_true(o, "suspended"))
		printf("  attaches nothing until \"usbip-tls resume\"\n");
	list = ut_json_list(o, "docks", &n);
	if (!n)
		printf("  knows no dock: none is configured, and none was found\n");
	for (i = 0; i < n; i++)
		print_place(json_object_array_get_idx(list, i));
	if (ut_json_number(o, "devices_left_out"))
		printf("  and %u more devices\n", (unsigned int)
		       ut_json_number(o, "devices_left_out"));
}

void ut_status_print(const char *role, struct json_object *reply)
{
	struct json_object *o;

	printf("Daemon: usbip-tlsd %s (%s), process %u\n",
	       ut_json_text(reply, "version"), role,
	       (unsigned int)ut_json_number(reply, "pid"));
	if (json_object_object_get_ex(reply, "dock", &o))
		print_dock_side(o);
	if (json_object_object_get_ex(reply, "tablet", &o))
		print_tablet_side(o);
}

static void on_reply(void *arg, const char *role, struct json_object *reply)
{
	struct json_object *array = arg;

	if (!array) {
		ut_status_print(role, reply);
		return;
	}
	json_object_object_del(reply, "schema");
	json_object_object_del(reply, "ok");
	json_object_array_add(array, json_object_get(reply));
}

void ut_status_daemons(struct json_object *o)
{
	struct json_object *array = o ? ut_json_array(o, "daemons") : NULL;
	struct ut_err err;
	size_t n;

	ut_err_clear(&err);
	if (ut_control_ask_all(UT_CONTROL_STATUS, ut_clock_ms() + DEADLINE_MS,
			       on_reply, array, &n, &err))
		ut_cli_fail(&err);
	else if (!n && !o)
		printf("usbip-tlsd does not run here; this is what the kernel knows.\n");
}
