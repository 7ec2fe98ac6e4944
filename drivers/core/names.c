// SPDX-License-Identifier: GPL-2.0
/*
 * names.c - words for the kernel log
 */
#include <linux/kernel.h>

#include "core.h"

static const char * const reasons[] = {
	[USBIP_TLS_REASON_NONE] = "none",
	[USBIP_TLS_REASON_LOCAL] = "ended by the local driver",
	[USBIP_TLS_REASON_ADMIN] = "deleted by the administrator",
	[USBIP_TLS_REASON_PEER_CLOSED] = "closed by the peer",
	[USBIP_TLS_REASON_TRUNCATED] = "stream ended without close_notify",
	[USBIP_TLS_REASON_RESET] = "connection reset",
	[USBIP_TLS_REASON_TIMEOUT] = "peer vanished",
	[USBIP_TLS_REASON_NETWORK] = "network error",
	[USBIP_TLS_REASON_ALERT] = "TLS alert",
	[USBIP_TLS_REASON_DECRYPT] = "record failed authentication",
	[USBIP_TLS_REASON_KEY_UPDATE] = "peer changed its keys",
	[USBIP_TLS_REASON_BAD_RECORD] = "unexpected TLS record",
	[USBIP_TLS_REASON_BAD_PDU] = "malformed PDU from the peer",
	[USBIP_TLS_REASON_LOCAL_PDU] = "malformed PDU from the local driver",
	[USBIP_TLS_REASON_RECORD_LIMIT] = "key used up",
	[USBIP_TLS_REASON_NO_MEMORY] = "out of memory",
	[USBIP_TLS_REASON_SILENT] = "an unlink was not answered",
	[USBIP_TLS_REASON_OTHER_DEVICE] = "not the device that was announced",
};

static const char * const violations[] = {
	[USBIP_TLS_VIOLATION_NONE] = "none",
	[USBIP_TLS_VIOLATION_COMMAND] = "command",
	[USBIP_TLS_VIOLATION_DEVID] = "devid",
	[USBIP_TLS_VIOLATION_DIRECTION] = "direction",
	[USBIP_TLS_VIOLATION_ENDPOINT] = "endpoint",
	[USBIP_TLS_VIOLATION_FLAGS] = "flags",
	[USBIP_TLS_VIOLATION_LENGTH] = "length",
	[USBIP_TLS_VIOLATION_PACKETS] = "packets",
	[USBIP_TLS_VIOLATION_ISO] = "iso",
	[USBIP_TLS_VIOLATION_INTERVAL] = "interval",
	[USBIP_TLS_VIOLATION_STATUS] = "status",
	[USBIP_TLS_VIOLATION_SEQNUM] = "seqnum",
	[USBIP_TLS_VIOLATION_OPEN] = "open",
	[USBIP_TLS_VIOLATION_DEVICE] = "device",
	[USBIP_TLS_VIOLATION_INTERFACE] = "interface",
	[USBIP_TLS_VIOLATION_CHANGED] = "changed",
};

const char *usbip_tls_reason_name(u8 reason)
{
	return reason < ARRAY_SIZE(reasons) ? reasons[reason] : "unknown";
}

const char *usbip_tls_violation_name(u32 violation)
{
	return violation < ARRAY_SIZE(violations) ? violations[violation] :
						    "unknown";
}
