// SPDX-License-Identifier: GPL-2.0
/* usbip-tls reload */
#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "control/control_client.h"

/* It reads files and starts a signer; a slow card takes its time. */
#define DEADLINE_MS 30000

static void done(void *arg, const char *role, struct json_object *reply)
{
	printf("usbip-tlsd (%s): configuration and certificates reloaded\n",
	       role);
}

static int run(struct ut_cli *cli, void *args, struct json_object *o,
	       struct ut_err *err)
{
	size_t n;
	int ret;

	ret = ut_control_ask_all(UT_CONTROL_RELOAD, ut_clock_ms() + DEADLINE_MS,
				 done, NULL, &n, err);
	if (ret || n)
		return ret;
	ut_err_hint(err, "it reads its configuration when it starts");
	return -ENOENT;
}

const struct ut_verb ut_verb_reload = {
	.name = "reload",
	.summary = "make the daemon reread configuration and certificates",
	.about =
	"Makes usbip-tlsd reread configuration, certificates, key and revocation list,\n"
	"as SIGHUP does, and reports the result. If any of them is wrong, all the old\n"
	"ones stay in use. Running sessions go on, except those of a revoked\n"
	"certificate.\n",
	.exits =
	"Needs root. Exit codes: 4 rights, 5 no daemon, 9 certificate trouble, 13 wrong\n"
	"configuration (with file and line).\n",
	.forms = (const struct ut_form[]){ { NULL, run, NULL }, { 0 } },
	.opts = ut_opts_help,
};
