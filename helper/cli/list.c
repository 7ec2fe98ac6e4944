// SPDX-License-Identifier: GPL-2.0
/* usbip-tls list */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/remote.h"

/**
 * struct list_args - the options
 * @dock: -r, --dock-name, --tcp-port; its host is NULL: this machine
 * @local: -l
 * @gadgets: -d: usbip-vudc only
 * @parsable: -p
 * @json: --json
 */
struct list_args {
	struct ut_client_target dock;
	bool local;
	bool gadgets;
	bool parsable;
	bool json;
};

static void print_names(const struct ut_op_device *d)
{
	char vendor[128], product[128];

	ut_hwdb_names(d->vid, d->pid, vendor, sizeof(vendor), product,
		      sizeof(product));
	printf("%s : %s (%04x:%04x)\n",
	       d->manufacturer[0] ? d->manufacturer :
	       vendor[0] ? vendor : "unknown vendor",
	       d->product[0] ? d->product :
	       product[0] ? product : "unknown product", d->vid, d->pid);
}

/* The line format of usbip list -p, with a field of our own behind. */
static void print_parsable(const struct ut_op_device *d, const char *status)
{
	printf("busid=%s#usbid=%04x:%04x#", d->busid, d->vid, d->pid);
	if (status)
		printf("status=%s#", status);
	printf("\n");
}

static void print_local(const struct ut_usb_device *d)
{
	printf(" - busid %s (%04x:%04x)%s\n   ", d->op.busid, d->op.vid,
	       d->op.pid, d->status == UT_STUB_NOT_BOUND ? "" :
	       d->status == UT_STUB_AVAILABLE ? "  shared" :
	       d->status == UT_STUB_USED ? "  shared, in use" :
	       "  shared, error");
	print_names(&d->op);
	if (d->op.serial[0])
		printf("   serial %s\n", d->op.serial);
	printf("\n");
}

static bool skip(const struct list_args *a, const struct ut_usb_device *d)
{
	return a->gadgets && !d->vudc;
}

static int list_local(const struct list_args *a, struct ut_err *err)
{
	struct json_object *o, *array, *dev;
	struct ut_usb_device *devs;
	size_t i, n;

	if (ut_usb_list(UT_USB_EXPORTABLE, &devs, &n, err))
		return ut_cli_fail(err);
	o = a->json ? ut_json_new() : NULL;
	array = a->json ? ut_json_array(o, "devices") : NULL;
	for (i = 0; i < n; i++) {
		if (skip(a, &devs[i]))
			continue;
		if (a->json) {
			dev = ut_json_op(&devs[i].op);
			ut_json_string(dev, "driver", devs[i].driver);
			ut_json_string(dev, "status",
				       ut_stub_status_name(devs[i].status));
			json_object_array_add(array, dev);
		} else if (a->parsable) {
			print_parsable(&devs[i].op,
				       ut_stub_status_name(devs[i].status));
		} else {
			print_local(&devs[i]);
		}
	}
	free(devs);
	return a->json ? ut_json_print(o) : UT_EXIT_OK;
}

static void print_class(unsigned int class, unsigned int sub,
			unsigned int proto)
{
	const char *name = ut_class_name(class);

	printf("%s%s(%02x/%02x/%02x)\n", class ? name : "by interface",
	       class && !name[0] ? "" : " ", class, sub, proto);
}

static void print_remote(const struct ut_op_device *d)
{
	unsigned int i;

	printf("%11s: ", d->busid);
	print_names(d);
	if (d->serial[0])
		printf("%11s: serial %s\n", "", d->serial);
	printf("%11s: %s\n", "", ut_speed_name(d->speed));
	printf("%11s: ", "");
	print_class(d->dev_class, d->dev_sub, d->dev_proto);
	for (i = 0; i < d->nif && i < UT_OP_MAX_INTERFACES; i++) {
		printf("%11s:  %u - ", "", i);
		print_class(d->interfaces[i][0], d->interfaces[i][1],
			    d->interfaces[i][2]);
	}
	printf("\n");
}

static int show_remote(const struct list_args *a,
		       const struct ut_op_device *devs, size_t n)
{
	struct json_object *o, *array;
	size_t i;

	if (a->json) {
		o = ut_json_new();
		ut_json_string(o, "host", a->dock.host);
		array = ut_json_array(o, "devices");
		for (i = 0; i < n; i++)
			json_object_array_add(array, ut_json_op(&devs[i]));
		return ut_json_print(o);
	}
	if (a->parsable) {
		for (i = 0; i < n; i++)
			print_parsable(&devs[i], NULL);
		return UT_EXIT_OK;
	}
	if (!n) {
		printf("%s shares no device that is free.\n", a->dock.host);
		return UT_EXIT_OK;
	}
	printf("Devices that %s shares\n", a->dock.host);
	for (i = 0; i < n; i++)
		print_remote(&devs[i]);
	return UT_EXIT_OK;
}

static int list_remote(struct ut_cli *cli, const struct list_args *a,
		       struct ut_err *err)
{
	struct ut_client_target target = a->dock;
	struct ut_op_device *devs = NULL;
	struct ut_config *cfg;
	size_t n;
	int ret;

	cfg = ut_cli_config(cli, err);
	if (!cfg)
		return ut_cli_fail(err);
	target.config = cfg;
	ret = ut_cli_dock_list(&target, &devs, &n, err);
	ut_cli_config_free(cfg);
	if (ret)
		return ut_cli_fail(err);
	ret = show_remote(a, devs, n);
	free(devs);
	return ret;
}

/* One option; 0, or an exit code plus one. */
static int option(struct list_args *a, int c)
{
	switch (c) {
	case 'l':
		a->local = true;
		return 0;
	case 'd':
		a->gadgets = true;
		return 0;
	case 'p':
		a->parsable = true;
		return 0;
	default:
		return ut_cli_dock_option(&ut_verb_list, c, &a->dock,
					  &a->json);
	}
}

static int parse(struct list_args *a, int argc, char **argv)
{
	static const struct option opts[] = {
		{ "remote", required_argument, NULL, 'r' },
		{ "local", no_argument, NULL, 'l' },
		{ "device", no_argument, NULL, 'd' },
		{ "parsable", no_argument, NULL, 'p' },
		{ "dock-name", required_argument, NULL, UT_OPT_DOCK_NAME },
		{ "tcp-port", required_argument, NULL, UT_OPT_TCP_PORT },
		UT_LONG_JSON, UT_LONG_HELP, UT_LONG_END,
	};
	int c, ret;

	while ((c = getopt_long(argc, argv, "r:ldph", opts, NULL)) != -1) {
		ret = option(a, c);
		if (ret)
			return ret;
	}
	if (optind < argc)
		return 1 + ut_cli_unexpected(&ut_verb_list, argv[optind]);
	if (!!a->dock.host + a->local + a->gadgets != 1)
		return 1 + ut_cli_usage(&ut_verb_list,
					"give one of -l, -r HOST or -d");
	return 0;
}

static int run(struct ut_cli *cli, int argc, char **argv)
{
	struct list_args a = { .dock.port = cli->port };
	struct ut_err err;
	int ret;

	ret = parse(&a, argc, argv);
	if (ret)
		return ret - 1;
	ut_err_clear(&err);
	return a.dock.host ? list_remote(cli, &a, &err) : list_local(&a, &err);
}

const struct ut_verb ut_verb_list = {
	.name = "list",
	.summary = "list the devices of this machine or of a dock",
	.help =
	"Usage: usbip-tls list -l [-p | --json]\n"
	"       usbip-tls list -d [-p | --json]\n"
	"       usbip-tls list -r HOST [--dock-name NAME] [--tcp-port PORT]\n"
	"                      [-p | --json]\n"
	"\n"
	"Lists the devices that this machine could share or does share, or those\n"
	"that a dock shares and that are free.\n"
	"\n"
	"  -l, --local        devices of this machine, hubs left out\n"
	"  -d, --device       gadgets of this machine (usbip-vudc)\n"
	"  -r, --remote HOST  devices of the dock HOST, a name or an address\n"
	"  --dock-name NAME   name that the dock's certificate must have (default:\n"
	"                     the rule \"expect\" of the configuration, or HOST)\n"
	"  --tcp-port PORT    TCP port of the dock (default: 3240)\n"
	"  -p, --parsable     one line for each device: busid=B#usbid=V:P#, and for\n"
	"                     this machine status=S# with S one of not-bound,\n"
	"                     available, used, error\n"
	"  --json             output as JSON\n"
	"  -h, --help         this text\n"
	"\n"
	"-r needs the right to read this machine's key, which is root's.\n"
	"Exit codes: 4 rights, 7 dock unreachable, 8 refused by the dock,\n"
	"9 certificate trouble, 12 deadline passed, 13 wrong configuration,\n"
	"14 protocol error.\n",
	.run = run,
};
