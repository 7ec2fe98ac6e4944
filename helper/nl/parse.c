// SPDX-License-Identifier: GPL-2.0
/* From netlink attributes to a struct ut_session, and to a table of them. */
#include <errno.h>
#include <string.h>

#include "base/vec.h"
#include "nl/parse.h"

struct nla_policy ut_nl_policy[USBIP_TLS_A_MAX + 1] = {
	[USBIP_TLS_A_ID] = { .type = NLA_U32 },
	[USBIP_TLS_A_FD] = { .type = NLA_U32 },
	[USBIP_TLS_A_SESSION_FD] = { .type = NLA_U32 },
	[USBIP_TLS_A_ROLE] = { .type = NLA_U8 },
	[USBIP_TLS_A_STATE] = { .type = NLA_U8 },
	[USBIP_TLS_A_REASON] = { .type = NLA_U8 },
	[USBIP_TLS_A_REASON_DETAIL] = { .type = NLA_U32 },
	[USBIP_TLS_A_DEVID] = { .type = NLA_U32 },
	[USBIP_TLS_A_BUSID] = { .type = NLA_STRING,
				.maxlen = USBIP_TLS_BUSID_SIZE },
	[USBIP_TLS_A_PORT] = { .type = NLA_U32 },
	[USBIP_TLS_A_PEER] = { .type = NLA_STRING,
			       .maxlen = USBIP_TLS_PEER_SIZE },
	[USBIP_TLS_A_SERIAL] = { .type = NLA_STRING,
				 .maxlen = USBIP_TLS_SERIAL_SIZE },
	[USBIP_TLS_A_LOCAL_ADDR] = { .minlen = sizeof(struct sockaddr_in) },
	[USBIP_TLS_A_PEER_ADDR] = { .minlen = sizeof(struct sockaddr_in) },
	[USBIP_TLS_A_TLS_VERSION] = { .type = NLA_U16 },
	[USBIP_TLS_A_CIPHER] = { .type = NLA_U8 },
	[USBIP_TLS_A_AGE_MS] = { .type = NLA_U64 },
	[USBIP_TLS_A_TX_BYTES] = { .type = NLA_U64 },
	[USBIP_TLS_A_RX_BYTES] = { .type = NLA_U64 },
	[USBIP_TLS_A_TX_PDUS] = { .type = NLA_U64 },
	[USBIP_TLS_A_RX_PDUS] = { .type = NLA_U64 },
	[USBIP_TLS_A_TX_RECORDS] = { .type = NLA_U64 },
	[USBIP_TLS_A_RX_RECORDS] = { .type = NLA_U64 },
	[USBIP_TLS_A_TX_BLOCKS] = { .type = NLA_U64 },
	[USBIP_TLS_A_RX_BLOCKS] = { .type = NLA_U64 },
	[USBIP_TLS_A_BLOCK_LIMIT] = { .type = NLA_U64 },
	[USBIP_TLS_A_DROPPED_PDUS] = { .type = NLA_U64 },
	[USBIP_TLS_A_OPEN_URBS] = { .type = NLA_U32 },
	[USBIP_TLS_A_PLAIN] = { .type = NLA_FLAG },
};

static uint8_t get_u8(struct nlattr *a)
{
	return a ? nla_get_u8(a) : 0;
}

static uint16_t get_u16(struct nlattr *a)
{
	return a ? nla_get_u16(a) : 0;
}

static uint32_t get_u32(struct nlattr *a)
{
	return a ? nla_get_u32(a) : 0;
}

static uint64_t get_u64(struct nlattr *a)
{
	return a ? nla_get_u64(a) : 0;
}

static void get_string(struct nlattr *a, char *dst, size_t size)
{
	if (!a)
		return;
	nla_strlcpy(dst, a, size);
	ut_sanitize(dst);
}

static void get_addr(struct nlattr *a, struct sockaddr_storage *ss)
{
	size_t len;

	if (!a)
		return;
	len = nla_len(a);
	if (len <= sizeof(*ss))
		memcpy(ss, nla_data(a), len);
}

void ut_nl_parse_session(struct nlattr **a, struct ut_session *s)
{
	memset(s, 0, sizeof(*s));
	s->id = get_u32(a[USBIP_TLS_A_ID]);
	s->role = get_u8(a[USBIP_TLS_A_ROLE]);
	s->state = get_u8(a[USBIP_TLS_A_STATE]);
	s->reason = get_u8(a[USBIP_TLS_A_REASON]);
	s->reason_detail = get_u32(a[USBIP_TLS_A_REASON_DETAIL]);
	s->devid = get_u32(a[USBIP_TLS_A_DEVID]);
	get_string(a[USBIP_TLS_A_BUSID], s->busid, sizeof(s->busid));
	s->port = get_u32(a[USBIP_TLS_A_PORT]);
	get_string(a[USBIP_TLS_A_PEER], s->peer, sizeof(s->peer));
	get_string(a[USBIP_TLS_A_SERIAL], s->serial, sizeof(s->serial));
	get_addr(a[USBIP_TLS_A_LOCAL_ADDR], &s->local_addr);
	get_addr(a[USBIP_TLS_A_PEER_ADDR], &s->peer_addr);
	s->plain = a[USBIP_TLS_A_PLAIN];
	s->tls_version = get_u16(a[USBIP_TLS_A_TLS_VERSION]);
	s->cipher = get_u8(a[USBIP_TLS_A_CIPHER]);
	s->age_ms = get_u64(a[USBIP_TLS_A_AGE_MS]);
	s->tx_bytes = get_u64(a[USBIP_TLS_A_TX_BYTES]);
	s->rx_bytes = get_u64(a[USBIP_TLS_A_RX_BYTES]);
	s->tx_pdus = get_u64(a[USBIP_TLS_A_TX_PDUS]);
	s->rx_pdus = get_u64(a[USBIP_TLS_A_RX_PDUS]);
	s->tx_records = get_u64(a[USBIP_TLS_A_TX_RECORDS]);
	s->rx_records = get_u64(a[USBIP_TLS_A_RX_RECORDS]);
	s->tx_blocks = get_u64(a[USBIP_TLS_A_TX_BLOCKS]);
	s->rx_blocks = get_u64(a[USBIP_TLS_A_RX_BLOCKS]);
	s->block_limit = get_u64(a[USBIP_TLS_A_BLOCK_LIMIT]);
	s->dropped_pdus = get_u64(a[USBIP_TLS_A_DROPPED_PDUS]);
	s->open_urbs = get_u32(a[USBIP_TLS_A_OPEN_URBS]);
}

void ut_nl_add_session(struct ut_nl_table *t, struct nlattr **attrs)
{
	struct ut_session *v;

	if (t->n == UT_NL_TABLE_MAX)
		t->full = -EMSGSIZE;
	if (t->full)
		return;
	v = ut_vec_add(t);
	if (v)
		ut_nl_parse_session(attrs, v);
	else
		t->full = -ENOMEM;
}
