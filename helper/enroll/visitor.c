// SPDX-License-Identifier: GPL-2.0
/* One connection to who shows the code: its worker, and what that may ask. */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/task.h"
#include "enroll/internal.h"
#include "nl/nl.h"

static void tell(struct ut_reception *r, enum ut_enroll_event_type type,
		 const struct ut_visitor *v, const char *name, const char *why)
{
	const struct ut_enroll_event event = {
		.type = type, .peer = v->text, .name = name, .why = why,
		.left = r->tries,
	};

	if (r->offer->event)
		r->offer->event(&event, r->offer->arg);
}

static void use_up_try(struct ut_reception *r)
{
	if (r->tries)
		r->tries--;
}

/* --- coming and going --- */

static enum ut_caps_stage stage(const struct ut_visitor *v)
{
	if (v->state == UT_VISITOR_SILENT)
		return UT_CAPS_SILENT;
	return v->state < UT_VISITOR_PROVEN ? UT_CAPS_HANDSHAKE :
					      UT_CAPS_AUTHENTICATED;
}

/*
 * The oldest stranger, of the address that has most, makes room for a newcomer:
 * whoever keeps connections open keeps nobody else out.
 */
static bool make_room(struct ut_reception *r,
		      const struct sockaddr_storage *addr)
{
	struct ut_caps_entry e[UT_VISITORS_MAX];
	const struct ut_caps_key key = ut_caps_key(addr);
	size_t i;
	int go;

	for (i = 0; i < r->n; i++) {
		e[i].key = ut_caps_key(&r->visitor[i].addr);
		e[i].stage = stage(&r->visitor[i]);
		e[i].since = r->visitor[i].since;
	}
	go = ut_caps_admit(e, r->n, &key, UT_VISITORS_MAX,
			   UT_VISITORS_PER_ADDRESS);
	if (go >= 0)
		ut_visitor_free(r, &r->visitor[go]);
	return go != UT_CAPS_REFUSE;
}

void ut_visitor_new(struct ut_reception *r, int fd,
		    const struct sockaddr_storage *addr)
{
	struct ut_visitor *v;

	if (!make_room(r, addr)) {
		close(fd);
		return;
	}
	v = &r->visitor[r->n];
	memset(v, 0, sizeof(*v));
	if (sd_event_add_io(r->loop, &v->io, fd, EPOLLIN, ut_visitor_ready,
			    r) < 0) {
		close(fd);
		return;
	}
	r->n++;
	v->peer = fd;
	v->worker.fd = -1;
	v->addr = *addr;
	ut_addr_text(addr, v->text, sizeof(v->text));
	v->since = ut_clock_ms();
	v->deadline = v->since + (r->offer->patience ? r->offer->patience :
				  UT_VISITOR_MS);
}

void ut_visitor_free(struct ut_reception *r, struct ut_visitor *v)
{
	ut_stranger_end(&v->worker, v->text);
	/* The key was checked, or could have been: that is a try. */
	if (v->state == UT_VISITOR_CLAIMING) {
		use_up_try(r);
		tell(r, UT_ENROLL_WRONG_CODE, v, "", NULL);
	}
	if (v->state == UT_VISITOR_GRANTED)
		r->over = true;
	sd_event_source_disable_unref(v->io);
	close(v->peer);
	*v = r->visitor[--r->n];
}

static void start(struct ut_reception *r, struct ut_visitor *v)
{
	static struct ut_msg msg;
	int ret;

	ut_msg_init(&msg, UT_MSG_START);
	msg.start.kind = UT_START_OFFER;
	msg.start.deadline = v->deadline;
	v->io = sd_event_source_disable_unref(v->io);
	ret = ut_worker_start(&v->worker, v->peer, NULL, &r->sandbox, &msg);
	if (!ret)
		ret = ut_program_watch(&v->worker, r->loop, ut_visitor_ready,
				       r);
	if (ret) {
		ut_door_no_worker(&r->door, v->text, ret);
		ut_visitor_free(r, v);
		return;
	}
	v->state = UT_VISITOR_HELLO;
	v->deadline += UT_STRANGER_GRACE_MS;
}

/* --- what a worker asks; true: the connection is over --- */

static bool answer(const struct ut_visitor *v, const struct ut_msg *msg)
{
	return ut_stranger_told(v->text, ut_msg_send(v->worker.fd, msg));
}

/*
 * One at a time, so that there are never more wrong codes than tries, however
 * many come at once. A worker needs a moment for it and nothing from its peer.
 */
static struct ut_visitor *next_claim(struct ut_reception *r)
{
	struct ut_visitor *next = NULL;
	size_t i;

	for (i = 0; i < r->n; i++) {
		if (r->visitor[i].state == UT_VISITOR_CLAIMING)
			return NULL;
		if (r->visitor[i].state == UT_VISITOR_WAITING &&
		    (!next || r->visitor[i].since < next->since))
			next = &r->visitor[i];
	}
	return next;
}

static void answer_claim(struct ut_reception *r, struct ut_visitor *next)
{
	struct ut_msg msg;
	bool gone;

	ut_msg_init(&msg, UT_MSG_DENIED);
	if (r->tries && !r->granted && ut_clock_ms() < r->end) {
		msg.type = UT_MSG_PSK;
		memcpy(msg.psk, r->key, sizeof(msg.psk));
	}
	next->state = msg.type == UT_MSG_PSK ? UT_VISITOR_CLAIMING :
					       UT_VISITOR_DENIED;
	gone = answer(next, &msg);
	explicit_bzero(&msg, sizeof(msg));
	if (!gone)
		return;
	/* Nobody has had the key. */
	next->state = UT_VISITOR_DENIED;
	ut_visitor_free(r, next);
}

void ut_visitor_claims(struct ut_reception *r)
{
	struct ut_visitor *next;

	for (next = next_claim(r); next; next = next_claim(r))
		answer_claim(r, next);
}

static void turn_down(struct ut_reception *r, const struct ut_visitor *v,
		      const char *name, enum ut_enroll_refusal why,
		      const char *text)
{
	use_up_try(r);
	tell(r, UT_ENROLL_TURNED_DOWN, v, name,
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

static int certify(struct ut_reception *r, const struct ut_pki_issue *req,
		   const struct ut_pki_point *point, struct ut_pki_bundle *out,
		   struct ut_err *err)
{
	const struct wanted w = { &r->offer->store, req, point };
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
		r->made = issued.cert;
	return ret;
}

/* 0, or why not; *err if it is the CA's fault, *why if the name needs a word. */
static enum ut_enroll_refusal grant(struct ut_reception *r,
				    const struct ut_visitor *v,
				    const struct ut_enroll_request *req,
				    struct ut_pki_bundle *out,
				    char why[UT_WORD_WHY_SIZE],
				    struct ut_err *err)
{
	const struct ut_enroll_offer *o = r->offer;
	struct ut_pki_issue wanted = {
		.role = o->role, .name = req->name, .force = o->force,
	};
	enum ut_enroll_refusal refusal;
	int ret;

	if (req->role != o->role)
		return UT_REFUSAL_ROLE;
	if (o->pattern && fnmatch(o->pattern, req->name, 0))
		return UT_REFUSAL_PATTERN;
	refusal = ut_word_for(o, v->text, req->name, why, err);
	if (refusal)
		return refusal;
	if (o->role == UT_PKI_DOCK) {
		memcpy(wanted.address, o->address, sizeof(wanted.address));
		wanted.n_address = o->n_address;
	}
	ret = certify(r, &wanted, &req->point, out, err);
	if (ret == -EEXIST)
		return UT_REFUSAL_TAKEN;
	return ret ? UT_REFUSAL_CA : 0;
}

static bool on_request(struct ut_reception *r, struct ut_visitor *v,
		       const struct ut_enroll_request *req)
{
	struct ut_pki_bundle bundle = { 0 };
	enum ut_enroll_refusal refusal;
	static struct ut_msg reply;
	char why[UT_WORD_WHY_SIZE];
	struct ut_err err;
	int ret;

	/* Two may know the code; it is good for one. */
	if (r->granted)
		return true;
	ut_err_clear(&err);
	refusal = grant(r, v, req, &bundle, why, &err);
	/* A person may have taken his time. */
	v->deadline = ut_clock_ms() + UT_ENROLL_DELIVERY_MS +
		      UT_STRANGER_GRACE_MS;
	if (refusal) {
		turn_down(r, v, req->name, refusal,
			  refusal == UT_REFUSAL_CA ? err.msg :
			  refusal == UT_REFUSAL_WORD ? why : NULL);
		ut_msg_init(&reply, UT_MSG_REFUSED)->value = refusal;
		return answer(v, &reply);
	}
	r->granted = true;
	v->state = UT_VISITOR_GRANTED;
	ret = ut_frame_bundle(&r->bundle.buf, &bundle, r->offer->dock);
	ut_pki_bundle_free(&bundle);
	return ret || answer(v, ut_msg_init(&reply, UT_MSG_GRANTED));
}

static bool on_next(struct ut_reception *r, struct ut_visitor *v)
{
	static struct ut_msg reply;

	if (!ut_blob_next(&r->bundle, ut_msg_init(&reply, UT_MSG_BUNDLE)))
		return ut_stranger_misbehaves(v->text, "asked for more than there is");
	return answer(v, &reply);
}

static bool on_confirmed(struct ut_reception *r, const struct ut_visitor *v,
			 bool installed)
{
	if (r->confirmed >= 0)
		return ut_stranger_misbehaves(v->text, "has confirmed twice");
	r->confirmed = installed;
	return false;
}

static bool on_outcome(const struct ut_visitor *v,
		       const struct ut_tls_outcome *o)
{
	char text[256];

	ut_tls_outcome_text(o, text, sizeof(text));
	if (o->reason != UT_TLS_OK)
		ut_log_debug("%s: %s: %s", v->text,
			     ut_tls_reason_name(o->reason), text);
	return true;
}

/* WAITING goes on with the key, see ut_visitor_claims(). */
static const struct ut_turn turns[] = {
	{ UT_IN(UT_VISITOR_HELLO), UT_MSG_CLAIM, UT_VISITOR_WAITING },
	{ UT_IN(UT_VISITOR_CLAIMING), UT_MSG_BOUND, UT_VISITOR_BOUND },
	{ UT_IN(UT_VISITOR_BOUND), UT_MSG_PROVEN, UT_VISITOR_PROVEN },
	{ UT_IN(UT_VISITOR_PROVEN), UT_MSG_REFUSED, UT_VISITOR_TURNED_DOWN },
	/* GRANTED if all is well. */
	{ UT_IN(UT_VISITOR_PROVEN), UT_MSG_REQUEST, UT_VISITOR_TURNED_DOWN },
	{ UT_IN(UT_VISITOR_GRANTED), UT_MSG_NEXT, UT_SAME },
	{ UT_IN(UT_VISITOR_GRANTED), UT_MSG_CONFIRMED, UT_SAME },
	{ ~UT_IN(UT_VISITOR_SILENT), UT_MSG_OUTCOME, UT_SAME },
	{ 0 },
};

static bool on_message(struct ut_reception *r, struct ut_visitor *v)
{
	static struct ut_msg msg;
	int ret = ut_worker_read(&v->worker, turns, v->state, &msg);

	if (ret < 0)
		return ut_stranger_mute(&v->worker, v->text, ret, msg.type,
					v->state);
	v->state = (enum ut_visitor_state)ret;
	switch (msg.type) {
	case UT_MSG_CLAIM:
		v->since = ut_clock_ms();
		return false;
	case UT_MSG_REQUEST:
		return on_request(r, v, &msg.request);
	case UT_MSG_REFUSED:
		turn_down(r, v, "", (enum ut_enroll_refusal)msg.value, NULL);
		return false;
	case UT_MSG_NEXT:
		return on_next(r, v);
	case UT_MSG_CONFIRMED:
		return on_confirmed(r, v, msg.value);
	case UT_MSG_OUTCOME:
		return on_outcome(v, &msg.outcome);
	default:
		/* BOUND, PROVEN: the state says it all. */
		return false;
	}
}

int ut_visitor_ready(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct ut_reception *r = arg;
	struct ut_visitor *v = r->visitor;

	/* They move when others go. */
	while (v < r->visitor + r->n && v->io != s && v->worker.io != s)
		v++;
	if (v == r->visitor + r->n)
		return 0;
	if (v->state == UT_VISITOR_SILENT)
		start(r, v);
	else if (on_message(r, v))
		ut_visitor_free(r, v);
	return 0;
}
