/* SPDX-License-Identifier: GPL-2.0 */
/*
 * usbip_slots.h - the requests of a session that have no answer yet
 *
 * A hash table with open addressing in memory of the caller. Numbers of stock
 * tablets count up, so their low bits spread them without a collision; a hostile
 * peer that makes them collide costs us, and itself, a walk over at most
 * USBIP_CHECK_MAX_OPEN + USBIP_CHECK_MAX_UNLINKS entries of 28 bytes.
 */
#ifndef WIRE_USBIP_SLOTS_H
#define WIRE_USBIP_SLOTS_H

#include "usbip_iso_asked.h"
#include "usbip_pdu.h"

/* Transfers, unlinks, and bytes of transfer buffers open at once. */
#define USBIP_CHECK_MAX_OPEN		2048
#define USBIP_CHECK_MAX_UNLINKS		1024
#define USBIP_CHECK_MAX_OPEN_BYTES	(128U << 20)
/* Size of the table; a power of two, never full. */
#define USBIP_CHECK_SLOTS		4096
/* Transfers remembered after their unlink was answered. */
#define USBIP_CHECK_LATE		64

enum usbip_slot_kind {
	USBIP_SLOT_FREE,
	USBIP_SLOT_SUBMIT,
	USBIP_SLOT_UNLINK,
};

#define USBIP_SLOT_IN		0x01	/* payload follows the answer */
#define USBIP_SLOT_ISO		0x02	/* packet descriptors follow both */
#define USBIP_SLOT_UNLINKED	0x04	/* an unlink came while it was open */
#define USBIP_SLOT_FORGOTTEN	0x08	/* the tablet wants no answer any more */
#define USBIP_SLOT_AGING	0x10	/* and perhaps there will be none */
#define USBIP_SLOT_OWN		0x20	/* no stock driver ever sees it */
#define USBIP_SLOT_DEVICE	0x40	/* reads the device descriptor, */
#define USBIP_SLOT_CONFIG	0x80	/* or one of a configuration; */
#define USBIP_SLOT_OTHER	(USBIP_SLOT_DEVICE | USBIP_SLOT_CONFIG)

/**
 * struct usbip_check_slot - an open request
 * @seqnum: its number
 * @length: bytes of the transfer buffer
 * @other: of an unlink: the number of its target; of a transfer with
 *	USBIP_SLOT_UNLINKED: the number of the unlink
 * @packets: isochronous packets
 * @kind: enum usbip_slot_kind
 * @flags: USBIP_SLOT_*
 * @asked: of a transfer of the tablet: lengths of its isochronous packets
 * @since: of an unlink: the clock of the checker when it passed
 */
struct usbip_check_slot {
	__u32 seqnum;
	__u32 length;
	__u32 other;
	__u16 packets;
	__u8 kind;
	__u8 flags;
	union {
		struct usbip_iso_asked asked;
		__u32 since;
	};
};

/**
 * struct usbip_slots - the table
 * @slot: memory of the caller, zeroed
 * @mask: number of slots - 1
 * @submits: open transfers
 * @unlinks: open unlinks
 * @own: open transfers with USBIP_SLOT_OWN
 * @bytes: of the buffers of the open transfers
 * @packets: isochronous packets of them
 * @aging: open transfers with USBIP_SLOT_AGING
 * @late: transfers whose answer may still come though their unlink has been
 *	answered; a ring, the oldest is overwritten
 * @late_next: next entry of @late to be used
 * @late_used: entries of @late in use
 */
struct usbip_slots {
	struct usbip_check_slot *slot;
	__u32 mask;
	__u32 submits;
	__u32 unlinks;
	__u32 own;
	__u32 bytes;
	__u32 packets;
	__u32 aging;
	struct usbip_check_slot late[USBIP_CHECK_LATE];
	__u32 late_next;
	__u32 late_used;
};

static inline struct usbip_check_slot *
usbip_slots_find(const struct usbip_slots *t, __u32 seqnum)
{
	__u32 i;

	for (i = seqnum & t->mask; t->slot[i].kind != USBIP_SLOT_FREE;
	     i = (i + 1) & t->mask)
		if (t->slot[i].seqnum == seqnum)
			return &t->slot[i];
	return NULL;
}

/* Transfers that no stock driver sees share the limit of the unlinks. */
static inline bool usbip_slots_room(const struct usbip_slots *t, __u8 kind,
				    __u32 length)
{
	if (kind == USBIP_SLOT_UNLINK)
		return t->unlinks + t->own < USBIP_CHECK_MAX_UNLINKS;
	return t->submits < USBIP_CHECK_MAX_OPEN &&
	       length <= USBIP_CHECK_MAX_OPEN_BYTES - t->bytes;
}

/* The caller has made sure of the room and that the number is not open. */
static inline void usbip_slots_add(struct usbip_slots *t,
				   const struct usbip_check_slot *slot)
{
	__u32 i = slot->seqnum & t->mask;

	while (t->slot[i].kind != USBIP_SLOT_FREE)
		i = (i + 1) & t->mask;
	t->slot[i] = *slot;
	if (slot->kind == USBIP_SLOT_UNLINK) {
		t->unlinks++;
	} else {
		t->submits++;
		t->bytes += slot->length;
		t->own += !!(slot->flags & USBIP_SLOT_OWN);
		t->packets += slot->packets;
	}
}

/* Moves entries up, so pointers into the table are stale afterwards. */
static inline void usbip_slots_del(struct usbip_slots *t,
				   struct usbip_check_slot *slot)
{
	__u32 hole = slot - t->slot;
	__u32 i = hole;

	if (slot->kind == USBIP_SLOT_UNLINK) {
		t->unlinks--;
	} else {
		t->submits--;
		t->bytes -= slot->length;
		t->own -= !!(slot->flags & USBIP_SLOT_OWN);
		t->packets -= slot->packets;
		t->aging -= !!(slot->flags & USBIP_SLOT_AGING);
	}

	for (;;) {
		__u32 home;

		i = (i + 1) & t->mask;
		if (t->slot[i].kind == USBIP_SLOT_FREE)
			break;
		/* It may move only to where a search from its home passes. */
		home = t->slot[i].seqnum & t->mask;
		if (((i - home) & t->mask) < ((i - hole) & t->mask))
			continue;
		t->slot[hole] = t->slot[i];
		hole = i;
	}
	memset(&t->slot[hole], 0, sizeof(t->slot[hole]));
}

static inline void usbip_late_add(struct usbip_slots *t,
				  const struct usbip_check_slot *slot)
{
	struct usbip_check_slot *late = &t->late[t->late_next];

	if (late->kind == USBIP_SLOT_FREE)
		t->late_used++;
	*late = *slot;
	t->late_next = (t->late_next + 1) % USBIP_CHECK_LATE;
}

/* Moves all that are aging to the late ones; they count no more. */
static inline void usbip_slots_age(struct usbip_slots *t)
{
	__u32 i = 0;

	while (t->aging && i <= t->mask) {
		struct usbip_check_slot *slot = &t->slot[i];

		if (slot->kind == USBIP_SLOT_SUBMIT &&
		    (slot->flags & USBIP_SLOT_AGING)) {
			usbip_late_add(t, slot);
			usbip_slots_del(t, slot);
		} else {
			i++;
		}
	}
}

static inline struct usbip_check_slot *usbip_late_find(struct usbip_slots *t,
						       __u32 seqnum)
{
	__u32 i;

	if (!t->late_used)
		return NULL;
	for (i = 0; i < USBIP_CHECK_LATE; i++)
		if (t->late[i].kind != USBIP_SLOT_FREE &&
		    t->late[i].seqnum == seqnum)
			return &t->late[i];
	return NULL;
}

static inline void usbip_late_del(struct usbip_slots *t,
				  struct usbip_check_slot *late)
{
	memset(late, 0, sizeof(*late));
	t->late_used--;
}

#endif /* WIRE_USBIP_SLOTS_H */
