// SPDX-License-Identifier: GPL-2.0
/* What a hostile tablet sends to a dock. */
#include "peer.h"

#define SG		USBIP_URB_DMA_MAP_SG
#define PDU(v)		"bad-pdu", v
#define CLASS(name, need, field, value, flags, violation) \
	{ name, need, field, value, flags, PDU(violation) }

const struct peer_class tablet_classes[] = {
	CLASS("command-0", NEED_CONTROL, F_COMMAND, 0, 0, "command"),
	CLASS("command-ret-submit", NEED_CONTROL, F_COMMAND, 3, 0, "command"),
	CLASS("command-ret-unlink", NEED_CONTROL, F_COMMAND, 4, 0, "command"),
	CLASS("command-80000000", NEED_CONTROL, F_COMMAND, 0x80000000, 0, "command"),
	CLASS("command-ffffffff", NEED_CONTROL, F_COMMAND, 0xffffffff, 0, "command"),
	CLASS("command-set-address", NEED_CONTROL, F_SETUP_REQUEST, 5, 0, "command"),

	CLASS("devid-0", NEED_CONTROL, F_DEVID, 0, 0, "devid"),
	CLASS("devid-7fffffff", NEED_CONTROL, F_DEVID, 0x7fffffff, 0, "devid"),
	CLASS("devid-ffffffff", NEED_CONTROL, F_DEVID, 0xffffffff, 0, "devid"),

	CLASS("direction-2", NEED_CONTROL, F_DIRECTION, 2, 0, "direction"),
	CLASS("direction-ffffffff", NEED_CONTROL, F_DIRECTION, 0xffffffff, 0, "direction"),
	CLASS("direction-setup", NEED_CONTROL, F_SETUP_TYPE, 0, 0, "direction"),
	CLASS("direction-out", NEED_CONTROL, F_DIRECTION, 0, 0, "direction"),

	CLASS("endpoint-none", NEED_CONTROL, F_EP, 15, 0, "endpoint"),
	CLASS("endpoint-16", NEED_CONTROL, F_EP, 16, 0, "endpoint"),
	CLASS("endpoint-7fffffff", NEED_CONTROL, F_EP, 0x7fffffff, 0, "endpoint"),
	CLASS("endpoint-80000000", NEED_CONTROL, F_EP, 0x80000000, 0, "endpoint"),
	CLASS("endpoint-ffffffff", NEED_CONTROL, F_EP, 0xffffffff, 0, "endpoint"),

	CLASS("flags-unknown", NEED_CONTROL, F_FLAGS, 0x20, 0, "flags"),
	CLASS("flags-80000000", NEED_CONTROL, F_FLAGS, 0x80000000, 0, "flags"),
	CLASS("flags-ffffffff", NEED_CONTROL, F_FLAGS, 0xffffffff, 0, "flags"),
	CLASS("flags-control-sg", NEED_CONTROL, F_FLAGS, SG, 0, "flags"),
	CLASS("flags-iso-sg", NEED_ISO_OUT, F_FLAGS, SG, 0, "flags"),

	CLASS("length-control-0", NEED_CONTROL, F_LENGTH, 0, 0, "length"),
	CLASS("length-control-7fffffff", NEED_CONTROL, F_LENGTH, 0x7fffffff, 0, "length"),
	CLASS("length-control-80000000", NEED_CONTROL, F_LENGTH, 0x80000000, 0, "length"),
	CLASS("length-control-ffffffff", NEED_CONTROL, F_LENGTH, 0xffffffff, 0, "length"),
	CLASS("length-setup-ffff", NEED_CONTROL, F_SETUP_LENGTH, 0xffff, 0, "length"),
	CLASS("length-in-linear", NEED_BULK_IN, F_LENGTH, USBIP_PDU_MAX_LINEAR + 1, 0, "length"),
	CLASS("length-in-7fffffff", NEED_BULK_IN, F_LENGTH, 0x7fffffff, 0, "length"),
	CLASS("length-in-80000000", NEED_BULK_IN, F_LENGTH, 0x80000000, 0, "length"),
	CLASS("length-in-ffffffff", NEED_BULK_IN, F_LENGTH, 0xffffffff, 0, "length"),
	CLASS("length-in-sg-0", NEED_BULK_IN, F_LENGTH, 0, SG, "length"),
	CLASS("length-in-sg", NEED_BULK_IN, F_LENGTH, USBIP_PDU_MAX_TRANSFER + 1, SG, "length"),
	CLASS("length-in-sg-7fffffff", NEED_BULK_IN, F_LENGTH, 0x7fffffff, SG, "length"),
	CLASS("length-in-sg-ffffffff", NEED_BULK_IN, F_LENGTH, 0xffffffff, SG, "length"),
	CLASS("length-out-linear", NEED_BULK_OUT, F_LENGTH, USBIP_PDU_MAX_LINEAR + 1, 0, "length"),
	CLASS("length-out-7fffffff", NEED_BULK_OUT, F_LENGTH, 0x7fffffff, 0, "length"),
	CLASS("length-out-80000000", NEED_BULK_OUT, F_LENGTH, 0x80000000, 0, "length"),
	CLASS("length-out-ffffffff", NEED_BULK_OUT, F_LENGTH, 0xffffffff, 0, "length"),
	CLASS("length-out-sg-ffffffff", NEED_BULK_OUT, F_LENGTH, 0xffffffff, SG, "length"),
	CLASS("length-iso-7fffffff", NEED_ISO_OUT, F_LENGTH, 0x7fffffff, 0, "length"),
	CLASS("length-iso-ffffffff", NEED_ISO_OUT, F_LENGTH, 0xffffffff, 0, "length"),

	CLASS("packets-control-1", NEED_CONTROL, F_PACKETS, 1, 0, "packets"),
	CLASS("packets-bulk-7fffffff", NEED_BULK_IN, F_PACKETS, 0x7fffffff, 0, "packets"),
	CLASS("packets-bulk-80000000", NEED_BULK_IN, F_PACKETS, 0x80000000, 0, "packets"),
	CLASS("packets-iso-1025", NEED_ISO_OUT, F_PACKETS, 1025, 0, "packets"),
	CLASS("packets-iso-7fffffff", NEED_ISO_OUT, F_PACKETS, 0x7fffffff, 0, "packets"),
	CLASS("packets-iso-80000000", NEED_ISO_OUT, F_PACKETS, 0x80000000, 0, "packets"),
	CLASS("packets-iso-ffffffff", NEED_ISO_OUT, F_PACKETS, 0xffffffff, 0, "packets"),

	CLASS("interval-int-80000000", NEED_INT_IN, F_INTERVAL, 0x80000000, 0, "interval"),
	CLASS("interval-int-ffffffff", NEED_INT_IN, F_INTERVAL, 0xffffffff, 0, "interval"),
	CLASS("interval-iso-ffffffff", NEED_ISO_OUT, F_INTERVAL, 0xffffffff, 0, "interval"),

	CLASS("iso-offset-1", NEED_ISO_OUT, F_ISO_OFFSET, 1, 0, "iso"),
	CLASS("iso-offset-7fffffff", NEED_ISO_OUT, F_ISO_OFFSET, 0x7fffffff, 0, "iso"),
	CLASS("iso-offset-80000000", NEED_ISO_OUT, F_ISO_OFFSET, 0x80000000, 0, "iso"),
	CLASS("iso-offset-ffffffff", NEED_ISO_OUT, F_ISO_OFFSET, 0xffffffff, 0, "iso"),
	CLASS("iso-length-7fffffff", NEED_ISO_OUT, F_ISO_LENGTH, 0x7fffffff, 0, "iso"),
	CLASS("iso-length-ffffffff", NEED_ISO_OUT, F_ISO_LENGTH, 0xffffffff, 0, "iso"),
	CLASS("iso-actual-1", NEED_ISO_OUT, F_ISO_ACTUAL, 1, 0, "iso"),
	CLASS("iso-actual-ffffffff", NEED_ISO_OUT, F_ISO_ACTUAL, 0xffffffff, 0, "iso"),

	CLASS("seqnum-twice", NEED_INT_IN, F_CUSTOM, 0, 0, "seqnum"),
	CLASS("seqnum-unlink-itself", NEED_INT_IN, F_CUSTOM, 0, 0, "seqnum"),
	CLASS("seqnum-unlink-taken", NEED_INT_IN, F_CUSTOM, 0, 0, "seqnum"),
	CLASS("open-many", NEED_INT_IN, F_CUSTOM, 0, 0, "open"),

	/* Legal, and met: the dock must bear it. */
	{ "interval-int-0", NEED_INT_IN, F_INTERVAL, 0, 0, "none", "-" },
	{ "interval-iso-0", NEED_ISO_OUT, F_INTERVAL, 0, 0, "none", "-" },
	{ "control-in-0", NEED_CONTROL, F_CUSTOM, 0, 0, "none", "-" },
	{ "packets-iso-0", NEED_ISO_OUT, F_CUSTOM, 0, 0, "none", "-" },

	{ "truncated-header", NEED_CONTROL, F_CUSTOM, 0, 0, "truncated", "-" },
	{ "record-key-update", NEED_CONTROL, F_CUSTOM, 0, 0, "key-update", "-" },
	{ "record-key-update-both", NEED_CONTROL, F_CUSTOM, 0, 0, "key-update", "-" },
	{ "record-warning", NEED_CONTROL, F_CUSTOM, 0, 0, "alert", "90" },
	{ "record-alert", NEED_CONTROL, F_CUSTOM, 0, 0, "alert", "80" },
	{ "record-close", NEED_CONTROL, F_CUSTOM, 0, 0, "peer-closed", "-" },
	{ "record-empty-close", NEED_CONTROL, F_CUSTOM, 0, 0, "peer-closed", "-" },
};

const size_t n_tablet_classes =
	sizeof(tablet_classes) / sizeof(tablet_classes[0]);
