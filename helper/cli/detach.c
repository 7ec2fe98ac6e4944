// SPDX-License-Identifier: GPL-2.0
/* usbip-tls detach */
#include <stdio.h>

#include "cli/cli.h"

/* The driver releases the port in the background. */
#define DEADLINE_MS	10000

static int run(struct ut_cli *cli, int argc, char **argv)
{
	static const struct option opts[] = {
		{ "port", required_argument, NULL, 'p' },
		UT_LONG_HELP,
		UT_LONG_END,
	};
	unsigned long port = 0;
	bool given = false;
	struct ut_err err;
	int c;

	(void)cli;
	while ((c = getopt_long(argc, argv, "p:h", opts, NULL)) != -1) {
		if (c == 'h')
			return ut_cli_help(&ut_verb_detach);
		if (c != 'p')
			return ut_cli_bad_option(&ut_verb_detach);
		if (!ut_cli_number(optarg, 0, UT_VHCI_MAX_PORTS - 1, &port))
			return ut_cli_usage(&ut_verb_detach,
					    "\"%s\" is not a port number",
					    optarg);
		given = true;
	}
	if (optind < argc)
		return ut_cli_unexpected(&ut_verb_detach, argv[optind]);
	if (!given)
		return ut_cli_usage(&ut_verb_detach,
				    "which port? Give -p PORT");
	ut_err_clear(&err);
	if (ut_vhci_detach((uint32_t)port, &err) ||
	    ut_vhci_wait_free((uint32_t)port, DEADLINE_MS, &err))
		return ut_cli_fail(&err);
	printf("port %lu: detached\n", port);
	return UT_EXIT_OK;
}

const struct ut_verb ut_verb_detach = {
	.name = "detach",
	.summary = "give an attached device back to its dock",
	.help =
	"Usage: usbip-tls detach -p PORT\n"
	"\n"
	"Ends the use of a device, as if it were unplugged; unmount it first. The\n"
	"dock can give it to another tablet at once.\n"
	"\n"
	"  -p, --port PORT  number of the port, as shown by usbip-tls port\n"
	"  -h, --help       this text\n"
	"\n"
	"Needs root. Exit codes: 3 module, 4 rights, 5 no such port or nothing\n"
	"attached, 12 not released within 10 s.\n",
	.run = run,
};
