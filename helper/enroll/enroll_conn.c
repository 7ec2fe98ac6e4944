// SPDX-License-Identifier: GPL-2.0
/* One connection to who shows the code: its worker, and what that may ask. */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/task.h"
#include "enroll/enroll_server.h"
#include "nl/nl.h"

static void tell(struct ut_enroll_server *srv, enum ut_enroll_event_type type,
		 const struct ut_enroll_conn *c, const char *name,
		 const char *why)
{
	const struct ut_enroll_event event = {
		.type = type, .peer = c->text, .name = name, .why = why,
		.left = srv->tries,
	};

	if (srv->params->event)
		srv->params->event(&event, srv->params->arg);
}

static void use_up_try(struct ut_enroll_server *srv)
{
	if (srv->tries)
		srv->tries--;
}

/* --- coming and going --- */

static enum ut_caps_stage stage(const struct ut_enroll_conn *c)
{
	if (c->state == UT_ENROLL_CONN_SILENT)
		return UT_CAPS_SILENT;
	return c->state < UT_ENROLL_CONN_PROVEN ? UT_CAPS_HANDSHAKE :
					      UT_CAPS_AUTHENTICATED;
}

/*
 * The oldest stranger, of the address that has most, makes room for a newcomer:
 * whoever keeps connections open keeps nobody else out.
 */
static bool make_room(struct ut_enroll_server *srv,
		      const struct sockaddr_storage *addr)
{
	struct ut_caps_entry e[UT_ENROLL_CONNS_MAX];
	const struct ut_caps_key key = ut_caps_key(addr);
	size_t i;
	int go;

	for (i = 0; i < srv->n; i++) {
		e[i].key = ut_caps_key(&srv->conn[i].addr);
		e[i].stage = stage(&srv->conn[i]);
		e[i].since = srv->conn[i].since;
	}
	go = ut_caps_admit(e, srv->n, &key, UT_ENROLL_CONNS_MAX,
			   UT_ENROLL_CONNS_PER_ADDRESS);
	if (go >= 0)
		ut_enroll_conn_free(srv, &srv->conn[go]);
	return go != UT_CAPS_REFUSE;
}

void ut_enroll_conn_new(struct ut_enroll_server *srv, int fd,
			const struct sockaddr_storage *addr)
{
	struct ut_enroll_conn *c;

	if (!make_room(srv, addr)) {
		close(fd);
		return;
	}
	c = &srv->conn[srv->n];
	memset(c, 0, sizeof(*c));
	if (sd_event_add_io(srv->loop, &c->io, fd, EPOLLIN,
			    ut_enroll_conn_ready, srv) < 0) {
		close(fd);
		return;
	}
	srv->n++;
	c->peer = fd;
	c->worker.fd = -1;
	c->addr = *addr;
	ut_addr_text(addr, c->text, sizeof(c->text));
	c->since = ut_clock_ms();
	c->deadline = c->since + (srv->params->patience ?
					  srv->params->patience :
					  UT_ENROLL_CONN_MS);
}

void ut_enroll_conn_free(struct ut_enroll_server *srv, struct ut_enroll_conn *c)
{
	ut_stranger_end(&c->worker, c->text);
	/* The key was checked, or could have been: that is a try. */
	if (c->state == UT_ENROLL_CONN_CLAIMING) {
		use_up_try(srv);
		tell(srv, UT_ENROLL_WRONG_CODE, c, "", NULL);
	}
	if (c->state == UT_ENROLL_CONN_GRANTED)
		srv->over = true;
	sd_event_source_disable_unref(c->io);
	close(c->peer);
	*c = srv->conn[--srv->n];
}

static void start(struct ut_enroll_server *srv, struct ut_enroll_conn *c)
{
	static struct ut_msg msg;
	int ret;

	ut_msg_init(&msg, UT_MSG_START);
	msg.start.kind = UT_START_ENROLL_SERVER;
	msg.start.deadline = c->deadline;
	c->io = sd_event_source_disable_unref(c->io);
	ret = ut_worker_start(&c->worker, c->peer, NULL, &srv->sandbox, &msg);
	if (!ret)
		ret = ut_program_watch(&c->worker, srv->loop,
				       ut_enroll_conn_ready, srv);
	if (ret) {
		ut_door_no_worker(&srv->door, c->text, ret);
		ut_enroll_conn_free(srv, c);
		return;
	}
	c->state = UT_ENROLL_CONN_HELLO;
	c->deadline += UT_STRANGER_GRACE_MS;
}

/* --- what a worker asks; true: the connection is over --- */

static bool answer(const struct ut_enroll_conn *c, const struct ut_msg *msg)
{
	return ut_stranger_told(c->text, ut_msg_send(c->worker.fd, msg));
}

/*
 * One at a time, so that there are never more wrong codes than tries, however
 * many come at once. A worker needs a moment for it and nothing from its peer.
 */
static struct ut_enroll_conn *next_claim(struct ut_enroll_server *srv)
{
	struct ut_enroll_conn *next = NULL;
	size_t i;

	for (i = 0; i < srv->n; i++) {
		if (srv->conn[i].state == UT_ENROLL_CONN_CLAIMING)
			return NULL;
		if (srv->conn[i].state == UT_ENROLL_CONN_WAITING &&
		    (!next || srv->conn[i].since < next->since))
			next = &srv->conn[i];
	}
	return next;
}

static void answer_claim(struct ut_enroll_server *srv,
			 struct ut_enroll_conn *next)
{
	struct ut_msg msg;
	bool gone;

	ut_msg_init(&msg, UT_MSG_DENIED);
	if (srv->tries && !srv->granted && ut_clock_ms() < srv->end) {
		msg.type = UT_MSG_PSK;
		memcpy(msg.psk, srv->key, sizeof(msg.psk));
	}
	next->state = msg.type == UT_MSG_PSK ? UT_ENROLL_CONN_CLAIMING :
					       UT_ENROLL_CONN_DENIED;
	gone = answer(next, &msg);
	explicit_bzero(&msg, sizeof(msg));
	if (!gone)
		return;
	/* Nobody has had the key. */
	next->state = UT_ENROLL_CONN_DENIED;
	ut_enroll_conn_free(srv, next);
}

void ut_enroll_conn_claims(struct ut_enroll_server *srv)
{
	struct ut_enroll_conn *next;

	for (next = next_claim(srv); next; next = next_claim(srv))
		answer_claim(srv, next);
}

static void turn_down(struct ut_enroll_server *srv,
		      const struct ut_enroll_conn *c, const char *name,
		      enum ut_enroll_refusal why, const char *text)
{
	use_up_try(srv);
	tell(srv, UT_ENROLL_TURNED_DOWN, c, name,
	     text ? text : ut_refusal_text(why));
}

struct wanted {
	const struct ut_pki_store *store;
	const struct ut_pki_issue *req;
	const struct ut_pki_point *point;
};

/*
 * With the CA's key, so in a process of its own that starts no worker: this one, which
 * waits for newcomers, never has a key.
 */
static int issue(const void *arg, void *out, struct ut_err *err)
{
	const struct wanted *w = arg;

	return ut_pki_issue_point(w->store, w->req, w->point, out, err);
}

static int certify(struct ut_enroll_server *srv, const struct ut_pki_issue *req,
		   const struct ut_pki_point *point, struct ut_pki_bundle *out,
		   struct ut_err *err)
{
	const struct wanted w = { &srv->params->store, req, point };
	static struct ut_pki_issued issued;
	int ret;

	/* First, so that nothing is issued that cannot be handed over. */
	ret = ut_pki_public(w.store, out, err);
	if (!ret)
		ret = ut_task_wait(issue, &w, &issued, sizeof(issued), -1,
				   UT_CA_PROCESS, err);
	if (!ret)
		ret = ut_pki_take(&out->cert, &issued, err);
	if (ret)
		ut_pki_bundle_free(out);
	else
		srv->made = issued.cert;
	return ret;
}

/* 0, or why not; *err if it is the CA's fault, *why if the name needs approval. */
static enum ut_enroll_refusal grant(struct ut_enroll_server *srv,
				    const struct ut_enroll_conn *c,
				    const struct ut_enroll_request *req,
				    struct ut_pki_bundle *out,
				    char why[UT_APPROVAL_WHY_SIZE],
				    struct ut_err *err)
{
	const struct ut_enroll_server_params *p = srv->params;
	struct ut_pki_issue wanted = {
		.role = p->role, .name = req->name, .force = p->force,
	};
	enum ut_enroll_refusal refusal;
	int ret;

	if (req->role != p->role)
		return UT_REFUSAL_ROLE;
	if (p->pattern && fnmatch(p->pattern, req->name, 0))
		return UT_REFUSAL_PATTERN;
	refusal = ut_approve(p, c->text, req->name, why, err);
	if (refusal)
		return refusal;
	if (p->role == UT_PKI_DOCK) {
		memcpy(wanted.address, p->address, sizeof(wanted.address));
		wanted.n_address = p->n_address;
	}
	ret = certify(srv, &wanted, &req->point, out, err);
	if (ret == -EEXIST)
		return UT_REFUSAL_TAKEN;
	return ret ? UT_REFUSAL_CA : 0;
}

static bool on_request(struct ut_enroll_server *srv, struct ut_enroll_conn *c,
		       const struct ut_enroll_request *req)
{
	struct ut_pki_bundle bundle = { 0 };
	enum ut_enroll_refusal refusal;
	static struct ut_msg reply;
	char why[UT_APPROVAL_WHY_SIZE];
	struct ut_err err;
	int ret;

	/* Two may know the code; it is good for one. */
	if (srv->granted)
		return true;
	ut_err_clear(&err);
	refusal = grant(srv, c, req, &bundle, why, &err);
	/* A person may have taken his time. */
	c->deadline = ut_clock_ms() + UT_ENROLL_DELIVERY_MS +
		      UT_STRANGER_GRACE_MS;
	if (refusal) {
		turn_down(srv, c, req->name, refusal,
			  refusal == UT_REFUSAL_CA ? err.msg :
			  refusal == UT_REFUSAL_NOT_APPROVED ? why : NULL);
		ut_msg_init(&reply, UT_MSG_REFUSED)->value = refusal;
		return answer(c, &reply);
	}
	srv->granted = true;
	c->state = UT_ENROLL_CONN_GRANTED;
	ret = ut_frame_bundle(&srv->bundle.buf, &bundle, srv->params->dock);
	ut_pki_bundle_free(&bundle);
	return ret || answer(c, ut_msg_init(&reply, UT_MSG_GRANTED));
}

static bool on_next(struct ut_enroll_server *srv, struct ut_enroll_conn *c)
{
	static struct ut_msg reply;

	if (!ut_blob_next(&srv->bundle, ut_msg_init(&reply, UT_MSG_BUNDLE)))
		return ut_stranger_misbehaves(c->text, "asked for more than there is");
	return answer(c, &reply);
}

static bool on_confirmed(struct ut_enroll_server *srv,
			 const struct ut_enroll_conn *c, bool installed)
{
	if (srv->confirmed >= 0)
		return ut_stranger_misbehaves(c->text, "has confirmed twice");
	srv->confirmed = installed;
	return false;
}

static bool on_outcome(const struct ut_enroll_conn *c,
		       const struct ut_tls_outcome *o)
{
	char text[256];

	ut_tls_outcome_text(o, text, sizeof(text));
	if (o->reason != UT_TLS_OK)
		ut_log_debug("%s: %s: %s", c->text,
			     ut_tls_reason_name(o->reason), text);
	return true;
}

/* WAITING goes on with the key, see ut_enroll_conn_claims(). */
static const struct ut_turn turns[] = {
	{ UT_IN(UT_ENROLL_CONN_HELLO), UT_MSG_CLAIM, UT_ENROLL_CONN_WAITING },
	{ UT_IN(UT_ENROLL_CONN_CLAIMING), UT_MSG_BOUND, UT_ENROLL_CONN_BOUND },
	{ UT_IN(UT_ENROLL_CONN_BOUND), UT_MSG_PROVEN, UT_ENROLL_CONN_PROVEN },
	{ UT_IN(UT_ENROLL_CONN_PROVEN), UT_MSG_REFUSED,
	  UT_ENROLL_CONN_TURNED_DOWN },
	/* GRANTED if all is well. */
	{ UT_IN(UT_ENROLL_CONN_PROVEN), UT_MSG_REQUEST,
	  UT_ENROLL_CONN_TURNED_DOWN },
	{ UT_IN(UT_ENROLL_CONN_GRANTED), UT_MSG_NEXT, UT_SAME },
	{ UT_IN(UT_ENROLL_CONN_GRANTED), UT_MSG_CONFIRMED, UT_SAME },
	{ ~UT_IN(UT_ENROLL_CONN_SILENT), UT_MSG_OUTCOME, UT_SAME },
	{ 0 },
};

static bool on_message(struct ut_enroll_server *srv, struct ut_enroll_conn *c)
{
	static struct ut_msg msg;
	int ret = ut_worker_read(&c->worker, turns, c->state, &msg);

	if (ret < 0)
		return ut_stranger_mute(&c->worker, c->text, ret, msg.type,
					c->state);
	c->state = (enum ut_enroll_conn_state)ret;
	switch (msg.type) {
	case UT_MSG_CLAIM:
		c->since = ut_clock_ms();
		return false;
	case UT_MSG_REQUEST:
		return on_request(srv, c, &msg.request);
	case UT_MSG_REFUSED:
		turn_down(srv, c, "", (enum ut_enroll_refusal)msg.value, NULL);
		return false;
	case UT_MSG_NEXT:
		return on_next(srv, c);
	case UT_MSG_CONFIRMED:
		return on_confirmed(srv, c, msg.value);
	case UT_MSG_OUTCOME:
		return on_outcome(c, &msg.outcome);
	default:
		/* BOUND, PROVEN: the state says it all. */
		return false;
	}
}

int ut_enroll_conn_ready(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct ut_enroll_server *srv = arg;
	struct ut_enroll_conn *c = srv->conn;

	/* They move when others go. */
	while (c < srv->conn + srv->n && c->io != s && c->worker.io != s)
		c++;
	if (c == srv->conn + srv->n)
		return 0;
	if (c->state == UT_ENROLL_CONN_SILENT)
		start(srv, c);
	else if (on_message(srv, c))
		ut_enroll_conn_free(srv, c);
	return 0;
}
