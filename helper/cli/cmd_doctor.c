// SPDX-License-Identifier: GPL-2.0
/* usbip-tls doctor */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/doctor.h"

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
			 "certificates, rules and docks can be checked once the configuration is valid");
	}
	ut_cli_config_free(cfg);
	free(cert);
}

struct args {
	const char *dock;
	struct ut_findings f;
};

static int run(struct ut_cli *cli, void *args, struct json_object *o,
	       struct ut_err *err)
{
	struct args *a = args;

	ut_json_bool(o, "ok", true);
	ut_json_bool(o, "root", !geteuid());
	a->f.checks = ut_json_array(o, "checks");
	visit(&a->f, cli, a->dock);
	if (!a->f.n[UT_LEVEL_FAIL])
		return UT_EXIT_OK;
	ut_json_bool(o, "ok", false);
	return UT_EXIT_FAILURE;
}

static void print_check(struct json_object *check)
{
	ut_json_printf(check, "{level:5} {check}: {text}\n");
	ut_print_list(check, "cure", "      cure: ", "\n");
}

static void print(struct json_object *o, const void *args)
{
	const struct args *a = args;

	ut_print_each(o, "checks", print_check, "");
	printf("%zu failed, %zu to look at, %zu not checked\n",
	       a->f.n[UT_LEVEL_FAIL], a->f.n[UT_LEVEL_WARN],
	       a->f.n[UT_LEVEL_SKIP]);
	ut_json_printf(o, "[!root?Run it as root to check everything: sudo usbip-tls doctor\n]");
}

static const struct ut_opt opts[] = {
	{ 0, NULL, "DOCK", "host or address of a dock",
	  UT_TEXT(struct args, dock) },
	UT_ROW_JSON, UT_ROW_HELP, { 0 },
};

const struct ut_verb ut_verb_doctor = {
	.name = "doctor",
	.summary = "find out what is wrong, and what to do about it",
	.about =
	"Checks this machine and, on a tablet, the way to its docks or to DOCK:\n"
	"kernel modules, Secure Boot, kernel TLS, clock, certificates, configuration,\n"
	"daemon, discovery, rules, ports, network and names. Each line is ok, warn,\n"
	"fail, or skip for what could not be checked; commands that fix it follow.\n"
	"Changes nothing.\n",
	.exits =
	"An ordinary user may run it; root sees more.\n"
	"Exit codes: 0 nothing failed, 1 something did, 2 wrong arguments.\n",
	.forms = (const struct ut_form[]){ { NULL, run, print }, { 0 } },
	.opts = opts, .args_size = sizeof(struct args),
};
