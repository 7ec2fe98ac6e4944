// SPDX-License-Identifier: GPL-2.0
/* Beacons: see beacon.h. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/log.h"
#include "discovery/beacon.h"

/* So that docks which were switched on together do not speak together. */
#define JITTER_MS	250

/* What the kernel holds for us: some eighty packets. */
#define RECEIVE_BUFFER	32768

static int open_udp(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			IPPROTO_UDP);

	return fd < 0 ? -errno : fd;
}

static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

/* --- sender --- */

int ut_beacon_sender_open(struct ut_beacon_sender *s,
			  const struct ut_beacon *what, uint16_t port,
			  int64_t now)
{
	int ret;

	s->fd = -1;
	s->port = port;
	s->next = now + UT_BEACON_FIRST_MS;
	ret = ut_beacon_encode(s->packet, what);
	if (ret)
		return ret;
	s->fd = open_udp();
	if (s->fd < 0)
		return s->fd;
	ret = set_option(s->fd, SOL_SOCKET, SO_BROADCAST, 1);
	if (ret)
		ut_beacon_sender_close(s);
	return ret;
}

void ut_beacon_sender_close(struct ut_beacon_sender *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static int64_t interval(void)
{
	uint16_t r = 0;

	/* Without randomness it is punctual; nothing depends on it. */
	if (getrandom(&r, sizeof(r), GRND_NONBLOCK) != sizeof(r))
		return UT_BEACON_INTERVAL_MS;
	return UT_BEACON_INTERVAL_MS - JITTER_MS + r % (2 * JITTER_MS + 1);
}

/* By this interface, from this address of it. */
static int send_by(const struct ut_beacon_sender *s, const struct ut_iface *by)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(s->port),
		.sin_addr = by->broadcast,
	};
	struct in_pktinfo info = { .ipi_ifindex = (int)by->index };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(info))];
	} control = { .buf = { 0 } };
	struct iovec iov = { (void *)s->packet, sizeof(s->packet) };
	struct msghdr msg = {
		.msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	memcpy(&info.ipi_spec_dst, by->where.addr, sizeof(info.ipi_spec_dst));
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	return sendmsg(s->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno :
								       0;
}

/* Two addresses of one network: one beacon is enough. */
static bool served(const struct ut_ifaces *ifs, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (ifs->a[k].index == ifs->a[i].index &&
		    ifs->a[k].broadcast.s_addr == ifs->a[i].broadcast.s_addr)
			return true;
	return false;
}

unsigned int ut_beacon_sender_run(struct ut_beacon_sender *s, int64_t now)
{
	static struct ut_ratelimit rl;
	static struct ut_ifaces ifs;
	unsigned int sent = 0;
	size_t i;
	int ret;

	if (s->fd < 0 || now < s->next)
		return 0;
	s->next = now + interval();
	ret = ut_ifaces_read(&ifs);
	if (ret && ut_ratelimit(&rl, 1))
		ut_log_warn("cannot read the list of interfaces: %s",
			    strerror(-ret));
	for (i = 0; i < ifs.n; i++) {
		if (!ifs.a[i].broadcast.s_addr || served(&ifs, i))
			continue;
		ret = send_by(s, &ifs.a[i]);
		if (!ret)
			sent++;
		else if (ut_ratelimit(&rl, 1))
			ut_log_info("cannot send a beacon by interface %u: %s",
				    ifs.a[i].index, strerror(-ret));
	}
	return sent;
}

/* --- receiver --- */

/*
 * SO_REUSEADDR lets a client of RemoteHub, or a second daemon, hear beacons on the
 * same machine: the kernel gives broadcasts to each of them. SO_REUSEPORT would
 * share with processes of the same user only. Any local user can take part, but
 * gets only what the whole network gets.
 */
static int set_up(int fd, uint16_t port)
{
	struct sockaddr_in any = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_ANY) },
	};
	int ret;

	ret = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (!ret)
		ret = set_option(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
	if (!ret)
		ret = set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
	if (!ret && bind(fd, (struct sockaddr *)&any, sizeof(any)))
		ret = -errno;
	return ret;
}

int ut_beacon_receiver_open(struct ut_beacon_receiver *r, uint16_t port,
			    bool use_tls, int64_t now)
{
	int ret;

	memset(r, 0, sizeof(*r));
	r->use_tls = use_tls;
	ut_bucket_init(&r->bucket, UT_BEACON_RATE, UT_BEACON_BURST, now);
	r->fd = open_udp();
	if (r->fd < 0)
		return r->fd;
	ret = set_up(r->fd, port);
	if (ret)
		ut_beacon_receiver_close(r);
	return ret;
}

void ut_beacon_receiver_close(struct ut_beacon_receiver *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

/**
 * struct packet - a datagram
 * @data: what of it may matter
 * @len: of the whole, which may be more than @data holds
 * @from: who sent it
 * @to: the address it was sent to
 * @index: the interface it came in by; 0: not known
 */
struct packet {
	uint8_t data[UT_BEACON_SIZE];
	size_t len;
	struct sockaddr_in from;
	struct in_addr to;
	unsigned int index;
};

/* 0 or -errno, -EAGAIN: there is none. */
static int receive(int fd, struct packet *p)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control;
	struct iovec iov = { p->data, sizeof(p->data) };
	struct msghdr msg = {
		.msg_name = &p->from,
		.msg_namelen = sizeof(p->from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct in_pktinfo info = { 0 };
	const struct cmsghdr *c;
	ssize_t n;

	/* MSG_TRUNC: the length it had on the wire. */
	n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0)
		return -errno;
	p->len = (size_t)n;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO &&
	    c->cmsg_len == CMSG_LEN(sizeof(info)))
		memcpy(&info, CMSG_DATA(c), sizeof(info));
	p->to = info.ipi_addr;
	p->index = (unsigned int)info.ipi_ifindex;
	return 0;
}

static bool judge(struct ut_beacon_receiver *r, const struct packet *p,
		  int64_t now, struct ut_where *where, struct ut_beacon *b)
{
	const struct ut_ifaces *ifs;

	if (ut_beacon_decode(p->data, p->len, r->use_tls, b) ||
	    ut_where_set(where, (const struct sockaddr *)&p->from, b->port) ||
	    !ut_where_usable(where))
		return false;
	ifs = ut_ifaces_now(&r->ifaces, now);
	return ut_ifaces_broadcast(ifs, p->index, p->to) &&
	       ut_ifaces_on_link(ifs, p->index, p->from.sin_addr) &&
	       !ut_ifaces_own(ifs, where);
}

void ut_beacon_receiver_run(struct ut_beacon_receiver *r, int64_t now,
			    void (*take)(void *arg,
					 const struct ut_where *where,
					 const char *name),
			    void *arg)
{
	struct ut_where where;
	struct ut_beacon b;
	struct packet p;
	int i, ret;

	if (r->fd < 0 || now < r->rest_until)
		return;
	for (i = 0; i < UT_BEACON_AT_ONCE; i++) {
		if (!ut_bucket_take(&r->bucket, now)) {
			r->rest_until = now + UT_BEACON_REST_MS;
			return;
		}
		ret = receive(r->fd, &p);
		if (ret == -EAGAIN)
			return;
		if (ret)
			continue;
		r->heard++;
		if (!judge(r, &p, now, &where, &b))
			continue;
		r->taken++;
		take(arg, &where, b.name);
	}
}
