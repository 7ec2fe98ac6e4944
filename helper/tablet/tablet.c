// SPDX-License-Identifier: GPL-2.0
/* The tablet's part of the daemon: see tablet.h. */
#include <errno.h>
#include <stdlib.h>

#include "tablet/tablet_internal.h"

/* A wireless network takes its time to come back after sleep. */
#define EAGER_MS 30000

int ut_tablet_open(struct ut_tablet **out, sd_event *loop,
		   const struct ut_config *config,
		   const struct ut_sandbox *sandbox, struct ut_nl *nl,
		   struct ut_err *err)
{
	struct ut_tablet *t = calloc(1, sizeof(*t));
	struct ut_creds *creds;
	int ret;

	if (!t)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot start the tablet");
	t->loop = loop;
	t->config = config;
	t->sandbox = sandbox;
	t->nl = nl;
	ret = ut_creds_load(&creds, UT_TLS_TABLET, &config->tls, sandbox, err);
	if (ret) {
		ut_tablet_close(t);
		return ret;
	}
	ut_creds_use(&t->creds, &t->signer, creds, loop);
	ut_docks_set(t);
	*out = t;
	return 0;
}

void ut_tablet_reload(struct ut_tablet *t, const struct ut_config *config,
		      struct ut_creds *creds)
{
	ut_creds_use(&t->creds, &t->signer, creds, t->loop);
	t->config = config;
	t->renewal.next = 0;
	ut_docks_set(t);
	ut_docks_revoked(t);
}

int ut_tablet_crl(struct ut_tablet *t, struct ut_err *err)
{
	int ret = ut_crl_reload(t->creds, &t->config->tls, err);

	if (ret > 0)
		ut_docks_revoked(t);
	return ret;
}

int ut_tablet_renewed(struct ut_tablet *t, struct ut_err *err)
{
	struct ut_creds *creds;
	int ret;

	ret = ut_creds_load(&creds, UT_TLS_TABLET, &t->config->tls, t->sandbox,
			    err);
	if (ret)
		return ret;
	ut_creds_use(&t->creds, &t->signer, creds, t->loop);
	return 0;
}

struct ut_creds *ut_tablet_creds(const struct ut_tablet *t)
{
	return t->creds;
}

void ut_tablet_close(struct ut_tablet *t)
{
	if (!t)
		return;
	ut_renewal_close(t);
	while (t->n_addrs)
		ut_dock_addr_free(t->addrs[--t->n_addrs]);
	sd_event_source_disable_unref(t->signer);
	ut_creds_put(t->creds);
	free(t);
}

struct ut_dock_addr *const *ut_tablet_addrs(const struct ut_tablet *t,
					    size_t *n)
{
	*n = t->n_addrs;
	return t->addrs;
}

void ut_tablet_suspend(struct ut_tablet *t)
{
	size_t i;

	t->suspended = true;
	/* None may come to its end after the caller has begun to detach. */
	for (i = 0; i < t->n_addrs; i++)
		ut_remotes_stop(&t->addrs[i]->remotes);
	ut_auto_sessions(t);
}

void ut_tablet_resume(struct ut_tablet *t)
{
	size_t i;

	t->suspended = false;
	t->eager_until = ut_clock_ms() + EAGER_MS;
	for (i = 0; i < t->n_addrs; i++) {
		struct ut_dock_addr *addr = t->addrs[i];

		ut_client_close(&addr->client);
		addr->state = UT_DOCK_ADDR_DOWN;
		ut_backoff_reset(&addr->backoff);
		ut_remote_restart(&addr->remotes);
	}
	ut_auto_sessions(t);
}

int64_t ut_tablet_due(struct ut_tablet *t)
{
	int64_t next = ut_docks_due(t);

	next = ut_sooner(next, ut_auto_due(t));
	return ut_sooner(next, ut_renewal_due(t));
}
