// SPDX-License-Identifier: GPL-2.0
/* A connection to one dock: see link.h. */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tablet/link.h"
#include "tablet/status.h"
#include "tls/sign_text.h"
#include "usb/select.h"

/* The worker knows the deadline too; it gets the time to say what it saw. */
#define GRACE_MS 2500

int ut_link_open(struct ut_link *l, const struct ut_link_target *target,
		 struct ut_creds *creds, struct ut_err *err)
{
	int64_t deadline = ut_clock_ms() + target->timeout * 1000LL;
	static struct ut_msg msg;
	struct ut_start *start = &ut_msg_init(&msg, UT_MSG_START)->start;
	int ret = -ENAMETOOLONG;

	memset(l, 0, sizeof(*l));
	l->list = target->list;
	snprintf(l->host, sizeof(l->host), "%s", target->host);
	snprintf(l->expect, sizeof(l->expect), "%s", target->expect);
	start->kind = UT_START_TABLET;
	start->op = target->list ? UT_START_LIST : UT_START_WATCH;
	start->flags = UT_START_DIAL |
		       (target->expect[0] ? UT_START_EXPECT : 0);
	start->deadline = deadline;
	start->port = target->port;
	memcpy(start->host, l->host, sizeof(l->host));
	memcpy(start->expect, l->expect, sizeof(l->expect));
	if (strlen(target->host) < sizeof(start->host))
		ret = ut_worker_start(&l->worker, -1, creds, target->sandbox,
				      &msg);
	if (ret)
		return ut_err_errno(err, UT_EXIT_FAILURE, ret,
				    "cannot start a worker");
	l->creds = ut_creds_get(creds);
	l->deadline = deadline + GRACE_MS;
	return 0;
}

void ut_link_close(struct ut_link *l)
{
	ut_blob_free(&l->asked);
	ut_worker_end(&l->worker, NULL);
	ut_creds_put(l->creds);
	l->creds = NULL;
	l->up = false;
}

static enum ut_link_news down(struct ut_link *l)
{
	ut_link_close(l);
	return UT_LINK_DOWN;
}

/* The worker is at fault, or gone without a word. */
static enum ut_link_news broken(struct ut_link *l, int error,
				struct ut_err *err)
{
	ut_worker_err(error, ut_worker_end(&l->worker, NULL), err);
	return down(l);
}

static enum ut_link_news on_sign(struct ut_link *l, const struct ut_msg *msg,
				 struct ut_err *err)
{
	static struct ut_msg reply;
	int ret;

	if (l->authenticated || l->signatures)
		return broken(l, -EBADMSG, err);
	ret = ut_blob_add(&l->asked, msg, UT_SIGN_TEXT_MAX);
	if (ret <= 0)
		return ret ? broken(l, ret, err) : UT_LINK_NOTHING;
	l->signatures++;
	ut_signer_sign(&l->creds->signer, &l->asked, &reply);
	ut_blob_free(&l->asked);
	ret = ut_msg_send(l->worker.fd, &reply);
	return ret ? broken(l, ret, err) : UT_LINK_NOTHING;
}

static enum ut_link_news on_auth(struct ut_link *l, const struct ut_msg *msg,
				 struct ut_err *err)
{
	if (l->authenticated || l->asked.buf.data || !msg->auth.name[0])
		return broken(l, -EBADMSG, err);
	l->authenticated = true;
	memcpy(l->name, msg->auth.name, sizeof(l->name));
	ut_sanitize(l->name);
	memcpy(l->serial, msg->auth.serial, sizeof(l->serial));
	return UT_LINK_NOTHING;
}

static enum ut_link_news on_at(struct ut_link *l, const struct ut_msg *msg,
			       struct ut_err *err)
{
	if (l->authenticated || l->signatures || l->asked.buf.data || l->at[0])
		return broken(l, -EBADMSG, err);
	memcpy(l->at, msg->at, sizeof(l->at));
	ut_sanitize(l->at);
	return UT_LINK_NOTHING;
}

static enum ut_link_news on_watch(struct ut_link *l, struct ut_err *err)
{
	if (!l->authenticated || l->up || l->list)
		return broken(l, -EBADMSG, err);
	l->up = true;
	ut_worker_stays(&l->worker);
	l->deadline = INT64_MAX;
	return UT_LINK_UP;
}

static enum ut_link_news on_count(struct ut_link *l, uint32_t count,
				  struct ut_err *err)
{
	if (!l->authenticated || l->up || !l->list)
		return broken(l, -EBADMSG, err);
	l->up = true;
	l->left = count;
	return UT_LINK_UP;
}

static enum ut_link_news on_device(struct ut_link *l,
				   const struct ut_op_device *dev,
				   struct ut_watch_event *event,
				   struct ut_err *err)
{
	if (!l->up || !l->left)
		return broken(l, -EBADMSG, err);
	l->left--;
	memset(event, 0, sizeof(*event));
	event->kind = UT_WATCH_DEVICE;
	event->state = UT_WATCH_FREE;
	event->dev = *dev;
	ut_op_clean(&event->dev);
	return UT_LINK_EVENT;
}

static enum ut_link_news on_event(struct ut_link *l, const struct ut_msg *msg,
				  struct ut_watch_event *event,
				  struct ut_err *err)
{
	if (!l->up || l->list)
		return broken(l, -EBADMSG, err);
	*event = msg->event;
	ut_op_clean(&event->dev);
	return UT_LINK_EVENT;
}

/*
 * What an older usbip-tlsd says to an operation that it does not know. The alert is
 * under the keys of the connection: nobody on the way can have sent it.
 */
static bool unknown_operation(const struct ut_link *l,
			      const struct ut_tls_outcome *o)
{
	return !l->list && l->authenticated && !l->up &&
	       o->reason == UT_TLS_ALERT &&
	       o->detail == GNUTLS_A_ILLEGAL_PARAMETER;
}

/*
 * What RemoteHub does instead, by FIN or RST, with close_notify or without. Anybody
 * on the way can do the same.
 */
static bool hung_up(const struct ut_link *l, const struct ut_tls_outcome *o)
{
	return !l->list && l->authenticated && !l->up &&
	       (o->reason == UT_TLS_CLOSED ||
		(o->reason == UT_TLS_IO &&
		 (o->detail == ECONNRESET || o->detail == EPIPE)));
}

static enum ut_link_news on_outcome(struct ut_link *l,
				    const struct ut_tls_outcome *o,
				    struct ut_err *err)
{
	if (o->reason == UT_TLS_OK && l->list && l->up && !l->left) {
		ut_link_close(l);
		return UT_LINK_LISTED;
	}
	if (unknown_operation(l, o)) {
		ut_link_close(l);
		return UT_LINK_NO_WATCH;
	}
	if (o->reason == UT_TLS_OK)
		ut_err_set(err, UT_EXIT_PROTOCOL, EPROTO,
			   "dock %s does not tell of its devices", l->host);
	else if (l->up && o->reason == UT_TLS_CLOSED)
		ut_err_set(err, UT_EXIT_UNREACHABLE, ECONNRESET,
			   "dock %s has ended the connection", l->host);
	else
		ut_tls_outcome_err(o, l->host, l->expect, &l->creds->own,
				   time(NULL), err);
	if (!hung_up(l, o))
		return down(l);
	ut_err_hint(err, "if it does so again it is taken for a RemoteHub and polled");
	ut_link_close(l);
	return UT_LINK_HUNG_UP;
}

static enum ut_link_news on_message(struct ut_link *l, const struct ut_msg *msg,
				    struct ut_watch_event *event,
				    struct ut_err *err)
{
	switch (msg->type) {
	case UT_MSG_SIGN:
		return on_sign(l, msg, err);
	case UT_MSG_AT:
		return on_at(l, msg, err);
	case UT_MSG_AUTH:
		return on_auth(l, msg, err);
	case UT_MSG_WATCH:
		return on_watch(l, err);
	case UT_MSG_COUNT:
		return on_count(l, msg->value, err);
	case UT_MSG_DEVICE:
		return on_device(l, &msg->device, event, err);
	case UT_MSG_EVENT:
		return on_event(l, msg, event, err);
	case UT_MSG_STATUS:
		ut_status_err(msg->value, l->host, NULL, err);
		return down(l);
	case UT_MSG_ERROR:
		/* It comes in the place of all else. */
		if (l->at[0] || l->authenticated || l->signatures ||
		    l->asked.buf.data)
			return broken(l, -EBADMSG, err);
		*err = msg->error.err;
		return down(l);
	case UT_MSG_OUTCOME:
		return on_outcome(l, &msg->outcome, err);
	default:
		return broken(l, -EBADMSG, err);
	}
}

enum ut_link_news ut_link_read(struct ut_link *l, struct ut_watch_event *event,
			       struct ut_err *err)
{
	static struct ut_msg msg;
	int ret = ut_msg_recv(l->worker.fd, &msg);

	if (ret == -EAGAIN && ut_clock_ms() < l->deadline)
		return UT_LINK_NOTHING;
	if (ret == -EAGAIN)
		ret = -ETIMEDOUT;
	return ret ? broken(l, ret, err) : on_message(l, &msg, event, err);
}
