// SPDX-License-Identifier: GPL-2.0
/* usbip-tls enroll */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_enroll.h"
#include "enroll/install.h"

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
		ret = ut_dir_make(a->dir, 0755, false, err);
	if (!ret && !a->pki) {
		ret = ut_path_join(pki, UT_CONFIG_PATH_SIZE, a->dir, "pki",
				   err);
		a->pki = pki;
	}
	return ret ? ret : set_password(a, err);
}

static int enroll(const struct ut_cli_enroll *a, struct ut_err *err)
{
	if (a->from)
		return ut_cli_enroll_from(a, err);
	if (a->csr)
		return ut_cli_enroll_csr(a, err);
	return a->host ? ut_cli_enroll_client(a, err) :
			 ut_cli_enroll_server(a, err);
}

static int run(struct ut_cli *cli, void *args, struct json_object *o,
	       struct ut_err *err)
{
	struct ut_cli_enroll *a = args;
	char pki[UT_CONFIG_PATH_SIZE];
	int ret;

	if (!!a->host + !!a->from + !!a->csr > 1)
		return ut_cli_usage(&ut_verb_enroll,
				    "HOST, --from and --csr exclude each other");
	if (a->code_file && !a->host)
		return ut_cli_usage(&ut_verb_enroll,
				    "--code-file is for the machine that types the code");
	a->dock_port = cli->port;
	while (a->n_address < UT_PKI_MAX_ADDRESSES && a->address[a->n_address])
		a->n_address++;
	ret = find_files(cli, a, pki, err);
	if (!ret)
		ret = enroll(a, err);
	ut_cli_config_free(a->config);
	return ret;
}

/* The forms; their options are the same, as each says only what it has use for. */
#define SERVER	1u
#define CLIENT	2u
#define FROM	4u
#define CSR	8u

static const struct ut_opt opts[] = {
	{ 0, NULL, "HOST", NULL, UT_TEXT(struct ut_cli_enroll, host),
	  .in = CLIENT, .must = CLIENT },
	{ 0, "role", "dock|tablet",
	  "role of the new machine (default: tablet)",
	  UT_CHOICE(struct ut_cli_enroll, role) },
	{ 0, "name", "NAME",
	  "on the new machine: its name (default: the host name);\n"
	  "on the dock: a glob that this name must match; a name\n"
	  "without wildcards may be one that was issued before,\n"
	  "or that a rule is about",
	  UT_TEXT(struct ut_cli_enroll, name), .in = SERVER | CLIENT | CSR },
	{ 0, "port", "N",
	  "TCP port of the enrolment (default: the\n"
	  "configuration, 3242)",
	  UT_PORT(struct ut_cli_enroll, port), .in = SERVER | CLIENT },
	{ 0, "lifetime", "SECONDS",
	  "how long the code is valid, 60 to 3600 (default:\n"
	  "the configuration, 600)",
	  UT_NUMBER(struct ut_cli_enroll, lifetime, UT_ENROLL_LIFETIME_MIN,
		    UT_ENROLL_LIFETIME_MAX,
		    "a number of seconds from 60 to 3600"), .in = SERVER },
	{ 0, "tries", "N",
	  "wrong codes before it becomes void, 1 to 10\n"
	  "(default: the configuration, 5)",
	  UT_NUMBER(struct ut_cli_enroll, tries, 1, UT_ENROLL_TRIES_MAX,
		    "a number from 1 to 10"), .in = SERVER },
	{ 0, "code-file", "FILE",
	  "the code is the first line of FILE, which nobody else\n"
	  "may read", UT_TEXT(struct ut_cli_enroll, code_file), .in = CLIENT },
	{ 0, "from", "DIR|FILE",
	  "the files to install, or the certificate for a request",
	  UT_TEXT(struct ut_cli_enroll, from), .in = FROM, .must = FROM },
	{ 0, "csr", "FILE", "where the request for another CA goes",
	  UT_TEXT(struct ut_cli_enroll, csr), .in = CSR, .must = CSR },
	{ 0, "address", "IP",
	  "for --role dock: address by which it is reached; may be\n"
	  "given 16 times",
	  UT_TEXTS(struct ut_cli_enroll, address, UT_PKI_MAX_ADDRESSES,
		   "addresses"), .in = SERVER },
	{ 0, "pki", "DIR",
	  "the CA's directory (default: pki in --dir, or as\n"
	  "configured)", UT_TEXT(struct ut_cli_enroll, pki), .in = SERVER },
	{ 0, "password-file", "FILE",
	  "its first line is the passphrase of the CA's key; with\n"
	  "--from and --csr of the new machine's key",
	  UT_TEXT(struct ut_cli_enroll, password_file),
	  .in = SERVER | FROM | CSR },
	{ 0, "no-self", NULL,
	  "this machine only keeps the CA and is not a dock",
	  UT_FLAG(struct ut_cli_enroll, no_self), .in = SERVER },
	{ 0, "dir", "DIR",
	  "directory for the files of this machine\n"
	  "(default: /etc/usbip-tls, or as configured)",
	  UT_TEXT(struct ut_cli_enroll, dir) },
	{ 0, "force", NULL,
	  "replace existing files; on the dock, also accept a name\n"
	  "that already has a valid certificate",
	  UT_FLAG(struct ut_cli_enroll, force) },
	UT_ROW_HELP, { 0 },
};
_Static_assert(UT_PKI_DOCK == 1 && UT_PKI_TABLET == 2, "words of --role");

const struct ut_verb ut_verb_enroll = {
	.name = "enroll",
	.summary = "give a machine its certificate, by a one-time code",
	.about =
	"Without HOST, on the dock: makes a CA and the dock's own certificate if there\n"
	"are none, shows a one-time code, and waits until one machine has enrolled.\n"
	"With HOST, on the new machine: asks for the code (or reads it from standard\n"
	"input) and gets its certificate from there. The code proves to each side who the\n"
	"other is. --from installs files made by \"pki issue --out\" or by another CA;\n"
	"--csr makes a key, and a request for such a CA.\n",
	.exits =
	"Exit codes: 1 exists already, or stopped, 7 no answer from HOST, 8 refused, or\n"
	"wrong code, or no tries left, 9 unusable certificate, 10 port in use, 12 the\n"
	"code expired.\n",
	.forms = (const struct ut_form[]){
		{ NULL, run, NULL }, { NULL, run, NULL }, { NULL, run, NULL },
		{ NULL, run, NULL }, { 0 },
	},
	.opts = opts,
	.args = &(const struct ut_cli_enroll){ .role = UT_PKI_TABLET },
	.args_size = sizeof(struct ut_cli_enroll),
};
