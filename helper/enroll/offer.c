// SPDX-License-Identifier: GPL-2.0
/* The side with the CA: waits for one machine that knows the code. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/net.h"
#include "base/log.h"
#include "base/task.h"
#include "enroll/internal.h"

/* Whoever is there has his turn in receive(). */
static int on_listener(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	return 0;
}

/*
 * Lets in who has come, after everybody else had his turn, as he may push out one who
 * is here. One of each listener, for the same reason. When to come again.
 */
static int64_t receive(struct ut_reception *r)
{
	int64_t now = ut_clock_ms();
	struct sockaddr_storage addr;
	unsigned int i;
	bool open;
	int peer;

	/* One that has told of somebody is off by now. */
	for (i = 0; i < r->n_listen; i++) {
		if (sd_event_source_get_enabled(r->listener[i], NULL) ||
		    !ut_door_open(&r->door, now))
			continue;
		peer = ut_door_accept(&r->door, r->listen[i], &addr);
		if (peer >= 0)
			ut_visitor_new(r, peer, &addr);
	}
	open = ut_door_open(&r->door, now);
	for (i = 0; i < r->n_listen; i++)
		sd_event_source_set_enabled(r->listener[i], open ?
					    SD_EVENT_ONESHOT : SD_EVENT_OFF);
	return open ? INT64_MAX : r->door.shut_until;
}

static int open_listeners(struct ut_reception *r, struct ut_err *err)
{
	const char *const all[] = { "::", "0.0.0.0" };
	const char *const one[] = { r->offer->listen };
	const char *const *address = r->offer->listen ? one : all;
	unsigned int i, n = r->offer->listen ? 1 : 2;
	int fd = 0, ret;

	for (i = 0; i < n; i++) {
		fd = ut_listen_open(address[i], r->offer->port, err);
		/* A machine may have no IPv6 at all. */
		if (fd == -EAFNOSUPPORT && n > 1)
			continue;
		if (fd < 0)
			return fd;
		r->listen[r->n_listen] = fd;
		ret = sd_event_add_io(r->loop, &r->listener[r->n_listen++], fd,
				      EPOLLIN, on_listener, r);
		if (ret < 0)
			return ut_err_errno(err, UT_EXIT_FAILURE, ret,
					    "cannot wait for connections");
	}
	return r->n_listen ? 0 : fd;
}

static void close_listeners(struct ut_reception *r)
{
	while (r->n_listen) {
		sd_event_source_disable_unref(r->listener[--r->n_listen]);
		close(r->listen[r->n_listen]);
	}
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

static int on_stop(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct ut_reception *r = arg;

	return sd_event_exit(r->loop, ut_err_set(r->err, UT_EXIT_FAILURE, EINTR,
		r->granted ? "stopped before %s has confirmed its certificate" :
			     "stopped; the code is void", r->made.name));
}

static int64_t due(void *arg)
{
	struct ut_reception *r = arg;
	int64_t now = ut_clock_ms(), next;
	size_t i;

	/* From the last to the first: who goes is replaced by the last. */
	for (i = r->n; i-- > 0; )
		if (r->visitor[i].deadline <= now)
			ut_visitor_free(r, &r->visitor[i]);
	ut_visitor_claims(r);
	if (r->granted)
		dismiss_others(r);
	if (r->granted ? r->over : void_code(r))
		sd_event_exit(r->loop, r->granted ? 0 : give_up(r, r->err));
	next = receive(r);
	/* Once nobody new may come, the end is the last visitor's. */
	if (r->n_listen)
		next = ut_sooner(next, r->end);
	for (i = 0; i < r->n; i++)
		next = ut_sooner(next, r->visitor[i].deadline);
	return next;
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
		ret = ut_task_wait(take_back, r, NULL, 0, -1, UT_CA_PROCESS,
				   err);
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
	sd_event_source *stop = NULL;
	int ret = 0;

	if (r->offer->stop >= 0)
		ret = sd_event_add_io(r->loop, &stop, r->offer->stop, EPOLLIN,
				      on_stop, r);
	/* What else ends with it, as a worker by the same Ctrl-C, is no news then. */
	if (stop)
		sd_event_source_set_priority(stop, SD_EVENT_PRIORITY_IMPORTANT);
	if (r->offer->event)
		r->offer->event(&event, r->offer->arg);
	if (ret >= 0)
		ret = ut_loop_run(r->loop, due, r);
	sd_event_source_disable_unref(stop);
	if (ret && !r->err->msg[0])
		ut_err_errno(err, UT_EXIT_FAILURE, ret,
			     "cannot wait for connections");
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
	sd_event_unref(r->loop);
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
	ut_err_clear(err);
	r->err = err;
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
	if (!ret && sd_event_new(&r->loop) < 0)
		ret = ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				   "cannot wait for an enrolment");
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
