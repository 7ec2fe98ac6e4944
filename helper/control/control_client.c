// SPDX-License-Identifier: GPL-2.0
/* The command's end of the control socket: see control_client.h. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/control_client.h"

/* For a whole reply, and what has come behind it. */
#define ROOM		(UT_CONTROL_MAX_REPLY + 16384)
/* Replies of the daemon are deeper than requests. */
#define REPLY_DEPTH	16

int ut_control_connect(struct ut_control_conn *c, const char *role,
		       struct ut_err *err)
{
	struct sockaddr_un address;
	int ret = ut_control_address(role, &address);

	memset(c, 0, sizeof(*c));
	c->role = role;
	c->buf = malloc(ROOM);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!ret && !c->buf)
		ret = -ENOMEM;
	if (!ret && (c->fd < 0 ||
		     connect(c->fd, (struct sockaddr *)&address,
			     sizeof(address))))
		ret = -errno;
	if (!ret)
		return 0;
	ut_control_hang_up(c);
	if (ret == -ENOENT || ret == -ECONNREFUSED) {
		ret = ut_err_set(err, UT_EXIT_NOT_FOUND, ENOENT,
				 "usbip-tlsd does not run here");
		ut_err_hint(err, "start it: systemctl start usbip-tls-dock or usbip-tls-tablet");
		return ret;
	}
	ut_err_errno(err, ut_exit_of_errno(ret), ret, "cannot ask usbip-tlsd at %s",
		     address.sun_path);
	if (ret == -EACCES)
		ut_err_hint(err, "run it as root");
	return ret;
}

void ut_control_hang_up(struct ut_control_conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->buf);
	c->buf = NULL;
}

/* --- lines --- */

static int wait_for(const struct ut_control_conn *c, int64_t deadline,
		    struct ut_err *err)
{
	struct pollfd p = { c->fd, POLLIN, 0 };
	int n;

	do {
		n = poll(&p, 1, deadline == INT64_MAX ? -1 :
				ut_clock_left(deadline));
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		return 0;
	return ut_err_set(err, UT_EXIT_TIMEOUT, n ? errno : ETIMEDOUT,
			  "usbip-tlsd (%s) does not answer", c->role);
}

static int receive(struct ut_control_conn *c, int64_t deadline,
		   struct ut_err *err)
{
	int ret = wait_for(c, deadline, err);
	ssize_t n;

	if (ret)
		return ret;
	if (c->len == ROOM)
		return ut_err_set(err, UT_EXIT_PROTOCOL, EPROTO,
				  "the answer of usbip-tlsd is too long");
	n = recv(c->fd, c->buf + c->len, ROOM - c->len, 0);
	if (n < 0 && errno == EINTR)
		return 0;
	if (n <= 0)
		return ut_err_set(err, UT_EXIT_NOT_FOUND, EPIPE,
				  "usbip-tlsd (%s) has ended", c->role);
	c->len += (size_t)n;
	return 0;
}

int ut_control_read(struct ut_control_conn *c, int64_t deadline,
		    struct json_object **line, struct ut_err *err)
{
	char *end;
	int ret;

	while (!(end = memchr(c->buf, '\n', c->len))) {
		ret = receive(c, deadline, err);
		if (ret)
			return ret;
	}
	*line = ut_json_parse(c->buf, (size_t)(end - c->buf), REPLY_DEPTH);
	c->len -= (size_t)(end + 1 - c->buf);
	memmove(c->buf, end + 1, c->len);
	if (*line && ut_json_number(*line, "schema") == UT_JSON_SCHEMA)
		return 0;
	json_object_put(*line);
	*line = NULL;
	ret = ut_err_set(err, UT_EXIT_PROTOCOL, EPROTO,
			 "the answer of usbip-tlsd (%s) is not understood",
			 c->role);
	ut_err_hint(err, "are usbip-tls and usbip-tlsd of the same version? Restart the daemon");
	return ret;
}

/* --- questions --- */

static int refused(struct json_object *reply, struct ut_err *err)
{
	uint64_t code = ut_json_number(reply, "code");
	int ret;

	if (!code || code > UT_EXIT_PROTOCOL)
		code = UT_EXIT_FAILURE;
	ret = ut_err_set(err, (enum ut_exit)code, EREMOTEIO, "%s",
			 ut_json_text(reply, "error"));
	if (ut_json_text(reply, "hint")[0])
		ut_err_hint(err, "%s", ut_json_text(reply, "hint"));
	return ret;
}

int ut_control_ask(struct ut_control_conn *c, enum ut_control_request request,
		   int64_t deadline, struct json_object **reply,
		   struct ut_err *err)
{
	char line[80];
	int ret, len;

	len = snprintf(line, sizeof(line), "{\"schema\":%d,\"request\":\"%s\"}\n",
		       UT_JSON_SCHEMA, ut_control_request_name(request));
	/* A daemon that turned us away may have closed, but its reply can be read. */
	if (send(c->fd, line, (size_t)len, MSG_NOSIGNAL) != len &&
	    errno != EPIPE)
		return ut_err_errno(err, UT_EXIT_FAILURE, errno,
				    "cannot ask usbip-tlsd (%s)", c->role);
	ret = ut_control_read(c, deadline, reply, err);
	if (ret || ut_json_true(*reply, "ok"))
		return ret;
	ret = refused(*reply, err);
	json_object_put(*reply);
	*reply = NULL;
	return ret;
}

static int ask_one(const char *role, enum ut_control_request request,
		   int64_t deadline, ut_control_reply on_reply, void *arg,
		   struct ut_err *err)
{
	struct ut_control_conn c;
	struct json_object *reply;
	int ret = ut_control_connect(&c, role, err);

	if (ret)
		return ret;
	ret = ut_control_ask(&c, request, deadline, &reply, err);
	if (!ret) {
		if (on_reply)
			on_reply(arg, role, reply);
		json_object_put(reply);
	}
	ut_control_hang_up(&c);
	return ret;
}

int ut_control_ask_all(enum ut_control_request request, int64_t deadline,
		       ut_control_reply on_reply, void *arg, size_t *n,
		       struct ut_err *err)
{
	struct ut_err one;
	int i, ret, first = 0;

	*n = 0;
	for (i = 0; ut_control_roles[i]; i++) {
		ret = ask_one(ut_control_roles[i], request, deadline, on_reply,
			      arg, &one);
		if (ret == -ENOENT)
			continue;
		(*n)++;
		if (ret && !first) {
			first = ret;
			if (err)
				*err = one;
		}
	}
	/* The last word is that there is none. */
	if (!*n && err)
		*err = one;
	return first;
}
