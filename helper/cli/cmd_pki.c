// SPDX-License-Identifier: GPL-2.0
/* usbip-tls pki init|issue|revoke|show */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/stunnel.h"
#include "pki/pki.h"

struct args {
	struct ut_pki_store store;
	struct ut_pki_issue issue;
	enum { PEM = 1, STUNNEL } format;
	const char *dock;
	const char *not_before;
	const char *ca_name;
	const char *what;
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

static int init(struct ut_cli *cli, void *args, struct json_object *o,
		struct ut_err *err)
{
	struct args *a = args;
	int ret;

	a->store.crl_state = crl_state(cli);
	ret = ut_pki_init(&a->store, a->ca_name, a->issue.days, a->issue.force,
			  err);
	if (ret)
		return ret;
	printf("CA made in %s\n", ut_pki_dir(&a->store));
	if (!a->store.password_file)
		printf("Its key is not encrypted; let nobody else read the directory.\n");
	return UT_EXIT_OK;
}

/* What the format wants of the other options; NULL: they are as it wants them. */
static const char *wrong_format(const struct args *a)
{
	bool tablet = a->issue.role == UT_PKI_TABLET;

	if (a->format != STUNNEL)
		return a->dock ? "--dock is for --format stunnel" : NULL;
	if (!a->issue.out)
		return "--format stunnel writes files: give --out";
	if (tablet && !a->dock)
		return "missing dock for stunnel to connect to; give --dock";
	return !tablet && a->dock ? "--dock is for a tablet" : NULL;
}

/* The certificate, and what stunnel needs besides: all of it or nothing. */
static int make(const struct ut_cli *cli, const struct args *a,
		struct ut_pki_cert *made, struct ut_err *err)
{
	bool stunnel = a->format == STUNNEL;
	int ret = stunnel ? ut_stunnel_check(&a->issue, a->dock, err) : 0;

	if (!ret)
		ret = ut_pki_issue(&a->store, &a->issue, made, err);
	if (!ret && stunnel)
		ret = ut_stunnel_write(&a->issue, a->dock, cli->port ?
				       cli->port : UT_DEFAULT_PORT, err);
	return ret;
}

static int issue(struct ut_cli *cli, void *args, struct json_object *o,
		 struct ut_err *err)
{
	struct args *a = args;
	struct ut_pki_issue *req = &a->issue;
	const char *wrong = wrong_format(a);
	struct ut_pki_cert made;
	char date[32];
	int ret;

	if (a->not_before && !parse_time(a->not_before, &req->not_before))
		return ut_cli_usage(&ut_verb_pki,
				    "\"%s\" is not a date: YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, UTC",
				    a->not_before);
	if (wrong)
		return ut_cli_usage(&ut_verb_pki, "%s", wrong);
	while (req->n_address < UT_PKI_MAX_ADDRESSES &&
	       req->address[req->n_address])
		req->n_address++;
	a->store.crl_state = crl_state(cli);
	ret = make(cli, a, &made, err);
	if (ret)
		return ret;
	printf("%s certificate for %s, serial number %s, valid until %s\n",
	       ut_pki_role_name(made.role), made.name, made.serial,
	       date_text(made.not_after, date));
	if (req->out)
		printf("Files for it are in %s: ca.pem cert.pem key.pem crl.pem%s\n",
		       req->out, a->format == STUNNEL ? " " UT_STUNNEL_FILE : "");
	else
		printf("Its key is %s/issued/%s.key: move it to its machine.\n",
		       ut_pki_dir(&a->store), made.name);
	return UT_EXIT_OK;
}

static int revoke_certs(struct ut_cli *cli, void *args, struct json_object *o,
			struct ut_err *err)
{
	struct args *a = args;
	size_t n;
	int ret;

	a->store.crl_state = crl_state(cli);
	ret = ut_pki_revoke(&a->store, a->what, &n, err);
	if (ret)
		return ret;
	printf("%zu certificate%s of %s revoked\n", n, n == 1 ? "" : "s",
	       a->what);
	printf("usbip-tlsd on this machine loads the new list by itself and passes it to tablets that watch it.\nCopy %s/crl.pem to /etc/usbip-tls/crl.pem on all other docks and tablets.\n",
	       ut_pki_dir(&a->store));
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

static void print_cert(struct json_object *c)
{
	ut_json_printf(c, "{name}: {role}, {validity}\n"
		       "[names?  names        {names}\n]"
		       "  serial       {serial}\n"
		       "  valid from   {not_before}\n"
		       "  valid until  {not_after}\n"
		       "[revoked?  revoked      {revoked}\n]"
		       "  fingerprint  {fingerprint}\n");
}

static void print(struct json_object *o, const void *args)
{
	ut_print_each(o, "certificates", print_cert, "");
}

static struct json_object *tell(const struct ut_pki_cert *c, time_t now)
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

static int show(struct ut_cli *cli, void *args, struct json_object *o,
		struct ut_err *err)
{
	const struct args *a = args;
	struct json_object *array;
	struct ut_pki_cert *certs;
	time_t now = time(NULL);
	size_t i, n;
	int ret;

	ret = ut_pki_list(&a->store, &certs, &n, err);
	if (ret)
		return ret;
	array = ut_json_array(o, "certificates");
	for (i = 0; i < n; i++)
		if (!a->what || !strcmp(certs[i].name, a->what) ||
		    !strcasecmp(certs[i].serial, a->what))
			json_object_array_add(array, tell(&certs[i], now));
	free(certs);
	if (json_object_array_length(array) || !a->what)
		return UT_EXIT_OK;
	ret = ut_err_set(err, UT_EXIT_NOT_FOUND, ENOENT,
			 "no certificate has the name or serial number \"%s\"",
			 a->what);
	ut_err_hint(err, "usbip-tls pki show lists them all");
	return ret;
}

#define INIT	1u
#define ISSUE	2u
#define REVOKE	4u
#define SHOW	8u

static const struct ut_opt opts[] = {
	{ 0, NULL, "NAME|SERIAL", NULL, UT_TEXT(struct args, what),
	  .in = REVOKE | SHOW, .must = REVOKE,
	  .missing = "missing certificate; give its name or serial number" },
	{ 0, "dir", "DIR",
	  "the CA's directory (default: " UT_PKI_DIR ");\n"
	  "only its owner may have access to it",
	  UT_TEXT(struct args, store.dir) },
	{ 0, "name", "CA-NAME", "name of the CA (default: usbip-tls CA)",
	  UT_TEXT(struct args, ca_name), .in = INIT },
	{ 0, "role", "dock|tablet",
	  "what the certificate is for; it is valid for nothing\n"
	  "else", UT_CHOICE(struct args, issue.role), .in = ISSUE,
	  .must = ISSUE, .missing = "give --role dock or --role tablet" },
	{ 0, NULL, "NAME", NULL, UT_TEXT(struct args, issue.name),
	  .in = ISSUE, .must = ISSUE,
	  .missing = "missing name; give that of the dock or tablet" },
	{ 0, "address", "IP",
	  "address by which tablets reach the dock; may be given\n"
	  "16 times", UT_TEXTS(struct args, issue.address,
			       UT_PKI_MAX_ADDRESSES, "addresses"),
	  .in = ISSUE },
	{ 0, "days", "N",
	  "days of validity (default: 3650 for a CA, 825 else;\n"
	  "never longer than the CA's)",
	  UT_NUMBER(struct args, issue.days, 1, UT_PKI_MAX_DAYS,
		    "a number of days from 1 to 36500"), .in = INIT | ISSUE },
	{ 0, "not-before", "DATE",
	  "start of validity, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS,\n"
	  "UTC (default: now)", UT_TEXT(struct args, not_before),
	  .in = ISSUE },
	{ 0, "password-file", "FILE",
	  "its first line is the passphrase of the CA's key",
	  UT_TEXT(struct args, store.password_file),
	  .in = INIT | ISSUE | REVOKE },
	{ 0, "out", "OUT",
	  "put ca.pem, cert.pem, key.pem and crl.pem there, ready\n"
	  "to be copied to /etc/usbip-tls on the machine; the\n"
	  "authority keeps no copy of the key",
	  UT_TEXT(struct args, issue.out), .in = ISSUE },
	{ 0, "format", "pem|stunnel",
	  "stunnel: also put a stunnel.conf there, for a machine\n"
	  "without usbip-tls: a tablet runs it in front of any\n"
	  "USB/IP client, a dock in front of usbipd",
	  UT_CHOICE(struct args, format), .in = ISSUE },
	{ 0, "dock", "HOST",
	  "for stunnel on a tablet: the dock, by a name or address\n"
	  "in its certificate; --tcp-port for another port",
	  UT_TEXT(struct args, dock), .in = ISSUE },
	{ 0, "force", NULL, "replace existing files",
	  UT_FLAG(struct args, issue.force), .in = INIT | ISSUE },
	UT_ROW_JSON_IN(SHOW), UT_ROW_HELP, { 0 },
};
_Static_assert(UT_PKI_DOCK == 1 && UT_PKI_TABLET == 2, "words of --role");

const struct ut_verb ut_verb_pki = {
	.name = "pki",
	.summary = "make the private CA and its certificates",
	.about =
	"init makes a certification authority: a key, its certificate and an empty\n"
	"revocation list. issue makes a key and a certificate for a dock or a tablet.\n"
	"NAME is the dock's host name, or any name for a tablet: letters, digits, '-',\n"
	"'.', '_', 63 at most. A machine that is both needs two of different names.\n"
	"revoke puts a certificate on the list; given a name, all its valid ones. show\n"
	"lists the CA and all its certificates.\n",
	.exits =
	"Exit codes: 1 exists already, or revoked before, 4 rights, 5 no such CA or\n"
	"certificate, 9 the CA's key or certificate is unusable.\n",
	.forms = (const struct ut_form[]){
		{ "init", init, NULL }, { "issue", issue, NULL },
		{ "revoke", revoke_certs, NULL }, { "show", show, print },
		{ 0 },
	},
	.opts = opts, .args_size = sizeof(struct args),
};
