// SPDX-License-Identifier: GPL-2.0
/* usbip-tlsd: the daemon of a dock, of a tablet, or of both. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cage/capabilities.h"
#include "cage/program.h"
#include "tls/creds.h"
#include "tls/ktls.h"
#include "tlsd/daemon.h"

static const char usage[] =
"Usage: usbip-tlsd dock|tablet|both [options]\n"
"\n"
"  dock    shares USB devices with tablets over TLS\n"
"  tablet  attaches devices of docks by rule\n"
"  both    does both\n"
"\n"
"Options:\n"
"  -c, --config FILE  configuration (default " UT_CONFIG_PATH ")\n"
"  -r, --check-role   only check whether this machine's certificate is for the\n"
"                     role: 0 yes, or it cannot be read; 1 no, or there is none\n"
"  -d, --debug        log more; twice: everything\n"
"  -h, --help         this text\n"
"  -v, --version      version\n"
"\n"
"It stays in the foreground and logs to stderr. SIGHUP reads configuration,\n"
"certificates and revocation list again; SIGTERM ends it. Running sessions are\n"
"the kernel's: they go on without it.\n";

static int parse_role(struct ut_daemon *d, const char *role)
{
	bool both = !strcmp(role, "both");

	d->is_dock = both || !strcmp(role, "dock");
	d->is_tablet = both || !strcmp(role, "tablet");
	return d->is_dock || d->is_tablet ? 0 : -EINVAL;
}

/* Returns an exit code, or -1 to go on. */
static int parse_args(struct ut_daemon *d, int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check-role", no_argument, NULL, 'r' },
		{ "debug", no_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	enum ut_log_level level = UT_LOG_NOTICE;
	int c;

	while ((c = getopt_long(argc, argv, "c:dhrv", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			d->config_path = optarg;
			break;
		case 'r':
			d->check_role = true;
			break;
		case 'd':
			level = level < UT_LOG_DEBUG ? level + 1 : level;
			break;
		case 'h':
			fputs(usage, stdout);
			return UT_EXIT_OK;
		case 'v':
			printf("usbip-tlsd %s\n", UT_VERSION);
			return UT_EXIT_OK;
		default:
			fputs(usage, stderr);
			return UT_EXIT_USAGE;
		}
	}
	if (optind != argc - 1 || parse_role(d, argv[optind])) {
		fputs(usage, stderr);
		return UT_EXIT_USAGE;
	}
	ut_log_open("usbip-tlsd", level);
	ut_log_sink_set(ut_journal_send);
	return -1;
}

static int need_modules(struct ut_daemon *d, struct ut_err *err)
{
	int ret = ut_ktls_need(err);

	if (!ret && d->is_dock)
		ret = ut_module_need("usbip_tls_host", err);
	if (!ret && d->is_tablet)
		ret = ut_module_need("usbip_tls_vhci", err);
	return ret;
}

static int load_config(struct ut_daemon *d, struct ut_err *err)
{
	d->config = calloc(1, sizeof(*d->config));
	if (!d->config)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot load the configuration");
	return ut_config_load(d->config, d->config_path, err);
}

/*
 * For a unit that is enabled on docks and tablets alike. What is wrong with a
 * configuration or a file is for the daemon to say when it starts. Returns an
 * exit code.
 */
static int check_role(struct ut_daemon *d)
{
	struct ut_err err = { .code = UT_EXIT_OK };

	if (load_config(d, &err) ||
	    (d->is_dock && ut_creds_fit(&d->config->tls, UT_TLS_DOCK)) ||
	    (d->is_tablet && ut_creds_fit(&d->config->tls, UT_TLS_TABLET)))
		return UT_EXIT_OK;
	return UT_EXIT_FAILURE;
}

static void on_warning(void *arg, const char *file, unsigned int line,
		       const char *text)
{
	ut_log_warn("%s:%u: %s", file, line, text);
}

static int start(struct ut_daemon *d, struct ut_err *err)
{
	int ret = load_config(d, err);

	if (!ret && d->is_dock)
		ut_config_warn(d->config, on_warning, NULL);
	if (!ret && !ut_capabilities_enough()) {
		ret = ut_err_set(err, UT_EXIT_PERMISSION, EPERM,
				 "usbip-tlsd needs the rights of root");
		ut_err_hint(err, "run it as root, or by the unit usbip-tls-dock or usbip-tls-tablet");
	}
	if (!ret)
		ret = need_modules(d, err);
	if (!ret)
		ret = ut_nl_open(&d->nl, err);
	/* Events first, so that no session falls between them and the dump. */
	if (!ret)
		ret = ut_nl_events_open(&d->events, err);
	if (!ret)
		ret = ut_sessions_found(d, err);
	if (!ret)
		ret = ut_programs_open(err);
	if (!ret)
		ret = ut_sandbox_prepare(&d->sandbox, err);
	if (!ret && d->is_dock)
		ret = ut_dock_open(&d->dock, d->loop, d->config, &d->sandbox,
				   d->nl, err);
	if (!ret && d->is_tablet)
		ret = ut_tablet_open(&d->tablet, d->loop, d->config,
				     &d->sandbox, d->nl, err);
	if (!ret)
		ret = ut_discover_open(d, err);
	if (ret)
		return ret;
	ut_metrics_set(&d->metrics, d->config->metrics.file,
		       d->config->metrics.interval);
	ut_daemon_control_open(d);
	/* A CRL may have come while nobody was there. */
	ut_upkeep_open(d);
	ut_crl_watch_open(d);
	ut_sessions_revoked(d);
	return 0;
}

static void stop(struct ut_daemon *d)
{
	ut_metrics_end(&d->metrics);
	ut_metrics_counts_free(&d->counts);
	ut_daemon_control_close(d);
	ut_upkeep_close(d);
	ut_crl_watch_close(d);
	ut_discovery_close(d->discovery);
	ut_tablet_close(d->tablet);
	ut_dock_close(d->dock);
	ut_sandbox_close(&d->sandbox);
	if (d->events)
		ut_nl_events_close(d->events);
	ut_nl_close(d->nl);
	if (d->config)
		ut_config_free(d->config);
	free(d->config);
	sd_event_unref(d->loop);
}

int main(int argc, char **argv)
{
	struct ut_daemon d = {
		.sandbox = { .dir = -1 }, .started = time(NULL),
	};
	struct ut_err err = { .code = UT_EXIT_OK };
	int ret = parse_args(&d, argc, argv);

	if (ret >= 0)
		return ret;
	if (d.check_role) {
		ret = check_role(&d);
		stop(&d);
		return ret;
	}
	ret = ut_daemon_loop_open(&d, &err);
	if (!ret)
		ret = start(&d, &err);
	if (!ret)
		ret = ut_daemon_run(&d, &err);
	if (ret)
		ut_log_error(UT_LOG_ERR, &err);
	stop(&d);
	if (!ret)
		return UT_EXIT_OK;
	return err.code ? (int)err.code : UT_EXIT_FAILURE;
}
