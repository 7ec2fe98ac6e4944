// SPDX-License-Identifier: GPL-2.0
/* A connection to a dock: see client.h. */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tablet/client.h"
#include "tls/sign_text.h"
#include "usb/select.h"

_Static_assert(UT_CLIENT_ASKS_LIST + UT_START_FETCH == UT_CLIENT_ASKS_FETCH,
	       "a state for each operation");

/* What a dock gives or takes is for one whom somebody has named. */
static bool may_be_any(const struct ut_client_target *target)
{
	return target->any && (target->op == UT_START_WATCH ||
			       target->op == UT_START_LIST);
}

int ut_client_open(struct ut_client *c, const struct ut_client_target *target,
		   struct ut_creds *creds, struct ut_err *err)
{
	const char *busid = target->busid ? target->busid : "";
	static struct ut_msg msg;
	struct ut_start *start = &ut_msg_init(&msg, UT_MSG_START)->start;
	int ret = -ENAMETOOLONG;

	memset(c, 0, sizeof(*c));
	if (!target->expect[0] && !may_be_any(target))
		return ut_err_set(err, UT_EXIT_FAILURE, EINVAL,
				  "it is not said which name the certificate of dock %s must have",
				  target->host);
	c->op = target->op;
	snprintf(c->host, sizeof(c->host), "%s", target->host);
	snprintf(c->expect, sizeof(c->expect), "%s", target->expect);
	snprintf(c->busid, sizeof(c->busid), "%s", busid);
	start->kind = UT_START_TABLET;
	start->op = target->op;
	start->flags = (target->peer < 0 ? UT_START_DIAL : 0) |
		       (target->expect[0] ? UT_START_EXPECT : 0) |
		       (target->replace ? UT_START_REPLACE : 0);
	start->deadline = target->deadline;
	start->port = target->port;
	memcpy(start->host, c->host, sizeof(c->host));
	memcpy(start->expect, c->expect, sizeof(c->expect));
	memcpy(start->busid, c->busid, sizeof(c->busid));
	if (target->csr)
		start->csr = *target->csr;
	if (strlen(busid) < sizeof(c->busid) &&
	    (target->peer >= 0 || strlen(target->host) < sizeof(c->host)))
		ret = ut_worker_start(&c->worker, target->peer, creds,
				      target->sandbox, &msg);
	if (!ret && target->loop)
		ret = ut_program_watch(&c->worker, target->loop, target->ready,
				       target->arg);
	if (ret)
		return ut_err_errno(err, UT_EXIT_FAILURE, ret,
				    "cannot start a worker");
	c->creds = ut_creds_get(creds);
	c->deadline = target->deadline + UT_WORKER_GRACE_MS;
	return 0;
}

void ut_client_close(struct ut_client *c)
{
	ut_worker_end(&c->worker, NULL);
	ut_creds_put(c->creds);
	c->creds = NULL;
	ut_blob_free(&c->blob);
	free(c->devs);
	c->devs = NULL;
	c->n_devs = 0;
}

static enum ut_client_news down(struct ut_client *c)
{
	ut_client_close(c);
	return UT_CLIENT_DOWN;
}

/* The worker is at fault, or gone without a word. */
static enum ut_client_news broken(struct ut_client *c, int error,
				  struct ut_err *err)
{
	ut_worker_err(error, ut_worker_end(&c->worker, NULL), err);
	return down(c);
}

static enum ut_client_news on_sign(struct ut_client *c,
				   const struct ut_msg *msg, struct ut_err *err)
{
	int ret = ut_worker_sign(&c->worker, c->creds, &c->blob, msg,
				 UT_SIGN_TEXT_MAX, c->host);

	if (ret > 0)
		c->state = UT_CLIENT_SIGNED;
	return ret < 0 ? broken(c, ret, err) : UT_CLIENT_NOTHING;
}

static enum ut_client_news on_auth(struct ut_client *c,
				   const struct ut_msg *msg, struct ut_err *err)
{
	if (!msg->auth.name[0])
		return broken(c, -EBADMSG, err);
	c->state = UT_CLIENT_ASKS_LIST + c->op;
	memcpy(c->name, msg->auth.name, sizeof(c->name));
	ut_sanitize(c->name);
	memcpy(c->serial, msg->auth.serial, sizeof(c->serial));
	return UT_CLIENT_NOTHING;
}

static enum ut_client_news on_count(struct ut_client *c, uint32_t count,
				    struct ut_err *err)
{
	/* It is not above UT_OP_MAX_DEVICES. */
	c->devs = calloc(count ? count : 1, sizeof(*c->devs));
	c->left = count;
	return c->devs ? UT_CLIENT_NOTHING : broken(c, -ENOMEM, err);
}

static enum ut_client_news on_device(struct ut_client *c,
				     const struct ut_op_device *dev,
				     struct ut_err *err)
{
	if (!c->left)
		return broken(c, -EBADMSG, err);
	c->left--;
	c->devs[c->n_devs] = *dev;
	ut_op_clean(&c->devs[c->n_devs++]);
	return UT_CLIENT_NOTHING;
}

static enum ut_client_news on_imported(struct ut_client *c,
				       const struct ut_op_device *dev,
				       struct ut_err *err)
{
	enum ut_client_news news;

	if (strcmp(c->busid, dev->busid))
		return broken(c, -EBADMSG, err);
	news = on_count(c, 1, err);
	return news ? news : on_device(c, dev, err);
}

static enum ut_client_news on_blob(struct ut_client *c,
				   const struct ut_msg *msg, struct ut_err *err)
{
	int ret = ut_blob_add(&c->blob, msg, UT_PKI_CRL_MAX);

	return ret < 0 ? broken(c, ret, err) : UT_CLIENT_NOTHING;
}

/* --- the end --- */

static enum ut_client_news refused(struct ut_client *c, struct ut_err *err)
{
	const char *busid = c->busid, *host = c->host;

	/* Those that are about a device make no sense for other requests. */
	switch (c->op == UT_START_IMPORT ? c->status : UT_OP_ST_ERROR) {
	case UT_OP_ST_DEV_BUSY:
		ut_err_set(err, UT_EXIT_BUSY, EBUSY,
			   "device %s on dock %s is in use", busid, host);
		ut_err_hint(err, "see who has it with \"usbip-tls status\" on the dock");
		break;
	case UT_OP_ST_NODEV:
		ut_err_set(err, UT_EXIT_NOT_FOUND, ENODEV,
			   "dock %s does not share a device %s", host, busid);
		ut_err_hint(err, "see what it shares with \"usbip-tls list -r %s\", or share it there with \"usbip-tls bind -b %s\"",
			    host, busid);
		break;
	case UT_OP_ST_DEV_ERR:
		ut_err_set(err, UT_EXIT_REFUSED, EIO,
			   "device %s on dock %s is in an error state", busid,
			   host);
		ut_err_hint(err, "unbind and bind it again on the dock");
		break;
	default:
		ut_err_set(err, UT_EXIT_REFUSED, EACCES,
			   "dock %s refuses %s (status %u)", host,
			   c->op == UT_START_IMPORT ? busid :
			   "to list its devices", c->status);
		ut_err_hint(err, "see the dock's log for the reason");
	}
	return down(c);
}

/* Has all come that was to? */
static bool is_whole(const struct ut_client *c)
{
	switch (c->state) {
	case UT_CLIENT_LISTING:
		return !c->left;
	case UT_CLIENT_FETCHING:
		return ut_blob_whole(&c->blob);
	default:
		return c->state == UT_CLIENT_IMPORTED;
	}
}

/* It has said that all went well. */
static enum ut_client_news on_success(struct ut_client *c, struct ut_err *err)
{
	if (c->state == UT_CLIENT_REFUSED)
		return refused(c, err);
	if (is_whole(c)) {
		ut_worker_end(&c->worker, NULL);
		return UT_CLIENT_DONE;
	}
	if (c->op == UT_START_IMPORT || c->op == UT_START_FETCH)
		return broken(c, -EPROTO, err);
	ut_err_set(err, UT_EXIT_PROTOCOL, EPROTO,
		   "dock %s does not tell of its devices", c->host);
	return down(c);
}

/*
 * What an older usbip-tlsd says to an operation that it does not know. The alert is
 * under the keys of the connection: nobody on the way can have sent it.
 */
static bool unknown_operation(const struct ut_client *c,
			      const struct ut_tls_outcome *o)
{
	return c->state == UT_CLIENT_ASKS_WATCH && o->reason == UT_TLS_ALERT &&
	       o->detail == GNUTLS_A_ILLEGAL_PARAMETER;
}

/*
 * What RemoteHub does instead, by FIN or RST, with close_notify or without. Anybody
 * on the way can do the same.
 */
static bool hung_up(const struct ut_client *c, const struct ut_tls_outcome *o)
{
	return c->state == UT_CLIENT_ASKS_WATCH &&
	       (o->reason == UT_TLS_CLOSED ||
		(o->reason == UT_TLS_IO &&
		 (o->detail == ECONNRESET || o->detail == EPIPE)));
}

static enum ut_client_news on_outcome(struct ut_client *c,
				      const struct ut_tls_outcome *o,
				      struct ut_err *err)
{
	if (o->reason == UT_TLS_OK)
		return on_success(c, err);
	if (unknown_operation(c, o)) {
		ut_client_close(c);
		return UT_CLIENT_NO_WATCH;
	}
	if (c->state == UT_CLIENT_WATCHING && o->reason == UT_TLS_CLOSED)
		ut_err_set(err, UT_EXIT_UNREACHABLE, ECONNRESET,
			   "dock %s has ended the connection", c->host);
	else
		ut_tls_outcome_err(o, c->host, c->expect, &c->creds->own,
				   time(NULL), err);
	if (!hung_up(c, o))
		return down(c);
	ut_err_hint(err, "if it does so again it is taken for a RemoteHub and polled");
	ut_client_close(c);
	return UT_CLIENT_HUNG_UP;
}

/* --- all messages --- */

#define ASKS (UT_IN(UT_CLIENT_ASKS_LIST) | UT_IN(UT_CLIENT_ASKS_WATCH) | \
	      UT_IN(UT_CLIENT_ASKS_IMPORT) | UT_IN(UT_CLIENT_ASKS_FETCH))

/* One signature for a handshake, for one text, and before it is done. */
static const struct ut_turn turns[] = {
	{ UT_IN(UT_CLIENT_DIALING), UT_MSG_AT, UT_CLIENT_SHAKING },
	{ UT_IN(UT_CLIENT_DIALING), UT_MSG_ERROR, UT_SAME },
	/* SIGNED when all of it is there. */
	{ UT_IN(UT_CLIENT_SHAKING) | UT_IN(UT_CLIENT_SIGNING), UT_MSG_SIGN,
	  UT_CLIENT_SIGNING },
	/* Then that of what is asked. */
	{ UT_IN(UT_CLIENT_SHAKING) | UT_IN(UT_CLIENT_SIGNED), UT_MSG_AUTH,
	  UT_SAME },
	{ UT_IN(UT_CLIENT_ASKS_LIST), UT_MSG_COUNT, UT_CLIENT_LISTING },
	{ UT_IN(UT_CLIENT_LISTING), UT_MSG_DEVICE, UT_SAME },
	{ UT_IN(UT_CLIENT_ASKS_WATCH), UT_MSG_WATCH, UT_CLIENT_WATCHING },
	{ UT_IN(UT_CLIENT_WATCHING), UT_MSG_EVENT, UT_SAME },
	{ UT_IN(UT_CLIENT_ASKS_IMPORT), UT_MSG_IMPORTED, UT_CLIENT_IMPORTED },
	{ UT_IN(UT_CLIENT_ASKS_FETCH) | UT_IN(UT_CLIENT_FETCHING), UT_MSG_BLOB,
	  UT_CLIENT_FETCHING },
	{ ASKS, UT_MSG_STATUS, UT_CLIENT_REFUSED },
	{ ~0U, UT_MSG_OUTCOME, UT_SAME },
	{ 0 },
};

static enum ut_client_news on_message(struct ut_client *c,
				      const struct ut_msg *msg,
				      struct ut_watch_event *event,
				      struct ut_err *err)
{
	switch (msg->type) {
	case UT_MSG_AT:
		memcpy(c->at, msg->at, sizeof(c->at));
		ut_sanitize(c->at);
		return UT_CLIENT_NOTHING;
	case UT_MSG_ERROR:
		*err = msg->error.err;
		return down(c);
	case UT_MSG_SIGN:
		return on_sign(c, msg, err);
	case UT_MSG_AUTH:
		return on_auth(c, msg, err);
	case UT_MSG_COUNT:
		return on_count(c, msg->value, err);
	case UT_MSG_DEVICE:
		return on_device(c, &msg->device, err);
	case UT_MSG_WATCH:
		ut_worker_stays(&c->worker);
		c->deadline = INT64_MAX;
		return UT_CLIENT_UP;
	case UT_MSG_EVENT:
		*event = msg->event;
		ut_op_clean(&event->dev);
		return UT_CLIENT_EVENT;
	case UT_MSG_IMPORTED:
		return on_imported(c, &msg->device, err);
	case UT_MSG_BLOB:
		return on_blob(c, msg, err);
	case UT_MSG_STATUS:
		/* This one says that all is well: no refusal. */
		if (msg->value == UT_OP_ST_OK)
			return broken(c, -EPROTO, err);
		c->status = msg->value;
		return UT_CLIENT_NOTHING;
	default:
		return on_outcome(c, &msg->outcome, err);
	}
}

enum ut_client_news ut_client_read(struct ut_client *c,
				   struct ut_watch_event *event,
				   struct ut_err *err)
{
	static struct ut_msg msg;
	int ret = ut_worker_read(&c->worker, turns, c->state, &msg);

	if (ret == -EAGAIN && ut_clock_ms() < c->deadline)
		return UT_CLIENT_NOTHING;
	if (ret < 0)
		return broken(c, ret == -EAGAIN ? -ETIMEDOUT : ret, err);
	c->state = (enum ut_client_state)ret;
	return on_message(c, &msg, event, err);
}

int ut_client_wait(struct ut_client *c, struct ut_err *err)
{
	enum ut_client_news news;

	do {
		struct pollfd p = { c->worker.fd, POLLIN, 0 };

		poll(&p, 1, ut_clock_left(c->deadline));
		news = ut_client_read(c, NULL, err);
	} while (news == UT_CLIENT_NOTHING);
	return news == UT_CLIENT_DONE ? 0 : -EIO;
}
