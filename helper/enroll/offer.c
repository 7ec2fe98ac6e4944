// SPDX-License-Identifier: GPL-2.0
/* The side with the CA: waits for one machine that knows the code. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/net.h"
#include "base/log.h"
#include "base/task.h"
#include "enroll/internal.h"

#define MAX_POLL (1 + 2 + UT_VISITORS_MAX)

static int open_listeners(struct ut_reception *r, struct ut_err *err)
{
	const char *const all[] = { "::", "0.0.0.0" };
	const char *const one[] = { r->offer->listen };
	const char *const *address = r->offer->listen ? one : all;
	unsigned int i, n = r->offer->listen ? 1 : 2;
	int fd = 0;

	for (i = 0; i < n; i++) {
		fd = ut_listen_open(address[i], r->offer->port, err);
		/* A machine may have no IPv6 at all. */
		if (fd == -EAFNOSUPPORT && n > 1)
			continue;
		if (fd < 0)
			return fd;
		r->listen[r->n_listen++] = fd;
	}
	return r->n_listen ? 0 : fd;
}

static void close_listeners(struct ut_reception *r)
{
	while (r->n_listen)
		close(r->listen[--r->n_listen]);
}

static void accept_visitor(struct ut_reception *r, int fd)
{
	struct sockaddr_storage addr;
	int peer;

	/* One for each turn: those who are here already get theirs, too. */
	peer = ut_door_accept(&r->door, fd, &addr);
	if (peer >= 0)
		ut_visitor_new(r, peer, &addr);
}

static size_t fill(struct ut_reception *r, struct pollfd *p)
{
	bool open = ut_door_open(&r->door, ut_clock_ms());
	const struct ut_visitor *v;
	size_t n = 0, i;

	p[n++] = (struct pollfd){ .fd = r->offer->stop, .events = POLLIN };
	for (i = 0; i < r->n; i++) {
		v = &r->visitor[i];
		p[n++] = (struct pollfd){
			.fd = v->state == UT_VISITOR_SILENT ? v->peer :
							      v->worker.fd,
			.events = POLLIN,
		};
	}
	for (i = 0; i < r->n_listen; i++)
		p[n++] = (struct pollfd){ .fd = open ? r->listen[i] : -1,
					  .events = POLLIN };
	return n;
}

static int timeout(const struct ut_reception *r)
{
	/* Once nobody new may come, the end is the last visitor's. */
	int64_t next = r->n_listen ? r->end : INT64_MAX;
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->visitor[i].deadline < next)
			next = r->visitor[i].deadline;
	if (r->door.shut_until && r->door.shut_until < next)
		next = r->door.shut_until;
	return ut_clock_left(next);
}

/* From the last to the first: who goes is replaced by the last. */
static void serve_visitors(struct ut_reception *r, const struct pollfd *p,
			   size_t n)
{
	int64_t now = ut_clock_ms();
	size_t i;

	for (i = n; i-- > 0; )
		if (p[i].revents)
			ut_visitor_ready(r, &r->visitor[i]);
	for (i = r->n; i-- > 0; )
		if (r->visitor[i].deadline <= now)
			ut_visitor_free(r, &r->visitor[i]);
}

/* The code is used up: everybody else has to go, whatever he is doing. */
static void dismiss_others(struct ut_reception *r)
{
	size_t i;

	close_listeners(r);
	for (i = r->n; i-- > 0; ) {
		if (r->visitor[i].state == UT_VISITOR_GRANTED)
			continue;
		/* Whatever he was about to prove does not matter any more. */
		r->visitor[i].state = UT_VISITOR_GONE;
		ut_visitor_free(r, &r->visitor[i]);
	}
}

/*
 * Without tries or time nobody new may come, but whoever has shown the right code
 * by then may go on, or is told what was wrong, to the end of his own deadline.
 */
static bool void_code(struct ut_reception *r)
{
	size_t i;

	if (r->tries && ut_clock_ms() < r->end)
		return false;
	close_listeners(r);
	for (i = 0; i < r->n; i++)
		if (r->visitor[i].state >= UT_VISITOR_BOUND &&
		    r->visitor[i].state <= UT_VISITOR_TURNED_DOWN)
			return false;
	return true;
}

static int give_up(const struct ut_reception *r, struct ut_err *err)
{
	int ret;

	if (!r->tries) {
		ret = ut_err_set(err, UT_EXIT_REFUSED, EACCES,
				 "the code is void: it was tried in vain %u times",
				 r->offer->tries);
		ut_err_hint(err, "start again for a new code; wrong codes that nobody has typed come from somebody else in the network");
		return ret;
	}
	ret = ut_err_set(err, UT_EXIT_TIMEOUT, ETIMEDOUT,
			 "the code is void: nobody has enrolled within %u seconds",
			 r->offer->lifetime);
	ut_err_hint(err, "start again for a new code; check that the other machine reaches port %u",
		    r->offer->port);
	return ret;
}

/* One turn of the loop. 1: go on. */
static int turn(struct ut_reception *r, struct ut_err *err)
{
	struct pollfd p[MAX_POLL];
	size_t n = fill(r, p), here = r->n, i;
	int ret;

	ret = poll(p, n, timeout(r));
	if (ret < 0 && errno != EINTR)
		return ut_err_errno(err, UT_EXIT_FAILURE, errno,
				    "cannot wait for connections");
	if (ret < 0)
		return 1;
	if (p[0].revents)
		return ut_err_set(err, UT_EXIT_FAILURE, EINTR,
				  r->granted ? "stopped before %s has confirmed its certificate" :
				  "stopped; the code is void", r->made.name);
	serve_visitors(r, p + 1, here);
	ut_visitor_claims(r);
	if (r->granted) {
		dismiss_others(r);
		return r->over ? 0 : 1;
	}
	if (void_code(r))
		return give_up(r, err);
	for (i = 0; i < r->n_listen; i++)
		if (p[1 + here + i].revents)
			accept_visitor(r, r->listen[i]);
	return 1;
}

/* In a process of its own, as issue() in visitor.c. */
static int take_back(const void *arg, void *out, struct ut_err *err)
{
	const struct ut_reception *r = arg;

	return ut_pki_revoke(&r->offer->store, r->made.serial, NULL, err);
}

static int conclude(struct ut_reception *r, struct ut_err *err)
{
	int ret;

	if (r->confirmed > 0)
		return 0;
	if (!r->confirmed) {
		ret = ut_task_wait(take_back, r, NULL, 0, -1, UT_CA_PROCESS, err);
		if (ret)
			return ret;
		ret = ut_err_set(err, UT_EXIT_FAILURE, ECANCELED,
				 "%s did not take its certificate, which is revoked now",
				 r->made.name);
		ut_err_hint(err, "the other machine says why; start again for a new code");
		return ret;
	}
	ret = ut_err_set(err, UT_EXIT_FAILURE, ECONNABORTED,
			 "%s was given its certificate, but did not confirm it",
			 r->made.name);
	ut_err_hint(err, "if the other machine says that it has enrolled, all is well; if not: usbip-tls pki revoke %s, and start again",
		    r->made.name);
	return ret;
}

static int run(struct ut_reception *r, struct ut_err *err)
{
	const struct ut_enroll_event event = {
		.type = UT_ENROLL_LISTENING, .left = r->tries,
	};
	int ret;

	if (r->offer->event)
		r->offer->event(&event, r->offer->arg);
	do {
		ret = turn(r, err);
	} while (ret > 0);
	return ret ? ret : conclude(r, err);
}

static void end(struct ut_reception *r)
{
	close_listeners(r);
	while (r->n) {
		r->visitor[r->n - 1].state = UT_VISITOR_GONE;
		ut_visitor_free(r, &r->visitor[r->n - 1]);
	}
	ut_blob_free(&r->bundle);
	ut_sandbox_close(&r->sandbox);
	explicit_bzero(r->key, sizeof(r->key));
	free(r);
}

int ut_enroll_offer(const struct ut_enroll_offer *offer,
		    struct ut_pki_cert *made, struct ut_err *err)
{
	struct ut_reception *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot wait for an enrolment");
	r->offer = offer;
	r->sandbox.dir = -1;
	r->tries = offer->tries;
	ut_door_init(&r->door, UT_VISITORS_RATE);
	r->confirmed = -1;
	r->end = ut_clock_ms() + offer->lifetime * 1000LL;
	ret = ut_code_key(offer->code, r->key);
	if (ret)
		ret = ut_err_errno(err, UT_EXIT_FAILURE, ret,
				   "cannot make a key of the code");
	if (!ret)
		ret = ut_sandbox_prepare(&r->sandbox, err);
	if (!ret)
		ret = open_listeners(r, err);
	if (!ret)
		ret = run(r, err);
	if (!ret)
		*made = r->made;
	end(r);
	return ret;
}
