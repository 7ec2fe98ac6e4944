// SPDX-License-Identifier: GPL-2.0
/* usbip-tls unbind */
#include "cli/local.h"
#include "dock/unbind.h"

static int unbind(struct ut_cli *cli, const struct ut_usb_device *dev,
		  struct ut_err *err)
{
	struct ut_nl *nl = NULL;
	int ret = ut_nl_open(&nl, err);

	/* Without our modules there is no session to end. */
	if (ret && ret != -ENOPROTOOPT)
		return ret;
	ret = ut_dock_unbind(dev->op.busid, nl, err);
	ut_nl_close(nl);
	return ret;
}

static int run(struct ut_cli *cli, int argc, char **argv)
{
	return ut_cli_on_device(cli, &ut_verb_unbind, argc, argv,
				UT_USB_EXPORTED, unbind, "no longer shared");
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
