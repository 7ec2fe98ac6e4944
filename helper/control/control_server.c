// SPDX-License-Identifier: GPL-2.0
/* The daemon's end of the control socket: see control_server.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cage/capabilities.h"
#include "control/control_internal.h"

#define BACKLOG		8
#define DIR_MODE	0750
#define SOCKET_MODE	0660
/* Accepted in one turn, so that nobody keeps the daemon from its work. */
#define MAX_ACCEPTS	8

struct ut_control {
	sd_event *loop;
	sd_event_source *io;
	int fd;
	struct sockaddr_un address;
	ut_control_answer answer;
	void *arg;
	struct ut_peer *peers[UT_CONTROL_MAX_CLIENTS];
	size_t n;
};

/* --- the socket --- */

/* Does somebody answer there? */
static bool alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool yes;

	if (fd < 0)
		return false;
	yes = !connect(fd, (const struct sockaddr *)address,
		       sizeof(*address)) || errno == EAGAIN;
	close(fd);
	return yes;
}

static int listen_at(struct ut_control *c)
{
	const struct sockaddr *address = (const struct sockaddr *)&c->address;

	if (mkdir(ut_control_dir(), DIR_MODE) && errno != EEXIST)
		return -errno;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return -errno;
	if (alive(&c->address))
		return -EADDRINUSE;
	if (unlink(c->address.sun_path) && errno != ENOENT)
		return -errno;
	/* The peer's credentials decide; the mode is only one more barrier. */
	if (bind(c->fd, address, sizeof(c->address)) ||
	    chmod(c->address.sun_path, SOCKET_MODE) ||
	    listen(c->fd, BACKLOG))
		return -errno;
	return 0;
}

static int on_listener(sd_event_source *s, int fd, uint32_t events, void *arg);

int ut_control_open(struct ut_control **control, sd_event *loop,
		    const char *role, ut_control_answer answer, void *arg,
		    struct ut_err *err)
{
	struct ut_control *c = calloc(1, sizeof(*c));
	int ret = c ? ut_control_address(role, &c->address) : -ENOMEM;

	if (c)
		c->fd = -1;
	if (!ret)
		ret = listen_at(c);
	if (!ret)
		ret = sd_event_add_io(loop, &c->io, c->fd, EPOLLIN, on_listener,
				      c);
	if (ret >= 0) {
		c->loop = loop;
		c->answer = answer;
		c->arg = arg;
		*control = c;
		return 0;
	}
	if (ret == -EADDRINUSE)
		ut_err_set(err, UT_EXIT_BUSY, ret,
			   "another usbip-tlsd answers at %s",
			   c->address.sun_path);
	else
		ut_err_errno(err, ut_exit_of_errno(ret), ret,
			     "cannot listen at %s",
			     c ? c->address.sun_path : role);
	if (c && c->fd >= 0) {
		/* Another daemon's socket stays. */
		if (ret != -EADDRINUSE)
			unlink(c->address.sun_path);
		close(c->fd);
	}
	free(c);
	return ret;
}

void ut_control_close(struct ut_control *c)
{
	if (!c)
		return;
	while (c->n)
		ut_peer_free(c->peers[--c->n]);
	unlink(c->address.sun_path);
	sd_event_source_disable_unref(c->io);
	close(c->fd);
	free(c);
}

/* --- requests --- */

/* 0 or -EPROTO, with *err. */
static int parse(const char *line, size_t len, enum ut_control_request *request,
		 struct ut_err *err)
{
	struct json_object *o = ut_json_parse(line, len, UT_CONTROL_DEPTH);
	const char *name;
	int i, ret = 0;

	if (!o)
		return ut_err_set(err, UT_EXIT_PROTOCOL, EPROTO,
				  "a request is one JSON object in a line");
	name = ut_json_text(o, "request");
	for (i = 0; i < UT_CONTROL_REQUESTS; i++)
		if (!strcmp(name, ut_control_request_name(i)))
			break;
	*request = i;
	if (ut_json_number(o, "schema") != UT_JSON_SCHEMA)
		ret = ut_err_set(err, UT_EXIT_PROTOCOL, EPROTO,
				 "requests have \"schema\": %d", UT_JSON_SCHEMA);
	else if (i == UT_CONTROL_REQUESTS)
		ret = ut_err_set(err, UT_EXIT_PROTOCOL, EPROTO,
				 "there is no request \"%.40s\"", name);
	json_object_put(o);
	return ret;
}

static int ask(struct ut_control *c, struct ut_peer *p,
	       enum ut_control_request request, struct ut_err *err)
{
	struct json_object *reply = ut_json_new();
	int ret;

	ut_json_bool(reply, "ok", true);
	ret = c->answer(c->arg, request, reply, err);
	if (!ret) {
		ret = ut_peer_say(p, reply, UT_CONTROL_MAX_REPLY);
		if (ret)
			ut_err_errno(err, UT_EXIT_FAILURE, ret,
				     "the answer is too long");
	}
	json_object_put(reply);
	return ret;
}

static void on_line(struct ut_control *c, struct ut_peer *p, size_t len)
{
	enum ut_control_request request = UT_CONTROL_REQUESTS;
	struct ut_err err;

	ut_err_clear(&err);
	if (parse(p->in, len - 1, &request, &err) ||
	    ask(c, p, request, &err)) {
		ut_peer_refuse(p, &err);
		return;
	}
	if (request == UT_CONTROL_WATCH) {
		p->watching = true;
		p->deadline = INT64_MAX;
	}
}

static void on_input(struct ut_control *c, struct ut_peer *p)
{
	size_t len;

	/* One at a time: the next is read when this one has its answer. */
	while (!p->out && !p->over && !p->closing && ut_peer_line(p, &len)) {
		if (p->watching) {
			/* It has nothing to ask any more. */
			p->over = true;
			return;
		}
		on_line(c, p, len);
		ut_peer_eat(p, len);
		ut_peer_flush(p);
	}
	ut_peer_flush(p);
}

/* --- clients --- */

/*
 * A daemon that has privileges has workers and resolvers of its user and without them:
 * one that somebody has taken over must not command it.
 */
static bool may_ask(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
	       len == sizeof(cred) &&
	       (!cred.uid || (cred.uid == geteuid() && !ut_capabilities_any()));
}

/* Told why, if that can be done at once, and gone. */
static void turn_away(int fd, enum ut_exit code, const char *text)
{
	struct ut_peer *p = ut_peer_new(fd);
	struct ut_err err;

	if (!p) {
		close(fd);
		return;
	}
	ut_err_set(&err, code, EACCES, "%s", text);
	if (code == UT_EXIT_PERMISSION)
		ut_err_hint(&err, "run it as root");
	ut_peer_refuse(p, &err);
	ut_peer_flush(p);
	ut_peer_free(p);
}

static int on_client(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct ut_peer *p = arg;

	/* A line that came with the one before has waited until its answer is out. */
	ut_peer_flush(p);
	on_input(p->control, p);
	if (p->over)
		p->io = sd_event_source_disable_unref(p->io);
	return 0;
}

static bool take(struct ut_control *c, int fd)
{
	struct ut_peer *p = ut_peer_new(fd);

	if (!p)
		return false;
	p->control = c;
	if (sd_event_add_io(c->loop, &p->io, fd, EPOLLIN, on_client, p) < 0) {
		free(p);
		return false;
	}
	c->peers[c->n++] = p;
	return true;
}

static void accept_all(struct ut_control *c)
{
	int i, fd;

	for (i = 0; i < MAX_ACCEPTS; i++) {
		fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		if (!may_ask(fd)) {
			turn_away(fd, UT_EXIT_PERMISSION,
				  "only root may ask the daemon");
			continue;
		}
		if (c->n == UT_CONTROL_MAX_CLIENTS || !take(c, fd))
			turn_away(fd, UT_EXIT_BUSY,
				  "too many ask the daemon at the same time");
	}
}

int64_t ut_control_due(struct ut_control *c)
{
	int64_t now = ut_clock_ms(), next = INT64_MAX;
	size_t i, n = 0;

	for (i = 0; c && i < c->n; i++) {
		struct ut_peer *p = c->peers[i];

		if (p->over || p->deadline <= now) {
			ut_peer_free(p);
			continue;
		}
		c->peers[n++] = p;
		next = ut_sooner(next, p->deadline);
	}
	if (c)
		c->n = n;
	return next;
}

static int on_listener(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	/* Clients that are gone make room first. */
	ut_control_due(arg);
	accept_all(arg);
	return 0;
}

/* --- events --- */

bool ut_control_watched(const struct ut_control *c)
{
	size_t i;

	for (i = 0; c && i < c->n; i++)
		if (c->peers[i]->watching && !c->peers[i]->over)
			return true;
	return false;
}

void ut_control_event(struct ut_control *c, struct json_object *event)
{
	static struct ut_ratelimit slow;
	struct timespec now;
	size_t i;

	clock_gettime(CLOCK_REALTIME, &now);
	ut_json_uint(event, "time_ms", (uint64_t)now.tv_sec * 1000 +
		     (uint64_t)now.tv_nsec / 1000000);
	for (i = 0; c && i < c->n; i++) {
		struct ut_peer *p = c->peers[i];

		if (!p->watching || p->over)
			continue;
		if (ut_peer_say(p, event, UT_CONTROL_MAX_BACKLOG)) {
			p->over = true;
			if (ut_ratelimit(&slow, 5))
				ut_log_notice("one who watches does not read, and was dropped");
			continue;
		}
		ut_peer_flush(p);
	}
	json_object_put(event);
}
