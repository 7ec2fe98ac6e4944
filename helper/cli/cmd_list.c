// SPDX-License-Identifier: GPL-2.0
/* usbip-tls list */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

struct args {
	struct ut_cli_dock dock;
	bool local;
	bool gadgets;
	bool parsable;
};

/* --- for a person --- */

static unsigned int hex(struct json_object *o, const char *key)
{
	return (unsigned int)strtoul(ut_json_text(o, key), NULL, 16);
}

static void print_names(struct json_object *d)
{
	const char *vendor = ut_json_text(d, "manufacturer");
	const char *product = ut_json_text(d, "product");
	char known[2][128];

	ut_hwdb_names((uint16_t)hex(d, "vid"), (uint16_t)hex(d, "pid"),
		      known[0], sizeof(known[0]), known[1], sizeof(known[1]));
	printf("%s : %s", vendor[0] ? vendor : known[0][0] ? known[0] :
	       "unknown vendor", product[0] ? product : known[1][0] ? known[1] :
	       "unknown product");
	ut_json_printf(d, " ({vid}:{pid})\n");
}

/* The line format of usbip list -p, with a field of our own behind. */
static void print_parsable(struct json_object *d)
{
	ut_json_printf(d, "busid={busid}#usbid={vid}:{pid}#[status?status={status}#]\n");
}

static void print_local(struct json_object *d)
{
	const char *status = ut_json_text(d, "status");

	ut_json_printf(d, " - busid {busid} ({vid}:{pid})");
	printf("%s\n   ", !strcmp(status, "not-bound") ? "" :
	       !strcmp(status, "available") ? "  shared" :
	       !strcmp(status, "used") ? "  shared, in use" : "  shared, error");
	print_names(d);
	ut_json_printf(d, "[serial?   serial {serial}\n]\n");
}

static void print_class(struct json_object *o)
{
	unsigned int class = hex(o, "class");
	const char *name = ut_class_name(class);

	printf("%s%s", class ? name : "by interface",
	       class && !name[0] ? "" : " ");
	ut_json_printf(o, "({class}/{subclass}/{protocol})\n");
}

static void print_remote(struct json_object *d)
{
	struct json_object *list;
	size_t i, n;

	ut_json_printf(d, "{busid:-11}: ");
	print_names(d);
	ut_json_printf(d, "[serial?           : serial {serial}\n]"
		       "           : {speed_name}\n           : ");
	print_class(d);
	list = ut_json_list(d, "interfaces", &n);
	for (i = 0; i < n; i++) {
		printf("           :  %zu - ", i);
		print_class(json_object_array_get_idx(list, i));
	}
	printf("\n");
}

static void print(struct json_object *o, const void *args)
{
	const struct args *a = args;

	if (a->dock.host && !a->parsable)
		ut_json_printf(o, "[devices?Devices that {host} shares\n]"
			       "[!devices?{host} shares no device that is free.\n]");
	ut_print_each(o, "devices", a->parsable ? print_parsable :
		      a->dock.host ? print_remote : print_local, "");
}

/* --- finding out --- */

static int list_local(const struct args *a, struct json_object *o,
		      struct ut_err *err)
{
	struct json_object *array, *dev;
	struct ut_usb_device *devs;
	size_t i, n;
	int ret = ut_usb_list(UT_USB_EXPORTABLE, &devs, &n, err);

	if (ret)
		return ret;
	array = ut_json_array(o, "devices");
	for (i = 0; i < n; i++) {
		if (a->gadgets && !devs[i].vudc)
			continue;
		dev = ut_json_op(&devs[i].op);
		ut_json_string(dev, "driver", devs[i].driver);
		ut_json_string(dev, "status",
			       ut_stub_status_name(devs[i].status));
		json_object_array_add(array, dev);
	}
	free(devs);
	return UT_EXIT_OK;
}

static int list_remote(struct ut_cli *cli, struct args *a,
		       struct json_object *o, struct ut_err *err)
{
	struct ut_op_device *devs = NULL;
	struct json_object *array;
	struct ut_cli_home home;
	struct ut_config *cfg;
	size_t i, n;
	int ret;

	cfg = ut_cli_config(cli, err);
	if (!cfg)
		return -EINVAL;
	if (!a->dock.port)
		a->dock.port = cli->port;
	ret = ut_cli_home_open(&home, cfg, err);
	if (!ret) {
		ret = ut_cli_dock_list(&home, &a->dock, &devs, &n, err);
		ut_cli_home_close(&home);
	}
	ut_cli_config_free(cfg);
	if (ret)
		return ret;
	ut_json_string(o, "host", a->dock.host);
	array = ut_json_array(o, "devices");
	for (i = 0; i < n; i++)
		json_object_array_add(array, ut_json_op(&devs[i]));
	free(devs);
	return UT_EXIT_OK;
}

static int run(struct ut_cli *cli, void *args, struct json_object *o,
	       struct ut_err *err)
{
	struct args *a = args;

	if (!!a->dock.host + a->local + a->gadgets != 1)
		return ut_cli_usage(&ut_verb_list,
				    "give one of -l, -r HOST or -d");
	return a->dock.host ? list_remote(cli, a, o, err) :
			      list_local(a, o, err);
}

/* The forms, by what they want. */
#define LOCAL	1u
#define GADGETS	2u
#define REMOTE	4u

static const struct ut_opt opts[] = {
	{ 'l', "local", NULL, "devices of this machine, hubs left out",
	  UT_FLAG(struct args, local), .in = LOCAL, .must = LOCAL },
	{ 'd', "device", NULL, "gadgets of this machine (usbip-vudc)",
	  UT_FLAG(struct args, gadgets), .in = GADGETS, .must = GADGETS },
	{ 'r', "remote", "HOST", "devices of the dock HOST, a name or an address",
	  UT_TEXT(struct args, dock.host), .in = REMOTE, .must = REMOTE },
	UT_ROWS_DOCK(struct args, REMOTE),
	{ 'p', "parsable", NULL,
	  "one line for each device: busid=B#usbid=V:P#, and for\n"
	  "this machine status=S# with S one of not-bound,\n"
	  "available, used, error", UT_FLAG(struct args, parsable),
	  .either = true },
	UT_ROW_JSON, UT_ROW_HELP, { 0 },
};

const struct ut_verb ut_verb_list = {
	.name = "list",
	.summary = "list the devices of this machine or of a dock",
	.about =
	"Lists the devices that this machine could share or does share, or those\n"
	"that a dock shares and that are free.\n",
	.exits =
	"-r needs the right to read this machine's key, which is root's.\n"
	"Exit codes: 4 rights, 7 dock unreachable, 8 refused by the dock,\n"
	"9 certificate trouble, 12 deadline passed, 13 wrong configuration,\n"
	"14 protocol error.\n",
	.forms = (const struct ut_form[]){
		{ NULL, run, print }, { NULL, run, print },
		{ NULL, run, print }, { 0 },
	},
	.opts = opts, .args_size = sizeof(struct args),
};
