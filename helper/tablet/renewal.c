// SPDX-License-Identifier: GPL-2.0
/* Renewal of certificate and revocation list: see renewal.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "pki/renew.h"
#include "tablet/renewal.h"
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

static int start_task(struct ut_renewal *r, enum ut_renewal_phase phase,
		      struct ut_err *err)
{
	const struct errand e = {
		.phase = phase, .tls = r->crl ? &r->ctx->config->tls : &r->tls,
		.creds = r->ctx->creds, .crl = r->crl,
		.der = &r->client.blob.buf,
	};
	int ret = ut_task_start(&r->task, work, &e, sizeof(struct ut_csr));

	if (!ret)
		ret = ut_task_watch(&r->task, r->ctx->loop, on_task, r);
	if (ret)
		return ut_err_errno(err, UT_EXIT_FAILURE, ret,
				    "cannot start a process");
	r->phase = phase;
	return 0;
}

static int fetch(struct ut_renewal *r, const struct ut_csr *csr,
		 struct ut_err *err)
{
	/* Which may be gone, after the new key was made. */
	const struct ut_dock_addr *addr = ut_addr_book_up(&r->ctx->book,
							  r->dock, NULL);
	struct ut_client_target target = {
		.op = UT_START_FETCH, .peer = -1, .expect = r->dock, .csr = csr,
		.deadline = ut_clock_ms() + TIMEOUT_S * 1000LL,
		.sandbox = r->ctx->sandbox,
		.loop = r->ctx->loop, .ready = on_client, .arg = r,
	};
	int ret;

	if (!addr)
		return ut_err_set(err, UT_EXIT_UNREACHABLE, ENOTCONN,
				  "dock \"%s\" is not connected any more",
				  r->dock);
	target.host = addr->host;
	target.port = addr->port;
	ret = ut_client_open(&r->client, &target, r->ctx->creds, err);
	if (!ret)
		r->phase = UT_RENEWAL_ASKING;
	return ret;
}

/* 0 or -errno; one that cannot be started is tried again later. */
static int start(struct ut_renewal *r, const struct ut_dock_addr *addr,
		 bool crl)
{
	struct ut_err err;
	int ret;

	r->crl = crl;
	r->tls = r->ctx->config->tls;
	snprintf(r->dock, sizeof(r->dock), "%s", addr->name);
	ret = crl ? fetch(r, NULL, &err) : start_task(r, UT_RENEWAL_KEY, &err);
	if (ret)
		ut_log_err("cannot ask dock \"%s\" for %s: %s", addr->name,
			   crl ? "the revocation list" : "a certificate",
			   err.msg);
	return ret;
}

/*
 * Which address has one; as many as there are: none. In turn: a dock that only says
 * that it has a newer CRL must not keep us from that of another one.
 */
static size_t with_crl(const struct ut_renewal *r)
{
	const struct ut_addr_book *book = &r->ctx->book;
	size_t i, at;

	for (i = 0; i < book->n; i++) {
		at = (r->crl_cursor + i) % book->n;
		if (book->v[at]->state == UT_DOCK_ADDR_UP &&
		    book->v[at]->newer_crl)
			return at;
	}
	return book->n;
}

/* Has come to nothing: the dock still has it, as long as it is connected. */
static void crl_again(struct ut_renewal *r, const char *dock)
{
	const struct ut_addr_book *book = &r->ctx->book;
	size_t i;

	for (i = 0; i < book->n; i++)
		if (!strcmp(book->v[i]->name, dock))
			book->v[i]->newer_crl = true;
	r->next_crl = ut_clock_ms() + CRL_RETRY_S * 1000LL;
}

/* True: a CRL is on its way, or was to be. */
static bool crl_due(struct ut_renewal *r)
{
	const struct ut_addr_book *book = &r->ctx->book;
	size_t at = with_crl(r);

	if (at == book->n || ut_clock_ms() < r->next_crl)
		return false;
	r->crl_cursor = at + 1;
	book->v[at]->newer_crl = false;
	if (start(r, book->v[at], true))
		crl_again(r, book->v[at]->name);
	return true;
}

/* The next one that is connected, from the cursor on. */
static struct ut_dock_addr *next_dock(struct ut_renewal *r)
{
	const struct ut_addr_book *book = &r->ctx->book;

	for (; r->cursor < book->n; r->cursor++)
		if (book->v[r->cursor]->state == UT_DOCK_ADDR_UP)
			return book->v[r->cursor++];
	return NULL;
}

static void again_in(struct ut_renewal *r, unsigned int seconds)
{
	r->cursor = 0;
	r->next = ut_clock_ms() + seconds * 1000LL;
}

static bool time_for_it(struct ut_renewal *r)
{
	const struct ut_config *c = r->ctx->config;
	struct ut_err err;
	int ret;

	if (!c->enroll.renew || ut_clock_ms() < r->next)
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
		again_in(r, LOOK_S);
	return ret > 0;
}

static void start_what_is_due(struct ut_renewal *r)
{
	struct ut_dock_addr *addr;

	if (crl_due(r) || !time_for_it(r))
		return;
	addr = next_dock(r);
	if (addr) {
		r->asked = true;
		start(r, addr, false);
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

void ut_renewal_up(struct ut_renewal *r)
{
	if (r->waits)
		r->next = 0;
	r->waits = false;
}

static void crl_done(struct ut_renewal *r, int ret, const struct ut_err *err)
{
	/* It has said that it has a newer one: not as often as it likes. */
	if (!ret)
		r->next_crl = ut_clock_ms() + CRL_RETRY_S * 1000LL;
	if (ret > 0)
		ut_log_notice("newer revocation list from dock \"%s\"",
			      r->dock);
	if (ret >= 0)
		return;
	ut_log_error(UT_LOG_WARNING, err);
	crl_again(r, r->dock);
}

/*
 * Somebody may hold the lock of the pair for seconds, and most docks have no CA. Only
 * if there are no more processes it is left to the loop: a key that stayed would count
 * as one that waits for a person.
 */
static void unstage(struct ut_renewal *r)
{
	struct ut_err err;

	if (start_task(r, UT_RENEWAL_UNSTAGING, &err))
		ut_pair_unstage(&r->tls);
}

static void cert_done(struct ut_renewal *r, int ret, struct ut_err *err)
{
	if (ret) {
		unstage(r);
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
	r->ctx->tell(r->ctx->arg, UT_TABLET_RENEWED);
}

static void done(struct ut_renewal *r, int ret, struct ut_err *err)
{
	ut_client_close(&r->client);
	r->phase = UT_RENEWAL_IDLE;
	if (r->crl)
		crl_done(r, ret, err);
	else
		cert_done(r, ret, err);
}

static int on_task(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct ut_renewal *r = arg;
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
		ret = fetch(r, &csr, &err);
		if (!ret)
			return 0;
	}
	done(r, ret, &err);
	return 0;
}

static void read_client(struct ut_renewal *r)
{
	struct ut_err err;
	int ret;

	switch (ut_client_read(&r->client, NULL, &err)) {
	case UT_CLIENT_NOTHING:
		return;
	case UT_CLIENT_DONE:
		ret = start_task(r, UT_RENEWAL_TAKING, &err);
		if (!ret)
			return;
		break;
	default:
		ret = -EIO;
	}
	done(r, ret, &err);
}

static int on_client(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	read_client(arg);
	return 0;
}

int64_t ut_renewal_due(struct ut_renewal *r)
{
	if (r->phase == UT_RENEWAL_ASKING &&
	    ut_clock_ms() >= r->client.deadline)
		read_client(r);
	if (r->phase == UT_RENEWAL_IDLE && !r->ctx->suspended)
		start_what_is_due(r);
	if (r->phase == UT_RENEWAL_ASKING)
		return r->client.deadline;
	if (r->phase != UT_RENEWAL_IDLE || r->ctx->suspended)
		return INT64_MAX;
	return ut_sooner(r->ctx->config->enroll.renew ? r->next : INT64_MAX,
			 with_crl(r) < r->ctx->book.n ? r->next_crl :
							INT64_MAX);
}

void ut_renewal_close(struct ut_renewal *r)
{
	ut_task_kill(&r->task);
	ut_client_close(&r->client);
	if (r->phase != UT_RENEWAL_IDLE && !r->crl)
		ut_pair_unstage(&r->tls);
}
