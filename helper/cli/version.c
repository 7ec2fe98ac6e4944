// SPDX-License-Identifier: GPL-2.0
/* usbip-tls version */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"

/* Is the family there? That is, a module of ours is loaded. */
static bool modules_loaded(void)
{
	struct ut_nl *nl;

	if (ut_nl_open(&nl, NULL))
		return false;
	ut_nl_close(nl);
	return true;
}

static int run(struct ut_cli *cli, int argc, char **argv)
{
	struct json_object *o;
	bool json;
	int ret;

	ret = ut_cli_json_only(&ut_verb_version, argc, argv, &json);
	if (ret)
		return ret - 1;
	if (json) {
		o = ut_json_new();
		ut_json_string(o, "version", UT_VERSION);
		ut_json_uint(o, "netlink_version", USBIP_TLS_GENL_VERSION);
		ut_json_bool(o, "modules_loaded", modules_loaded());
		return ut_json_print(o);
	}
	printf("usbip-tls %s\n", UT_VERSION);
	printf("netlink version %d, kernel modules %s\n",
	       USBIP_TLS_GENL_VERSION,
	       modules_loaded() ? "loaded" : "not loaded");
	return UT_EXIT_OK;
}

const struct ut_verb ut_verb_version = {
	.name = "version",
	.summary = "show the version, and whether the modules are loaded",
	.help =
	"Usage: usbip-tls version [--json]\n"
	"\n"
	"Shows the version of this command and whether the usbip_tls kernel\n"
	"modules are loaded.\n"
	"\n"
	"  --json      output as JSON\n"
	"  -h, --help  this text\n",
	.run = run,
};
