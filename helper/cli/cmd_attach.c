// SPDX-License-Identifier: GPL-2.0
/* usbip-tls attach */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "base/clock.h"
#include "tablet/attach.h"
#include "tls/ktls.h"

#define DEFAULT_WAIT	10

/* The dock ends the other session at once; its driver needs a moment more. */
#define TAKE_OVER_TRIES	6
#define TAKE_OVER_MS	100	/* before the second; then twice as long each */

struct args {
	struct ut_cli_dock dock;
	bool take_over;
	int64_t begin;
	const char *device;
	int port;
	unsigned int wait;
};

/* The bus id on the dock: given as such, or found in the dock's list. */
static int find_busid(const struct ut_cli_home *home, const struct args *a,
		      struct ut_attach_req *req, struct ut_err *err)
{
	struct ut_op_device *devs = NULL;
	size_t n, index;
	int ret;

	if (ut_busid_valid(a->device)) {
		snprintf(req->busid, sizeof(req->busid), "%s", a->device);
		return 0;
	}
	ret = ut_cli_dock_list(home, &a->dock, &devs, &n, err);
	if (ret)
		return ret;
	ret = ut_select(devs, n, a->device, a->dock.host, &index, err);
	if (!ret) {
		memcpy(req->busid, devs[index].busid, sizeof(req->busid));
		req->seen = devs[index];
		req->listed = true;
	}
	free(devs);
	return ret;
}

/* Checks that need no connection to the dock. */
static int check_machine(struct ut_nl **nl, struct ut_err *err)
{
	int ret = ut_vhci_check(err);

	if (!ret)
		ret = ut_ktls_need(err);
	return ret ? ret : ut_nl_open(nl, err);
}

static int take_over(const struct ut_attach_req *req, struct ut_attached *out,
		     struct ut_err *err)
{
	int ret, tries;

	for (tries = 1; ; tries++) {
		ret = ut_attach(req, out, err);
		if (!ret || err->code != UT_EXIT_BUSY ||
		    tries == TAKE_OVER_TRIES)
			break;
		ut_nap(TAKE_OVER_MS << (tries - 1));
	}
	if (ret && err->code == UT_EXIT_BUSY)
		ut_err_hint(err, "the dock allows a take-over only by \"rule = allow take-over ...\"; see its log");
	return ret;
}

static int attach(const struct ut_cli_home *home, struct ut_nl *nl,
		  const struct args *a, struct ut_attached *out,
		  struct ut_err *err)
{
	struct ut_attach_req req = {
		.wait = true,
		.port = a->dock.port ? a->dock.port : UT_DEFAULT_PORT,
		.replace = a->take_over,
		.vhci_port = a->port,
		.timeout = home->config->tablet.connect_timeout,
		.creds = home->creds, .sandbox = &home->sandbox, .nl = nl,
	};
	int ret = find_busid(home, a, &req, err);
	int64_t asked = ut_clock_ms();

	if (ret)
		return ret;
	snprintf(req.host, sizeof(req.host), "%s", a->dock.host);
	ut_cli_dock_name(home, &a->dock, req.expect, sizeof(req.expect));
	ret = a->take_over ? take_over(&req, out, err) :
			     ut_attach(&req, out, err);
	out->ms += (unsigned int)(asked - a->begin);
	return ret;
}

static int do_attach(struct ut_cli *cli, const struct args *a,
		     struct ut_attached *out, struct ut_err *err)
{
	struct ut_config *cfg;
	struct ut_cli_home home;
	struct ut_nl *nl;
	int ret;

	ret = check_machine(&nl, err);
	if (ret)
		return ret;
	cfg = ut_cli_config(cli, err);
	ret = cfg ? ut_cli_home_open(&home, cfg, err) : -EINVAL;
	if (!ret) {
		ret = attach(&home, nl, a, out, err);
		ut_cli_home_close(&home);
	}
	/* Which may be long: the process with the key is gone by now. */
	if (!ret && a->wait)
		ret = ut_attach_wait(out, (int)a->wait * 1000, err);
	ut_cli_config_free(cfg);
	ut_nl_close(nl);
	return ret;
}

static void print(struct json_object *o, const void *args)
{
	const struct args *a = args;
	unsigned int ms = (unsigned int)ut_json_number(o, "attach_ms");
	unsigned int all = (unsigned int)ut_json_number(o, "interfaces");
	unsigned int bound = (unsigned int)ut_json_number(o, "bound");

	ut_json_printf(o, "port {#port}: {device_text} ({device.busid} on {peer})\n");
	if (a->wait) {
		ut_json_printf(o, "[nodes?device nodes:][!nodes?no device node appeared[!bound?: this machine has no driver for the device]]");
		ut_print_list(o, "nodes", " ", "");
		ut_json_printf(o, "\n[drivers?drivers: {drivers}\n]");
	}
	if (a->wait && bound && bound < all)
		printf("%u of %u interfaces have no driver on this machine\n",
		       all - bound, all);
	printf("attached in %u.%03u s\n", ms / 1000, ms % 1000);
}

static void tell(struct json_object *o, const struct args *a,
		 const struct ut_attached *r, bool json)
{
	struct ut_vhci_port p;

	ut_json_uint(o, "port", r->port);
	ut_json_uint(o, "session", r->session);
	ut_json_string(o, "host", a->dock.host);
	ut_json_string(o, "peer", r->peer);
	ut_json_string(o, "local_busid",
		       ut_vhci_get(r->port, &p, NULL) ? "" : p.busid);
	ut_json_uint(o, "attach_ms", r->ms);
	json_object_object_add(o, "device", ut_json_op(&r->dev));
	ut_json_nodes(o, &r->nodes);
	ut_json_uint(o, "interfaces", r->nodes.interfaces);
	ut_json_uint(o, "bound", r->nodes.bound);
	if (!json)
		ut_json_device_text(o, &r->dev);
}

static int run(struct ut_cli *cli, void *args, struct json_object *o,
	       struct ut_err *err)
{
	struct args *a = args;
	struct ut_attached *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot attach");
	if (!a->dock.port)
		a->dock.port = cli->port;
	a->begin = ut_clock_ms();
	ret = do_attach(cli, a, r, err);
	if (!ret)
		tell(o, a, r, cli->json);
	free(r);
	return ret;
}

static const struct ut_opt opts[] = {
	{ 'r', "remote", "HOST", "the dock, a name or an address",
	  UT_TEXT(struct args, dock.host), .must = 1,
	  .missing = "missing dock; give -r HOST" },
	{ 'b', "busid", "DEVICE",
	  "bus id on the dock (1-2, usbip-vudc.0), vid:pid,\n"
	  "serial number, or name or a part of it",
	  UT_TEXT(struct args, device), .must = 1,
	  .once = "one device at a time",
	  .missing = "missing device; give -b DEVICE" },
	{ 'd', "device", "DEVICE", "the same", UT_TEXT(struct args, device),
	  .same = true, .once = "one device at a time" },
	UT_ROWS_DOCK(struct args, 0),
	{ 'p', "port", "PORT", "this vhci port (default: a free one)",
	  UT_NUMBER(struct args, port, 0, UT_VHCI_MAX_PORTS - 1, "a port") },
	{ 'w', "wait", "SECONDS",
	  "how long to wait until the device is usable, 0 to 600\n"
	  "(default: 10); 0 does not wait",
	  UT_NUMBER(struct args, wait, 0, 600,
		    "a number of seconds from 0 to 600") },
	{ 0, "take-over", NULL,
	  "take the device from another tablet that has it; a rule\n"
	  "of the dock must allow this", UT_FLAG(struct args, take_over) },
	UT_ROW_JSON, UT_ROW_HELP, { 0 },
};

const struct ut_verb ut_verb_attach = {
	.name = "attach",
	.summary = "use a device of a dock",
	.about =
	"Attaches a USB device that the dock HOST shares, and waits until its drivers\n"
	"have made their device nodes. Prints the port, the nodes that appeared and the\n"
	"time it took.\n",
	.exits =
	"Needs root and the module usbip_tls_vhci. After a failure nothing stays\n"
	"attached, unless the deadline has passed.\n"
	"Exit codes: 3 module, 4 rights, 5 the dock does not share it, 6 several fit,\n"
	"7 dock unreachable, 8 refused by the dock, 9 certificate trouble, 10 another\n"
	"tablet has it, 11 no free port, 12 deadline passed, 13 wrong configuration,\n"
	"14 protocol error.\n",
	.forms = (const struct ut_form[]){ { NULL, run, print }, { 0 } },
	.opts = opts,
	.args = &(const struct args){ .port = -1, .wait = DEFAULT_WAIT },
	.args_size = sizeof(struct args),
};
