// SPDX-License-Identifier: GPL-2.0
/* usbip-tls status: what the daemon knows. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "control/control_client.h"

#define DEADLINE_MS 5000

/* --- a dock's daemon --- */

static void print_device(struct json_object *d)
{
	const char *status = ut_json_text(d, "status");

	ut_json_printf(d, "  {busid:8} {vid}:{pid} {name}\n           ");
	if (!strcmp(status, "used"))
		ut_json_printf(d, "shared, in use by [user?\"{user}\"][!user?a tablet without certificate or TLS]");
	else if (!strcmp(status, "available"))
		printf("shared, free");
	else
		ut_json_printf(d, strcmp(status, "not-bound") ? "{status}" :
			       "not shared");
	ut_json_printf(d, "; {verdict}: {why}\n");
}

static void print_tablet(struct json_object *t)
{
	ut_json_printf(t, "  tablet \"{name}\" at {address} watches for {~since_ms}; may have:");
	ut_print_list(t, "may_have", " ", "");
	ut_json_printf(t, "[!may_have? nothing that is shared]\n");
}

static void print_refused(struct json_object *r)
{
	ut_json_printf(r, "  refused {~ago_ms} ago: {address}[name? \"{name}\"][busid?, for {busid}]: {why}\n");
}

/* --- a tablet's --- */

static void print_remote(struct json_object *d)
{
	ut_json_printf(d, "    {busid:8} {vid}:{pid} {name}\n             ");
	ut_json_printf(d, strcmp(ut_json_text(d, "state"), "attached") ?
		       "not attached: {why}\n" : "attached at port {#port}\n");
}

/* State of the connection to a dock. */
static const char *place_format(const char *state)
{
	if (!strcmp(state, "up"))
		return "connected[!used?, not used: another has a higher priority]\n";
	if (!strcmp(state, "connecting"))
		return "connecting\n";
	if (!strcmp(state, "twin"))
		return "[name?the same dock is connected at another address][!name?already configured, so not tried a second time]\n";
	return strcmp(state, "denied") ? "not connected: {error}\n" :
					 "refused: {error}\n";
}

static void print_dock(struct json_object *p)
{
	const char *state = ut_json_text(p, "state");
	uint64_t next = ut_json_number(p, "next_try_ms");

	ut_json_printf(p, "  dock [name?\"{name}\"][!name?(never connected)] at {host} port {#tcp_port}[discovered? (discovered)]: ");
	ut_json_printf(p, place_format(state));
	if (!strcmp(state, "down") || !strcmp(state, "denied")) {
		ut_json_printf(p, "    tried {#fails} time");
		printf("%s in a row, next try in %u.%u s\n",
		       ut_json_number(p, "fails") == 1 ? "" : "s",
		       (unsigned int)(next / 1000),
		       (unsigned int)(next % 1000 / 100));
	}
	ut_print_each(p, "devices", print_remote, "");
}

void ut_status_print(struct json_object *daemon)
{
	struct json_object *o;

	ut_json_printf(daemon, "Daemon: usbip-tlsd {version} ({role}), process {#pid}\n");
	if (json_object_object_get_ex(daemon, "dock", &o)) {
		ut_print_each(o, "devices", print_device,
			      "  no USB device that could be shared\n");
		ut_print_each(o, "tablets", print_tablet,
			      "  no tablet watches\n");
		ut_print_each(o, "refused", print_refused, "");
	}
	if (json_object_object_get_ex(daemon, "tablet", &o)) {
		ut_json_printf(o, "[suspended?  attaches nothing until \"usbip-tls resume\"\n]");
		ut_print_each(o, "docks", print_dock,
			      "  knows no dock: none is configured, and none was found\n");
		ut_json_printf(o, "[devices_left_out?  and {#devices_left_out} more devices\n]");
	}
}

static void on_reply(void *arg, const char *role, struct json_object *reply)
{
	json_object_object_del(reply, "schema");
	json_object_object_del(reply, "ok");
	ut_json_string(reply, "role", role);
	json_object_array_add(arg, json_object_get(reply));
}

bool ut_status_daemons(struct json_object *o)
{
	struct json_object *array = ut_json_array(o, "daemons");
	struct ut_err err;
	size_t n;

	ut_err_clear(&err);
	if (!ut_control_ask_all(UT_CONTROL_STATUS, ut_clock_ms() + DEADLINE_MS,
				on_reply, array, &n, &err))
		return !n;
	ut_cli_fail(&err);
	return false;
}
