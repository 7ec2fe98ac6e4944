// SPDX-License-Identifier: GPL-2.0
/* The options before the verb, and usbip-tls help. */
#include <stdio.h>

#include "cli/cli.h"

static const struct ut_opt general_opts[] = {
	{ 'c', "config", "FILE", "configuration (default: " UT_CONFIG_PATH ")",
	  UT_TEXT(struct ut_cli, config_path) },
	{ 0, "tcp-port", "PORT", "TCP port of the dock (default: 3240)",
	  UT_PORT(struct ut_cli, port) },
	{ 'd', "debug", NULL, "log more to stderr",
	  UT_FLAG(struct ut_cli, debug) },
	UT_ROW_HELP,
	{ 'V', "version", NULL, "same as the verb version",
	  .kind = UT_ARG_VERSION },
	{ 0 },
};

const struct ut_verb ut_general = {
	.about =
	"Usage: usbip-tls [-c FILE] [--tcp-port PORT] [--debug] VERB [ARGUMENTS]\n",
	.exits =
	"usbip-tls help VERB describes each of them.\n"
	"\n"
	"Exit codes: 0 done, 1 another error, 2 wrong arguments, 3 kernel module not\n"
	"loaded, 4 rights missing, 5 not found, 6 ambiguous device, 7 dock unreachable,\n"
	"8 refused by the dock, 9 certificate trouble, 10 in use, 11 no free port,\n"
	"12 deadline passed, 13 wrong configuration, 14 protocol error.\n",
	.opts = general_opts,
};

struct args {
	bool parsable;
	const char *verb;
};

static int run(struct ut_cli *cli, void *args, struct json_object *o,
	       struct ut_err *err)
{
	const struct args *a = args;
	const struct ut_verb *verb = a->verb ? ut_verb_find(a->verb) :
					       &ut_general;
	size_t i;

	if (!verb)
		return ut_cli_usage(&ut_verb_help, "unknown verb \"%s\"",
				    a->verb);
	if (!a->parsable)
		return ut_cli_help(verb);
	for (i = 0; !a->verb && i < ut_n_verbs; i++)
		printf("verb\t%s\t%s\n", ut_verbs[i]->name,
		       ut_verbs[i]->summary);
	ut_cli_parsable(verb);
	return UT_EXIT_OK;
}

static const struct ut_opt opts[] = {
	{ 'p', "parsable", NULL,
	  "for programs, such as shell completion: lines of\n"
	  "fields separated by tabs; see usbip-tls(8)",
	  UT_FLAG(struct args, parsable) },
	{ 0, NULL, "VERB", NULL, UT_TEXT(struct args, verb) },
	UT_ROW_HELP, { 0 },
};

const struct ut_verb ut_verb_help = {
	.name = "help",
	.summary = "show this text, or the help of a verb",
	.about = "Lists the verbs, or describes one of them.\n",
	.forms = (const struct ut_form[]){ { NULL, run, NULL }, { 0 } },
	.opts = opts, .args_size = sizeof(struct args),
};
