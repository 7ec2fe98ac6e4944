/* SPDX-License-Identifier: GPL-2.0 */
/*
 * usbip_gcm.h - how much one key of AES-GCM has protected
 *
 * RFC 8446 section 5.5 allows 2^24.5 full-size records, 2^14 bytes each. The
 * bound behind it is about blocks of 16 bytes, those of the text and one for
 * the tag of each record: 2^34.5 of them. A record of a mouse has 5 of them, a
 * full one has 1025, so counting records would end a session of a mouse 200
 * times too early.
 *
 * A record with n bytes of text has one byte more for its type, makes
 * ceil((n + 1) / 16) blocks and one for its tag, which is n / 16 + 2 at the
 * most. Counted is that upper bound, from sums alone:
 *
 *	blocks = ceil(bytes / 16) + 2 * records
 *
 * Padding is not counted; none of our machines sends any.
 */
#ifndef WIRE_USBIP_GCM_H
#define WIRE_USBIP_GCM_H

#include <linux/types.h>

/* Largest text of one record, RFC 8446 section 5.1. */
#define USBIP_TLS_RECORD_SIZE	16384

#define USBIP_GCM_BLOCK		16

/* Blocks of that many records with that many bytes of text in all. */
static inline __u64 usbip_gcm_blocks(__u64 records, __u64 bytes)
{
	return (bytes + USBIP_GCM_BLOCK - 1) / USBIP_GCM_BLOCK + 2 * records;
}

/* The same for what is still to be sent, in records as full as they can be. */
static inline __u64 usbip_gcm_blocks_of(__u64 bytes)
{
	return usbip_gcm_blocks((bytes + USBIP_TLS_RECORD_SIZE - 1) /
				USBIP_TLS_RECORD_SIZE, bytes);
}

/* From here on its end is announced: seven eighths. */
static inline __u64 usbip_gcm_due(__u64 limit)
{
	return limit - limit / 8;
}

#endif /* WIRE_USBIP_GCM_H */
