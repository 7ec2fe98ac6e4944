// SPDX-License-Identifier: GPL-2.0
/* The side that enrols: connects, hears its worker out, installs the files. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "enroll/enroll.h"
#include "enroll/install.h"
#include "enroll/msg.h"
#include "enroll/new_key.h"
#include "worker/connect.h"
#include "worker/spawn.h"

/* To reach the dock, and then for handshake and request. */
#define CONNECT_MS	10000
/* The worker knows its deadlines too; it gets the time to say what it saw. */
#define GRACE_MS	2500

/**
 * struct stay - one enrolment on its way
 * @wish: what is wished for
 * @worker: who talks
 * @sandbox: its cage
 * @csr: the request for our new key
 * @key: where that is, see new_key.h
 * @psk: the key of the code; the worker is told it once
 * @claimed: it was
 * @parts: what has come so far
 * @refusal: why the dock has refused; 0: it has not
 * @installed: the files are in their places
 * @over: the worker has said its last
 * @outcome: how it went
 */
struct stay {
	const struct ut_enroll_wish *wish;
	struct ut_child worker;
	struct ut_sandbox sandbox;
	struct ut_csr csr;
	int key;
	uint8_t psk[UT_TLS_PSK_SIZE];
	bool claimed;
	struct ut_parts parts;
	enum ut_enroll_refusal refusal;
	bool installed;
	bool over;
	struct ut_tls_outcome outcome;
};

static int install(struct stay *s, struct ut_err *err)
{
	const struct ut_pki_bundle der = {
		.cert = s->parts.buf[UT_PART_CERT],
		.ca = s->parts.buf[UT_PART_CA],
		.crl = s->parts.buf[UT_PART_CRL],
	};

	return ut_new_key_install(s->key, s->wish->tls, &der, s->wish->force,
				  err);
}

static int nonsense(struct ut_err *err)
{
	return ut_err_set(err, UT_EXIT_FAILURE, EBADMSG,
			  "the worker does not keep to its protocol");
}

static int on_claim(struct stay *s, struct ut_err *err)
{
	struct ut_enroll_msg reply;
	int ret;

	if (s->claimed)
		return nonsense(err);
	s->claimed = true;
	memset(&reply, 0, sizeof(reply));
	reply.type = UT_ENROLL_KEY;
	memcpy(reply.key, s->psk, sizeof(reply.key));
	ret = ut_enroll_msg_send(s->worker.fd, &reply);
	explicit_bzero(&reply, sizeof(reply));
	return ret ? ut_err_errno(err, UT_EXIT_FAILURE, ret,
				  "the worker failed") : 0;
}

/* All is there: the dock hears what became of it. */
static int on_last_part(struct stay *s, struct ut_err *err)
{
	static struct ut_enroll_msg reply;
	int ret, sent;

	if (!ut_parts_dock_ok(&s->parts))
		return nonsense(err);
	ret = install(s, err);
	s->installed = !ret;
	memset(&reply, 0, sizeof(reply));
	reply.type = UT_ENROLL_CONFIRMED;
	reply.confirmed = s->installed;
	sent = ut_enroll_msg_send(s->worker.fd, &reply);
	if (sent)
		ut_log_debug("the worker is gone: %s", strerror(-sent));
	return ret;
}

static int on_part(struct stay *s, const struct ut_part *part,
		   struct ut_err *err)
{
	int ret = ut_parts_add(&s->parts, part);

	if (ret < 0)
		return ut_err_errno(err, UT_EXIT_FAILURE, ret,
				    "the worker hands over nonsense");
	return ret ? on_last_part(s, err) : 0;
}

static int on_message(struct stay *s, struct ut_enroll_msg *msg,
		      struct ut_err *err)
{
	switch (msg->type) {
	case UT_ENROLL_CLAIM:
		return on_claim(s, err);
	case UT_ENROLL_PART:
		return on_part(s, &msg->part, err);
	case UT_ENROLL_REFUSED:
		s->refusal = (enum ut_enroll_refusal)msg->refusal;
		return 0;
	case UT_ENROLL_ERROR:
		*err = msg->err;
		ut_sanitize(err->msg);
		ut_sanitize(err->hint);
		return -EBADMSG;
	case UT_ENROLL_OUTCOME:
		s->outcome = msg->outcome;
		s->over = true;
		return 0;
	default:
		return nonsense(err);
	}
}

static int worker_gone(struct stay *s, int error, struct ut_err *err)
{
	int sig = ut_worker_end(&s->worker, NULL);

	if (sig)
		return ut_err_set(err, UT_EXIT_FAILURE, EFAULT,
				  sig == SIGSYS ?
				  "the worker made a system call that its sandbox forbids (signal %d); please report this" :
				  "the worker crashed with signal %d", sig);
	return ut_err_errno(err, error == -ETIMEDOUT ? UT_EXIT_TIMEOUT :
			    UT_EXIT_FAILURE, error, "the worker failed");
}

/* To its last word, also after an error: it still has to tell the dock. */
static int hear(struct stay *s, int64_t deadline, struct ut_err *err)
{
	static struct ut_enroll_msg msg;
	struct ut_err later;
	int ret = 0, got;

	while (!s->over) {
		got = ut_enroll_msg_wait(s->worker.fd, &msg, deadline);
		if (got)
			return ret ? ret : worker_gone(s, got, err);
		got = on_message(s, &msg, ret ? &later : err);
		if (got && !ret)
			ret = got;
	}
	return ret;
}

/* --- what came of it --- */

static int refused(const struct stay *s, struct ut_err *err)
{
	static const char *const hints[] = {
		[UT_REFUSAL_REQUEST] = "compare the versions on both sides",
		[UT_REFUSAL_NAME] = "choose a name of letters, digits, '-', '.' and '_': --name NAME",
		[UT_REFUSAL_PATTERN] = "choose a name that fits what --name says there: --name NAME",
		[UT_REFUSAL_TAKEN] = "choose another name: --name NAME; or revoke the old certificate there, or start there with --force",
		[UT_REFUSAL_ROLE] = "give the same --role on both sides",
		[UT_REFUSAL_CA] = "see what it says there",
		[UT_REFUSAL_WORD] = "choose another name: --name NAME; or answer the question that is asked there; or start there with --name and this name",
	};
	int ret = ut_err_set(err, UT_EXIT_REFUSED, EACCES,
			     "%s refuses to enrol \"%s\": %s", s->wish->host,
			     s->wish->name, ut_refusal_text(s->refusal));

	ut_err_hint(err, "%s", hints[s->refusal]);
	return ret;
}

static int wrong_key(const char *host, struct ut_err *err)
{
	int ret = ut_err_set(err, UT_EXIT_REFUSED, EKEYREJECTED,
			     "%s does not know this code", host);

	ut_err_hint(err, "type the code that it shows now; a code is good for one enrolment and a few minutes. If it is right, somebody else answers in its place");
	return ret;
}

static int failed(const struct stay *s, struct ut_err *err)
{
	const struct ut_tls_outcome *o = &s->outcome;
	const char *host = s->wish->host;
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

static int judge(const struct stay *s, struct ut_err *err)
{
	char text[256];

	if (s->refusal)
		return refused(s, err);
	if (!s->installed)
		return failed(s, err);
	/* The certificate counts, whether the dock has heard of it or not. */
	if (s->outcome.reason != UT_TLS_OK) {
		ut_tls_outcome_text(&s->outcome, text, sizeof(text));
		ut_log_warn("%s may not know that all went well: %s",
			    s->wish->host, text);
	}
	return 0;
}

static int start(struct stay *s, int peer, int64_t deadline)
{
	static struct ut_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.start.kind = UT_START_WISH;
	msg.start.deadline = deadline;
	msg.start.role = s->wish->role;
	snprintf(msg.start.expect, sizeof(msg.start.expect), "%s",
		 s->wish->name);
	msg.start.csr = s->csr;
	return ut_worker_start(&s->worker, peer, -1, &s->sandbox, &msg);
}

static int talk(struct stay *s, int peer, struct ut_err *err)
{
	int64_t deadline = ut_clock_ms() + CONNECT_MS;
	int ret = start(s, peer, deadline);

	if (ret)
		return ut_err_errno(err, UT_EXIT_FAILURE, ret,
				    "cannot start a worker");
	ret = hear(s, deadline + UT_ENROLL_WORD_MS + UT_ENROLL_DELIVERY_MS +
		   GRACE_MS, err);
	ut_worker_end(&s->worker, NULL);
	return ret ? ret : judge(s, err);
}

static int reach(const struct stay *s, struct ut_err *err)
{
	int fd = ut_connect(s->wish->host, s->wish->port, &s->sandbox,
			    ut_clock_ms() + CONNECT_MS, err);

	if (fd == -ECONNREFUSED)
		ut_err_hint(err, "start \"usbip-tls enroll\" on the other machine first; it shows the code");
	return fd;
}

static int with_sandbox(struct stay *s, struct ut_err *err)
{
	int peer, ret;

	ret = ut_code_key(s->wish->code, s->psk);
	if (ret)
		return ut_err_errno(err, UT_EXIT_FAILURE, ret,
				    "cannot make a key of the code");
	peer = reach(s, err);
	if (peer < 0)
		return peer;
	s->key = ut_new_key_make(s->wish->tls, s->wish->role, s->wish->name,
				 &s->csr, err);
	ret = s->key < 0 ? s->key : talk(s, peer, err);
	if (s->key >= 0)
		close(s->key);
	close(peer);
	return ret;
}

int ut_enroll(const struct ut_enroll_wish *wish, char dock[UT_PKI_NAME_SIZE],
	      struct ut_err *err)
{
	struct stay s = { .wish = wish, .key = -1 };
	int ret;

	ret = wish->force ? 0 : ut_install_refuse(wish->tls, err);
	if (!ret)
		ret = ut_sandbox_prepare(&s.sandbox, err);
	if (ret)
		return ret;
	ret = with_sandbox(&s, err);
	if (!ret)
		snprintf(dock, UT_PKI_NAME_SIZE, "%s",
			 s.parts.buf[UT_PART_DOCK].data);
	explicit_bzero(s.psk, sizeof(s.psk));
	ut_parts_free(&s.parts);
	ut_sandbox_close(&s.sandbox);
	return ret;
}
