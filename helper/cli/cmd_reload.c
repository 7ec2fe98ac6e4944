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
	.summary = "let the daemon read configuration and certificates again",
	.about =
	"Lets usbip-tlsd read configuration, certificates, key and revocation list\n"
	"again, as SIGHUP does, and tells what came of it. If anything is wrong with\n"
	"them, all the old ones stay in use. Running sessions are not touched, but for\n"
	"those of a certificate that is revoked.\n",
	.exits =
	"Needs root. Exit codes: 4 rights, 5 no daemon, 9 certificate trouble, 13 wrong\n"
	"configuration (file and line are told).\n",
	.forms = (const struct ut_form[]){ { NULL, run, NULL }, { 0 } },
	.opts = ut_opts_help,
};
