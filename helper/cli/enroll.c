// SPDX-License-Identifier: GPL-2.0
/* usbip-tls enroll */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/enroll.h"
#include "enroll/install.h"
#include "tls/pki_store.h"

enum {
	OPT_ROLE = UT_OPT_FIRST_FREE, OPT_NAME, OPT_PORT, OPT_LIFETIME,
	OPT_TRIES, OPT_CODE_FILE, OPT_FROM, OPT_CSR, OPT_DIR, OPT_PKI,
	OPT_PASSWORD, OPT_ADDRESS, OPT_NO_SELF, OPT_FORCE,
};

static const struct option options[] = {
	{ "role", required_argument, NULL, OPT_ROLE },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "lifetime", required_argument, NULL, OPT_LIFETIME },
	{ "tries", required_argument, NULL, OPT_TRIES },
	{ "code-file", required_argument, NULL, OPT_CODE_FILE },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "csr", required_argument, NULL, OPT_CSR },
	{ "dir", required_argument, NULL, OPT_DIR },
	{ "pki", required_argument, NULL, OPT_PKI },
	{ "password-file", required_argument, NULL, OPT_PASSWORD },
	{ "address", required_argument, NULL, OPT_ADDRESS },
	{ "no-self", no_argument, NULL, OPT_NO_SELF },
	{ "force", no_argument, NULL, OPT_FORCE },
	UT_LONG_HELP, UT_LONG_END,
};

static int usage(const char *text, const char *arg)
{
	return 1 + ut_cli_usage(&ut_verb_enroll, text, arg);
}

static int number(const char *text, unsigned long min, unsigned long max,
		  unsigned long *out, const char *complaint)
{
	return ut_cli_number(text, min, max, out) ? 0 : usage(complaint, text);
}

static int numeric_option(struct ut_cli_enroll *a, int c)
{
	unsigned long v = 0;
	int ret;

	switch (c) {
	case OPT_PORT:
		ret = number(optarg, 1, 65535, &v, "\"%s\" is not a TCP port");
		a->port = (uint16_t)v;
		return ret;
	case OPT_LIFETIME:
		ret = number(optarg, UT_ENROLL_LIFETIME_MIN,
			     UT_ENROLL_LIFETIME_MAX, &v,
			     "\"%s\" is not a number of seconds from 60 to 3600");
		a->lifetime = (unsigned int)v;
		return ret;
	default:
		ret = number(optarg, 1, UT_ENROLL_TRIES_MAX, &v,
			     "\"%s\" is not a number from 1 to 10");
		a->tries = (unsigned int)v;
		return ret;
	}
}

static int role_option(struct ut_cli_enroll *a)
{
	if (strcmp(optarg, "dock") && strcmp(optarg, "tablet"))
		return usage("role \"%s\" is neither dock nor tablet", optarg);
	a->role = optarg[0] == 'd' ? UT_PKI_DOCK : UT_PKI_TABLET;
	return 0;
}

static int address_option(struct ut_cli_enroll *a)
{
	if (a->n_address == UT_PKI_MAX_ADDRESSES)
		return usage("more than 16 addresses%s", "");
	a->address[a->n_address++] = optarg;
	return 0;
}

static int option(struct ut_cli_enroll *a, int c)
{
	bool json;

	switch (c) {
	case OPT_ROLE:
		return role_option(a);
	case OPT_NAME:
		a->name = optarg;
		return 0;
	case OPT_PORT:
	case OPT_LIFETIME:
	case OPT_TRIES:
		return numeric_option(a, c);
	case OPT_CODE_FILE:
		a->code_file = optarg;
		return 0;
	case OPT_FROM:
		a->from = optarg;
		return 0;
	case OPT_CSR:
		a->csr = optarg;
		return 0;
	case OPT_DIR:
		a->dir = optarg;
		return 0;
	case OPT_PKI:
		a->pki = optarg;
		return 0;
	case OPT_PASSWORD:
		a->password_file = optarg;
		return 0;
	case OPT_ADDRESS:
		return address_option(a);
	case OPT_NO_SELF:
		a->no_self = true;
		return 0;
	case OPT_FORCE:
		a->force = true;
		return 0;
	default:
		return ut_cli_option(&ut_verb_enroll, c, &json);
	}
}

static int parse(struct ut_cli_enroll *a, int argc, char **argv)
{
	int c, ret;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		ret = option(a, c);
		if (ret)
			return ret;
	}
	if (optind < argc)
		a->host = argv[optind++];
	if (optind < argc)
		return 1 + ut_cli_unexpected(&ut_verb_enroll, argv[optind]);
	if (!!a->host + !!a->from + !!a->csr > 1)
		return usage("HOST, --from and --csr do not go together%s", "");
	if (a->code_file && !a->host)
		return usage("--code-file is for the machine that types the code%s",
			     "");
	return 0;
}

/* The CA's key or our own has a passphrase, whichever is at hand. */
static int set_password(struct ut_cli_enroll *a, struct ut_err *err)
{
	const size_t size = sizeof(a->tls.key_password_file);

	if (!a->password_file || (!a->from && !a->csr))
		return 0;
	if (snprintf(a->tls.key_password_file, size, "%s", a->password_file) <
	    (int)size)
		return 0;
	return ut_err_set(err, UT_EXIT_USAGE, ENAMETOOLONG,
			  "the path of the passphrase file is too long");
}

/* What no option has said. */
static void take_config(struct ut_cli_enroll *a, const struct ut_config *cfg,
			char pki[UT_CONFIG_PATH_SIZE])
{
	a->tls = cfg->tls;
	if (!a->pki) {
		memcpy(pki, cfg->enroll.pki, UT_CONFIG_PATH_SIZE);
		a->pki = pki;
	}
	if (!a->port)
		a->port = cfg->enroll.port;
	if (!a->lifetime)
		a->lifetime = cfg->enroll.code_lifetime;
	if (!a->tries)
		a->tries = cfg->enroll.tries;
}

static void take_defaults(struct ut_cli_enroll *a)
{
	if (!a->port)
		a->port = UT_ENROLL_PORT;
	if (!a->lifetime)
		a->lifetime = UT_ENROLL_LIFETIME;
	if (!a->tries)
		a->tries = UT_ENROLL_TRIES;
}

/* Where the files of this machine are, and its CA. */
static int find_files(const struct ut_cli *cli, struct ut_cli_enroll *a,
		      char pki[UT_CONFIG_PATH_SIZE], struct ut_err *err)
{
	int ret;

	if (a->dir) {
		ret = ut_install_files(&a->tls, a->dir, err);
	} else {
		a->dir = UT_CONFIG_DIR;
		a->config = ut_cli_config(cli, err);
		ret = a->config ? 0 : -EINVAL;
		if (a->config)
			take_config(a, a->config, pki);
	}
	take_defaults(a);
	if (!ret)
		ret = ut_pki_make_dir(a->dir, 0755, err);
	if (!ret && !a->pki) {
		ret = ut_path_join(pki, UT_CONFIG_PATH_SIZE, a->dir, "pki",
				   err);
		a->pki = pki;
	}
	return ret ? ret : set_password(a, err);
}

static int run(struct ut_cli *cli, int argc, char **argv)
{
	struct ut_cli_enroll a = {
		.role = UT_PKI_TABLET, .dock_port = cli->port,
	};
	char pki[UT_CONFIG_PATH_SIZE];
	struct ut_err err;
	int ret = parse(&a, argc, argv);

	if (ret)
		return ret - 1;
	ut_err_clear(&err);
	if (find_files(cli, &a, pki, &err))
		ret = ut_cli_fail(&err);
	else if (a.from)
		ret = ut_cli_enroll_from(&a);
	else if (a.csr)
		ret = ut_cli_enroll_csr(&a);
	else
		ret = a.host ? ut_cli_enroll_wish(&a) :
			       ut_cli_enroll_offer(&a);
	ut_cli_config_free(a.config);
	return ret;
}

const struct ut_verb ut_verb_enroll = {
	.name = "enroll",
	.summary = "give a machine its certificate, by a one-time code",
	.help =
	"Usage: usbip-tls enroll [--role tablet|dock] [--name PATTERN] [--port N]\n"
	"                        [--lifetime SECONDS] [--tries N] [--address IP]...\n"
	"                        [--pki DIR] [--password-file FILE] [--no-self]\n"
	"                        [--dir DIR] [--force]\n"
	"       usbip-tls enroll HOST [--role tablet|dock] [--name NAME]\n"
	"                        [--code-file FILE] [--port N] [--dir DIR] [--force]\n"
	"       usbip-tls enroll --from DIR|FILE [--role tablet|dock]\n"
	"                        [--password-file FILE] [--dir DIR] [--force]\n"
	"       usbip-tls enroll --csr FILE [--role tablet|dock] [--name NAME]\n"
	"                        [--password-file FILE] [--dir DIR] [--force]\n"
	"\n"
	"Without HOST, on the dock: makes a CA and the dock's own certificate if there\n"
	"are none, shows a one-time code, and waits until one machine has enrolled.\n"
	"With HOST, on the new machine: asks for the code (or reads it from standard\n"
	"input) and gets its certificate from there. The code proves each of the two to\n"
	"the other. --from installs files that were made by \"pki issue --out\" or by\n"
	"another CA; --csr makes a key, and the request for such a CA.\n"
	"\n"
	"  --role dock|tablet    what the new machine is to be (default: tablet)\n"
	"  --name NAME           on the new machine: its name (default: the host name);\n"
	"                        on the dock: a glob that this name must match; a name\n"
	"                        without wildcards may be one that was issued before,\n"
	"                        or that a rule is about\n"
	"  --port N              TCP port of the enrolment (default: the\n"
	"                        configuration, 3242)\n"
	"  --lifetime SECONDS    how long the code is good, 60 to 3600 (default:\n"
	"                        the configuration, 600)\n"
	"  --tries N             wrong codes until it is void, 1 to 10\n"
	"                        (default: the configuration, 5)\n"
	"  --code-file FILE      the code is the first line of FILE, which nobody else\n"
	"                        may read\n"
	"  --from DIR|FILE       the files to install, or the certificate for a request\n"
	"  --csr FILE            where the request for another CA goes\n"
	"  --address IP          for --role dock: address by which it is reached; may be\n"
	"                        given 16 times\n"
	"  --pki DIR             the CA's directory (default: pki in --dir, or as\n"
	"                        configured)\n"
	"  --password-file FILE  its first line is the passphrase of the CA's key; with\n"
	"                        --from and --csr of the new machine's key\n"
	"  --no-self             this machine only keeps the CA, it is no dock\n"
	"  --dir DIR             where the files of this machine are\n"
	"                        (default: /etc/usbip-tls, or as configured)\n"
	"  --force               replace files that are there; on the dock also: a name\n"
	"                        may have a valid certificate already\n"
	"  -h, --help            this text\n"
	"\n"
	"Exit codes: 1 exists already, or stopped, 7 no answer from HOST, 8 refused, or\n"
	"wrong code, or no tries left, 9 the certificate is of no use, 10 the port is in\n"
	"use, 12 time is over.\n",
	.run = run,
};
