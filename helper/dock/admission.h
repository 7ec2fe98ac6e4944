/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who comes in at a listening socket: how fast, and who gets one of the few places for
 * strangers.
 *
 * So many connections a second from one address may come, and three seconds' worth of
 * them at once. The others are ended before they cost anything but their accept(2):
 * no place, no process, no line in the log each. Where the machine has no descriptor
 * or memory left, nobody is asked in for a moment: the connection that waits would
 * else wake the caller again at once.
 *
 * A connection counts from accept until its worker is done. Over a limit the
 * oldest connection that has not authenticated itself makes room, silent ones
 * before those that are in their handshake; authenticated ones never do.
 */
#ifndef UT_DOCK_ADMISSION_H
#define UT_DOCK_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/rate.h"

/* An IPv4 address, or the /64 of an IPv6 address: what one site can have. */
struct ut_caps_key {
	uint8_t bytes[9];
};

/* IPv4-mapped IPv6 addresses count as IPv4. */
struct ut_caps_key ut_caps_key(const struct sockaddr_storage *addr);

/* Addresses that are told apart; beyond that, all others share one bucket. */
#define UT_DOOR_ADDRESSES	256
#define UT_DOOR_SHUT_MS		200

/**
 * struct ut_door - one or more listening sockets; ut_door_init() it
 * @key: addresses
 * @bucket: of each
 * @n: how many
 * @others: of those for whom there is no room in @key
 * @shut_until: ut_clock_ms(); 0: it is open
 * @turned_away: how many so far
 * @away: address of the last one of them
 */
struct ut_door {
	struct ut_caps_key key[UT_DOOR_ADDRESSES];
	struct ut_bucket bucket[UT_DOOR_ADDRESSES];
	unsigned int n;
	struct ut_bucket others;
	int64_t shut_until;
	uint64_t turned_away;
	struct sockaddr_storage away;
};

/* @rate: connections a second from one address, also for those that came before. */
void ut_door_init(struct ut_door *door, unsigned int rate);

/* May one from this address come in? Pure: no socket, no clock. */
bool ut_door_admit(struct ut_door *door, const struct ut_caps_key *key,
		   int64_t now);

/*
 * The next connection that may come in, non-blocking and close-on-exec, which the
 * caller closes; *addr is its peer. -EAGAIN: none for now, or so many were turned
 * away that others should have their turn. Another error: also -EMFILE and its like,
 * after which the door is shut for UT_DOOR_SHUT_MS.
 */
int ut_door_accept(struct ut_door *door, int listener,
		   struct sockaddr_storage *addr);

/* The same for an error, -errno, of whatever it takes to serve one that came in. */
void ut_door_failed(struct ut_door *door, int error);

/* And for that of ut_worker_start() for the peer @text: logs it, too. */
void ut_door_no_worker(struct ut_door *door, const char *text, int error);

/* Is anybody asked in? Opens it when its time has come. */
bool ut_door_open(struct ut_door *door, int64_t now);

enum ut_caps_stage {
	UT_CAPS_SILENT,		/* not one byte so far */
	UT_CAPS_HANDSHAKE,
	UT_CAPS_AUTHENTICATED,
};

/**
 * struct ut_caps_entry - one connection
 * @since: when it was accepted
 */
struct ut_caps_entry {
	struct ut_caps_key key;
	enum ut_caps_stage stage;
	int64_t since;
};

#define UT_CAPS_ACCEPT	(-1)
#define UT_CAPS_REFUSE	(-2)

/*
 * May a new connection from @key come in? UT_CAPS_ACCEPT, UT_CAPS_REFUSE, or the index
 * of the entry that must go first. Pure: no socket, no clock.
 */
int ut_caps_admit(const struct ut_caps_entry *e, size_t n,
		  const struct ut_caps_key *key, unsigned int max_total,
		  unsigned int max_per_key);

#endif /* UT_DOCK_ADMISSION_H */
