// SPDX-License-Identifier: GPL-2.0
/* usbip-tls doctor */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/doctor.h"

static const char *doctor_root = "";

void ut_doctor_root_set(const char *root)
{
	doctor_root = root ? root : "";
}

const char *ut_doctor_path(char buf[UT_DOCTOR_PATH_SIZE], const char *fmt, ...)
{
	size_t len = (size_t)snprintf(buf, UT_DOCTOR_PATH_SIZE, "%s",
				      doctor_root);
	va_list ap;

	va_start(ap, fmt);
	if (len < UT_DOCTOR_PATH_SIZE)
		vsnprintf(buf + len, UT_DOCTOR_PATH_SIZE - len, fmt, ap);
	va_end(ap);
	return buf;
}

/* --- findings --- */

void ut_found(struct ut_findings *f, enum ut_level level, const char *check,
	      const char *fmt, ...)
{
	struct ut_finding *v;
	va_list ap;

	/* The last place is for the last one, so that ut_cure() has one. */
	if (f->n == UT_DOCTOR_MAX)
		f->n--;
	if (!f->v)
		f->v = calloc(UT_DOCTOR_MAX, sizeof(*f->v));
	if (!f->v) {
		fprintf(stderr, "usbip-tls: there is no memory\n");
		exit(UT_EXIT_FAILURE);
	}
	v = &f->v[f->n++];
	memset(v, 0, sizeof(*v));
	v->level = level;
	v->check = check;
	va_start(ap, fmt);
	vsnprintf(v->text, sizeof(v->text), fmt, ap);
	va_end(ap);
	ut_sanitize(v->text);
}

void ut_cure(struct ut_findings *f, const char *fmt, ...)
{
	struct ut_finding *v = &f->v[f->n - 1];
	char line[UT_DOCTOR_CURE_SIZE];
	size_t len = strlen(v->cure);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	ut_sanitize(line);
	snprintf(v->cure + len, sizeof(v->cure) - len, "%s%s", len ? "\n" : "",
		 line);
}

void ut_found_err(struct ut_findings *f, enum ut_level level,
		  const char *check, const struct ut_err *err)
{
	ut_found(f, level, check, "%s", err->msg);
	if (err->hint[0])
		ut_cure(f, "%s", err->hint);
}

void ut_findings_free(struct ut_findings *f)
{
	free(f->v);
	memset(f, 0, sizeof(*f));
}

/* --- output --- */

static const char *level_name(enum ut_level level)
{
	static const char *const names[] = {
		[UT_LEVEL_OK] = "ok", [UT_LEVEL_WARN] = "warn",
		[UT_LEVEL_FAIL] = "fail", [UT_LEVEL_SKIP] = "skip",
	};

	return names[level];
}

static size_t count(const struct ut_findings *f, enum ut_level level)
{
	size_t i, n = 0;

	for (i = 0; i < f->n; i++)
		n += f->v[i].level == level;
	return n;
}

static void print_text(struct ut_findings *f)
{
	char *line, *save;
	size_t i;

	for (i = 0; i < f->n; i++) {
		printf("%-5s %s: %s\n", level_name(f->v[i].level),
		       f->v[i].check, f->v[i].text);
		for (line = strtok_r(f->v[i].cure, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save))
			printf("      cure: %s\n", line);
	}
	printf("%zu failed, %zu to look at, %zu not checked\n",
	       count(f, UT_LEVEL_FAIL), count(f, UT_LEVEL_WARN),
	       count(f, UT_LEVEL_SKIP));
	if (geteuid())
		printf("Run it as root to check everything: sudo usbip-tls doctor\n");
}

static int print_json(struct ut_findings *f)
{
	struct json_object *o = ut_json_new(), *array, *one, *cure;
	char *line, *save;
	size_t i;

	ut_json_bool(o, "ok", !count(f, UT_LEVEL_FAIL));
	ut_json_bool(o, "root", !geteuid());
	array = ut_json_array(o, "checks");
	for (i = 0; i < f->n; i++) {
		one = json_object_new_object();
		ut_json_string(one, "check", f->v[i].check);
		ut_json_string(one, "level", level_name(f->v[i].level));
		ut_json_string(one, "text", f->v[i].text);
		cure = ut_json_array(one, "cure");
		for (line = strtok_r(f->v[i].cure, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save))
			json_object_array_add(cure,
					      json_object_new_string(line));
		json_object_array_add(array, one);
	}
	return ut_json_print(o);
}

/* --- the visit --- */

/* What this machine is, by its certificate; by its configuration without one. */
static unsigned int roles_of(const struct ut_config *cfg,
			     const struct ut_cert_facts *c, const char *dock)
{
	unsigned int roles = 0;

	if (c->own.role == UT_PKI_DOCK)
		roles |= UT_DOCTOR_DOCK;
	if (c->own.role == UT_PKI_TABLET || dock)
		roles |= UT_DOCTOR_TABLET;
	if (!roles && cfg->policy.rules.n)
		roles |= UT_DOCTOR_DOCK;
	if (!roles && (cfg->tablet.docks.n || cfg->tablet.attach.n))
		roles |= UT_DOCTOR_TABLET;
	return roles ? roles : UT_DOCTOR_DOCK | UT_DOCTOR_TABLET;
}

static void visit_tablet(struct ut_findings *f, const struct ut_config *cfg,
			 const struct ut_cli *cli, const char *dock,
			 const char *name)
{
	struct ut_vhci_port *ports;
	struct ut_err err;
	size_t n;

	ut_err_clear(&err);
	if (ut_vhci_list(&ports, &n, &err)) {
		/* That the module is missing was said already. */
		ut_found(f, UT_LEVEL_SKIP, "port", "%s", err.msg);
	} else {
		ut_doctor_ports(f, ports, n);
		free(ports);
	}
	ut_doctor_attach(f, cfg);
	ut_doctor_docks(f, cfg, dock, cli->port, name, !geteuid());
}

static void visit_with(struct ut_findings *f, const struct ut_cli *cli,
		       const struct ut_config *cfg, const char *dock,
		       struct ut_cert_facts *cert)
{
	struct ut_clock_facts clock;
	struct ut_daemon_facts daemon;
	unsigned int roles;

	ut_doctor_cert_facts(cfg, cert);
	roles = roles_of(cfg, cert, dock);
	ut_doctor_kernel(f, roles);
	ut_doctor_clock_facts(cert->own.not_before, &clock);
	ut_doctor_clock(f, &clock);
	ut_doctor_cert(f, cert, clock.now, !geteuid());
	ut_doctor_daemon_facts(cfg, &daemon);
	ut_doctor_daemon(f, &daemon, roles);
	if (roles & UT_DOCTOR_DOCK) {
		ut_doctor_rules(f, cfg);
		ut_doctor_devices(f, cfg);
	}
	if (roles & UT_DOCTOR_TABLET)
		visit_tablet(f, cfg, cli, dock, cert->name);
}

static void visit(struct ut_findings *f, const struct ut_cli *cli,
		  const char *dock)
{
	struct ut_cert_facts *cert = calloc(1, sizeof(*cert));
	struct ut_config *cfg = ut_doctor_config(f, cli->config_path);

	if (cfg && cert) {
		visit_with(f, cli, cfg, dock, cert);
	} else {
		ut_doctor_kernel(f, UT_DOCTOR_DOCK | UT_DOCTOR_TABLET);
		ut_found(f, UT_LEVEL_SKIP, "certificate",
			 "certificates, rules and docks can be checked when the configuration is right");
	}
	ut_cli_config_free(cfg);
	free(cert);
}

static int run(struct ut_cli *cli, int argc, char **argv)
{
	static const struct option opts[] = {
		UT_LONG_JSON, UT_LONG_HELP, UT_LONG_END,
	};
	struct ut_findings f = { 0 };
	bool json = false, failed;
	int c, ret;

	while ((c = getopt_long(argc, argv, "h", opts, NULL)) != -1) {
		ret = ut_cli_option(&ut_verb_doctor, c, &json);
		if (ret)
			return ret - 1;
	}
	if (argc - optind > 1)
		return ut_cli_unexpected(&ut_verb_doctor, argv[optind + 1]);
	visit(&f, cli, optind < argc ? argv[optind] : NULL);
	failed = count(&f, UT_LEVEL_FAIL);
	ret = UT_EXIT_OK;
	if (json)
		ret = print_json(&f);
	else
		print_text(&f);
	ut_findings_free(&f);
	return failed ? UT_EXIT_FAILURE : ret;
}

const struct ut_verb ut_verb_doctor = {
	.name = "doctor",
	.summary = "find out what is wrong, and what to do about it",
	.help =
	"Usage: usbip-tls doctor [--json] [DOCK]\n"
	"\n"
	"Looks at this machine, and on a tablet at the way to its docks or to DOCK:\n"
	"kernel modules, Secure Boot, kernel TLS, clock, certificates, configuration,\n"
	"daemon, discovery, rules, ports, network and names. Each line is ok, warn,\n"
	"fail, or skip for what could not be looked at; below it, the commands that\n"
	"cure it. Changes nothing.\n"
	"\n"
	"  DOCK        host or address of a dock\n"
	"  --json      output as JSON\n"
	"  -h, --help  this text\n"
	"\n"
	"An ordinary user may run it; root sees more.\n"
	"Exit codes: 0 nothing failed, 1 something did, 2 wrong arguments.\n",
	.run = run,
};
