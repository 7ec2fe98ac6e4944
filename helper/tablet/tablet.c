// SPDX-License-Identifier: GPL-2.0
/* The tablet's part of the daemon: see tablet.h. */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "tablet/tablet_internal.h"
#include "tls/crl.h"

/* A wireless network takes its time to come back after sleep. */
#define EAGER_MS 30000

/* A new certificate has come from a dock. */
static void use_renewed(struct ut_tablet *t)
{
	struct ut_err err;

	if (ut_tablet_renewed(t, &err)) {
		ut_err_prefix(&err, "the new certificate cannot be used");
		ut_log_error(UT_LOG_ERR, &err);
		return;
	}
	ut_log_notice("renewed: a new certificate from dock \"%s\" is in use",
		      t->renewal.dock);
}

static void on_news(void *arg, enum ut_tablet_news news)
{
	struct ut_tablet *t = arg;

	switch (news) {
	case UT_TABLET_WATCHES:
		ut_renewal_up(&t->renewal);
		break;
	case UT_TABLET_DEVICES:
		ut_auto_sessions(&t->ctx);
		break;
	case UT_TABLET_RENEWED:
		use_renewed(t);
		break;
	}
}

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
	t->ctx = (struct ut_tablet_context){
		.loop = loop, .config = config, .sandbox = sandbox, .nl = nl,
		.tell = on_news, .arg = t,
	};
	t->renewal.ctx = &t->ctx;
	ret = ut_creds_load(&creds, UT_TLS_TABLET, &config->tls, sandbox, err);
	if (ret) {
		ut_tablet_close(t);
		return ret;
	}
	ut_creds_use(&t->ctx.creds, &t->signer, creds, loop);
	ut_addr_book_set(&t->ctx.book, config);
	*out = t;
	return 0;
}

void ut_tablet_reload(struct ut_tablet *t, const struct ut_config *config,
		      struct ut_creds *creds)
{
	ut_creds_use(&t->ctx.creds, &t->signer, creds, t->ctx.loop);
	t->ctx.config = config;
	t->renewal.next = 0;
	ut_addr_book_set(&t->ctx.book, config);
	ut_docks_revoked(&t->ctx);
}

int ut_tablet_crl(struct ut_tablet *t, struct ut_err *err)
{
	int ret = ut_crl_reload(t->ctx.creds, &t->ctx.config->tls, err);

	if (ret > 0)
		ut_docks_revoked(&t->ctx);
	return ret;
}

int ut_tablet_renewed(struct ut_tablet *t, struct ut_err *err)
{
	struct ut_creds *creds;
	int ret;

	ret = ut_creds_load(&creds, UT_TLS_TABLET, &t->ctx.config->tls,
			    t->ctx.sandbox, err);
	if (ret)
		return ret;
	ut_creds_use(&t->ctx.creds, &t->signer, creds, t->ctx.loop);
	return 0;
}

struct ut_creds *ut_tablet_creds(const struct ut_tablet *t)
{
	return t->ctx.creds;
}

void ut_tablet_close(struct ut_tablet *t)
{
	if (!t)
		return;
	ut_renewal_close(&t->renewal);
	ut_addr_book_free(&t->ctx.book);
	sd_event_source_disable_unref(t->signer);
	ut_creds_put(t->ctx.creds);
	free(t);
}

void ut_tablet_session(struct ut_tablet *t, const struct ut_session *s)
{
	ut_auto_session(&t->ctx, s);
}

void ut_tablet_hint(struct ut_tablet *t, const char *host, uint16_t port)
{
	ut_addr_book_hint(&t->ctx.book, host, port);
}

void ut_tablet_hint_gone(struct ut_tablet *t, const char *host, uint16_t port)
{
	ut_addr_book_hint_gone(&t->ctx.book, host, port);
}

void ut_tablet_hurry(struct ut_tablet *t)
{
	ut_addr_book_hurry(&t->ctx.book);
}

struct ut_dock_addr *const *ut_tablet_addrs(const struct ut_tablet *t,
					    size_t *n)
{
	*n = t->ctx.book.n;
	return t->ctx.book.v;
}

bool ut_tablet_uses(const struct ut_tablet *t, const struct ut_dock_addr *addr)
{
	return ut_auto_uses(&t->ctx, addr);
}

void ut_tablet_suspend(struct ut_tablet *t)
{
	size_t i;

	t->ctx.suspended = true;
	/* None may come to its end after the caller has begun to detach. */
	for (i = 0; i < t->ctx.book.n; i++)
		ut_remotes_stop(&t->ctx.book.v[i]->remotes);
	ut_auto_sessions(&t->ctx);
}

void ut_tablet_resume(struct ut_tablet *t)
{
	size_t i;

	t->ctx.suspended = false;
	t->ctx.eager_until = ut_clock_ms() + EAGER_MS;
	for (i = 0; i < t->ctx.book.n; i++) {
		struct ut_dock_addr *addr = t->ctx.book.v[i];

		ut_client_close(&addr->client);
		addr->state = UT_DOCK_ADDR_DOWN;
		ut_backoff_reset(&addr->backoff);
		ut_remote_restart(&addr->remotes);
	}
	ut_auto_sessions(&t->ctx);
}

int64_t ut_tablet_due(struct ut_tablet *t)
{
	int64_t next = ut_docks_due(&t->ctx);

	next = ut_sooner(next, ut_auto_due(&t->ctx));
	return ut_sooner(next, ut_renewal_due(&t->renewal));
}
