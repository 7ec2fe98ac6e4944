// SPDX-License-Identifier: GPL-2.0
/* usbip-tls pki init|issue|revoke|show */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/stunnel.h"
#include "tls/pki.h"

/**
 * struct pki_args - the options of all four
 * @store: --dir, --password-file
 * @issue: --role, --address, --not-before, --days, --out, --force
 * @stunnel: --format stunnel
 * @dock: --dock
 * @ca_name: --name
 * @json: --json
 * @what: the argument without an option: NAME or SERIAL
 */
struct pki_args {
	struct ut_pki_store store;
	struct ut_pki_issue issue;
	bool stunnel;
	const char *dock;
	const char *ca_name;
	bool json;
	const char *what;
};

enum {
	OPT_DIR = UT_OPT_FIRST_FREE, OPT_NAME, OPT_PASSWORD, OPT_ROLE,
	OPT_ADDRESS, OPT_DAYS, OPT_NOT_BEFORE, OPT_OUT, OPT_FORCE,
	OPT_FORMAT, OPT_DOCK,
};

/*
 * Where the newest list is remembered; for root alone, whose directory it is. A CA
 * can be used without a configuration, and with one that is wrong.
 */
static const char *crl_state(const struct ut_cli *cli)
{
	static char dir[UT_CONFIG_PATH_SIZE] = UT_STATE_DIR;
	struct ut_config *cfg;
	struct ut_err err;

	if (geteuid())
		return NULL;
	cfg = ut_cli_config(cli, &err);
	if (cfg)
		memcpy(dir, cfg->tls.crl_state, sizeof(dir));
	ut_cli_config_free(cfg);
	return dir;
}

static int usage(const char *text, const char *arg)
{
	return 1 + ut_cli_usage(&ut_verb_pki, text, arg);
}

/* "2026-01-31" or "2026-01-31T12:00:00", UTC. */
static bool parse_time(const char *text, time_t *out)
{
	struct tm tm = { 0 };
	const char *end;

	end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!end) {
		memset(&tm, 0, sizeof(tm));
		end = strptime(text, "%Y-%m-%d", &tm);
	}
	if (!end || *end)
		return false;
	*out = timegm(&tm);
	return *out > 0;
}

static const char *date_text(time_t t, char buf[32])
{
	struct tm tm;

	strftime(buf, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
	return buf;
}

static int option(struct pki_args *a, int c)
{
	unsigned long v;

	switch (c) {
	case OPT_DIR:
		a->store.dir = optarg;
		return 0;
	case OPT_NAME:
		a->ca_name = optarg;
		return 0;
	case OPT_PASSWORD:
		a->store.password_file = optarg;
		return 0;
	case OPT_ROLE:
		if (strcmp(optarg, "dock") && strcmp(optarg, "tablet"))
			return usage("role \"%s\" is neither dock nor tablet",
				     optarg);
		a->issue.role = optarg[0] == 'd' ? UT_PKI_DOCK : UT_PKI_TABLET;
		return 0;
	case OPT_ADDRESS:
		if (a->issue.n_address == UT_PKI_MAX_ADDRESSES)
			return usage("more than 16 addresses%s", "");
		a->issue.address[a->issue.n_address++] = optarg;
		return 0;
	case OPT_DAYS:
		if (!ut_cli_number(optarg, 1, UT_PKI_MAX_DAYS, &v))
			return usage("\"%s\" is not a number of days from 1 to 36500",
				     optarg);
		a->issue.days = (unsigned int)v;
		return 0;
	case OPT_NOT_BEFORE:
		if (!parse_time(optarg, &a->issue.not_before))
			return usage("\"%s\" is not a date: YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, UTC",
				     optarg);
		return 0;
	case OPT_OUT:
		a->issue.out = optarg;
		return 0;
	case OPT_FORCE:
		a->issue.force = true;
		return 0;
	case OPT_FORMAT:
		if (strcmp(optarg, "pem") && strcmp(optarg, "stunnel"))
			return usage("format \"%s\" is neither pem nor stunnel",
				     optarg);
		a->stunnel = optarg[0] == 's';
		return 0;
	case OPT_DOCK:
		a->dock = optarg;
		return 0;
	default:
		return ut_cli_option(&ut_verb_pki, c, &a->json);
	}
}

static int parse(struct pki_args *a, const struct option *opts, int argc,
		 char **argv)
{
	int c, ret;

	while ((c = getopt_long(argc, argv, "h", opts, NULL)) != -1) {
		ret = option(a, c);
		if (ret)
			return ret;
	}
	if (optind < argc)
		a->what = argv[optind++];
	if (optind < argc)
		return 1 + ut_cli_unexpected(&ut_verb_pki, argv[optind]);
	return 0;
}

static int init(struct ut_cli *cli, int argc, char **argv)
{
	static const struct option opts[] = {
		{ "dir", required_argument, NULL, OPT_DIR },
		{ "name", required_argument, NULL, OPT_NAME },
		{ "password-file", required_argument, NULL, OPT_PASSWORD },
		{ "days", required_argument, NULL, OPT_DAYS },
		{ "force", no_argument, NULL, OPT_FORCE },
		UT_LONG_HELP, UT_LONG_END,
	};
	struct pki_args a = { 0 };
	struct ut_err err;
	int ret = parse(&a, opts, argc, argv);

	if (ret)
		return ret - 1;
	if (a.what)
		return ut_cli_unexpected(&ut_verb_pki, a.what);
	a.store.crl_state = crl_state(cli);
	ut_err_clear(&err);
	if (ut_pki_init(&a.store, a.ca_name, a.issue.days, a.issue.force,
			&err))
		return ut_cli_fail(&err);
	printf("CA made in %s\n", a.store.dir ? a.store.dir : UT_PKI_DIR);
	if (!a.store.password_file)
		printf("Its key is not encrypted; keep the directory to yourself.\n");
	return UT_EXIT_OK;
}

/* What else the options have to say. 0, or 1 and an exit code. */
static int check_format(const struct pki_args *a)
{
	bool tablet = a->issue.role == UT_PKI_TABLET;

	if (!a->stunnel && a->dock)
		return usage("--dock is for --format stunnel%s", "");
	if (!a->stunnel)
		return 0;
	if (!a->issue.out)
		return usage("--format stunnel writes files: give --out%s", "");
	if (tablet && !a->dock)
		return usage("which dock shall stunnel connect to? Give --dock%s",
			     "");
	if (!tablet && a->dock)
		return usage("--dock is for a tablet%s", "");
	return 0;
}

/* The certificate, and what stunnel needs besides: all of it or nothing. */
static int make(const struct ut_cli *cli, const struct pki_args *a,
		struct ut_pki_cert *made, struct ut_err *err)
{
	const struct ut_stunnel s = {
		.dir = a->issue.out, .role = a->issue.role, .dock = a->dock,
		.port = cli->port ? cli->port : UT_DEFAULT_PORT,
		.force = a->issue.force,
	};
	int ret = a->stunnel ? ut_stunnel_check(&s, err) : 0;

	if (!ret)
		ret = ut_pki_issue(&a->store, &a->issue, made, err);
	if (!ret && a->stunnel)
		ret = ut_stunnel_write(&s, err);
	return ret;
}

static int issue(struct ut_cli *cli, int argc, char **argv)
{
	static const struct option opts[] = {
		{ "dir", required_argument, NULL, OPT_DIR },
		{ "role", required_argument, NULL, OPT_ROLE },
		{ "address", required_argument, NULL, OPT_ADDRESS },
		{ "days", required_argument, NULL, OPT_DAYS },
		{ "not-before", required_argument, NULL, OPT_NOT_BEFORE },
		{ "password-file", required_argument, NULL, OPT_PASSWORD },
		{ "out", required_argument, NULL, OPT_OUT },
		{ "format", required_argument, NULL, OPT_FORMAT },
		{ "dock", required_argument, NULL, OPT_DOCK },
		{ "force", no_argument, NULL, OPT_FORCE },
		UT_LONG_HELP, UT_LONG_END,
	};
	char date[32];
	struct pki_args a = { 0 };
	struct ut_pki_cert made;
	struct ut_err err;
	int ret = parse(&a, opts, argc, argv);

	if (ret)
		return ret - 1;
	if (!a.what)
		return usage("whose certificate? Give a name%s", "") - 1;
	if (a.issue.role == UT_PKI_CA)
		return usage("give --role dock or --role tablet%s", "") - 1;
	ret = check_format(&a);
	if (ret)
		return ret - 1;
	a.issue.name = a.what;
	a.store.crl_state = crl_state(cli);
	ut_err_clear(&err);
	if (make(cli, &a, &made, &err))
		return ut_cli_fail(&err);
	printf("%s certificate for %s, serial number %s, valid until %s\n",
	       ut_pki_role_name(made.role), made.name, made.serial,
	       date_text(made.not_after, date));
	if (a.issue.out)
		printf("Files for it are in %s: ca.pem cert.pem key.pem crl.pem%s\n",
		       a.issue.out, a.stunnel ? " " UT_STUNNEL_FILE : "");
	return UT_EXIT_OK;
}

static int revoke_certs(struct ut_cli *cli, int argc, char **argv)
{
	static const struct option opts[] = {
		{ "dir", required_argument, NULL, OPT_DIR },
		{ "password-file", required_argument, NULL, OPT_PASSWORD },
		UT_LONG_HELP, UT_LONG_END,
	};
	struct pki_args a = { 0 };
	struct ut_err err;
	const char *dir;
	size_t n;
	int ret = parse(&a, opts, argc, argv);

	if (ret)
		return ret - 1;
	if (!a.what)
		return usage("which certificate? Give its name or serial number%s",
			     "") - 1;
	a.store.crl_state = crl_state(cli);
	ut_err_clear(&err);
	if (ut_pki_revoke(&a.store, a.what, &n, &err))
		return ut_cli_fail(&err);
	dir = a.store.dir ? a.store.dir : UT_PKI_DIR;
	printf("%zu certificate%s of %s revoked\n", n, n == 1 ? "" : "s",
	       a.what);
	printf("usbip-tlsd of this machine takes the new list by itself, and gives it to tablets that watch it.\nCopy %s/crl.pem to /etc/usbip-tls/crl.pem on all other docks and tablets.\n",
	       dir);
	return UT_EXIT_OK;
}

static const char *validity(const struct ut_pki_cert *c, time_t now)
{
	if (c->revoked)
		return "revoked";
	if (now < c->not_before)
		return "not yet valid";
	return now > c->not_after ? "expired" : "valid";
}

static void show_text(const struct ut_pki_cert *c, time_t now)
{
	char date[32];

	printf("%s: %s, %s\n", c->name, ut_pki_role_name(c->role),
	       validity(c, now));
	if (c->names[0])
		printf("  names        %s\n", c->names);
	printf("  serial       %s\n", c->serial);
	printf("  valid from   %s\n", date_text(c->not_before, date));
	printf("  valid until  %s\n", date_text(c->not_after, date));
	if (c->revoked)
		printf("  revoked      %s\n", date_text(c->revoked, date));
	printf("  fingerprint  %s\n", c->fingerprint);
}

static struct json_object *show_json(const struct ut_pki_cert *c, time_t now)
{
	struct json_object *o = json_object_new_object();
	char date[32];

	ut_json_string(o, "name", c->name);
	ut_json_string(o, "role", ut_pki_role_name(c->role));
	ut_json_string(o, "validity", validity(c, now));
	ut_json_string(o, "names", c->names);
	ut_json_string(o, "serial", c->serial);
	ut_json_string(o, "not_before", date_text(c->not_before, date));
	ut_json_string(o, "not_after", date_text(c->not_after, date));
	if (c->revoked)
		ut_json_string(o, "revoked", date_text(c->revoked, date));
	ut_json_string(o, "fingerprint", c->fingerprint);
	return o;
}

static int show_list(const struct pki_args *a, const struct ut_pki_cert *certs,
		     size_t n)
{
	struct json_object *o = NULL, *array = NULL;
	time_t now = time(NULL);
	size_t i, shown = 0;

	if (a->json) {
		o = ut_json_new();
		array = ut_json_array(o, "certificates");
	}
	for (i = 0; i < n; i++) {
		if (a->what && strcmp(certs[i].name, a->what) &&
		    strcasecmp(certs[i].serial, a->what))
			continue;
		shown++;
		if (a->json)
			json_object_array_add(array,
					      show_json(&certs[i], now));
		else
			show_text(&certs[i], now);
	}
	if (a->json)
		ut_json_print(o);
	if (shown || !a->what)
		return UT_EXIT_OK;
	fprintf(stderr, "usbip-tls: no certificate has the name or serial number \"%s\"\n"
		"hint: usbip-tls pki show lists them all\n", a->what);
	return UT_EXIT_NOT_FOUND;
}

static int show(struct ut_cli *cli, int argc, char **argv)
{
	static const struct option opts[] = {
		{ "dir", required_argument, NULL, OPT_DIR },
		UT_LONG_JSON, UT_LONG_HELP, UT_LONG_END,
	};
	struct pki_args a = { 0 };
	struct ut_pki_cert *certs;
	struct ut_err err;
	size_t n;
	int ret = parse(&a, opts, argc, argv);

	if (ret)
		return ret - 1;
	ut_err_clear(&err);
	if (ut_pki_list(&a.store, &certs, &n, &err))
		return ut_cli_fail(&err);
	ret = show_list(&a, certs, n);
	free(certs);
	return ret;
}

static int run(struct ut_cli *cli, int argc, char **argv)
{
	static const struct ut_subverb subs[] = {
		{ "init", init }, { "issue", issue }, { "revoke", revoke_certs },
		{ "show", show },
	};

	return ut_cli_subverb(&ut_verb_pki, subs, sizeof(subs) / sizeof(subs[0]),
			      cli, argc, argv);
}

const struct ut_verb ut_verb_pki = {
	.name = "pki",
	.summary = "make the private CA and its certificates",
	.help =
	"Usage: usbip-tls pki init [--dir DIR] [--name CA-NAME] [--days N]\n"
	"                          [--password-file FILE] [--force]\n"
	"       usbip-tls pki issue --role dock|tablet NAME [--dir DIR]\n"
	"                          [--address IP]... [--days N] [--not-before DATE]\n"
	"                          [--password-file FILE] [--out OUT] [--force]\n"
	"                          [--format pem|stunnel] [--dock HOST]\n"
	"       usbip-tls pki revoke NAME|SERIAL [--dir DIR] [--password-file FILE]\n"
	"       usbip-tls pki show [NAME|SERIAL] [--dir DIR] [--json]\n"
	"\n"
	"init makes a certification authority: a key, its certificate and an empty\n"
	"revocation list. issue makes a key and a certificate for a dock or a tablet.\n"
	"NAME is the dock's host name, or any name for a tablet: letters, digits, '-',\n"
	"'.', '_', 63 at most. A machine that is both needs two of different names.\n"
	"revoke puts certificates on the list, by name all that are still valid. show\n"
	"lists the CA and all its certificates.\n"
	"\n"
	"  --dir DIR             the CA's directory (default: " UT_PKI_DIR ");\n"
	"                        nobody but its owner may have rights to it\n"
	"  --name CA-NAME        name of the CA (default: usbip-tls CA)\n"
	"  --role dock|tablet    what the certificate is for; it is good for nothing\n"
	"                        else\n"
	"  --address IP          address by which tablets reach the dock; may be given\n"
	"                        16 times\n"
	"  --days N              days of validity (default: 3650 for a CA, 825 else;\n"
	"                        never longer than the CA's)\n"
	"  --not-before DATE     start of validity, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS,\n"
	"                        UTC (default: now)\n"
	"  --password-file FILE  its first line is the passphrase of the CA's key\n"
	"  --out OUT             also put ca.pem, cert.pem, key.pem and crl.pem there,\n"
	"                        ready to be copied to /etc/usbip-tls of the machine\n"
	"  --format pem|stunnel  stunnel: put a stunnel.conf there, too, for a machine\n"
	"                        without usbip-tls: of a tablet, in front of any USB/IP\n"
	"                        client; of a dock, in front of usbipd\n"
	"  --dock HOST           for stunnel of a tablet: the dock, by a name or address\n"
	"                        that its certificate has; --tcp-port for another port\n"
	"  --force               replace existing files\n"
	"  --json                output as JSON\n"
	"  -h, --help            this text\n"
	"\n"
	"Exit codes: 1 exists already, or revoked before, 4 rights, 5 no such CA or\n"
	"certificate, 9 the CA's key or certificate is of no use.\n",
	.run = run,
};
