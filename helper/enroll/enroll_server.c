// SPDX-License-Identifier: GPL-2.0
/* The side with the CA: waits for one machine that knows the code. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/net.h"
#include "base/task.h"
#include "enroll/enroll_server.h"

/* Whoever is there has his turn in receive(). */
static int on_listener(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	return 0;
}

/*
 * Lets in who has come, after everybody else had his turn, as he may push out one who
 * is here. One of each listener, for the same reason. When to come again.
 */
static int64_t receive(struct ut_enroll_server *srv)
{
	int64_t now = ut_clock_ms();
	struct sockaddr_storage addr;
	unsigned int i;
	bool open;
	int peer;

	/* One that has told of somebody is off by now. */
	for (i = 0; i < srv->n_listen; i++) {
		if (sd_event_source_get_enabled(srv->listener[i], NULL) ||
		    !ut_door_open(&srv->door, now))
			continue;
		peer = ut_door_accept(&srv->door, srv->listen[i], &addr);
		if (peer >= 0)
			ut_enroll_conn_new(srv, peer, &addr);
	}
	open = ut_door_open(&srv->door, now);
	for (i = 0; i < srv->n_listen; i++)
		sd_event_source_set_enabled(srv->listener[i], open ?
					    SD_EVENT_ONESHOT : SD_EVENT_OFF);
	return open ? INT64_MAX : srv->door.shut_until;
}

static int open_listeners(struct ut_enroll_server *srv, struct ut_err *err)
{
	const char *const all[] = { "::", "0.0.0.0" };
	const char *const one[] = { srv->params->listen };
	const char *const *address = srv->params->listen ? one : all;
	unsigned int i, n = srv->params->listen ? 1 : 2;
	int fd = 0, ret;

	for (i = 0; i < n; i++) {
		fd = ut_listen_open(address[i], srv->params->port, err);
		/* A machine may have no IPv6 at all. */
		if (fd == -EAFNOSUPPORT && n > 1)
			continue;
		if (fd < 0)
			return fd;
		srv->listen[srv->n_listen] = fd;
		ret = sd_event_add_io(srv->loop,
				      &srv->listener[srv->n_listen++], fd,
				      EPOLLIN, on_listener, srv);
		if (ret < 0)
			return ut_err_errno(err, UT_EXIT_FAILURE, ret,
					    "cannot wait for connections");
	}
	return srv->n_listen ? 0 : fd;
}

static void close_listeners(struct ut_enroll_server *srv)
{
	while (srv->n_listen) {
		sd_event_source_disable_unref(srv->listener[--srv->n_listen]);
		close(srv->listen[srv->n_listen]);
	}
}

/* The code is used up: everybody else has to go, whatever he is doing. */
static void dismiss_others(struct ut_enroll_server *srv)
{
	size_t i;

	close_listeners(srv);
	for (i = srv->n; i-- > 0; ) {
		if (srv->conn[i].state == UT_ENROLL_CONN_GRANTED)
			continue;
		/* Whatever he was about to prove does not matter any more. */
		srv->conn[i].state = UT_ENROLL_CONN_GONE;
		ut_enroll_conn_free(srv, &srv->conn[i]);
	}
}

/*
 * Without tries or time nobody new may come, but whoever has shown the right code
 * by then may go on, or is told what was wrong, to the end of his own deadline.
 */
static bool void_code(struct ut_enroll_server *srv)
{
	size_t i;

	if (srv->tries && ut_clock_ms() < srv->end)
		return false;
	close_listeners(srv);
	for (i = 0; i < srv->n; i++)
		if (srv->conn[i].state >= UT_ENROLL_CONN_BOUND &&
		    srv->conn[i].state <= UT_ENROLL_CONN_TURNED_DOWN)
			return false;
	return true;
}

static int give_up(const struct ut_enroll_server *srv, struct ut_err *err)
{
	int ret;

	if (!srv->tries) {
		ret = ut_err_set(err, UT_EXIT_REFUSED, EACCES,
				 "the code is void: it was tried in vain %u times",
				 srv->params->tries);
		ut_err_hint(err, "start again for a new code; wrong codes that nobody has typed come from somebody else in the network");
		return ret;
	}
	ret = ut_err_set(err, UT_EXIT_TIMEOUT, ETIMEDOUT,
			 "the code is void: nobody has enrolled within %u seconds",
			 srv->params->lifetime);
	ut_err_hint(err, "start again for a new code; check that the other machine reaches port %u",
		    srv->params->port);
	return ret;
}

static int on_stop(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct ut_enroll_server *srv = arg;

	return sd_event_exit(srv->loop, ut_err_set(srv->err, UT_EXIT_FAILURE,
		EINTR, srv->granted ?
		"stopped before %s has confirmed its certificate" :
		"stopped; the code is void", srv->made.name));
}

static int64_t due(void *arg)
{
	struct ut_enroll_server *srv = arg;
	int64_t now = ut_clock_ms(), next;
	size_t i;

	/* From the last to the first: who goes is replaced by the last. */
	for (i = srv->n; i-- > 0; )
		if (srv->conn[i].deadline <= now)
			ut_enroll_conn_free(srv, &srv->conn[i]);
	ut_enroll_conn_claims(srv);
	if (srv->granted)
		dismiss_others(srv);
	if (srv->granted ? srv->over : void_code(srv))
		sd_event_exit(srv->loop,
			      srv->granted ? 0 : give_up(srv, srv->err));
	next = receive(srv);
	/* Once nobody new may come, the end is that of the last connection. */
	if (srv->n_listen)
		next = ut_sooner(next, srv->end);
	for (i = 0; i < srv->n; i++)
		next = ut_sooner(next, srv->conn[i].deadline);
	return next;
}

/* In a process of its own, as issue() in enroll_conn.c. */
static int take_back(const void *arg, void *out, struct ut_err *err)
{
	const struct ut_enroll_server *srv = arg;

	return ut_pki_revoke(&srv->params->store, srv->made.serial, NULL, err);
}

static int conclude(struct ut_enroll_server *srv, struct ut_err *err)
{
	int ret;

	if (srv->confirmed > 0)
		return 0;
	if (!srv->confirmed) {
		ret = ut_task_wait(take_back, srv, NULL, 0, -1, UT_CA_PROCESS,
				   err);
		if (ret)
			return ret;
		ret = ut_err_set(err, UT_EXIT_FAILURE, ECANCELED,
				 "%s did not take its certificate, which is revoked now",
				 srv->made.name);
		ut_err_hint(err, "the other machine says why; start again for a new code");
		return ret;
	}
	ret = ut_err_set(err, UT_EXIT_FAILURE, ECONNABORTED,
			 "%s was given its certificate, but did not confirm it",
			 srv->made.name);
	ut_err_hint(err, "if the other machine says that it has enrolled, all is well; if not: usbip-tls pki revoke %s, and start again",
		    srv->made.name);
	return ret;
}

static int run(struct ut_enroll_server *srv, struct ut_err *err)
{
	const struct ut_enroll_event event = {
		.type = UT_ENROLL_LISTENING, .left = srv->tries,
	};
	sd_event_source *stop = NULL;
	int ret = 0;

	if (srv->params->stop >= 0)
		ret = sd_event_add_io(srv->loop, &stop, srv->params->stop,
				      EPOLLIN, on_stop, srv);
	/* What else ends with it, as a worker by the same Ctrl-C, is no news then. */
	if (stop)
		sd_event_source_set_priority(stop, SD_EVENT_PRIORITY_IMPORTANT);
	if (srv->params->event)
		srv->params->event(&event, srv->params->arg);
	if (ret >= 0)
		ret = ut_loop_run(srv->loop, due, srv);
	sd_event_source_disable_unref(stop);
	if (ret && !srv->err->msg[0])
		ut_err_errno(err, UT_EXIT_FAILURE, ret,
			     "cannot wait for connections");
	return ret ? ret : conclude(srv, err);
}

static void end(struct ut_enroll_server *srv)
{
	close_listeners(srv);
	while (srv->n) {
		srv->conn[srv->n - 1].state = UT_ENROLL_CONN_GONE;
		ut_enroll_conn_free(srv, &srv->conn[srv->n - 1]);
	}
	ut_blob_free(&srv->bundle);
	ut_sandbox_close(&srv->sandbox);
	sd_event_unref(srv->loop);
	explicit_bzero(srv->key, sizeof(srv->key));
	free(srv);
}

int ut_enroll_serve(const struct ut_enroll_server_params *params,
		    struct ut_pki_cert *made, struct ut_err *err)
{
	struct ut_enroll_server *srv = calloc(1, sizeof(*srv));
	int ret;

	if (!srv)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot wait for an enrolment");
	ut_err_clear(err);
	srv->err = err;
	srv->params = params;
	srv->sandbox.dir = -1;
	srv->tries = params->tries;
	ut_door_init(&srv->door, UT_ENROLL_CONNS_RATE);
	srv->confirmed = -1;
	srv->end = ut_clock_ms() + params->lifetime * 1000LL;
	ret = ut_code_key(params->code, srv->key);
	if (ret)
		ret = ut_err_errno(err, UT_EXIT_FAILURE, ret,
				   "cannot make a key of the code");
	if (!ret && sd_event_new(&srv->loop) < 0)
		ret = ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				   "cannot wait for an enrolment");
	if (!ret)
		ret = ut_sandbox_prepare(&srv->sandbox, err);
	if (!ret)
		ret = open_listeners(srv, err);
	if (!ret)
		ret = run(srv, err);
	if (!ret)
		*made = srv->made;
	end(srv);
	return ret;
}
