// SPDX-License-Identifier: GPL-2.0
/* usbip-tls attach */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/remote.h"
#include "base/clock.h"
#include "tablet/attach.h"

#define DEFAULT_WAIT	10

/* The dock ends the other session at once; its driver needs a moment more. */
#define TAKE_OVER_TRIES	6
#define TAKE_OVER_MS	100	/* before the second; then twice as long each */

enum { OPT_TAKE_OVER = UT_OPT_FIRST_FREE };

/**
 * struct attach_args - the options
 * @dock: -r, --dock-name, --tcp-port, --take-over
 * @device: bus id, vid:pid, serial or name there
 * @port: vhci port; -1: any
 * @wait: seconds to wait for the device to be usable
 * @json: --json
 */
struct attach_args {
	struct ut_client_target dock;
	const char *device;
	int port;
	unsigned int wait;
	bool json;
};

/*
 * The bus id on the dock: given as such, or found in the dock's list. Then *seen is
 * what that says of the device.
 */
static int find_busid(const struct ut_client_target *target, const char *what,
		      char busid[32], struct ut_op_device *seen,
		      struct ut_err *err)
{
	struct ut_op_device *devs = NULL;
	size_t n, index;
	int ret;

	if (ut_busid_valid(what)) {
		snprintf(busid, 32, "%s", what);
		return 0;
	}
	ret = ut_cli_dock_list(target, &devs, &n, err);
	if (ret)
		return ret;
	ret = ut_select(devs, n, what, target->host, &index, err);
	if (!ret) {
		memcpy(busid, devs[index].busid, 32);
		*seen = devs[index];
	}
	free(devs);
	return ret;
}

/* What can be found out before the dock is troubled. */
static int check_machine(struct ut_nl **nl, struct ut_err *err)
{
	int ret = ut_vhci_check(err);

	return ret ? ret : ut_nl_open(nl, err);
}

static int take_over(struct ut_nl *nl, const struct ut_attach *req,
		     struct ut_attached *out, struct ut_err *err)
{
	int ret, tries;

	for (tries = 1; ; tries++) {
		ret = ut_attach(nl, req, out, err);
		if (!ret || err->code != UT_EXIT_BUSY ||
		    tries == TAKE_OVER_TRIES)
			break;
		ut_cli_rest(TAKE_OVER_MS << (tries - 1));
	}
	if (ret && err->code == UT_EXIT_BUSY)
		ut_err_hint(err, "the dock lets a tablet take a device over by \"rule = allow take-over ...\" only; see its log");
	return ret;
}

static int do_attach(struct ut_cli *cli, const struct attach_args *a,
		     struct ut_attached *out, struct ut_err *err)
{
	struct ut_attach req = {
		.target = a->dock, .port = a->port,
		.wait_ms = (int)a->wait * 1000,
	};
	int64_t begin = ut_clock_ms(), asked;
	struct ut_op_device seen = { .busid = "" };
	struct ut_config *cfg;
	struct ut_nl *nl;
	char busid[32];
	int ret;

	ret = check_machine(&nl, err);
	if (ret)
		return ret;
	cfg = ut_cli_config(cli, err);
	req.target.config = cfg;
	req.busid = busid;
	ret = cfg ? find_busid(&req.target, a->device, busid, &seen, err) :
		    -EINVAL;
	if (seen.busid[0])
		req.seen = &seen;
	asked = ut_clock_ms();
	if (!ret)
		ret = a->dock.replace ? take_over(nl, &req, out, err) :
					ut_attach(nl, &req, out, err);
	out->ms += (unsigned int)(asked - begin);
	ut_cli_config_free(cfg);
	ut_nl_close(nl);
	return ret;
}

static void print_nodes(const struct attach_args *a, const struct ut_attached *r)
{
	if (!a->wait)
		return;
	if (r->nodes.n) {
		printf("device nodes:");
		ut_print_nodes(&r->nodes);
		printf("\n");
	} else {
		printf("no device node appeared%s\n", r->nodes.bound ? "" :
		       ": this machine has no driver for the device");
	}
	if (r->nodes.drivers[0])
		printf("drivers: %s\n", r->nodes.drivers);
	if (r->nodes.bound && r->nodes.bound < r->nodes.interfaces)
		printf("%u of %u interfaces have no driver on this machine\n",
		       r->nodes.interfaces - r->nodes.bound,
		       r->nodes.interfaces);
}

static int print_text(const struct attach_args *a, const struct ut_attached *r)
{
	char text[300];

	printf("port %u: %s (%s on %s)\n", r->port,
	       ut_op_text(&r->dev, text, sizeof(text)), r->dev.busid, r->peer);
	print_nodes(a, r);
	printf("attached in %u.%03u s\n", r->ms / 1000, r->ms % 1000);
	return UT_EXIT_OK;
}

static int print_json(const struct attach_args *a, const struct ut_attached *r)
{
	struct json_object *o = ut_json_new();
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
	return ut_json_print(o);
}

/* One option; 0, or an exit code plus one. */
static int option(struct attach_args *a, int c)
{
	unsigned long v;

	switch (c) {
	case 'b':
	case 'd':
		if (a->device)
			return 1 + ut_cli_usage(&ut_verb_attach,
						"one device at a time");
		a->device = optarg;
		return 0;
	case 'p':
		if (!ut_cli_number(optarg, 0, UT_VHCI_MAX_PORTS - 1, &v))
			return 1 + ut_cli_usage(&ut_verb_attach,
						"\"%s\" is not a port",
						optarg);
		a->port = (int)v;
		return 0;
	case 'w':
		if (!ut_cli_number(optarg, 0, 600, &v))
			return 1 + ut_cli_usage(&ut_verb_attach,
						"\"%s\" is not a number of seconds from 0 to 600",
						optarg);
		a->wait = (unsigned int)v;
		return 0;
	case OPT_TAKE_OVER:
		a->dock.replace = true;
		return 0;
	default:
		return ut_cli_dock_option(&ut_verb_attach, c, &a->dock,
					  &a->json);
	}
}

static int parse(struct attach_args *a, int argc, char **argv)
{
	static const struct option opts[] = {
		{ "remote", required_argument, NULL, 'r' },
		{ "busid", required_argument, NULL, 'b' },
		{ "device", required_argument, NULL, 'd' },
		{ "port", required_argument, NULL, 'p' },
		{ "wait", required_argument, NULL, 'w' },
		{ "take-over", no_argument, NULL, OPT_TAKE_OVER },
		{ "dock-name", required_argument, NULL, UT_OPT_DOCK_NAME },
		{ "tcp-port", required_argument, NULL, UT_OPT_TCP_PORT },
		UT_LONG_JSON, UT_LONG_HELP, UT_LONG_END,
	};
	int c, ret;

	while ((c = getopt_long(argc, argv, "r:b:d:p:w:h", opts, NULL)) != -1) {
		ret = option(a, c);
		if (ret)
			return ret;
	}
	if (optind < argc)
		return 1 + ut_cli_unexpected(&ut_verb_attach, argv[optind]);
	if (!a->dock.host)
		return 1 + ut_cli_usage(&ut_verb_attach,
					"which dock? Give -r HOST");
	if (!a->device)
		return 1 + ut_cli_usage(&ut_verb_attach,
					"which device? Give -b DEVICE");
	return 0;
}

static int run(struct ut_cli *cli, int argc, char **argv)
{
	struct attach_args a = {
		.dock.port = cli->port, .port = -1, .wait = DEFAULT_WAIT,
	};
	struct ut_attached *r;
	struct ut_err err;
	int ret;

	ret = parse(&a, argc, argv);
	if (ret)
		return ret - 1;
	ut_err_clear(&err);
	r = calloc(1, sizeof(*r));
	if (!r) {
		ut_err_errno(&err, UT_EXIT_FAILURE, ENOMEM, "cannot attach");
		return ut_cli_fail(&err);
	}
	if (do_attach(cli, &a, r, &err))
		ret = ut_cli_fail(&err);
	else
		ret = a.json ? print_json(&a, r) : print_text(&a, r);
	free(r);
	return ret;
}

const struct ut_verb ut_verb_attach = {
	.name = "attach",
	.summary = "use a device of a dock",
	.help =
	"Usage: usbip-tls attach -r HOST -b DEVICE [--dock-name NAME]\n"
	"                        [--tcp-port PORT] [-p PORT] [-w SECONDS]\n"
	"                        [--take-over] [--json]\n"
	"\n"
	"Attaches a USB device that the dock HOST shares, and waits until its drivers\n"
	"have made their device nodes. Says which port it has, which nodes appeared\n"
	"and how long it took.\n"
	"\n"
	"  -r, --remote HOST    the dock, a name or an address\n"
	"  -b, --busid DEVICE   bus id on the dock (1-2, usbip-vudc.0), vid:pid,\n"
	"                       serial number, or name or a part of it\n"
	"  -d, --device DEVICE  the same\n"
	"  --dock-name NAME     name that the dock's certificate must have (default:\n"
	"                       the rule \"expect\" of the configuration, or HOST)\n"
	"  --tcp-port PORT      TCP port of the dock (default: 3240)\n"
	"  -p, --port PORT      this vhci port (default: a free one)\n"
	"  -w, --wait SECONDS   longest wait for the device to be usable, 0 to 600\n"
	"                       (default: 10); 0: do not wait\n"
	"  --take-over          if another tablet has the device, take it from there;\n"
	"                       a rule of the dock must say so\n"
	"  --json               output as JSON\n"
	"  -h, --help           this text\n"
	"\n"
	"Needs root and the module usbip_tls_vhci. After a failure nothing stays\n"
	"attached, except when the deadline has passed.\n"
	"Exit codes: 3 module, 4 rights, 5 the dock does not share it, 6 several fit,\n"
	"7 dock unreachable, 8 refused by the dock, 9 certificate trouble, 10 another\n"
	"tablet has it, 11 no free port, 12 deadline passed, 13 wrong configuration,\n"
	"14 protocol error.\n",
	.run = run,
};
