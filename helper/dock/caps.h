/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who gets one of the few places for strangers. Pure code: no socket, no clock.
 *
 * A connection counts from accept until its worker is done. Over a limit the
 * oldest connection that has not authenticated itself makes room, silent ones
 * before those that are in their handshake; authenticated ones never do.
 */
#ifndef UT_DOCK_CAPS_H
#define UT_DOCK_CAPS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* An IPv4 address, or the /64 of an IPv6 address: what one site can have. */
struct ut_caps_key {
	uint8_t bytes[9];
};

/* IPv4-mapped IPv6 addresses count as IPv4. */
struct ut_caps_key ut_caps_key(const struct sockaddr_storage *addr);

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
 * May a new connection from @key come in? UT_CAPS_ACCEPT, UT_CAPS_REFUSE, or
 * the index of the entry that must go first.
 */
int ut_caps_admit(const struct ut_caps_entry *e, size_t n,
		  const struct ut_caps_key *key, unsigned int max_total,
		  unsigned int max_per_key);

#endif /* UT_DOCK_CAPS_H */
