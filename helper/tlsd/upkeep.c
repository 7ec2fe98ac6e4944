// SPDX-License-Identifier: GPL-2.0
/*
 * Our own certificate and the CA's: a machine that has the CA renews its own on
 * the spot; of what comes to its end without that, the log warns, once a day. A
 * tablet that gets its certificate from a dock does so in tablet/renewal.c.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "pki/renew.h"
#include "tls/reason.h"
#include "tlsd/daemon.h"

#define LOOK_S		3600
#define RETRY_MIN_S	60
#define DAY_S		86400
/* New certificates end with their CA, and a new CA is work for a person. */
#define CA_DAYS		180

static int run(const void *arg, void *out, struct ut_err *err)
{
	const struct ut_config *const *config = arg;
	const struct ut_pki_store store = ut_pki_store_of(*config);

	return ut_renew_self(&(*config)->tls, &store, time(NULL),
			     (*config)->enroll.renew_before, err);
}

static int64_t in_seconds(unsigned int s)
{
	return ut_clock_ms() + s * 1000LL;
}

static void warn_own(const struct ut_daemon *d, time_t now)
{
	const struct ut_tls_own *own = &ut_daemon_creds(d)->own;
	char date[64];
	const struct ut_log_about about = { .expires = date };
	struct ut_err err;

	if (ut_renew_due(&d->config->tls, now, d->config->enroll.renew_before,
			 &err) <= 0)
		return;
	ut_tls_date_text(own->not_after, date, sizeof(date));
	if (own->not_after < now)
		ut_log_event(UT_LOG_ERR, UT_LOG_CERTIFICATE_EXPIRING, &about,
			     "our certificate expired on %s: no connection can be made; running sessions go on",
			     date);
	else
		ut_log_event(UT_LOG_WARNING, UT_LOG_CERTIFICATE_EXPIRING,
			     &about,
			     "our certificate expires on %s, in %lld days, and has not been renewed yet",
			     date, (long long)(own->not_after - now) / DAY_S);
	if (d->dock && !ut_renew_from_here(d->config))
		ut_log_warn("the CA is on another machine, and nobody renews a dock's certificate from there: usbip-tls enroll, or usbip-tls pki issue and scp");
	else if (!d->config->enroll.renew)
		ut_log_warn("[enroll] renew = no: renew it by hand");
}

static void warn_ca(const struct ut_daemon *d, time_t now)
{
	gnutls_x509_trust_list_t trust = ut_daemon_creds(d)->trust.cas;
	gnutls_x509_trust_list_iter_t iter = NULL;
	gnutls_x509_crt_t ca;
	char date[64];
	time_t end;

	while (!gnutls_x509_trust_list_iter_get_ca(trust, &iter, &ca)) {
		end = gnutls_x509_crt_get_expiration_time(ca);
		gnutls_x509_crt_deinit(ca);
		if (end > now + (time_t)CA_DAYS * DAY_S)
			continue;
		ut_tls_date_text(end, date, sizeof(date));
		ut_log_warn("the CA of %s expires on %s: make a new one and enrol all machines again before that",
			    d->config->tls.ca, date);
	}
	gnutls_x509_trust_list_iter_deinit(iter);
}

/* Not at once: what is due may be renewed within the next minutes. */
static void warn(struct ut_daemon *d)
{
	struct ut_upkeep *u = &d->upkeep;
	time_t now = time(NULL);

	if (ut_clock_ms() < u->warn)
		return;
	u->warn = in_seconds(DAY_S);
	warn_own(d, now);
	warn_ca(d, now);
}

void ut_upkeep_open(struct ut_daemon *d)
{
	memset(&d->upkeep, 0, sizeof(d->upkeep));
	d->upkeep.warn = in_seconds(RETRY_MIN_S * 5);
}

void ut_upkeep_close(struct ut_daemon *d)
{
	ut_task_kill(&d->upkeep.task);
}

static void use_new(struct ut_daemon *d)
{
	struct ut_err err;
	int ret = 0;

	if (d->dock)
		ret = ut_dock_renewed(d->dock, &err);
	if (!ret && d->tablet)
		ret = ut_tablet_renewed(d->tablet, &err);
	if (ret) {
		ut_err_prefix(&err, "the new certificate cannot be used");
		ut_log_error(UT_LOG_ERR, &err);
		return;
	}
	ut_log_notice("renewed: a new certificate from the CA on this machine is in use");
}

static int on_task(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct ut_daemon *d = arg;
	struct ut_upkeep *u = &d->upkeep;
	struct ut_err err;
	int ret = ut_task_done(&u->task, NULL, 0, "the process that renews it",
			       &err);

	if (ret > 0)
		use_new(d);
	if (ret >= 0) {
		ut_backoff_reset(&u->backoff);
		return 0;
	}
	if (ret == -EKEYREJECTED)
		ut_err_hint(&err, "name the file with its passphrase in [enroll] pki_password_file, or renew by hand: usbip-tls pki issue");
	ut_err_prefix(&err, "our certificate is not renewed");
	ut_log_error(UT_LOG_WARNING, &err);
	ut_backoff_fail(&u->backoff, ut_clock_ms(), RETRY_MIN_S, LOOK_S,
			ut_backoff_random());
	u->next = u->backoff.next;
	return 0;
}

static void look(struct ut_daemon *d)
{
	const struct ut_config *config = d->config;
	struct ut_upkeep *u = &d->upkeep;
	int ret;

	u->next = in_seconds(LOOK_S);
	/* What inotify has not told, if it has not told. */
	ut_crl_watch_retry(d);
	if (!config->enroll.renew || !ut_renew_from_here(config) ||
	    ut_renew_waits(&config->tls, time(NULL)))
		return;
	ret = ut_task_start(&u->task, run, &config, 0);
	if (!ret)
		ret = ut_task_watch(&u->task, d->loop, on_task, d);
	if (ret)
		ut_log_err("cannot check our certificate: no process: %s",
			   strerror(-ret));
}

int64_t ut_upkeep_due(struct ut_daemon *d)
{
	struct ut_upkeep *u = &d->upkeep;

	warn(d);
	if (!ut_task_runs(&u->task) && ut_clock_ms() >= u->next)
		look(d);
	return ut_task_runs(&u->task) ? u->warn : ut_sooner(u->warn, u->next);
}
