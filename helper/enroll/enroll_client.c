// SPDX-License-Identifier: GPL-2.0
/* The side that enrols: connects, hears its worker out, installs the files. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "enroll/enroll.h"
#include "enroll/install.h"
#include "enroll/new_key.h"
#include "worker/connect.h"
#include "worker/message.h"
#include "worker/parent.h"

/* To reach the dock, and then for handshake and request. */
#define CONNECT_MS	10000

/**
 * enum stage - how far the worker has come
 * @SILENT: it shakes hands
 * @CLAIMED: it has the key, and asks
 * @COMING: the bundle comes
 * @REFUSED: the dock has refused
 * @REJECTED: the worker cannot take what the dock has given
 * @WHOLE: all is there, and has been installed or not
 * @OVER: it has said its last
 */
enum stage {
	SILENT,
	CLAIMED,
	COMING,
	REFUSED,
	REJECTED,
	WHOLE,
	OVER,
};

/**
 * struct enroll_client - one enrolment on its way
 * @params: what is asked for
 * @worker: who talks
 * @stage: how far it has come
 * @sandbox: its cage
 * @csr: the request for our new key
 * @key: where that is, see new_key.h
 * @psk: the key of the code; the worker is told it once
 * @bundle: what has come so far
 * @dock: the name in it
 * @refusal: why the dock has refused; 0: it has not
 * @installed: the files are in their places
 * @outcome: how it went
 */
struct enroll_client {
	const struct ut_enroll_client_params *params;
	struct ut_child worker;
	enum stage stage;
	struct ut_sandbox sandbox;
	struct ut_csr csr;
	int key;
	uint8_t psk[UT_TLS_PSK_SIZE];
	struct ut_blob bundle;
	char dock[UT_PKI_NAME_SIZE];
	enum ut_enroll_refusal refusal;
	bool installed;
	struct ut_tls_outcome outcome;
};

static int nonsense(struct ut_err *err)
{
	return ut_err_set(err, UT_EXIT_FAILURE, EBADMSG,
			  "the worker does not keep to its protocol");
}

static int on_claim(struct enroll_client *c, struct ut_err *err)
{
	struct ut_msg reply;
	int ret;

	ut_msg_init(&reply, UT_MSG_PSK);
	memcpy(reply.psk, c->psk, sizeof(reply.psk));
	ret = ut_msg_send(c->worker.fd, &reply);
	explicit_bzero(&reply, sizeof(reply));
	return ret ? ut_err_errno(err, UT_EXIT_FAILURE, ret,
				  "the worker failed") : 0;
}

/* All is there: the dock hears what became of it. */
static int on_whole(struct enroll_client *c, struct ut_err *err)
{
	struct ut_pki_bundle der;
	int ret, sent;

	c->stage = WHOLE;
	if (!ut_frame_unbundle(&c->bundle.buf, &der, c->dock))
		return nonsense(err);
	ret = ut_new_key_install(c->key, c->params->tls, &der, c->params->force,
				 err);
	c->installed = !ret;
	sent = ut_msg_tell(c->worker.fd, UT_MSG_CONFIRMED, c->installed);
	if (sent)
		ut_log_debug("the worker is gone: %s", strerror(-sent));
	return ret;
}

static int on_piece(struct enroll_client *c, const struct ut_msg *msg,
		    struct ut_err *err)
{
	int ret = ut_blob_add(&c->bundle, msg, UT_FRAME_BUNDLE_MAX);

	if (ret < 0)
		return ut_err_errno(err, UT_EXIT_FAILURE, ret,
				    "the worker hands over nonsense");
	return ret ? on_whole(c, err) : 0;
}

/* What the dock gives counts once, and nothing that comes behind it. */
static const struct ut_turn turns[] = {
	{ UT_IN(SILENT), UT_MSG_CLAIM, CLAIMED },
	/* WHOLE with the last. */
	{ UT_IN(CLAIMED) | UT_IN(COMING), UT_MSG_BUNDLE, COMING },
	{ UT_IN(CLAIMED), UT_MSG_REFUSED, REFUSED },
	{ UT_IN(CLAIMED), UT_MSG_ERROR, REJECTED },
	{ ~UT_IN(OVER), UT_MSG_OUTCOME, OVER },
	{ 0 },
};

static int on_message(struct enroll_client *c, const struct ut_msg *msg,
		      struct ut_err *err)
{
	switch (msg->type) {
	case UT_MSG_CLAIM:
		return on_claim(c, err);
	case UT_MSG_BUNDLE:
		return on_piece(c, msg, err);
	case UT_MSG_REFUSED:
		c->refusal = (enum ut_enroll_refusal)msg->value;
		return 0;
	case UT_MSG_ERROR:
		*err = msg->error.err;
		return -EBADMSG;
	default:
		c->outcome = msg->outcome;
		return 0;
	}
}

/* The next message, or why there will be none. */
static int next(struct enroll_client *c, int64_t deadline, struct ut_msg *msg,
		struct ut_err *err)
{
	int ret = ut_worker_wait(&c->worker, turns, c->stage, deadline, msg);

	if (ret >= 0) {
		c->stage = (enum stage)ret;
		return 0;
	}
	if (ret == -EPROTO || ret == -EBADMSG)
		return nonsense(err);
	return ut_worker_err(ret, ut_worker_end(&c->worker, NULL), err);
}

/* To its last word, also after an error: it still has to tell the dock. */
static int hear(struct enroll_client *c, int64_t deadline, struct ut_err *err)
{
	static struct ut_msg msg;
	struct ut_err later;
	int ret = 0;

	while (!ret && c->stage != OVER) {
		ret = next(c, deadline, &msg, err);
		if (ret)
			return ret;
		ret = on_message(c, &msg, err);
	}
	/* Nothing that it says now counts any more. */
	while (c->stage != OVER && !next(c, deadline, &msg, &later))
		;
	return ret;
}

/* --- what came of it --- */

static int refused(const struct enroll_client *c, struct ut_err *err)
{
	static const char *const hints[] = {
		[UT_REFUSAL_REQUEST] = "compare the versions on both sides",
		[UT_REFUSAL_NAME] = "choose a name of letters, digits, '-', '.' and '_': --name NAME",
		[UT_REFUSAL_PATTERN] = "choose a name that fits what --name says there: --name NAME",
		[UT_REFUSAL_TAKEN] = "choose another name: --name NAME; or revoke the old certificate there, or start there with --force",
		[UT_REFUSAL_ROLE] = "give the same --role on both sides",
		[UT_REFUSAL_CA] = "see what it says there",
		[UT_REFUSAL_NOT_APPROVED] = "choose another name: --name NAME; or answer the question that is asked there; or start there with --name and this name",
	};
	int ret = ut_err_set(err, UT_EXIT_REFUSED, EACCES,
			     "%s refuses to enrol \"%s\": %s", c->params->host,
			     c->params->name, ut_refusal_text(c->refusal));

	ut_err_hint(err, "%s", hints[c->refusal]);
	return ret;
}

static int wrong_key(const char *host, struct ut_err *err)
{
	int ret = ut_err_set(err, UT_EXIT_REFUSED, EKEYREJECTED,
			     "%s does not know this code", host);

	ut_err_hint(err, "type the code that it shows now; a code is good for one enrolment and a few minutes. If it is right, somebody else answers in its place");
	return ret;
}

static int failed(const struct enroll_client *c, struct ut_err *err)
{
	const struct ut_tls_outcome *o = &c->outcome;
	const char *host = c->params->host;
	char text[256];
	int ret;

	switch (o->reason) {
	case UT_TLS_WRONG_KEY:
		return wrong_key(host, err);
	case UT_TLS_TIMEOUT:
		return ut_err_set(err, UT_EXIT_TIMEOUT, ETIMEDOUT,
				  "%s did not answer in time", host);
	case UT_TLS_CLOSED:
	case UT_TLS_IO:
		ret = ut_err_set(err, UT_EXIT_UNREACHABLE, ECONNRESET,
				 "%s has closed the connection", host);
		ut_err_hint(err, "the code may be void or in use; start \"usbip-tls enroll\" there again");
		return ret;
	default:
		ut_tls_outcome_text(o, text, sizeof(text));
		ret = ut_err_set(err, UT_EXIT_PROTOCOL, EPROTO,
				 "the enrolment at %s failed: %s", host, text);
		ut_err_hint(err, "check that host and port are those of \"usbip-tls enroll\", and compare the versions");
		return ret;
	}
}

static int judge(const struct enroll_client *c, struct ut_err *err)
{
	char text[256];

	if (c->refusal)
		return refused(c, err);
	if (!c->installed)
		return failed(c, err);
	/* The certificate counts, whether the dock has heard of it or not. */
	if (c->outcome.reason != UT_TLS_OK) {
		ut_tls_outcome_text(&c->outcome, text, sizeof(text));
		ut_log_warn("%s may not know that all went well: %s",
			    c->params->host, text);
	}
	return 0;
}

static int start(struct enroll_client *c, int peer, int64_t deadline)
{
	static struct ut_msg msg;

	ut_msg_init(&msg, UT_MSG_START);
	msg.start.kind = UT_START_ENROLL_CLIENT;
	msg.start.deadline = deadline;
	msg.start.role = c->params->role;
	snprintf(msg.start.expect, sizeof(msg.start.expect), "%s",
		 c->params->name);
	msg.start.csr = c->csr;
	return ut_worker_start(&c->worker, peer, NULL, &c->sandbox, &msg);
}

static int talk(struct enroll_client *c, int peer, struct ut_err *err)
{
	int64_t deadline = ut_clock_ms() + CONNECT_MS;
	int ret = start(c, peer, deadline);

	if (ret)
		return ut_err_errno(err, UT_EXIT_FAILURE, ret,
				    "cannot start a worker");
	ret = hear(c, deadline + UT_ENROLL_APPROVAL_MS + UT_ENROLL_DELIVERY_MS +
		   UT_WORKER_GRACE_MS, err);
	ut_worker_end(&c->worker, NULL);
	return ret ? ret : judge(c, err);
}

static int reach(const struct enroll_client *c, struct ut_err *err)
{
	int fd = ut_connect(c->params->host, c->params->port, &c->sandbox,
			    ut_clock_ms() + CONNECT_MS, err);

	if (fd == -ECONNREFUSED)
		ut_err_hint(err, "start \"usbip-tls enroll\" on the other machine first; it shows the code");
	return fd;
}

static int with_sandbox(struct enroll_client *c, struct ut_err *err)
{
	int peer, ret;

	ret = ut_code_key(c->params->code, c->psk);
	if (ret)
		return ut_err_errno(err, UT_EXIT_FAILURE, ret,
				    "cannot make a key of the code");
	peer = reach(c, err);
	if (peer < 0)
		return peer;
	c->key = ut_new_key_make(c->params->tls, c->params->role,
				 c->params->name, &c->csr, err);
	ret = c->key < 0 ? c->key : talk(c, peer, err);
	if (c->key >= 0)
		close(c->key);
	close(peer);
	return ret;
}

int ut_enroll(const struct ut_enroll_client_params *params,
	      char dock[UT_PKI_NAME_SIZE], struct ut_err *err)
{
	struct enroll_client c = { .params = params, .key = -1 };
	int ret;

	ret = params->force ? 0 : ut_install_refuse(params->tls, err);
	if (!ret)
		ret = ut_sandbox_prepare(&c.sandbox, err);
	if (ret)
		return ret;
	ret = with_sandbox(&c, err);
	if (!ret)
		memcpy(dock, c.dock, sizeof(c.dock));
	explicit_bzero(c.psk, sizeof(c.psk));
	ut_blob_free(&c.bundle);
	ut_sandbox_close(&c.sandbox);
	return ret;
}
