/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The RemoteHub beacon: "here is a dock".
 *
 * One UDP datagram to a broadcast address, exactly 87 bytes, numbers big endian:
 *
 *	offset size
 *	0      4    "RHBN"
 *	4      4    id, 0 when sent, not looked at
 *	8      4    major version, 0
 *	12     4    minor version, 0 when sent, not looked at
 *	16     64   name of the dock, at most 63 bytes, padded with zeros
 *	80     2    TCP port of the dock
 *	82     1    1: the dock wants TLS, 0: it does not
 *	83     4    attention, 0 when sent, not looked at
 *
 * Nobody signs it: whoever is on the network can send any. It is a hint where a
 * dock might be, and nothing else. Pure C without allocation.
 */
#ifndef UT_PROTO_BEACON_PACKET_H
#define UT_PROTO_BEACON_PACKET_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "proto/op.h"

#define UT_BEACON_SIZE		87
#define UT_BEACON_NAME_SIZE	64	/* with its NUL */
#define UT_BEACON_PORT		3240	/* UDP */
#define UT_BEACON_MAJOR		0

#define UT_BEACON_INTERVAL_MS	5000
#define UT_BEACON_FIRST_MS	1000	/* from the start of the sender */

/**
 * struct ut_beacon - what it says
 * @name: of the dock; terminated, else whatever bytes the sender chose: clean
 *	them before they meet a terminal
 * @port: TCP, not 0
 * @use_tls: the dock wants TLS
 */
struct ut_beacon {
	char name[UT_BEACON_NAME_SIZE];
	uint16_t port;
	bool use_tls;
};

/* -EINVAL: no port, or a name without an end. */
static inline int ut_beacon_encode(uint8_t out[UT_BEACON_SIZE],
				   const struct ut_beacon *b)
{
	size_t len = strnlen(b->name, sizeof(b->name));

	if (!b->port || len == sizeof(b->name))
		return -EINVAL;
	memset(out, 0, UT_BEACON_SIZE);
	memcpy(out, "RHBN", 4);
	ut_op_put32(out + 8, UT_BEACON_MAJOR);
	memcpy(out + 16, b->name, len);
	ut_op_put16(out + 80, b->port);
	out[82] = b->use_tls;
	return 0;
}

/*
 * @len: of the whole datagram. -EPROTO: not a beacon, or not one for a receiver
 * that wants TLS (or does not, by @use_tls); *b is then unchanged.
 */
static inline int ut_beacon_decode(const uint8_t *in, size_t len, bool use_tls,
				   struct ut_beacon *b)
{
	if (len != UT_BEACON_SIZE || memcmp(in, "RHBN", 4))
		return -EPROTO;
	if (ut_op_get32(in + 8) > UT_BEACON_MAJOR)
		return -EPROTO;
	if (!memchr(in + 16, '\0', UT_BEACON_NAME_SIZE))
		return -EPROTO;
	if (!ut_op_get16(in + 80) || in[82] != (use_tls ? 1 : 0))
		return -EPROTO;
	ut_op_copy_text(b->name, sizeof(b->name), in + 16,
			strlen((const char *)in + 16));
	b->port = ut_op_get16(in + 80);
	b->use_tls = use_tls;
	return 0;
}

#endif /* UT_PROTO_BEACON_PACKET_H */
