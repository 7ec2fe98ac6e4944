/* SPDX-License-Identifier: GPL-2.0 */
/*
 * usbip_iso_asked.h - how long the packets of an isochronous request may be
 *
 * vhci-hcd takes the lengths of packets from the answer, but the driver above it may
 * have room for no more than it asked for. Up to 1024 lengths of up to 2048 requests
 * are too many to keep, so a request keeps the shortest of its lengths and a
 * fingerprint of all of them. An answer is right if it repeats the lengths, as docks
 * do, or if none is above the shortest.
 *
 * The fingerprint is a polynomial over the lengths at two points that the peer
 * does not know, modulo 2^31 - 1. Other lengths have the same one with a
 * probability of less than 2^-40.
 */
#ifndef WIRE_USBIP_ISO_ASKED_H
#define WIRE_USBIP_ISO_ASKED_H

#include <linux/types.h>

#define USBIP_ISO_PRIME		0x7fffffffU	/* 2^31 - 1 */

/** struct usbip_iso_key - @point: random, of this session */
struct usbip_iso_key {
	__u32 point[2];
};

/**
 * struct usbip_iso_asked - the lengths of the packets of a request
 * @print: fingerprint
 * @shortest: length; the greatest number while there is no packet
 */
struct usbip_iso_asked {
	__u32 print[2];
	__u32 shortest;
};

static inline __u32 usbip_iso_mod(__u64 v)
{
	v = (v & USBIP_ISO_PRIME) + (v >> 31);
	v = (v & USBIP_ISO_PRIME) + (v >> 31);
	return v >= USBIP_ISO_PRIME ? v - USBIP_ISO_PRIME : v;
}

static inline void usbip_iso_asked_begin(struct usbip_iso_asked *a)
{
	a->print[0] = 1;
	a->print[1] = 1;
	a->shortest = 0xffffffff;
}

/* The next packet, @length bytes of at most 2^31 - 2. */
static inline void usbip_iso_asked_add(struct usbip_iso_asked *a,
				       const struct usbip_iso_key *key,
				       __u32 length)
{
	int i;

	for (i = 0; i < 2; i++)
		a->print[i] = usbip_iso_mod((__u64)a->print[i] *
					    usbip_iso_mod(key->point[i]) +
					    length);
	if (length < a->shortest)
		a->shortest = length;
}

static inline bool usbip_iso_asked_same(const struct usbip_iso_asked *a,
					const struct usbip_iso_asked *b)
{
	return a->print[0] == b->print[0] && a->print[1] == b->print[1];
}

#endif /* WIRE_USBIP_ISO_ASKED_H */
