// SPDX-License-Identifier: GPL-2.0
/* usbip-tls bind */
#include <errno.h>
#include <stdio.h>

#include "cli/cli.h"
#include "dock/devices.h"
#include "usb/stub.h"

static int needed(const char *busid, const struct ut_permission *perm,
		  struct ut_err *err)
{
	int ret = ut_err_set(err, UT_EXIT_REFUSED, EPERM,
			     "%s is not shared, because this machine needs it itself: %s",
			     busid, perm->v.text);

	ut_err_hint(err, "free it first: umount the file system, swapoff, or take the network link down");
	return ret;
}

static int hidden(const char *busid, const struct ut_permission *perm,
		  struct ut_err *err)
{
	char text[UT_ERR_MSG_SIZE];
	int ret;

	ut_permission_text(perm, text, sizeof(text));
	ret = ut_err_set(err, UT_EXIT_REFUSED, EACCES,
			 "%s is not shared, because a rule hides it from everybody: %s",
			 busid, text);
	ut_err_hint(err, "change that rule, or put one that allows the device before it");
	return ret;
}

/*
 * Neither what this machine needs itself, nor what a rule hides. Nor anything, if
 * one of the two cannot be found out.
 */
static int bind_unneeded(struct ut_cli *cli, const struct ut_usb_device *dev,
			 struct ut_err *err)
{
	const char *busid = dev->op.busid;
	struct ut_protect *protect;
	struct ut_permission perm;
	struct ut_config *cfg;
	int ret;

	/* Can never be shared, which the error of the driver's side says best. */
	if (dev->hub || dev->imported)
		return ut_stub_bind(busid, err);
	cfg = ut_cli_config(cli, err);
	if (!cfg)
		return -EINVAL;
	ret = ut_protect_scan(&protect, err);
	if (!ret) {
		ut_permission_get(cfg, protect, dev, NULL, &perm);
		ut_protect_free(protect);
		if (perm.v.kind == UT_VERDICT_PROTECTED)
			ret = needed(busid, &perm, err);
		else if (perm.v.kind == UT_VERDICT_HIDE)
			ret = hidden(busid, &perm, err);
		else
			ret = ut_stub_bind(busid, err);
	}
	ut_cli_config_free(cfg);
	return ret;
}

static int run(struct ut_cli *cli, void *args, struct json_object *o,
	       struct ut_err *err)
{
	return ut_cli_on_device(cli, args, UT_USB_EXPORTABLE, bind_unneeded,
				"shared", err);
}

const struct ut_verb ut_verb_bind = {
	.name = "bind",
	.summary = "share a device of this machine",
	.about =
	"Takes a USB device from its driver and gives it to usbip-host, so that\n"
	"tablets can attach it. It stays shared until unbind, unplug or reboot.\n"
	"Hubs and devices attached from another dock are refused, and so is what\n"
	"this machine needs itself: file systems, swap, a network link in use; and\n"
	"what a rule of the configuration hides.\n",
	.exits =
	"Needs root and the module usbip_tls_host.\n"
	"Exit codes: 3 module, 4 rights, 5 no such device, 6 several fit,\n"
	"8 this machine needs it itself, or a rule hides it, 10 shared already,\n"
	"13 wrong configuration.\n",
	.forms = (const struct ut_form[]){ { NULL, run, NULL }, { 0 } },
	.opts = ut_opts_device, .args_size = sizeof(struct ut_device_args),
};
