// SPDX-License-Identifier: GPL-2.0
/* usbip-tls policy test */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "dock/devices.h"
#include "policy/plain.h"

struct args {
	const char *device;
	const char *tablet;
};

static void print(struct json_object *o, const void *args)
{
	const char *verdict = ut_json_text(o, "verdict");

	ut_json_printf(o, "{device.busid} ({device_text}) for [tablet?tablet {tablet}][!tablet?a tablet without a certificate]: "
		       "[allowed?allowed][!allowed?refused]\n"
		       "[shut_out?  The tablet cannot connect: {shut_out}\n]");
	if (!strcmp(verdict, ut_verdict_name(UT_VERDICT_PROTECTED)))
		printf("  protected, whatever the rules say: ");
	else
		ut_json_printf(o, "  [rule?rule {#rule}, {file}:{#line}: ]");
	ut_json_printf(o, "{text}\n");
	if (!strcmp(verdict, ut_verdict_name(UT_VERDICT_HIDE)))
		printf("  hidden from everybody: usbip-tls bind refuses it\n");
	ut_json_printf(o, "[guessed?  Not all of its interfaces are known; rules that deny are taken to match.\n]"
		       "[take_over?  It may be taken from another tablet.\n]");
}

/* Returns whether the tablet may have it. */
static bool tell(struct json_object *o, const struct ut_usb_device *dev,
		 const char *tablet, const struct ut_verdict *v,
		 const char *shut_out)
{
	bool allowed = !shut_out && v->kind == UT_VERDICT_ALLOW;

	json_object_object_add(o, "device", ut_json_op(&dev->op));
	ut_json_string(o, "tablet", tablet);
	ut_json_bool(o, "allowed", allowed);
	ut_json_string(o, "verdict", ut_verdict_name(v->kind));
	ut_json_string(o, "text", v->text);
	if (v->rule >= 0) {
		ut_json_uint(o, "rule", (uint64_t)v->rule + 1);
		ut_json_string(o, "file", v->where.file);
		ut_json_uint(o, "line", v->where.line);
	}
	ut_json_bool(o, "take_over", v->take_over);
	ut_json_bool(o, "interfaces_known", dev->classes.complete);
	ut_json_string(o, "shut_out", shut_out);
	return allowed;
}

static int answer(const struct ut_config *cfg, const struct args *a, bool json,
		  struct json_object *o, struct ut_err *err)
{
	struct ut_usb_device dev;
	struct ut_protect *protect;
	struct ut_permission perm;
	bool allowed;
	int ret;

	ret = ut_cli_local_device(a->device, UT_USB_EXPORTABLE, &dev, err);
	/* Without it everything is protected, as it is for the daemon. */
	if (!ret)
		ret = ut_protect_scan(&protect, err);
	if (ret)
		return ret;
	ut_permission_get(cfg, protect, &dev, a->tablet, &perm);
	ut_protect_free(protect);
	allowed = tell(o, &dev, a->tablet, &perm.v,
		       ut_policy_shut_out(cfg, a->tablet));
	if (!json) {
		ut_json_device_text(o, &dev.op);
		ut_json_bool(o, "guessed", perm.v.guessed);
	}
	return allowed ? UT_EXIT_OK : UT_EXIT_REFUSED;
}

static int test(struct ut_cli *cli, void *args, struct json_object *o,
		struct ut_err *err)
{
	struct ut_config *cfg = ut_cli_config(cli, err);
	int ret = cfg ? answer(cfg, args, cli->json, o, err) : -EINVAL;

	ut_cli_config_free(cfg);
	return ret;
}

static const struct ut_opt opts[] = {
	{ 0, NULL, "DEVICE", "bus id (1-2), vid:pid, serial number or name",
	  UT_TEXT(struct args, device), .must = 1,
	  .missing = "missing argument; give DEVICE and TABLET" },
	{ 0, NULL, "TABLET",
	  "the name in its certificate, \"\" for one without a certificate,\n"
	  "plaintext@ADDRESS for a client without TLS",
	  UT_TEXT(struct args, tablet), .must = 1,
	  .missing = "missing argument; give DEVICE and TABLET" },
	UT_ROW_JSON, UT_ROW_HELP, { 0 },
};

const struct ut_verb ut_verb_policy = {
	.name = "policy",
	.summary = "show which tablet may have which device, and by which rule",
	.about =
	"Says whether a tablet may have a device of this machine, and which rule of the\n"
	"configuration decides. The device need not be shared, and nothing is changed.\n",
	.exits =
	"Exit codes: 0 allowed, 5 no such device, 6 several fit, 8 refused, 13 wrong\n"
	"configuration.\n",
	.forms = (const struct ut_form[]){ { "test", test, print }, { 0 } },
	.opts = opts, .args_size = sizeof(struct args),
};
