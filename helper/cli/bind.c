// SPDX-License-Identifier: GPL-2.0
/* usbip-tls bind */
#include "cli/local.h"

static int run(struct ut_cli *cli, int argc, char **argv)
{
	(void)cli;
	return ut_cli_on_device(&ut_verb_bind, argc, argv, UT_USB_EXPORTABLE,
				ut_stub_bind, "shared");
}

const struct ut_verb ut_verb_bind = {
	.name = "bind",
	.summary = "share a device of this machine",
	.help =
	"Usage: usbip-tls bind -b DEVICE\n"
	"\n"
	"Takes a USB device from its driver and gives it to usbip-host, so that\n"
	"tablets can attach it. It stays shared until unbind, unplug or reboot.\n"
	"Hubs and devices attached from another dock are refused.\n"
	"\n"
	"  -b, --busid DEVICE   bus id (1-2), vid:pid, serial number or name\n"
	"  -d, --device DEVICE  the same\n"
	"  -h, --help           this text\n"
	"\n"
	"Needs root and the module usbip_tls_host.\n"
	"Exit codes: 3 module, 4 rights, 5 no such device, 6 several fit,\n"
	"10 shared already.\n",
	.run = run,
};
