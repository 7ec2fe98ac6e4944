// SPDX-License-Identifier: GPL-2.0
/* usbip-tls version */
#include "cli/cli.h"

static int run(struct ut_cli *cli, void *args, struct json_object *o,
	       struct ut_err *err)
{
	struct ut_nl *nl;
	/* Is the family there? That is, a module of ours is loaded. */
	bool loaded = !ut_nl_open(&nl, NULL);

	if (loaded)
		ut_nl_close(nl);
	ut_json_string(o, "version", UT_VERSION);
	ut_json_uint(o, "netlink_version", USBIP_TLS_GENL_VERSION);
	ut_json_bool(o, "modules_loaded", loaded);
	return UT_EXIT_OK;
}

static void print(struct json_object *o, const void *args)
{
	ut_json_printf(o, "usbip-tls {version}\n"
		       "netlink version {#netlink_version}, kernel modules [!modules_loaded?not ]loaded\n");
}

const struct ut_verb ut_verb_version = {
	.name = "version",
	.summary = "show the version, and whether the modules are loaded",
	.about =
	"Shows the version of this command and whether the usbip_tls kernel\n"
	"modules are loaded.\n",
	.forms = (const struct ut_form[]){ { NULL, run, print }, { 0 } },
	.opts = ut_opts_json,
};
