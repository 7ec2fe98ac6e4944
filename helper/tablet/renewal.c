// SPDX-License-Identifier: GPL-2.0
/*
 * What a tablet gets from a dock besides devices: a newer revocation list, and a
 * new certificate before the old one ends. One at a time. A task makes the new key,
 * a worker asks the dock, and a task takes what that has given.
 *
 * Nobody has told us which dock has the CA: all that are connected are asked in
 * turn, and when none has given anything, all of them again after a pause.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pki/renew.h"
#include "tablet/client.h"
#include "tablet/tablet_internal.h"
#include "tls/crl.h"
#include "tls/pair.h"

#define LOOK_S		3600	/* is it time? */
#define RETRY_MIN_S	60
#define RETRY_MAX_S	3600
#define CRL_RETRY_S	30
/* The dock may have to wait for its CA. */
#define TIMEOUT_S	25

/* What a task works with; for a certificate that is the keys. */
struct errand {
	enum ut_renewal_phase phase;
	const struct ut_config_tls *tls;
	const struct ut_creds *creds;
	bool crl;
	const struct ut_buf *der;	/* TAKING: what the dock has given */
};

static int work(const void *arg, void *out, struct ut_err *err)
{
	const struct errand *e = arg;

	switch (e->phase) {
	case UT_RENEWAL_KEY:
		return ut_renew_request(e->tls, out, err);
	case UT_RENEWAL_TAKING:
		return e->crl ? ut_crl_install(e->creds, e->tls, e->der->data,
					       e->der->len, err) :
				 ut_renew_install(e->tls, e->der->data,
						  e->der->len, err);
	default:
		ut_pair_unstage(e->tls);
		return 0;
	}
}

static int on_task(sd_event_source *s, int fd, uint32_t events, void *arg);
static int on_client(sd_event_source *s, int fd, uint32_t events, void *arg);

static int start_task(struct ut_tablet *t, enum ut_renewal_phase phase,
		      struct ut_err *err)
{
	struct ut_renewal *r = &t->renewal;
	const struct errand e = {
		.phase = phase, .tls = r->crl ? &t->config->tls : &r->tls,
		.creds = t->creds, .crl = r->crl, .der = &r->client.blob.buf,
	};
	int ret = ut_task_start(&r->task, work, &e, sizeof(struct ut_csr));

	if (!ret)
		ret = ut_task_watch(&r->task, t->loop, on_task, t);
	if (ret)
		return ut_err_errno(err, UT_EXIT_FAILURE, ret,
				    "cannot start a process");
	r->phase = phase;
	return 0;
}

/* Which may be gone, after the new key was made. */
static const struct ut_dock_addr *addr_of(const struct ut_tablet *t,
					  const char *dock)
{
	size_t i;

	for (i = 0; i < t->n_addrs; i++)
		if (t->addrs[i]->state == UT_DOCK_ADDR_UP &&
		    !strcmp(t->addrs[i]->name, dock))
			return t->addrs[i];
	return NULL;
}

static int fetch(struct ut_tablet *t, const struct ut_csr *csr,
		 struct ut_err *err)
{
	struct ut_renewal *r = &t->renewal;
	const struct ut_dock_addr *addr = addr_of(t, r->dock);
	struct ut_client_target target = {
		.op = UT_START_FETCH, .peer = -1, .expect = r->dock, .csr = csr,
		.deadline = ut_clock_ms() + TIMEOUT_S * 1000LL,
		.sandbox = t->sandbox,
		.loop = t->loop, .ready = on_client, .arg = t,
	};
	int ret;

	if (!addr)
		return ut_err_set(err, UT_EXIT_UNREACHABLE, ENOTCONN,
				  "dock \"%s\" is not connected any more",
				  r->dock);
	target.host = addr->host;
	target.port = addr->port;
	ret = ut_client_open(&r->client, &target, t->creds, err);
	if (!ret)
		r->phase = UT_RENEWAL_ASKING;
	return ret;
}

/* 0 or -errno; one that cannot be started is tried again later. */
static int start(struct ut_tablet *t, const struct ut_dock_addr *addr,
		 bool crl)
{
	struct ut_renewal *r = &t->renewal;
	struct ut_err err;
	int ret;

	r->crl = crl;
	r->tls = t->config->tls;
	snprintf(r->dock, sizeof(r->dock), "%s", addr->name);
	ret = crl ? fetch(t, NULL, &err) : start_task(t, UT_RENEWAL_KEY, &err);
	if (ret)
		ut_log_err("cannot ask dock \"%s\" for %s: %s", addr->name,
			   crl ? "the revocation list" : "a certificate",
			   err.msg);
	return ret;
}

/* The dock has told which CRL it has. Ours may be of another CA, or none. */
void ut_renewal_crl_number(struct ut_tablet *t, struct ut_dock_addr *addr,
			   const uint8_t number[UT_CRL_NUMBER])
{
	uint8_t own[UT_CRL_NUMBER];

	addr->newer_crl = ut_crl_number(t->creds, own) &&
			  memcmp(number, own, sizeof(own)) > 0;
}

/*
 * Which address has one, t->n_addrs: none. In turn: a dock that only says that it
 * has a newer CRL must not keep us from that of another one.
 */
static size_t with_crl(const struct ut_tablet *t)
{
	size_t i, at;

	for (i = 0; i < t->n_addrs; i++) {
		at = (t->renewal.crl_cursor + i) % t->n_addrs;
		if (t->addrs[at]->state == UT_DOCK_ADDR_UP &&
		    t->addrs[at]->newer_crl)
			return at;
	}
	return t->n_addrs;
}

/* Has come to nothing: the dock still has it, as long as it is connected. */
static void crl_again(struct ut_tablet *t, const char *dock)
{
	size_t i;

	for (i = 0; i < t->n_addrs; i++)
		if (!strcmp(t->addrs[i]->name, dock))
			t->addrs[i]->newer_crl = true;
	t->renewal.next_crl = ut_clock_ms() + CRL_RETRY_S * 1000LL;
}

/* True: a CRL is on its way, or was to be. */
static bool crl_due(struct ut_tablet *t)
{
	struct ut_renewal *r = &t->renewal;
	size_t at = with_crl(t);

	if (at == t->n_addrs || ut_clock_ms() < r->next_crl)
		return false;
	r->crl_cursor = at + 1;
	t->addrs[at]->newer_crl = false;
	if (start(t, t->addrs[at], true))
		crl_again(t, t->addrs[at]->name);
	return true;
}

/* The next one that is connected, from the cursor on. */
static struct ut_dock_addr *next_dock(struct ut_tablet *t)
{
	struct ut_renewal *r = &t->renewal;

	for (; r->cursor < t->n_addrs; r->cursor++)
		if (t->addrs[r->cursor]->state == UT_DOCK_ADDR_UP)
			return t->addrs[r->cursor++];
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

static void start_what_is_due(struct ut_tablet *t)
{
	struct ut_renewal *r = &t->renewal;
	struct ut_dock_addr *addr;

	if (crl_due(t) || !time_for_it(t))
		return;
	addr = next_dock(t);
	if (addr) {
		r->asked = true;
		start(t, addr, false);
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

static void crl_done(struct ut_tablet *t, int ret, const struct ut_err *err)
{
	struct ut_renewal *r = &t->renewal;

	/* It has said that it has a newer one: not as often as it likes. */
	if (!ret)
		r->next_crl = ut_clock_ms() + CRL_RETRY_S * 1000LL;
	if (ret > 0)
		ut_log_notice("newer revocation list from dock \"%s\"",
			      r->dock);
	if (ret >= 0)
		return;
	ut_log_error(UT_LOG_WARNING, err);
	crl_again(t, r->dock);
}

/*
 * Somebody may hold the lock of the pair for seconds, and most docks have no CA. Only
 * if there are no more processes it is left to the loop: a key that stayed would count
 * as one that waits for a person.
 */
static void unstage(struct ut_tablet *t)
{
	struct ut_err err;

	if (start_task(t, UT_RENEWAL_UNSTAGING, &err))
		ut_pair_unstage(&t->renewal.tls);
}

static void cert_done(struct ut_tablet *t, int ret, struct ut_err *err)
{
	struct ut_renewal *r = &t->renewal;

	if (ret) {
		unstage(t);
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

static void done(struct ut_tablet *t, int ret, struct ut_err *err)
{
	ut_client_close(&t->renewal.client);
	t->renewal.phase = UT_RENEWAL_IDLE;
	if (t->renewal.crl)
		crl_done(t, ret, err);
	else
		cert_done(t, ret, err);
}

static int on_task(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct ut_tablet *t = arg;
	struct ut_renewal *r = &t->renewal;
	char what[sizeof(r->dock) + 40];
	static struct ut_csr csr;
	struct ut_err err;
	int ret;

	snprintf(what, sizeof(what), "the process that works for dock \"%s\"",
		 r->dock);
	ret = ut_task_done(&r->task, &csr, sizeof(csr), what, &err);
	if (r->phase == UT_RENEWAL_UNSTAGING) {
		r->phase = UT_RENEWAL_IDLE;
		/* It has died. */
		if (ret)
			ut_pair_unstage(&r->tls);
		return 0;
	}
	if (r->phase == UT_RENEWAL_KEY && !ret) {
		ret = fetch(t, &csr, &err);
		if (!ret)
			return 0;
	}
	done(t, ret, &err);
	return 0;
}

static void read_client(struct ut_tablet *t)
{
	struct ut_err err;
	int ret;

	switch (ut_client_read(&t->renewal.client, NULL, &err)) {
	case UT_CLIENT_NOTHING:
		return;
	case UT_CLIENT_DONE:
		ret = start_task(t, UT_RENEWAL_TAKING, &err);
		if (!ret)
			return;
		break;
	default:
		ret = -EIO;
	}
	done(t, ret, &err);
}

static int on_client(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	read_client(arg);
	return 0;
}

int64_t ut_renewal_due(struct ut_tablet *t)
{
	const struct ut_renewal *r = &t->renewal;

	if (r->phase == UT_RENEWAL_ASKING &&
	    ut_clock_ms() >= r->client.deadline)
		read_client(t);
	if (r->phase == UT_RENEWAL_IDLE && !t->suspended)
		start_what_is_due(t);
	if (r->phase == UT_RENEWAL_ASKING)
		return r->client.deadline;
	if (r->phase != UT_RENEWAL_IDLE || t->suspended)
		return INT64_MAX;
	return ut_sooner(t->config->enroll.renew ? r->next : INT64_MAX,
			 with_crl(t) < t->n_addrs ? r->next_crl : INT64_MAX);
}

void ut_renewal_close(struct ut_tablet *t)
{
	struct ut_renewal *r = &t->renewal;

	ut_task_kill(&r->task);
	ut_client_close(&r->client);
	if (r->phase != UT_RENEWAL_IDLE && !r->crl)
		ut_pair_unstage(&r->tls);
}
