// SPDX-License-Identifier: GPL-2.0
/* usbip-tls unbind */
#include "cli/cli.h"
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

static int run(struct ut_cli *cli, void *args, struct json_object *o,
	       struct ut_err *err)
{
	return ut_cli_on_device(cli, args, UT_USB_EXPORTED, unbind,
				"no longer shared", err);
}

const struct ut_verb ut_verb_unbind = {
	.name = "unbind",
	.summary = "stop sharing a device of this machine",
	.about =
	"Takes a USB device from usbip-host; its own driver gets it back. A tablet\n"
	"that has it sees an unplug.\n",
	.exits =
	"Needs root and the module usbip_tls_host.\n"
	"Exit codes: 3 module, 4 rights, 5 no such device or not shared, 6 several\n"
	"fit.\n",
	.forms = (const struct ut_form[]){ { NULL, run, NULL }, { 0 } },
	.opts = ut_opts_device, .args_size = sizeof(struct ut_device_args),
};
