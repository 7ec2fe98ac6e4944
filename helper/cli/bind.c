// SPDX-License-Identifier: GPL-2.0
/* usbip-tls bind */
#include <errno.h>

#include "cli/local.h"
#include "usb/protect.h"

/* Not what this machine needs itself; nor anything if that is not known. */
static int bind_unneeded(const char *busid, struct ut_err *err)
{
	char why[UT_PROTECT_WHY_SIZE];
	struct ut_protect *p;
	bool needed;
	int ret;

	ret = ut_protect_scan(&p, err);
	if (ret)
		return ret;
	needed = ut_protect_why(p, busid, why, sizeof(why));
	ut_protect_free(p);
	if (!needed)
		return ut_stub_bind(busid, err);
	ret = ut_err_set(err, UT_EXIT_REFUSED, EPERM,
			 "%s is not shared, because this machine needs it itself: %s",
			 busid, why);
	ut_err_hint(err, "free it first: umount the file system, swapoff, or take the network link down");
	return ret;
}

static int run(struct ut_cli *cli, int argc, char **argv)
{
	(void)cli;
	return ut_cli_on_device(&ut_verb_bind, argc, argv, UT_USB_EXPORTABLE,
				bind_unneeded, "shared");
}

const struct ut_verb ut_verb_bind = {
	.name = "bind",
	.summary = "share a device of this machine",
	.help =
	"Usage: usbip-tls bind -b DEVICE\n"
	"\n"
	"Takes a USB device from its driver and gives it to usbip-host, so that\n"
	"tablets can attach it. It stays shared until unbind, unplug or reboot.\n"
	"Hubs and devices attached from another dock are refused, and so is what\n"
	"this machine needs itself: file systems, swap, a network link in use.\n"
	"\n"
	"  -b, --busid DEVICE   bus id (1-2), vid:pid, serial number or name\n"
	"  -d, --device DEVICE  the same\n"
	"  -h, --help           this text\n"
	"\n"
	"Needs root and the module usbip_tls_host.\n"
	"Exit codes: 3 module, 4 rights, 5 no such device, 6 several fit,\n"
	"8 this machine needs it itself, 10 shared already.\n",
	.run = run,
};
