// SPDX-License-Identifier: GPL-2.0
/* One client of the control socket: its lines in, its lines out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/control_internal.h"

struct ut_peer *ut_peer_new(int fd)
{
	struct ut_peer *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->fd = fd;
	p->deadline = ut_clock_ms() + UT_CONTROL_SILENCE_MS;
	return p;
}

void ut_peer_free(struct ut_peer *p)
{
	sd_event_source_disable_unref(p->io);
	close(p->fd);
	free(p->out);
	free(p);
}

static void too_long(struct ut_peer *p)
{
	struct ut_err err;

	ut_err_set(&err, UT_EXIT_PROTOCOL, EMSGSIZE,
		   "a request is at most %d bytes long", UT_CONTROL_MAX_LINE);
	ut_peer_refuse(p, &err);
	p->closing = true;
}

int ut_peer_line(struct ut_peer *p, size_t *len)
{
	char *end = memchr(p->in, '\n', p->in_len);
	ssize_t n;

	if (!end) {
		n = recv(p->fd, p->in + p->in_len, sizeof(p->in) - p->in_len,
			 MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n <= 0) {
			p->over = true;
			return 0;
		}
		p->in_len += (size_t)n;
		end = memchr(p->in, '\n', p->in_len);
	}
	if (!end) {
		if (p->in_len == sizeof(p->in))
			too_long(p);
		return 0;
	}
	*len = (size_t)(end - p->in) + 1;
	return 1;
}

void ut_peer_eat(struct ut_peer *p, size_t len)
{
	p->in_len -= len;
	memmove(p->in, p->in + len, p->in_len);
}

int ut_peer_say(struct ut_peer *p, struct json_object *o, size_t max)
{
	const char *text;
	size_t len;
	char *out;

	text = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN |
						 JSON_C_TO_STRING_NOSLASHESCAPE,
						 &len);
	if (!text)
		return -ENOMEM;
	if (len >= max || p->out_len > max - len - 1)
		return -ENOBUFS;
	out = realloc(p->out, p->out_len + len + 1);
	if (!out)
		return -ENOMEM;
	p->out = out;
	memcpy(out + p->out_len, text, len);
	out[p->out_len + len] = '\n';
	p->out_len += len + 1;
	return 0;
}

static void send_some(struct ut_peer *p)
{
	ssize_t n;

	if (!p->out)
		return;
	n = send(p->fd, p->out, p->out_len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		p->over = true;
		return;
	}
	p->out_len -= (size_t)n;
	memmove(p->out, p->out + n, p->out_len);
	if (p->out_len)
		return;
	free(p->out);
	p->out = NULL;
	p->over = p->closing;
	if (!p->watching)
		p->deadline = ut_clock_ms() + UT_CONTROL_SILENCE_MS;
}

void ut_peer_flush(struct ut_peer *p)
{
	send_some(p);
	if (p->io)
		sd_event_source_set_io_events(p->io, p->out ? EPOLLOUT :
							      EPOLLIN);
}

void ut_peer_refuse(struct ut_peer *p, const struct ut_err *err)
{
	struct json_object *o = ut_json_new();

	ut_json_bool(o, "ok", false);
	ut_json_uint(o, "code", err->code);
	ut_json_string(o, "error", err->msg);
	ut_json_string(o, "hint", err->hint);
	if (ut_peer_say(p, o, UT_CONTROL_MAX_REPLY))
		p->over = true;
	json_object_put(o);
}
