// SPDX-License-Identifier: GPL-2.0
/* One connection, as the daemon sees it: its worker and what that may ask. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dock/dock_conn.h"
#include "dock/dock_trust.h"
#include "dock/export.h"
#include "dock/watchers.h"
#include "policy/plain.h"
#include "tls/sign_text.h"

static int on_worker(sd_event_source *s, int fd, uint32_t events, void *conn)
{
	struct ut_conn *c = conn;

	if (ut_conn_message(c->dock, c))
		ut_conn_free(c->dock, c);
	return 0;
}

void ut_conn_start(struct ut_dock *dock, struct ut_conn *c)
{
	static struct ut_msg msg;
	int ret;

	ut_msg_init(&msg, UT_MSG_START);
	msg.start.kind = UT_START_DOCK;
	msg.start.flags = c->plain ? UT_START_PLAIN : 0;
	msg.start.deadline = c->deadline;
	c->io = sd_event_source_disable_unref(c->io);
	ret = ut_worker_start(&c->worker, c->peer, c->creds, dock->sandbox,
			      &msg);
	if (!ret)
		ret = ut_program_watch(&c->worker, dock->loop, on_worker, c);
	if (ret) {
		ut_door_no_worker(&dock->door, c->text, ret);
		ut_conn_free(dock, c);
		return;
	}
	c->state = c->plain ? UT_CONN_PLAIN : UT_CONN_HANDSHAKE;
	c->deadline += UT_STRANGER_GRACE_MS;
}

/* --- what a worker asks; true: the connection is over --- */

static bool misbehaved(const struct ut_conn *c, const char *what)
{
	return ut_stranger_misbehaves(c->text, what);
}

static bool answer(const struct ut_conn *c, const struct ut_msg *msg)
{
	return ut_stranger_told(c->text, ut_msg_send(c->worker.fd, msg));
}

/* What a dock signs fits into one message. */
static bool on_sign(struct ut_conn *c, const struct ut_msg *msg)
{
	struct ut_blob asked = { .at = 0 };
	int ret;

	ret = ut_worker_sign(&c->worker, c->creds, &asked, msg,
			     UT_SIGN_DOCK_MAX, c->text);
	ut_blob_free(&asked);
	if (!ret || ret == -EBADMSG || ret == -ENOMEM)
		return misbehaved(c, "asked for a signature of something else");
	return ut_stranger_told(c->text, ret < 0 ? ret : 0);
}

/* Whether it may come in, so that the worker can tell it. */
static bool on_peer(struct ut_dock *dock, struct ut_conn *c,
		    const struct ut_msg *msg)
{
	static struct ut_msg reply;

	ut_msg_init(&reply, UT_MSG_STATUS)->value =
		!ut_config_tablet_allowed(dock->config, msg->peer);
	return answer(c, &reply);
}

static bool on_auth(struct ut_dock *dock, struct ut_conn *c,
		    const struct ut_msg *msg)
{
	if (!msg->auth.name[0] && !c->creds->optional)
		return misbehaved(c, "claims a tablet without a name");
	/* It has checked this itself, but the rule is ours. */
	if (msg->auth.name[0] &&
	    !ut_config_tablet_allowed(dock->config, msg->auth.name))
		return misbehaved(c, "claims a tablet that is not allowed");
	/* The CRL may be a newer one than its worker began with. */
	if (ut_crl_revoked(dock->creds, msg->auth.serial)) {
		ut_conn_log_refused(dock, c,
				    ut_tls_reason_name(UT_TLS_REVOKED),
				    "its certificate has just been revoked");
		return true;
	}
	memcpy(c->name, msg->auth.name, sizeof(c->name));
	ut_sanitize(c->name);
	memcpy(c->serial, msg->auth.serial, sizeof(c->serial));
	return false;
}

/* It was let in by its address, perhaps before a reload. */
static bool plain_shut_out(struct ut_dock *dock, const struct ut_conn *c)
{
	const char *why = c->plain ? ut_policy_shut_out(dock->config, c->name) :
				     NULL;

	if (why)
		ut_conn_log_refused(dock, c, "plaintext", why);
	return why;
}

static bool on_devlist(struct ut_dock *dock, struct ut_conn *c)
{
	static struct ut_msg reply;
	struct ut_err err;

	if (plain_shut_out(dock, c))
		return true;
	if (ut_export_list(dock, c->name, &c->devs, &c->n_devs, &err)) {
		ut_log_error(UT_LOG_ERR, &err);
		return true;
	}
	ut_msg_init(&reply, UT_MSG_COUNT)->value = (uint32_t)c->n_devs;
	return answer(c, &reply);
}

static bool on_watch(struct ut_dock *dock, struct ut_conn *c)
{
	static struct ut_msg reply;

	ut_msg_init(&reply, UT_MSG_STATUS)->value =
		ut_watching_start(dock, c);
	return answer(c, &reply);
}

static bool on_next(struct ut_dock *dock, struct ut_conn *c)
{
	static struct ut_msg reply;

	if (c->state == UT_CONN_HUNGRY)
		return ut_watching_feed(dock, c);
	if (c->state == UT_CONN_FETCHING)
		return ut_trust_next(c);
	if (c->next >= c->n_devs)
		return misbehaved(c, "asked for a device out of turn");
	ut_msg_init(&reply, UT_MSG_DEVICE)->device = c->devs[c->next++];
	return answer(c, &reply);
}

static bool on_import(struct ut_dock *dock, struct ut_conn *c,
		      const struct ut_msg *msg)
{
	if (plain_shut_out(dock, c))
		return true;
	/* The flag is ours: what a stock client has there means nothing. */
	ut_export_import(dock, c, msg->import.busid, !c->plain &&
			 (msg->import.flags & UT_OP_IMPORT_REPLACE));
	ut_devices_touch(&dock->devices);
	return true;
}

static bool on_outcome(struct ut_dock *dock, struct ut_conn *c,
		       const struct ut_msg *msg)
{
	const struct ut_tls_outcome *o = &msg->outcome;
	char text[256], line[600];

	if (o->reason == UT_TLS_OK) {
		if (c->state == UT_CONN_LISTING)
			ut_log_info("%s: tablet \"%s\" listed %zu devices",
				    c->text, c->name, c->n_devs);
		return true;
	}
	ut_tls_outcome_text(o, text, sizeof(text));
	if (ut_conn_watches(c)) {
		ut_log_info("%s: tablet \"%s\" watches no more: %s", c->text,
			    c->name, text);
		return true;
	}
	/* A name under a foreign CA is anybody's claim. */
	if (o->name[0] && o->reason != UT_TLS_UNKNOWN_CA &&
	    o->reason != UT_TLS_BAD_CERTIFICATE)
		snprintf(line, sizeof(line), "%s [\"%s\"]", text, o->name);
	else
		snprintf(line, sizeof(line), "%s", text);
	ut_conn_log_refused(dock, c, ut_tls_reason_name(o->reason), line);
	return true;
}

/*
 * One signature makes a handshake, and before that nobody has shown a name. Without
 * TLS there is nobody whom we know: no place for good, no certificate.
 */
static const struct ut_turn turns[] = {
	{ UT_IN(UT_CONN_HANDSHAKE), UT_MSG_SIGN, UT_CONN_SIGNED },
	{ UT_IN(UT_CONN_SIGNED), UT_MSG_PEER, UT_CONN_NAMED },
	{ UT_IN(UT_CONN_SIGNED) | UT_IN(UT_CONN_NAMED), UT_MSG_AUTH,
	  UT_CONN_AUTHENTICATED },
	{ UT_IN(UT_CONN_AUTHENTICATED) | UT_IN(UT_CONN_PLAIN), UT_MSG_DEVLIST,
	  UT_CONN_LISTING },
	{ UT_IN(UT_CONN_AUTHENTICATED) | UT_IN(UT_CONN_PLAIN), UT_MSG_IMPORT,
	  UT_CONN_IMPORTED },
	/* WATCHING if it may. */
	{ UT_IN(UT_CONN_AUTHENTICATED), UT_MSG_WATCH, UT_SAME },
	/* RENEWING if that takes a while. */
	{ UT_IN(UT_CONN_AUTHENTICATED), UT_MSG_TRUST, UT_CONN_FETCHING },
	{ UT_IN(UT_CONN_LISTING) | UT_IN(UT_CONN_FETCHING), UT_MSG_NEXT,
	  UT_SAME },
	{ UT_IN(UT_CONN_WATCHING), UT_MSG_NEXT, UT_CONN_HUNGRY },
	{ ~UT_IN(UT_CONN_SILENT), UT_MSG_OUTCOME, UT_SAME },
	{ 0 },
};

bool ut_conn_message(struct ut_dock *dock, struct ut_conn *c)
{
	static struct ut_msg msg;
	int ret = ut_worker_read(&c->worker, turns, c->state, &msg);

	if (ret < 0)
		return ut_stranger_mute(&c->worker, c->text, ret, msg.type,
					c->state);
	c->state = (enum ut_conn_state)ret;
	switch (msg.type) {
	case UT_MSG_SIGN:
		return on_sign(c, &msg);
	case UT_MSG_PEER:
		return on_peer(dock, c, &msg);
	case UT_MSG_AUTH:
		return on_auth(dock, c, &msg);
	case UT_MSG_DEVLIST:
		return on_devlist(dock, c);
	case UT_MSG_NEXT:
		return on_next(dock, c);
	case UT_MSG_WATCH:
		return on_watch(dock, c);
	case UT_MSG_IMPORT:
		return on_import(dock, c, &msg);
	case UT_MSG_TRUST:
		return ut_trust_asked(dock, c, &msg.trust);
	default:
		return on_outcome(dock, c, &msg);
	}
}
