// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to a dock: see client.h. This process connects, its worker talks;
 * the socket is the same one, so no descriptor has to come back.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "tablet/client.h"
#include "tablet/status.h"
#include "tls/ktls.h"
#include "tls/sign_text.h"
#include "worker/connect.h"
#include "worker/parent.h"

/* The worker knows the deadline too; it gets the time to say what it saw. */
#define GRACE_MS 2500

/**
 * struct request - one request on its way
 * @creds: for it
 * @deadline: ut_clock_ms()
 * @expect: name that the dock's certificate must have
 * @busid: device to import; NULL: list
 * @authenticated: the handshake is done
 * @asked: what the worker wants signed, as far as it has said
 * @signatures: how many it has had
 * @peer: name of the dock
 * @devs: list: the devices so far
 * @n_devs: how many
 * @promised: how many there will be
 * @counted: @promised is known
 * @fetch: a certificate or the list
 * @csr: for a certificate
 * @blob: what has come of it so far
 * @imported: import: done, @dev is the device
 * @status: answer of the dock, UT_OP_ST_OK if it did not refuse
 * @over: the worker has said its last
 * @outcome: how it went
 */
struct request {
	struct ut_creds *creds;
	int64_t deadline;
	char expect[UT_TLS_NAME_SIZE];
	const char *busid;
	bool authenticated;
	struct ut_blob asked;
	unsigned int signatures;
	char peer[UT_TLS_NAME_SIZE];
	char serial[UT_TLS_SERIAL_SIZE];
	struct ut_op_device *devs;
	size_t n_devs;
	size_t promised;
	bool counted;
	bool fetch;
	const struct ut_csr *csr;
	struct ut_blob blob;
	bool imported;
	struct ut_op_device dev;
	uint32_t status;
	bool over;
	struct ut_tls_outcome outcome;
};

static int on_sign(struct request *r, int fd, const struct ut_msg *msg)
{
	static struct ut_msg reply;
	int ret;

	if (r->authenticated || r->signatures)
		return -EBADMSG;
	ret = ut_blob_add(&r->asked, msg, UT_SIGN_TEXT_MAX);
	if (ret <= 0)
		return ret;
	r->signatures++;
	ut_signer_sign(&r->creds->signer, &r->asked, &reply);
	ut_blob_free(&r->asked);
	return ut_msg_send(fd, &reply);
}

static int on_count(struct request *r, uint32_t count)
{
	if (!r->authenticated || r->busid || r->fetch || r->counted)
		return -EBADMSG;
	r->devs = calloc(count ? count : 1, sizeof(*r->devs));
	if (!r->devs)
		return -ENOMEM;
	r->counted = true;
	r->promised = count;
	return 0;
}

static int on_device(struct request *r, const struct ut_op_device *dev)
{
	if (!r->counted || r->n_devs == r->promised)
		return -EBADMSG;
	r->devs[r->n_devs++] = *dev;
	return 0;
}

static int on_blob(struct request *r, const struct ut_msg *msg)
{
	int ret;

	if (!r->authenticated || !r->fetch)
		return -EBADMSG;
	ret = ut_blob_add(&r->blob, msg, UT_PKI_CRL_MAX);
	return ret < 0 ? ret : 0;
}

static int on_message(struct request *r, int fd, const struct ut_msg *msg)
{
	switch (msg->type) {
	case UT_MSG_SIGN:
		return on_sign(r, fd, msg);
	case UT_MSG_AUTH:
		if (r->authenticated || r->asked.buf.data || !msg->auth.name[0])
			return -EBADMSG;
		r->authenticated = true;
		memcpy(r->peer, msg->auth.name, sizeof(r->peer));
		memcpy(r->serial, msg->auth.serial, sizeof(r->serial));
		return 0;
	case UT_MSG_COUNT:
		return on_count(r, msg->value);
	case UT_MSG_DEVICE:
		return on_device(r, &msg->device);
	case UT_MSG_BLOB:
		return on_blob(r, msg);
	case UT_MSG_IMPORTED:
		if (!r->authenticated || !r->busid || r->imported ||
		    strcmp(r->busid, msg->device.busid))
			return -EBADMSG;
		r->imported = true;
		r->dev = msg->device;
		return 0;
	case UT_MSG_STATUS:
		if (!r->authenticated || r->imported || r->counted ||
		    r->blob.buf.data)
			return -EBADMSG;
		r->status = msg->value;
		return 0;
	case UT_MSG_OUTCOME:
		r->outcome = msg->outcome;
		r->over = true;
		return 0;
	default:
		return -EBADMSG;
	}
}

/* Hears the worker out. 0: it has said how it went. */
static int hear(struct request *r, int fd, int64_t deadline)
{
	static struct ut_msg msg;
	int ret = 0;

	while (!ret && !r->over) {
		ret = ut_msg_wait(fd, &msg, ut_clock_left(deadline));
		if (!ret)
			ret = on_message(r, fd, &msg);
	}
	return ret;
}

/* What came of it, once the worker is gone. */
static int judge(const struct request *r, const struct ut_client_target *target,
		 struct ut_err *err)
{
	bool done = r->busid ? r->imported :
		    r->fetch ? ut_blob_whole(&r->blob) :
			       r->counted && r->n_devs == r->promised;

	if (r->outcome.reason != UT_TLS_OK)
		return ut_tls_outcome_err(&r->outcome, target->host,
					  r->expect, &r->creds->own,
					  time(NULL), err);
	if (r->status != UT_OP_ST_OK)
		return ut_status_err(r->status, target->host, r->busid, err);
	return done ? 0 : ut_worker_err(-EPROTO, 0, err);
}

static int start(const struct request *r, const struct ut_client_target *target,
		 const struct ut_sandbox *sandbox, int peer,
		 struct ut_child *worker)
{
	static struct ut_msg msg;
	struct ut_start *s = &ut_msg_init(&msg, UT_MSG_START)->start;

	s->kind = UT_START_TABLET;
	s->op = r->busid ? UT_START_IMPORT :
		r->fetch ? UT_START_FETCH : UT_START_LIST;
	s->flags = UT_START_EXPECT |
		   (target->replace ? UT_START_REPLACE : 0);
	s->deadline = r->deadline;
	memcpy(s->expect, r->expect, sizeof(s->expect));
	if (r->busid && strlen(r->busid) >= sizeof(s->busid))
		return -ENAMETOOLONG;
	if (r->busid)
		strcpy(s->busid, r->busid);
	if (r->csr)
		s->csr = *r->csr;
	return ut_worker_start(worker, peer, r->creds, sandbox, &msg);
}

static int talk(struct request *r, const struct ut_client_target *target,
		const struct ut_sandbox *sandbox, int peer, struct ut_err *err)
{
	struct ut_child worker;
	int ret, sig;

	ret = start(r, target, sandbox, peer, &worker);
	if (ret)
		return ut_err_errno(err, UT_EXIT_FAILURE, ret,
				    "cannot start a worker");
	ret = hear(r, worker.fd, r->deadline + GRACE_MS);
	sig = ut_worker_end(&worker, NULL);
	ut_blob_free(&r->asked);
	if (ret)
		return ut_worker_err(ret, sig, err);
	return judge(r, target, err);
}

/* The name without the scope of an IPv6 address, which no certificate has. */
static void expected(const struct ut_client_target *target, char *name,
		     size_t size)
{
	const char *s = target->expect;

	if (!s)
		s = ut_config_expected_name(target->config, target->host);
	snprintf(name, size, "%s", s);
	if (strchr(name, ':'))
		name[strcspn(name, "%")] = '\0';
}

static int with_creds(struct request *r, const struct ut_client_target *target,
		      const struct ut_sandbox *sandbox, int *fd,
		      struct ut_err *err)
{
	unsigned int seconds = target->timeout ? target->timeout :
			       target->config->tablet.connect_timeout;
	int ret, peer;

	expected(target, r->expect, sizeof(r->expect));
	ret = ut_creds_load(&r->creds, UT_TLS_TABLET, &target->config->tls,
			    sandbox, err);
	if (ret)
		return ret;
	r->deadline = ut_clock_ms() + seconds * 1000LL;
	peer = ut_connect(target->host, target->port ? target->port :
			  UT_DEFAULT_PORT, sandbox, r->deadline, err);
	ret = peer < 0 ? peer : talk(r, target, sandbox, peer, err);
	ut_creds_put(r->creds);
	if (ret && peer >= 0)
		close(peer);
	*fd = peer;
	return ret;
}

static int run(struct request *r, const struct ut_client_target *target,
	       int *fd, struct ut_err *err)
{
	struct ut_sandbox sandbox;
	int ret = ut_sandbox_prepare(&sandbox, err);

	if (ret)
		return ret;
	ret = with_creds(r, target, &sandbox, fd, err);
	ut_sandbox_close(&sandbox);
	return ret;
}

int ut_client_list(const struct ut_client_target *target,
		   struct ut_op_device **devs, size_t *n, struct ut_err *err)
{
	struct request r = { .busid = NULL };
	int fd, ret;

	ret = run(&r, target, &fd, err);
	if (ret) {
		free(r.devs);
		return ret;
	}
	close(fd);
	*devs = r.devs;
	*n = r.n_devs;
	return 0;
}

int ut_client_import(const struct ut_client_target *target, const char *busid,
		     struct ut_import *out, struct ut_err *err)
{
	struct request r = { .busid = busid };
	int ret;

	ret = ut_ktls_need(err);
	if (!ret)
		ret = run(&r, target, &out->fd, err);
	if (ret)
		return ret;
	out->dev = r.dev;
	memcpy(out->peer, r.peer, sizeof(out->peer));
	memcpy(out->serial, r.serial, sizeof(out->serial));
	return 0;
}

int ut_client_fetch(const struct ut_client_target *target,
		    const struct ut_csr *csr, struct ut_buf *der,
		    struct ut_err *err)
{
	struct request r = { .fetch = true, .csr = csr };
	int fd, ret;

	ret = run(&r, target, &fd, err);
	if (ret) {
		ut_blob_free(&r.blob);
		return ret;
	}
	close(fd);
	*der = r.blob.buf;
	return 0;
}
