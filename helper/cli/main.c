// SPDX-License-Identifier: GPL-2.0
/* usbip-tls: the command. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "base/log.h"

static const char usage[] =
	"Usage: usbip-tls [-c FILE] [--tcp-port PORT] [--debug] VERB [ARGUMENTS]\n";

static int usage_error(void)
{
	fputs(usage, stderr);
	fputs("hint: usbip-tls help lists the verbs\n", stderr);
	return UT_EXIT_USAGE;
}

static int run_verb(struct ut_cli *cli, int argc, char **argv)
{
	const struct ut_verb *verb = ut_verb_find(argv[0]);
	char name[64];

	if (!verb) {
		fprintf(stderr,
			"usbip-tls: there is no verb \"%s\"\n"
			"hint: usbip-tls help lists the verbs\n", argv[0]);
		return UT_EXIT_USAGE;
	}
	snprintf(name, sizeof(name), "usbip-tls %s", verb->name);
	argv[0] = name;
	optind = 0;
	return verb->run(cli, argc, argv);
}

/* The options before the verb. -1: it stands at optind; else an exit code. */
static int parse(struct ut_cli *cli, int argc, char **argv)
{
	static const struct option opts[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "tcp-port", required_argument, NULL, 't' },
		{ "debug", no_argument, NULL, 'd' },
		{ "version", no_argument, NULL, 'V' },
		UT_LONG_HELP,
		UT_LONG_END,
	};
	char *help[] = { "help", NULL }, *version[] = { "version", NULL };
	enum ut_log_level level = UT_LOG_NOTICE;
	unsigned long port;
	int c;

	/* '+': options behind the verb are the verb's. */
	while ((c = getopt_long(argc, argv, "+c:dhV", opts, NULL)) != -1) {
		switch (c) {
		case 'c':
			cli->config_path = optarg;
			break;
		case 't':
			if (!ut_cli_number(optarg, 1, 65535, &port)) {
				fprintf(stderr, "usbip-tls: \"%s\" is not a TCP port\n",
					optarg);
				return usage_error();
			}
			cli->port = (uint16_t)port;
			break;
		case 'd':
			level = UT_LOG_DEBUG;
			break;
		case 'h':
			return run_verb(cli, 1, help);
		case 'V':
			return run_verb(cli, 1, version);
		default:
			return usage_error();
		}
	}
	ut_log_open("usbip-tls", level);
	return -1;
}

int main(int argc, char **argv)
{
	struct ut_cli cli = { 0 };
	int ret;

	setlocale(LC_CTYPE, "");
	ret = parse(&cli, argc, argv);
	if (ret >= 0)
		return ret;
	if (optind == argc)
		return usage_error();
	return run_verb(&cli, argc - optind, argv + optind);
}
