// SPDX-License-Identifier: GPL-2.0
/* Who comes in: see admission.h. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "dock/admission.h"

#define BURST_SECONDS	3
/* A few milliseconds, then the connections that are there get their turn. */
#define AWAY_AT_ONCE	256
#define NONE		(-1)

struct ut_caps_key ut_caps_key(const struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;
	struct ut_caps_key key = { { 0 } };

	if (addr->ss_family == AF_INET) {
		key.bytes[0] = 4;
		memcpy(key.bytes + 1, &in->sin_addr, 4);
	} else if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		key.bytes[0] = 4;
		memcpy(key.bytes + 1, &in6->sin6_addr.s6_addr[12], 4);
	} else {
		key.bytes[0] = 6;
		memcpy(key.bytes + 1, &in6->sin6_addr, 8);
	}
	return key;
}

/* --- how fast --- */

void ut_door_init(struct ut_door *door, unsigned int rate)
{
	memset(door, 0, sizeof(*door));
	ut_bucket_init(&door->others, rate, BURST_SECONDS * rate, 0);
}

/* An address that has come in no faster than it may is not worth its place. */
static struct ut_bucket *take_place(struct ut_door *door,
				    const struct ut_caps_key *key, int64_t now)
{
	unsigned int i;

	for (i = 0; i < door->n; i++)
		if (ut_bucket_is_full(&door->bucket[i], now))
			break;
	if (i == UT_DOOR_ADDRESSES)
		return NULL;
	if (i == door->n)
		door->n++;
	door->key[i] = *key;
	ut_bucket_init(&door->bucket[i], door->others.rate, door->others.burst,
		       now);
	return &door->bucket[i];
}

static struct ut_bucket *bucket_of(struct ut_door *door,
				   const struct ut_caps_key *key, int64_t now)
{
	unsigned int i;

	for (i = 0; i < door->n; i++)
		if (!memcmp(&door->key[i], key, sizeof(*key)))
			return &door->bucket[i];
	return take_place(door, key, now);
}

bool ut_door_admit(struct ut_door *door, const struct ut_caps_key *key,
		   int64_t now)
{
	struct ut_bucket *b = bucket_of(door, key, now);

	return ut_bucket_take(b ? b : &door->others, now);
}

/* By a reset, so that nothing of it stays behind in the kernel. */
static void turn_away(struct ut_door *door, int fd,
		      const struct sockaddr_storage *addr)
{
	const struct linger reset = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
	door->turned_away++;
	door->away = *addr;
}

void ut_door_no_worker(struct ut_door *door, const char *text, int error)
{
	static struct ut_ratelimit rl;

	if (ut_ratelimit(&rl, 1))
		ut_log_err("%s: cannot start a worker: %s", text,
			   strerror(-error));
	ut_door_failed(door, error);
}

void ut_door_failed(struct ut_door *door, int error)
{
	static const int spent[] = { EMFILE, ENFILE, ENOBUFS, ENOMEM, EAGAIN };
	size_t i;

	for (i = 0; i < sizeof(spent) / sizeof(spent[0]); i++)
		if (error == -spent[i])
			door->shut_until = ut_clock_ms() + UT_DOOR_SHUT_MS;
}

int ut_door_accept(struct ut_door *door, int listener,
		   struct sockaddr_storage *addr)
{
	struct ut_caps_key key;
	socklen_t len;
	int fd, i;

	for (i = 0; i < AWAY_AT_ONCE; i++) {
		len = sizeof(*addr);
		fd = accept4(listener, (struct sockaddr *)addr, &len,
			     SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0) {
			fd = -errno;
			/* That nobody is there is no failure. */
			if (fd != -EAGAIN)
				ut_door_failed(door, fd);
			return fd;
		}
		key = ut_caps_key(addr);
		if (ut_door_admit(door, &key, ut_clock_ms()))
			return fd;
		turn_away(door, fd, addr);
	}
	return -EAGAIN;
}

bool ut_door_open(struct ut_door *door, int64_t now)
{
	if (door->shut_until <= now)
		door->shut_until = 0;
	return !door->shut_until;
}

/* --- places --- */

static bool same(const struct ut_caps_key *a, const struct ut_caps_key *b)
{
	return !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static unsigned int count(const struct ut_caps_entry *e, size_t n,
			  const struct ut_caps_key *key, bool strangers_only)
{
	unsigned int found = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (same(&e[i].key, key) &&
		    !(strangers_only && e[i].stage == UT_CAPS_AUTHENTICATED))
			found++;
	return found;
}

/* The one of this address that goes first, or NONE. */
static int victim(const struct ut_caps_entry *e, size_t n,
		  const struct ut_caps_key *key)
{
	int best = NONE;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!same(&e[i].key, key) ||
		    e[i].stage == UT_CAPS_AUTHENTICATED)
			continue;
		if (best == NONE || e[i].stage < e[best].stage ||
		    (e[i].stage == e[best].stage &&
		     e[i].since < e[best].since))
			best = (int)i;
	}
	return best;
}

/* The address that has most strangers gives one up. */
static int greediest(const struct ut_caps_entry *e, size_t n)
{
	unsigned int most = 0, c;
	int best = NONE;
	size_t i;

	for (i = 0; i < n; i++) {
		c = count(e, n, &e[i].key, true);
		if (c > most) {
			most = c;
			best = (int)i;
		}
	}
	return best == NONE ? NONE : victim(e, n, &e[best].key);
}

int ut_caps_admit(const struct ut_caps_entry *e, size_t n,
		  const struct ut_caps_key *key, unsigned int max_total,
		  unsigned int max_per_key)
{
	int i;

	if (count(e, n, key, false) >= max_per_key)
		i = victim(e, n, key);
	else if (n >= max_total)
		i = greediest(e, n);
	else
		return UT_CAPS_ACCEPT;
	return i == NONE ? UT_CAPS_REFUSE : i;
}
