// SPDX-License-Identifier: GPL-2.0
/*
 * What a hostile dock answers to a tablet. Those of NEED_CONTROL come while the
 * tablet looks at the new device; the others need "ut-peer submit" on the tablet.
 */
#include "peer.h"

#define CLASS(name, need, field, value, violation) \
	{ name, need, field, value, 0, "bad-pdu", violation }

const struct peer_class dock_classes[] = {
	CLASS("command-0", NEED_CONTROL, F_COMMAND, 0, "command"),
	CLASS("command-cmd-submit", NEED_CONTROL, F_COMMAND, 1, "command"),
	CLASS("command-cmd-unlink", NEED_CONTROL, F_COMMAND, 2, "command"),
	CLASS("command-80000000", NEED_CONTROL, F_COMMAND, 0x80000000, "command"),
	CLASS("command-ffffffff", NEED_CONTROL, F_COMMAND, 0xffffffff, "command"),

	CLASS("devid-7fffffff", NEED_CONTROL, F_DEVID, 0x7fffffff, "devid"),
	CLASS("devid-ffffffff", NEED_CONTROL, F_DEVID, 0xffffffff, "devid"),
	CLASS("direction-2", NEED_CONTROL, F_DIRECTION, 2, "direction"),
	CLASS("direction-80000000", NEED_CONTROL, F_DIRECTION, 0x80000000, "direction"),
	CLASS("endpoint-16", NEED_CONTROL, F_EP, 16, "endpoint"),
	CLASS("endpoint-ffffffff", NEED_CONTROL, F_EP, 0xffffffff, "endpoint"),

	CLASS("status-inprogress", NEED_CONTROL, F_STATUS, (uint32_t)-115, "status"),
	CLASS("status-80000000", NEED_CONTROL, F_STATUS, 0x80000000, "status"),

	CLASS("length-over", NEED_CONTROL, F_ACTUAL, 65537, "length"),
	CLASS("length-7fffffff", NEED_CONTROL, F_ACTUAL, 0x7fffffff, "length"),
	CLASS("length-80000000", NEED_CONTROL, F_ACTUAL, 0x80000000, "length"),
	CLASS("length-ffffffff", NEED_CONTROL, F_ACTUAL, 0xffffffff, "length"),
	CLASS("length-bulk-in-over", NEED_BULK_IN, F_ACTUAL, 513, "length"),
	CLASS("length-bulk-in-7fffffff", NEED_BULK_IN, F_ACTUAL, 0x7fffffff, "length"),
	CLASS("length-bulk-in-80000000", NEED_BULK_IN, F_ACTUAL, 0x80000000, "length"),
	CLASS("length-bulk-in-ffffffff", NEED_BULK_IN, F_ACTUAL, 0xffffffff, "length"),
	CLASS("length-bulk-out-over", NEED_BULK_OUT, F_ACTUAL, 513, "length"),
	CLASS("length-bulk-out-7fffffff", NEED_BULK_OUT, F_ACTUAL, 0x7fffffff, "length"),
	CLASS("length-bulk-out-80000000", NEED_BULK_OUT, F_ACTUAL, 0x80000000, "length"),
	CLASS("length-int-ffffffff", NEED_INT_IN, F_ACTUAL, 0xffffffff, "length"),
	CLASS("length-iso-in-7fffffff", NEED_ISO_IN, F_ACTUAL, 0x7fffffff, "length"),
	CLASS("length-iso-out-ffffffff", NEED_ISO_OUT, F_ACTUAL, 0xffffffff, "length"),

	CLASS("packets-control-1", NEED_CONTROL, F_PACKETS, 1, "packets"),
	CLASS("packets-control-7fffffff", NEED_CONTROL, F_PACKETS, 0x7fffffff, "packets"),
	CLASS("packets-control-80000000", NEED_CONTROL, F_PACKETS, 0x80000000, "packets"),
	CLASS("packets-iso-0", NEED_ISO_IN, F_PACKETS, 0, "packets"),
	CLASS("packets-iso-2", NEED_ISO_IN, F_PACKETS, 2, "packets"),
	CLASS("packets-iso-7fffffff", NEED_ISO_IN, F_PACKETS, 0x7fffffff, "packets"),
	CLASS("packets-iso-80000000", NEED_ISO_OUT, F_PACKETS, 0x80000000, "packets"),
	CLASS("packets-iso-ffffffff", NEED_ISO_OUT, F_PACKETS, 0xffffffff, "packets"),
	CLASS("packets-errors-2", NEED_ISO_IN, F_ERRORS, 2, "packets"),
	CLASS("packets-errors-ffffffff", NEED_ISO_OUT, F_ERRORS, 0xffffffff, "packets"),

	CLASS("iso-offset-1", NEED_ISO_IN, F_ISO_OFFSET, 1, "iso"),
	CLASS("iso-offset-7fffffff", NEED_ISO_IN, F_ISO_OFFSET, 0x7fffffff, "iso"),
	CLASS("iso-offset-ffffffff", NEED_ISO_IN, F_ISO_OFFSET, 0xffffffff, "iso"),
	CLASS("iso-length-ffffffff", NEED_ISO_IN, F_ISO_LENGTH, 0xffffffff, "iso"),
	CLASS("iso-actual-0", NEED_ISO_IN, F_ISO_ACTUAL, 0, "iso"),
	CLASS("iso-actual-7fffffff", NEED_ISO_IN, F_ISO_ACTUAL, 0x7fffffff, "iso"),
	CLASS("iso-actual-ffffffff", NEED_ISO_OUT, F_ISO_ACTUAL, 0xffffffff, "iso"),
	CLASS("iso-status-1", NEED_ISO_IN, F_ISO_STATUS, 1, "iso"),

	CLASS("seqnum-0", NEED_CONTROL, F_SEQNUM, 0, "seqnum"),
	CLASS("seqnum-7fffffff", NEED_CONTROL, F_SEQNUM, 0x7fffffff, "seqnum"),
	CLASS("seqnum-ffffffff", NEED_CONTROL, F_SEQNUM, 0xffffffff, "seqnum"),
	CLASS("seqnum-next", NEED_CONTROL, F_CUSTOM, 0, "seqnum"),
	CLASS("seqnum-twice", NEED_CONTROL, F_CUSTOM, 0, "seqnum"),
	CLASS("seqnum-unlink", NEED_CONTROL, F_COMMAND, 4, "seqnum"),

	/* Legal, and met, or right though useless: the tablet must bear it. */
	{ "status-1", NEED_CONTROL, F_STATUS, 1, 0, "none", "-" },
	{ "status-7fffffff", NEED_CONTROL, F_STATUS, 0x7fffffff, 0, "none", "-" },
	{ "length-0", NEED_CONTROL, F_ACTUAL, 0, 0, "none", "-" },
	{ "record-ticket", NEED_CONTROL, F_CUSTOM, 0, 0, "none", "-" },

	{ "truncated-header", NEED_CONTROL, F_CUSTOM, 0, 0, "truncated", "-" },
	{ "record-key-update", NEED_CONTROL, F_CUSTOM, 0, 0, "key-update", "-" },
	{ "record-key-update-both", NEED_CONTROL, F_CUSTOM, 0, 0, "key-update", "-" },
	{ "record-warning", NEED_CONTROL, F_CUSTOM, 0, 0, "alert", "90" },
	{ "record-alert", NEED_CONTROL, F_CUSTOM, 0, 0, "alert", "80" },
	{ "record-close", NEED_CONTROL, F_CUSTOM, 0, 0, "peer-closed", "-" },
	{ "record-empty-close", NEED_CONTROL, F_CUSTOM, 0, 0, "peer-closed", "-" },
};

const size_t n_dock_classes = sizeof(dock_classes) / sizeof(dock_classes[0]);
