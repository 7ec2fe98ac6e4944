// SPDX-License-Identifier: GPL-2.0
/* Connections to hosts, and the resolver: see connect.h. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/net.h"
#include "worker/connect.h"
#include "worker/parent.h"

/* Returns a code of getaddrinfo(3). Addresses beyond what fits are left out. */
static int look_up(const char *host, uint16_t port, int flags,
		   struct ut_msg_addresses *out)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | flags,
	};
	struct addrinfo *list, *ai;
	char service[8];
	int ret;

	out->n = 0;
	snprintf(service, sizeof(service), "%u", port);
	ret = getaddrinfo(host, service, &hints, &list);
	if (ret)
		return ret;
	for (ai = list; ai && out->n < UT_MSG_ADDRESSES_MAX; ai = ai->ai_next)
		if (ai->ai_addrlen <= sizeof(out->v[0]))
			memcpy(&out->v[out->n++], ai->ai_addr, ai->ai_addrlen);
	freeaddrinfo(list);
	return out->n ? 0 : EAI_NONAME;
}

static int unknown(const char *host, const char *why, struct ut_err *err)
{
	int ret = ut_err_set(err, UT_EXIT_UNREACHABLE, ENXIO,
			     "cannot find dock %s: %s", host, why);

	ut_err_hint(err, "check the name, or use its address");
	return ret;
}

/* --- names: in the resolver --- */

static void no_cage(const char *host, int error, struct ut_msg *msg)
{
	ut_msg_init(msg, UT_MSG_ERROR)->error.error = -error;
	ut_err_errno(&msg->error.err, UT_EXIT_FAILURE, error,
		     "cannot look up dock %s: the sandbox of the name service%s",
		     host, error == -EOPNOTSUPP ? " needs Landlock" : "");
	ut_err_hint(&msg->error.err, "use the address of the dock instead of its name");
}

int ut_resolve_serve(struct ut_serve *s)
{
	const struct ut_start *start = &s->start;
	static struct ut_msg msg;
	int ret;

	ret = ut_sandbox_enter(&start->sandbox, UT_SANDBOX_RESOLVER);
	if (ret) {
		no_cage(start->host, ret, &msg);
		ut_msg_send(UT_FD_CHANNEL, &msg);
		return 1;
	}
	ut_msg_init(&msg, UT_MSG_ADDRESSES);
	ret = look_up(start->host, start->port, 0, &msg.addresses);
	if (ret) {
		ut_msg_init(&msg, UT_MSG_ERROR)->error.error = ENXIO;
		unknown(start->host, gai_strerror(ret), &msg.error.err);
	}
	return ut_msg_send(UT_FD_CHANNEL, &msg) ? 1 : 0;
}

/* --- names: in its parent --- */

static int failed(const char *host, int error, struct ut_err *err)
{
	int ret = ut_err_errno(err, error == -ETIMEDOUT ? UT_EXIT_TIMEOUT :
			       UT_EXIT_UNREACHABLE, error,
			       "cannot find dock %s: the name service", host);

	ut_err_hint(err, "check the name and /etc/resolv.conf, or use its address");
	return ret;
}

/* It was to say where, and has no say in what is called there. */
static void set_port(struct ut_msg_addresses *to, uint16_t port)
{
	unsigned int i;

	/* No other family comes through ut_msg_recv(). */
	for (i = 0; i < to->n; i++)
		if (to->v[i].sa.sa_family == AF_INET)
			to->v[i].in.sin_port = htons(port);
		else
			to->v[i].in6.sin6_port = htons(port);
}

static int take(const struct ut_msg *msg, const char *host, uint16_t port,
		struct ut_msg_addresses *out, struct ut_err *err)
{
	if (msg->type == UT_MSG_ADDRESSES) {
		*out = msg->addresses;
		set_port(out, port);
		return 0;
	}
	if (msg->type != UT_MSG_ERROR)
		return failed(host, -EPROTO, err);
	if (err)
		*err = msg->error.err;
	return -msg->error.error;
}

int ut_resolve(const char *host, uint16_t port,
	       const struct ut_sandbox *sandbox, int64_t deadline,
	       struct ut_msg_addresses *out, struct ut_err *err)
{
	static struct ut_msg msg;
	struct ut_child w;
	int ret;

	if (!look_up(host, port, AI_NUMERICHOST, out))
		return 0;
	if (strlen(host) >= sizeof(msg.start.host))
		return unknown(host, strerror(ENAMETOOLONG), err);
	ut_msg_init(&msg, UT_MSG_START);
	msg.start.kind = UT_START_RESOLVE;
	msg.start.deadline = deadline;
	msg.start.port = port;
	strcpy(msg.start.host, host);
	ret = ut_worker_start(&w, -1, NULL, sandbox, &msg);
	if (ret)
		return failed(host, ret, err);
	ret = ut_msg_wait(w.fd, &msg, ut_clock_left(deadline));
	ut_worker_end(&w, NULL);
	return ret ? failed(host, ret, err) :
		     take(&msg, host, port, out, err);
}

/* --- connections --- */

static int wait_connected(int fd, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int ret, error;

	do {
		ret = poll(&p, 1, ut_clock_left(deadline));
	} while (ret < 0 && errno == EINTR);
	if (ret <= 0)
		return ret ? -errno : -ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len))
		return -errno;
	return -error;
}

static socklen_t size_of(const union ut_address *a)
{
	return a->sa.sa_family == AF_INET ? sizeof(a->in) : sizeof(a->in6);
}

static int begin(const union ut_address *a)
{
	int fd, ret;

	fd = socket(a->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    IPPROTO_TCP);
	if (fd < 0)
		return -errno;
	ret = ut_sockopt_session(fd);
	if (!ret && connect(fd, &a->sa, size_of(a)) && errno != EINPROGRESS)
		ret = -errno;
	if (ret) {
		close(fd);
		return ret;
	}
	return fd;
}

static int try_address(const union ut_address *a, int64_t deadline)
{
	int fd = begin(a), ret;

	ret = fd < 0 ? fd : wait_connected(fd, deadline);
	if (fd >= 0 && ret)
		close(fd);
	return ret ? ret : fd;
}

static int cannot_connect(struct ut_err *err, int error, const char *host,
			  uint16_t port)
{
	int ret = ut_err_errno(err, error == -ETIMEDOUT ? UT_EXIT_TIMEOUT :
			       UT_EXIT_UNREACHABLE, error,
			       "cannot reach dock %s port %u", host, port);

	if (error == -ECONNREFUSED)
		ut_err_hint(err, "start usbip-tlsd on the dock, and check the port");
	else
		ut_err_hint(err, "check the name, the network, and firewalls between here and there");
	return ret;
}

int ut_connect(const char *host, uint16_t port,
	       const struct ut_sandbox *sandbox, int64_t deadline,
	       struct ut_err *err)
{
	struct ut_msg_addresses to;
	int ret, fd = -EHOSTUNREACH;
	unsigned int i;

	ret = ut_resolve(host, port, sandbox, deadline, &to, err);
	if (ret)
		return ret;
	for (i = 0; i < to.n && fd < 0; i++)
		fd = try_address(&to.v[i], ut_clock_ms() +
				 ut_clock_left(deadline) / (int)(to.n - i));
	return fd < 0 ? cannot_connect(err, fd, host, port) : fd;
}

int ut_connect_begin(const char *address, const char *host, uint16_t port,
		     struct ut_err *err)
{
	struct ut_msg_addresses to;
	int fd = -EADDRNOTAVAIL;

	if (!look_up(address, port, AI_NUMERICHOST, &to))
		fd = begin(&to.v[0]);
	return fd < 0 ? cannot_connect(err, fd, host, port) : fd;
}

int ut_connect_end(int fd, const char *host, uint16_t port, int64_t deadline,
		   struct ut_err *err)
{
	int ret = wait_connected(fd, deadline);

	return ret ? cannot_connect(err, ret, host, port) : 0;
}
