// SPDX-License-Identifier: GPL-2.0
/* usbip-tls reload */
#include <errno.h>
#include <stdio.h>

#include "cli/cli.h"
#include "base/clock.h"
#include "control/client.h"

/* It reads files and starts a signer; a slow card takes its time. */
#define DEADLINE_MS 30000

static void done(void *arg, const char *role, struct json_object *reply)
{
	printf("usbip-tlsd (%s): configuration and certificates reloaded\n",
	       role);
}

static int run(struct ut_cli *cli, int argc, char **argv)
{
	static const struct option opts[] = { UT_LONG_HELP, UT_LONG_END };
	struct ut_err err;
	size_t n;
	int c;

	while ((c = getopt_long(argc, argv, "h", opts, NULL)) != -1) {
		if (c == 'h')
			return ut_cli_help(&ut_verb_reload);
		return ut_cli_bad_option(&ut_verb_reload);
	}
	if (optind < argc)
		return ut_cli_unexpected(&ut_verb_reload, argv[optind]);
	ut_err_clear(&err);
	if (ut_control_ask_all(UT_CONTROL_RELOAD, ut_clock_ms() + DEADLINE_MS,
			       done, NULL, &n, &err))
		return ut_cli_fail(&err);
	if (n)
		return UT_EXIT_OK;
	ut_err_set(&err, UT_EXIT_NOT_FOUND, ENOENT,
		   "usbip-tlsd does not run here");
	ut_err_hint(&err, "it reads its configuration when it starts");
	return ut_cli_fail(&err);
}

const struct ut_verb ut_verb_reload = {
	.name = "reload",
	.summary = "let the daemon read configuration and certificates again",
	.help =
	"Usage: usbip-tls reload\n"
	"\n"
	"Lets usbip-tlsd read configuration, certificates, key and revocation list\n"
	"again, as SIGHUP does, and tells what came of it. If anything is wrong with\n"
	"them, all the old ones stay in use. Running sessions are not touched, but for\n"
	"those of a certificate that is revoked.\n"
	"\n"
	"  -h, --help  this text\n"
	"\n"
	"Needs root. Exit codes: 4 rights, 5 no daemon, 9 certificate trouble, 13 wrong\n"
	"configuration (file and line are told).\n",
	.run = run,
};
