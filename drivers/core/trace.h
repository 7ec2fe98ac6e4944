/* SPDX-License-Identifier: GPL-2.0 */
/*
 * trace.h - tracepoints: every state transition and every refusal
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM usbip_tls

#if !defined(USBIP_TLS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define USBIP_TLS_TRACE_H

#include <linux/tracepoint.h>
#include <linux/usbip_tls.h>

#include "wire/usbip_names.h"
#include "wire/usbip_pdu.h"

/* Tools that read the formats know no enum; the kernel puts the numbers there. */
#define USBIP_TLS_TRACE_REASON(name, ...)				\
	TRACE_DEFINE_ENUM(USBIP_TLS_REASON_##name);
#define USBIP_TLS_TRACE_VIOLATION(name, ...)				\
	TRACE_DEFINE_ENUM(USBIP_TLS_VIOLATION_##name);

USBIP_TLS_REASONS(USBIP_TLS_TRACE_REASON)
USBIP_TLS_VIOLATIONS(USBIP_TLS_TRACE_VIOLATION)
TRACE_DEFINE_ENUM(USBIP_TLS_STATE_UNSPEC);
TRACE_DEFINE_ENUM(USBIP_TLS_STATE_NEW);
TRACE_DEFINE_ENUM(USBIP_TLS_STATE_OPEN);
TRACE_DEFINE_ENUM(USBIP_TLS_STATE_CLOSED);

#define show_usbip_tls_state(state)					\
	__print_symbolic(state,						\
		{ USBIP_TLS_STATE_UNSPEC,	"none" },		\
		{ USBIP_TLS_STATE_NEW,		"new" },		\
		{ USBIP_TLS_STATE_OPEN,		"open" },		\
		{ USBIP_TLS_STATE_CLOSED,	"closed" })

/* Each row begins with its comma, because none may follow the last one. */
#define USBIP_TLS_SHOW_REASON(name, word, text)				\
	, { USBIP_TLS_REASON_##name, word }
#define USBIP_TLS_SHOW_VIOLATION(name, word)				\
	, { USBIP_TLS_VIOLATION_##name, word }
#define show_usbip_tls_word(...)	__print_symbolic(__VA_ARGS__)

#define show_usbip_tls_reason(reason)					\
	show_usbip_tls_word(reason USBIP_TLS_REASONS(USBIP_TLS_SHOW_REASON))
#define show_usbip_tls_violation(violation)				\
	show_usbip_tls_word(violation					\
			    USBIP_TLS_VIOLATIONS(USBIP_TLS_SHOW_VIOLATION))

/* A session changed its state. */
TRACE_EVENT(usbip_tls_session,
	TP_PROTO(u32 id, u8 role, u8 from, u8 to, u8 reason, u32 detail),
	TP_ARGS(id, role, from, to, reason, detail),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, detail)
		__field(u8, role)
		__field(u8, from)
		__field(u8, to)
		__field(u8, reason)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->detail = detail;
		__entry->role = role;
		__entry->from = from;
		__entry->to = to;
		__entry->reason = reason;
	),
	TP_printk("id=%u role=%u %s -> %s reason=%s detail=%u",
		  __entry->id, __entry->role,
		  show_usbip_tls_state(__entry->from),
		  show_usbip_tls_state(__entry->to),
		  show_usbip_tls_reason(__entry->reason), __entry->detail)
);

/* No session was made: of a socket, or at all (fd -1). */
TRACE_EVENT(usbip_tls_refuse,
	TP_PROTO(int fd, int err),
	TP_ARGS(fd, err),
	TP_STRUCT__entry(
		__field(int, fd)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->fd = fd;
		__entry->err = err;
	),
	TP_printk("fd=%d err=%d", __entry->fd, __entry->err)
);

/* A PDU broke a rule. flow 0: from the peer, 1: to be sent. */
TRACE_EVENT(usbip_tls_pdu_refuse,
	TP_PROTO(u32 id, bool sent, u32 violation, const struct usbip_pdu *pdu),
	TP_ARGS(id, sent, violation, pdu),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, violation)
		__field(u32, command)
		__field(u32, seqnum)
		__field(u32, devid)
		__field(u32, direction)
		__field(u32, ep)
		__field(u8, flow)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->violation = violation;
		__entry->command = pdu->command;
		__entry->seqnum = pdu->seqnum;
		__entry->devid = pdu->devid;
		__entry->direction = pdu->direction;
		__entry->ep = pdu->ep;
		__entry->flow = sent;
	),
	TP_printk("id=%u flow=%u violation=%s command=%#x seqnum=%u devid=%#x direction=%u ep=%u",
		  __entry->id, __entry->flow,
		  show_usbip_tls_violation(__entry->violation),
		  __entry->command, __entry->seqnum, __entry->devid,
		  __entry->direction, __entry->ep)
);

/* A device is not the one that was announced. */
TRACE_EVENT(usbip_tls_identity,
	TP_PROTO(u32 id, u32 violation),
	TP_ARGS(id, violation),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, violation)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->violation = violation;
	),
	TP_printk("id=%u violation=%s", __entry->id,
		  show_usbip_tls_violation(__entry->violation))
);

/* A TLS record that is not data came in. */
TRACE_EVENT(usbip_tls_record,
	TP_PROTO(u32 id, u8 type, int len),
	TP_ARGS(id, type, len),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(int, len)
		__field(u8, type)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->len = len;
		__entry->type = type;
	),
	TP_printk("id=%u type=%u len=%d", __entry->id, __entry->type,
		  __entry->len)
);

/* An alert was sent, or not (err -EBUSY: a sender was cut off before it). */
TRACE_EVENT(usbip_tls_alert,
	TP_PROTO(u32 id, u8 description, int err),
	TP_ARGS(id, description, err),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(int, err)
		__field(u8, description)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->err = err;
		__entry->description = description;
	),
	TP_printk("id=%u description=%u err=%d", __entry->id,
		  __entry->description, __entry->err)
);

/* The gate for senders was closed or opened. */
TRACE_EVENT(usbip_tls_gate,
	TP_PROTO(u32 id, bool frozen),
	TP_ARGS(id, frozen),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(bool, frozen)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->frozen = frozen;
	),
	TP_printk("id=%u %s", __entry->id,
		  __entry->frozen ? "frozen" : "open")
);

/* Requests of a session begin to wait for memory, or none waits any more. */
TRACE_EVENT(usbip_tls_wait,
	TP_PROTO(u32 id, bool waits),
	TP_ARGS(id, waits),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(bool, waits)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->waits = waits;
	),
	TP_printk("id=%u %s", __entry->id,
		  __entry->waits ? "begins" : "ends")
);

#endif /* USBIP_TLS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
