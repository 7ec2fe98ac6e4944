// SPDX-License-Identifier: GPL-2.0
/* usbip-tls help */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static const char head[] =
	"Usage: usbip-tls [-c FILE] [--tcp-port PORT] [--debug] VERB [ARGUMENTS]\n"
	"\n"
	"Shares USB devices of a dock with a tablet over TLS done by the kernel.\n"
	"\n"
	"  -c, --config FILE  configuration (default: " UT_CONFIG_PATH ")\n"
	"  --tcp-port PORT    TCP port of the dock (default: 3240)\n"
	"  -d, --debug        tell more on stderr\n"
	"  -h, --help         this text\n"
	"  -V, --version      same as the verb version\n"
	"\n"
	"Verbs:\n";

static const char tail[] =
	"\n"
	"usbip-tls help VERB tells more about each.\n"
	"\n"
	"Exit codes: 0 done, 1 another error, 2 wrong arguments, 3 kernel module not\n"
	"loaded, 4 rights missing, 5 not found, 6 ambiguous device, 7 dock unreachable,\n"
	"8 refused by the dock, 9 certificate trouble, 10 in use, 11 no free port,\n"
	"12 deadline passed, 13 wrong configuration, 14 protocol error.\n";

static void list_verbs(void)
{
	size_t i;

	fputs(head, stdout);
	for (i = 0; i < ut_n_verbs; i++)
		printf("  %-8s %s\n", ut_verbs[i]->name, ut_verbs[i]->summary);
	fputs(tail, stdout);
}

static void list_parsable(void)
{
	size_t i;

	for (i = 0; i < ut_n_verbs; i++)
		printf("verb\t%s\t%s\n", ut_verbs[i]->name,
		       ut_verbs[i]->summary);
	ut_help_print(NULL, head);
}

static int show(const struct ut_verb *verb, bool parsable)
{
	if (verb && parsable)
		ut_help_print(verb->name, verb->help);
	else if (verb)
		return ut_cli_help(verb);
	else if (parsable)
		list_parsable();
	else
		list_verbs();
	return UT_EXIT_OK;
}

static int run(struct ut_cli *cli, int argc, char **argv)
{
	static const struct option opts[] = {
		{ "parsable", no_argument, NULL, 'p' },
		UT_LONG_HELP,
		UT_LONG_END,
	};
	const struct ut_verb *verb = NULL;
	bool parsable = false;
	int c;

	while ((c = getopt_long(argc, argv, "hp", opts, NULL)) != -1) {
		if (c == 'h')
			return ut_cli_help(&ut_verb_help);
		if (c != 'p')
			return ut_cli_bad_option(&ut_verb_help);
		parsable = true;
	}
	if (argc - optind > 1)
		return ut_cli_usage(&ut_verb_help, "one verb at a time");
	if (optind < argc) {
		verb = ut_verb_find(argv[optind]);
		if (!verb)
			return ut_cli_usage(&ut_verb_help,
					    "there is no verb \"%s\"",
					    argv[optind]);
	}
	return show(verb, parsable);
}

const struct ut_verb ut_verb_help = {
	.name = "help",
	.summary = "show this text, or that of a verb",
	.help =
	"Usage: usbip-tls help [-p] [VERB]\n"
	"\n"
	"Lists the verbs, or tells about one of them.\n"
	"\n"
	"  -p, --parsable  for programs, such as the completion of a shell: lines\n"
	"                  of fields with tabs between them; see usbip-tls(8)\n"
	"  -h, --help      this text\n",
	.run = run,
};
