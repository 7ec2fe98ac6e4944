// SPDX-License-Identifier: GPL-2.0
/* The way to a dock: see doctor.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/doctor.h"
#include "base/clock.h"
#include "worker/connect.h"
#include "policy/verdict.h"
#include "usb/select.h"

#define CHECK_NETWORK	"network"
#define CHECK_DOCK	"dock"
#define CHECK_ATTACH	"attach"

#define CONNECT_MS	5000

/* --- what it means --- */

/* For a firewall of the dock, whichever it has. */
static void open_port(struct ut_findings *f, uint16_t port)
{
	ut_cure(f, "on the dock, with ufw: ufw allow %u/tcp", port);
	ut_cure(f, "on the dock, with firewalld: firewall-cmd --permanent --add-port=%u/tcp && firewall-cmd --reload",
		port);
	ut_cure(f, "on the dock, with nftables: nft insert rule inet filter input tcp dport %u accept",
		port);
}

/* @error: of connect(2). Each says who answered, or that nobody did. */
static void not_connected(struct ut_findings *f, const struct ut_dock_facts *d)
{
	switch (-d->connect) {
	case ECONNREFUSED:
		ut_found(f, UT_LEVEL_FAIL, CHECK_NETWORK,
			 "%s answers, but refuses TCP port %u: usbip-tlsd does not run there, listens elsewhere, or a firewall rejects",
			 d->host, d->port);
		ut_cure(f, "on the dock: systemctl enable --now usbip-tls-dock");
		ut_cure(f, "on the dock: usbip-tls doctor");
		break;
	case ETIMEDOUT:
		ut_found(f, UT_LEVEL_FAIL, CHECK_NETWORK,
			 "no answer from %s port %u: a firewall drops it, or the machine is off",
			 d->host, d->port);
		ut_cure(f, "ping %s   (says whether the machine is up)", d->host);
		break;
	case ENETUNREACH:
		ut_found(f, UT_LEVEL_FAIL, CHECK_NETWORK,
			 "this machine has no route to the network of %s",
			 d->host);
		ut_cure(f, "ip address; ip route   (is the network up?)");
		return;
	case EHOSTUNREACH:
		ut_found(f, UT_LEVEL_FAIL, CHECK_NETWORK,
			 "%s port %u is unreachable: the machine is off or in another network, or a firewall rejects",
			 d->host, d->port);
		ut_cure(f, "ping %s   (says whether the machine is up)", d->host);
		break;
	default:
		ut_found(f, UT_LEVEL_FAIL, CHECK_NETWORK,
			 "cannot connect to %s port %u: %s", d->host, d->port,
			 strerror(-d->connect));
		/* A firewall of this machine says EPERM or EACCES. */
		if (d->connect == -EPERM || d->connect == -EACCES)
			ut_cure(f, "nft list ruleset   (a rule for output on this machine stops it)");
		return;
	}
	open_port(f, d->port);
}

/* Which of its devices does a rule of this tablet attach by itself? */
static void devices(struct ut_findings *f, const struct ut_config *cfg,
		    const struct ut_dock_facts *d)
{
	struct ut_verdict v;
	struct ut_facts facts;
	char text[300];
	size_t i, n = 0;

	if (!d->n) {
		ut_found(f, UT_LEVEL_WARN, CHECK_DOCK,
			 "dock %s has no device for us now: none is plugged in, none is free, or its rules deny them",
			 d->host);
		ut_cure(f, "on the dock: usbip-tls list -l; usbip-tls policy test DEVICE %s",
			d->tablet[0] ? d->tablet : "TABLET");
		return;
	}
	for (i = 0; i < d->n; i++) {
		ut_facts_of_op(&d->devs[i], &facts);
		ut_policy_attach(cfg, &facts, d->name, &v);
		n += v.kind == UT_VERDICT_ALLOW;
		if (v.kind == UT_VERDICT_ALLOW || !cfg->tablet.attach.n)
			continue;
		ut_op_text(&d->devs[i], text, sizeof(text));
		if (v.where.file)
			ut_found(f, UT_LEVEL_WARN, CHECK_ATTACH,
				 "%s (%s) of %s is not attached by itself: %s:%u: %s",
				 d->devs[i].busid, text, d->host, v.where.file,
				 v.where.line, v.text);
		else
			ut_found(f, UT_LEVEL_WARN, CHECK_ATTACH,
				 "%s (%s) of %s is not attached by itself: no rule \"attach\" matches it",
				 d->devs[i].busid, text, d->host);
		ut_cure(f, "put \"attach = allow id=%04x:%04x dock=%s\" into [tablet]%s",
			d->devs[i].vid, d->devs[i].pid, d->name,
			v.where.file ? ", before that rule" : "");
	}
	ut_found(f, UT_LEVEL_OK, CHECK_DOCK,
		 "dock %s has %zu free device%s for us; rules attach %zu of them",
		 d->host, d->n, d->n == 1 ? "" : "s", n);
}

static void use(struct ut_findings *f, const struct ut_config *cfg,
		const struct ut_dock_facts *d)
{
	if (ut_policy_dock_allowed(cfg, d->name))
		return;
	ut_found(f, UT_LEVEL_WARN, CHECK_ATTACH,
		 "nothing of dock \"%s\" is attached by itself: allow_docks and deny_docks in [tablet] do not let us use it",
		 d->name);
	ut_cure(f, "usbip-tls config show | grep _docks   (says where they are set)");
}

void ut_doctor_dock(struct ut_findings *f, const struct ut_config *cfg,
		    const struct ut_dock_facts *d)
{
	if (d->unknown) {
		ut_found_err(f, UT_LEVEL_FAIL, CHECK_NETWORK, &d->err);
		ut_cure(f, "getent hosts %s; getent hosts %s.local", d->host,
			d->host);
		return;
	}
	if (d->connect) {
		not_connected(f, d);
		return;
	}
	ut_found(f, UT_LEVEL_OK, CHECK_NETWORK, "%s answers on TCP port %u",
		 d->host, d->port);
	if (!d->asked) {
		ut_found(f, UT_LEVEL_SKIP, CHECK_DOCK,
			 "whether dock %s accepts us is not checked: only root can read our key",
			 d->host);
		ut_cure(f, "sudo usbip-tls doctor %s", d->host);
		return;
	}
	if (d->ret) {
		ut_found_err(f, UT_LEVEL_FAIL, CHECK_DOCK, &d->err);
		return;
	}
	ut_found(f, UT_LEVEL_OK, CHECK_DOCK,
		 "dock %s has shown a certificate for \"%s\", and accepts ours",
		 d->host, d->name);
	use(f, cfg, d);
	devices(f, cfg, d);
}

/* --- finding out --- */

static int reach(struct ut_dock_facts *d)
{
	struct ut_sandbox sandbox;
	int fd = ut_sandbox_prepare(&sandbox, &d->err);

	if (fd)
		return fd;
	fd = ut_connect(d->host, d->port, &sandbox, ut_clock_ms() + CONNECT_MS,
			&d->err);
	ut_sandbox_close(&sandbox);
	return fd;
}

static void ask(const struct ut_config *cfg, struct ut_dock_facts *d)
{
	const struct ut_cli_dock dock = {
		.host = d->host, .port = d->port, .expect = d->name,
	};
	struct ut_cli_home home;

	d->ret = ut_cli_home_open(&home, cfg, &d->err);
	if (d->ret)
		return;
	d->ret = ut_cli_dock_list(&home, &dock, &d->devs, &d->n, &d->err);
	ut_cli_home_close(&home);
}

static void look(struct ut_findings *f, const struct ut_config *cfg,
		 struct ut_dock_facts *d, bool root)
{
	int fd;

	ut_err_clear(&d->err);
	fd = reach(d);
	d->connect = fd < 0 ? fd : 0;
	/* A name that is not found has no error of connect(2). */
	d->unknown = fd == -ENXIO;
	if (fd >= 0) {
		close(fd);
		d->asked = root || !access(cfg->tls.key, R_OK);
	}
	if (d->asked)
		ask(cfg, d);
	ut_doctor_dock(f, cfg, d);
	if (!d->ret)
		free(d->devs);
}

void ut_doctor_docks(struct ut_findings *f, const struct ut_config *cfg,
		     const char *host, uint16_t port, const char *tablet,
		     bool root)
{
	const struct ut_known_dock *k;
	struct ut_dock_facts d;
	size_t i;

	for (i = 0; host ? !i : i < cfg->tablet.docks.n; i++) {
		k = &cfg->tablet.docks.v[i];
		d = (struct ut_dock_facts){
			.host = host ? host : k->host, .tablet = tablet,
		};
		d.port = port ? port : host || !k->port ? UT_DEFAULT_PORT :
							  k->port;
		d.name = host || !k->name[0] ?
			 ut_config_expected_name(cfg, d.host) : k->name;
		look(f, cfg, &d, root);
	}
	if (!host && !cfg->tablet.docks.n)
		ut_found(f, UT_LEVEL_SKIP, CHECK_DOCK,
			 "no dock is configured, and docks found by discovery are not tried; use usbip-tls doctor HOST");
}
