// SPDX-License-Identifier: GPL-2.0
/* A session as JSON: see session_json.h. */
#include "control/session_json.h"

struct json_object *ut_json_session(const struct ut_session *s)
{
	struct json_object *o = json_object_new_object();
	char text[256];

	if (!o)
		return NULL;
	ut_json_uint(o, "id", s->id);
	ut_json_string(o, "role", ut_role_name(s->role));
	ut_json_string(o, "state", ut_state_name(s->state));
	ut_json_string(o, "reason", ut_reason_name(s->reason));
	ut_json_uint(o, "reason_detail", s->reason_detail);
	ut_json_string(o, "reason_text",
		       ut_reason_text(s->reason, s->reason_detail, text,
				      sizeof(text)));
	ut_json_string(o, "peer", s->peer);
	ut_json_string(o, "peer_serial", s->serial);
	ut_json_string(o, "busid", s->busid);
	ut_json_uint(o, "devid", s->devid);
	if (s->role == USBIP_TLS_ROLE_TABLET)
		ut_json_uint(o, "port", s->port);
	ut_json_string(o, "local_addr",
		       ut_addr_text(&s->local_addr, text, sizeof(text)));
	ut_json_string(o, "peer_addr",
		       ut_addr_text(&s->peer_addr, text, sizeof(text)));
	ut_json_string(o, "tls_version", ut_session_version(s));
	ut_json_string(o, "cipher", ut_session_cipher(s));
	ut_json_uint(o, "age_ms", s->age_ms);
	ut_json_uint(o, "tx_bytes", s->tx_bytes);
	ut_json_uint(o, "rx_bytes", s->rx_bytes);
	ut_json_uint(o, "tx_pdus", s->tx_pdus);
	ut_json_uint(o, "rx_pdus", s->rx_pdus);
	ut_json_uint(o, "tx_records", s->tx_records);
	ut_json_uint(o, "rx_records", s->rx_records);
	ut_json_uint(o, "tx_blocks", s->tx_blocks);
	ut_json_uint(o, "rx_blocks", s->rx_blocks);
	ut_json_uint(o, "block_limit", s->block_limit);
	ut_json_uint(o, "dropped_pdus", s->dropped_pdus);
	ut_json_uint(o, "open_urbs", s->open_urbs);
	return o;
}
