// SPDX-License-Identifier: GPL-2.0
/* The tablet's part of the daemon: see tablet.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tablet/attach.h"
#include "tablet/internal.h"

/* A wireless network takes its time to come back after sleep. */
#define EAGER_MS 30000

int ut_tablet_open(struct ut_tablet **out, const struct ut_config *config,
		   const struct ut_sandbox *sandbox, struct ut_nl *nl,
		   struct ut_err *err)
{
	struct ut_tablet *t = calloc(1, sizeof(*t));
	int ret;

	if (!t)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot start the tablet");
	t->config = config;
	t->sandbox = sandbox;
	t->nl = nl;
	ret = ut_creds_load(&t->creds, UT_TLS_TABLET, &config->tls, sandbox,
			    err);
	if (ret) {
		ut_tablet_close(t);
		return ret;
	}
	ut_docks_set(t);
	*out = t;
	return 0;
}

void ut_tablet_reload(struct ut_tablet *t, const struct ut_config *config,
		      struct ut_creds *creds)
{
	ut_creds_put(t->creds);
	t->creds = creds;
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
	ut_creds_put(t->creds);
	t->creds = creds;
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
	while (t->n_places)
		ut_place_free(t->places[--t->n_places]);
	ut_creds_put(t->creds);
	free(t);
}

struct ut_place *const *ut_tablet_places(const struct ut_tablet *t, size_t *n)
{
	*n = t->n_places;
	return t->places;
}

void ut_tablet_suspend(struct ut_tablet *t)
{
	size_t i;

	t->suspended = true;
	/* None may come to its end after the caller has begun to detach. */
	for (i = 0; i < t->n_places; i++)
		ut_remotes_stop(&t->places[i]->remotes);
	ut_auto_sessions(t);
}

void ut_tablet_resume(struct ut_tablet *t)
{
	size_t i;

	t->suspended = false;
	t->eager_until = ut_clock_ms() + EAGER_MS;
	for (i = 0; i < t->n_places; i++) {
		struct ut_place *p = t->places[i];

		ut_client_close(&p->client);
		p->state = UT_PLACE_DOWN;
		ut_backoff_reset(&p->backoff);
		ut_remote_restart(&p->remotes);
	}
	ut_auto_sessions(t);
}

/* --- the loop --- */

size_t ut_tablet_poll_fill(struct ut_tablet *t, struct pollfd *p, size_t max)
{
	size_t n = 0, i, j;

	if (max < 2 + t->n_places + ut_auto_jobs(t))
		return 0;
	p[n++] = (struct pollfd){ t->creds->signer.child.fd, POLLIN, 0 };
	p[n++] = (struct pollfd){ ut_renewal_fd(t), POLLIN, 0 };
	for (i = 0; i < t->n_places; i++) {
		const struct ut_place *place = t->places[i];

		if (ut_client_is_open(&place->client))
			p[n++] = (struct pollfd){ place->client.worker.fd, POLLIN,
						  0 };
		for (j = 0; j < place->remotes.n; j++)
			if (place->remotes.v[j].job)
				p[n++] = (struct pollfd){
					ut_attach_fd(place->remotes.v[j].job),
					POLLIN, 0 };
	}
	return n;
}

int ut_tablet_timeout(const struct ut_tablet *t)
{
	int64_t docks = ut_docks_next(t), devices = ut_auto_next(t);
	int64_t next = docks < devices ? docks : devices;
	int64_t renewal = ut_renewal_next(t);

	if (renewal < next)
		next = renewal;
	return next == INT64_MAX ? -1 : ut_clock_left(next);
}

static bool ready(const struct pollfd *p, size_t n, int fd)
{
	size_t i;

	for (i = 0; fd >= 0 && i < n; i++)
		if (p[i].fd == fd)
			return p[i].revents;
	return false;
}

static void step_jobs(struct ut_tablet *t, const struct pollfd *p, size_t n)
{
	size_t i, j;

	for (i = 0; i < t->n_places; i++) {
		struct ut_remotes *r = &t->places[i]->remotes;

		for (j = 0; j < r->n; j++) {
			const struct ut_attach *a = r->v[j].job;

			if (a && (ready(p, n, ut_attach_fd(a)) ||
				  ut_clock_ms() >= ut_attach_next(a)))
				ut_auto_step(t, t->places[i], &r->v[j]);
		}
	}
}

int ut_tablet_poll_done(struct ut_tablet *t, const struct pollfd *p, size_t n,
			struct ut_err *err)
{
	size_t i;

	if (n && p[0].revents && ut_signer_died(&t->creds->signer))
		return ut_err_set(err, UT_EXIT_FAILURE, EPIPE,
				  "the process with the private key has died");
	if (n > 1 && p[1].revents)
		ut_renewal_read(t);
	step_jobs(t, p, n);
	/* Reading never adds or drops places. */
	for (i = 0; i < t->n_places; i++)
		if (ut_client_is_open(&t->places[i]->client) &&
		    ready(p, n, t->places[i]->client.worker.fd))
			ut_docks_read(t, t->places[i]);
	ut_docks_due(t);
	ut_auto_due(t);
	ut_renewal_due(t);
	return 0;
}
