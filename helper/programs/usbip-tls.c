// SPDX-License-Identifier: GPL-2.0
/* usbip-tls: the command. */
#include <locale.h>
#include <stdio.h>

#include "cli/cli.h"
#include "base/log.h"

static int run_verb(struct ut_cli *cli, int argc, char **argv)
{
	const struct ut_verb *verb = ut_verb_find(argv[0]);
	char name[64];

	if (!verb) {
		fprintf(stderr,
			"usbip-tls: unknown verb \"%s\"\n"
			"hint: usbip-tls help lists the verbs\n", argv[0]);
		return UT_EXIT_USAGE;
	}
	snprintf(name, sizeof(name), "usbip-tls %s", verb->name);
	argv[0] = name;
	return ut_cli_run(verb, cli, argc, argv);
}

int main(int argc, char **argv)
{
	struct ut_cli cli = { 0 };
	int ret;

	setlocale(LC_CTYPE, "");
	ret = ut_cli_parse(&ut_general, 0, &cli, &cli, argc, argv);
	if (ret >= 0)
		return ret;
	ut_log_open("usbip-tls", cli.debug ? UT_LOG_DEBUG : UT_LOG_NOTICE);
	if (optind == argc)
		return ut_cli_hint(&ut_general);
	return run_verb(&cli, argc - optind, argv + optind);
}
