// SPDX-License-Identifier: GPL-2.0
/*
 * What a tablet gets from a dock besides devices: a newer revocation list, and a
 * new certificate before the old one ends. One at a time, by a process of its own.
 *
 * Nobody has told us which dock has the CA: all that are connected are asked in
 * turn, and when none has given anything, all of them again after a pause.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tablet/client.h"
#include "tablet/internal.h"
#include "tls/crl.h"
#include "tls/pair.h"
#include "tls/renew.h"

#define LOOK_S		3600	/* is it time? */
#define RETRY_MIN_S	60
#define RETRY_MAX_S	3600
#define LIST_RETRY_S	30
/* The dock may have to wait for its CA. */
#define TIMEOUT_S	25

struct errand {
	struct ut_client_target target;
	const struct ut_creds *creds;
	bool list;
};

static int fetch_list(const struct errand *e, struct ut_err *err)
{
	struct ut_buf der;
	int ret = ut_client_fetch(&e->target, NULL, &der, err);

	if (ret)
		return ret;
	ret = ut_crl_install(e->creds, &e->target.config->tls, der.data, der.len,
			     err);
	ut_buf_free(&der);
	return ret;
}

static int request(const void *arg, void *out, struct ut_err *err)
{
	return ut_renew_request(arg, out, err);
}

static int fetch_cert(const struct errand *e, struct ut_err *err)
{
	const struct ut_config_tls *tls = &e->target.config->tls;
	struct ut_buf der = { 0 };
	struct ut_csr csr;
	int ret;

	/*
	 * The two keys, the present one and the next, are read by a process of their
	 * own: this one is going to start a worker.
	 */
	ret = ut_task_wait(request, tls, &csr, sizeof(csr), -1,
			   "the process that makes a new key", err);
	if (!ret)
		ret = ut_client_fetch(&e->target, &csr, &der, err);
	/* This reads the keys, too: the worker is gone, and it is the last thing. */
	if (!ret)
		ret = ut_renew_install(tls, der.data, der.len, err);
	if (ret)
		ut_pair_unstage(tls);
	ut_buf_free(&der);
	return ret;
}

static int run(const void *arg, void *out, struct ut_err *err)
{
	const struct errand *e = arg;

	return e->list ? fetch_list(e, err) : fetch_cert(e, err);
}

/* 0 or -errno; one that cannot be started is tried again later. */
static int start(struct ut_tablet *t, const struct ut_place *p, bool list)
{
	struct ut_renewal *r = &t->renewal;
	const struct errand e = {
		.target = {
			.host = p->host, .port = p->port, .expect = p->name,
			.timeout = TIMEOUT_S, .config = t->config,
		},
		.creds = t->creds, .list = list,
	};
	int ret = ut_task_start(&r->task, run, &e, 0);

	if (ret) {
		ut_log_err("cannot ask dock \"%s\" for %s: %s", p->name,
			   list ? "the revocation list" : "a certificate",
			   strerror(-ret));
		return ret;
	}
	r->list = list;
	snprintf(r->dock, sizeof(r->dock), "%s", p->name);
	return 0;
}

/* The dock has told which list it has. Ours may be of another CA, or none. */
void ut_renewal_told(struct ut_tablet *t, struct ut_place *p,
		     const uint8_t number[UT_CRL_NUMBER])
{
	uint8_t own[UT_CRL_NUMBER];

	p->has_list = ut_crl_number(t->creds, own) &&
		      memcmp(number, own, sizeof(own)) > 0;
}

/*
 * Which place has one, t->n_places: none. In turn: a dock that only says that it
 * has a list must not keep us from that of another one.
 */
static size_t with_list(const struct ut_tablet *t)
{
	size_t i, at;

	for (i = 0; i < t->n_places; i++) {
		at = (t->renewal.list_cursor + i) % t->n_places;
		if (t->places[at]->state == UT_PLACE_UP &&
		    t->places[at]->has_list)
			return at;
	}
	return t->n_places;
}

/* Has come to nothing: the dock still has it, as long as it is connected. */
static void list_again(struct ut_tablet *t, const char *dock)
{
	size_t i;

	for (i = 0; i < t->n_places; i++)
		if (!strcmp(t->places[i]->name, dock))
			t->places[i]->has_list = true;
	t->renewal.next_list = ut_clock_ms() + LIST_RETRY_S * 1000LL;
}

/* True: a list is on its way, or was to be. */
static bool list_due(struct ut_tablet *t)
{
	struct ut_renewal *r = &t->renewal;
	size_t at = with_list(t);

	if (at == t->n_places || ut_clock_ms() < r->next_list)
		return false;
	r->list_cursor = at + 1;
	t->places[at]->has_list = false;
	if (start(t, t->places[at], true))
		list_again(t, t->places[at]->name);
	return true;
}

/* The next one that is connected, from the cursor on. */
static struct ut_place *next_dock(struct ut_tablet *t)
{
	struct ut_renewal *r = &t->renewal;

	for (; r->cursor < t->n_places; r->cursor++)
		if (t->places[r->cursor]->state == UT_PLACE_UP)
			return t->places[r->cursor++];
	return NULL;
}

static void again_in(struct ut_renewal *r, unsigned int seconds)
{
	r->cursor = 0;
	r->next = ut_clock_ms() + seconds * 1000LL;
}

static bool time_for_it(struct ut_tablet *t)
{
	const struct ut_config *c = t->config;
	struct ut_err err;
	int ret;

	if (!c->enroll.renew || ut_clock_ms() < t->renewal.next)
		return false;
	/* Who has the CA renews its own by itself. */
	if (ut_renew_from_here(c) || ut_renew_waits(&c->tls, time(NULL)))
		ret = 0;
	else
		ret = ut_renew_due(&c->tls, time(NULL), c->enroll.renew_before,
				   &err);
	if (ret < 0)
		ut_log_error(UT_LOG_WARNING, &err);
	if (ret <= 0)
		again_in(&t->renewal, LOOK_S);
	return ret > 0;
}

void ut_renewal_due(struct ut_tablet *t)
{
	struct ut_renewal *r = &t->renewal;
	struct ut_place *p;

	if (ut_task_runs(&r->task) || t->suspended)
		return;
	if (list_due(t) || !time_for_it(t))
		return;
	p = next_dock(t);
	if (p) {
		r->asked = true;
		start(t, p, false);
		return;
	}
	if (r->asked) {
		ut_backoff_fail(&r->backoff, ut_clock_ms(), RETRY_MIN_S,
				RETRY_MAX_S, ut_backoff_random());
		r->cursor = 0;
		r->next = r->backoff.next;
	} else {
		again_in(r, LOOK_S);
		r->waits = true;
	}
	r->asked = false;
}

void ut_renewal_up(struct ut_tablet *t)
{
	if (t->renewal.waits)
		t->renewal.next = 0;
	t->renewal.waits = false;
}

int64_t ut_renewal_next(const struct ut_tablet *t)
{
	int64_t next = INT64_MAX;

	if (ut_task_runs(&t->renewal.task) || t->suspended)
		return INT64_MAX;
	if (t->config->enroll.renew)
		next = t->renewal.next;
	if (with_list(t) < t->n_places && t->renewal.next_list < next)
		next = t->renewal.next_list;
	return next;
}

static void list_done(struct ut_tablet *t, int ret, const struct ut_err *err)
{
	struct ut_renewal *r = &t->renewal;

	/* It has said that it has a newer one: not as often as it likes. */
	if (!ret)
		r->next_list = ut_clock_ms() + LIST_RETRY_S * 1000LL;
	if (ret > 0)
		ut_log_notice("newer revocation list from dock \"%s\"",
			      r->dock);
	if (ret >= 0)
		return;
	ut_log_error(UT_LOG_WARNING, err);
	list_again(t, r->dock);
}

static void cert_done(struct ut_tablet *t, int ret, struct ut_err *err)
{
	struct ut_renewal *r = &t->renewal;

	if (ret) {
		ut_err_prefix(err, "no new certificate from dock \"%s\"",
			      r->dock);
		/* Most docks have no CA: that is no news. */
		ut_log_error(err->code == UT_EXIT_REFUSED ? UT_LOG_INFO :
			     UT_LOG_WARNING, err);
		return;
	}
	r->asked = false;
	ut_backoff_reset(&r->backoff);
	again_in(r, LOOK_S);
	if (ut_tablet_renewed(t, err)) {
		ut_err_prefix(err, "the new certificate cannot be used");
		ut_log_error(UT_LOG_ERR, err);
		return;
	}
	ut_log_notice("renewed: a new certificate from dock \"%s\" is in use",
		      r->dock);
}

void ut_renewal_read(struct ut_tablet *t)
{
	struct ut_renewal *r = &t->renewal;
	char what[sizeof(r->dock) + 32];
	struct ut_err err;
	int ret;

	snprintf(what, sizeof(what), "the process that asked dock \"%s\"",
		 r->dock);
	ret = ut_task_done(&r->task, NULL, 0, what, &err);
	if (r->list)
		list_done(t, ret, &err);
	else
		cert_done(t, ret, &err);
}
