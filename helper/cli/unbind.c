// SPDX-License-Identifier: GPL-2.0
/* usbip-tls unbind */
#include "cli/local.h"

static int run(struct ut_cli *cli, int argc, char **argv)
{
	(void)cli;
	return ut_cli_on_device(&ut_verb_unbind, argc, argv, UT_USB_EXPORTED,
				ut_stub_unbind, "no longer shared");
}

const struct ut_verb ut_verb_unbind = {
	.name = "unbind",
	.summary = "stop sharing a device of this machine",
	.help =
	"Usage: usbip-tls unbind -b DEVICE\n"
	"\n"
	"Takes a USB device from usbip-host; its own driver gets it back. A tablet\n"
	"that has it sees an unplug.\n"
	"\n"
	"  -b, --busid DEVICE   bus id (1-2), vid:pid, serial number or name\n"
	"  -d, --device DEVICE  the same\n"
	"  -h, --help           this text\n"
	"\n"
	"Needs root and the module usbip_tls_host.\n"
	"Exit codes: 3 module, 4 rights, 5 no such device or not shared, 6 several\n"
	"fit.\n",
	.run = run,
};
