// SPDX-License-Identifier: GPL-2.0
/* JSON output; the members are documented in usbip-tls(8). */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

struct json_object *ut_json_new(void)
{
	struct json_object *o = json_object_new_object();

	ut_json_uint(o, "schema", UT_JSON_SCHEMA);
	return o;
}

int ut_json_print(struct json_object *o)
{
	const char *text;
	int ret;

	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
					      JSON_C_TO_STRING_SPACED |
					      JSON_C_TO_STRING_NOSLASHESCAPE);
	ret = text && puts(text) >= 0 && !fflush(stdout);
	json_object_put(o);
	return ret ? UT_EXIT_OK : UT_EXIT_FAILURE;
}

void ut_json_string(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, value ? json_object_new_string(value) :
			       NULL);
}

void ut_json_uint(struct json_object *o, const char *key, uint64_t value)
{
	json_object_object_add(o, key, json_object_new_uint64(value));
}

void ut_json_bool(struct json_object *o, const char *key, bool value)
{
	json_object_object_add(o, key, json_object_new_boolean(value));
}

struct json_object *ut_json_array(struct json_object *o, const char *key)
{
	struct json_object *array = json_object_new_array();

	json_object_object_add(o, key, array);
	return array;
}

static void hex(struct json_object *o, const char *key, unsigned int digits,
		unsigned int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%0*x", (int)digits, value);
	ut_json_string(o, key, text);
}

struct json_object *ut_json_op(const struct ut_op_device *dev)
{
	struct json_object *o = json_object_new_object(), *ifs, *one;
	unsigned int i;

	ut_json_string(o, "busid", dev->busid);
	hex(o, "vid", 4, dev->vid);
	hex(o, "pid", 4, dev->pid);
	hex(o, "bcd_device", 4, dev->bcd);
	ut_json_string(o, "manufacturer", dev->manufacturer);
	ut_json_string(o, "product", dev->product);
	ut_json_string(o, "serial", dev->serial);
	ut_json_uint(o, "busnum", dev->busnum);
	ut_json_uint(o, "devnum", dev->devnum);
	ut_json_uint(o, "speed", dev->speed);
	ut_json_string(o, "speed_name", ut_speed_name(dev->speed));
	hex(o, "class", 2, dev->dev_class);
	hex(o, "subclass", 2, dev->dev_sub);
	hex(o, "protocol", 2, dev->dev_proto);
	ut_json_string(o, "path", dev->path);
	ifs = ut_json_array(o, "interfaces");
	for (i = 0; i < dev->nif && i < UT_OP_MAX_INTERFACES; i++) {
		one = json_object_new_object();
		hex(one, "class", 2, dev->interfaces[i][0]);
		hex(one, "subclass", 2, dev->interfaces[i][1]);
		hex(one, "protocol", 2, dev->interfaces[i][2]);
		json_object_array_add(ifs, one);
	}
	return o;
}

struct json_object *ut_json_session(const struct ut_session *s)
{
	struct json_object *o = json_object_new_object();
	char text[256];

	ut_json_uint(o, "id", s->id);
	ut_json_string(o, "role", ut_role_name(s->role));
	ut_json_string(o, "state", ut_state_name(s->state));
	ut_json_string(o, "reason", ut_reason_name(s->reason));
	ut_json_uint(o, "reason_detail", s->reason_detail);
	ut_json_string(o, "reason_text",
		       ut_reason_text(s->reason, s->reason_detail, text,
				      sizeof(text)));
	ut_json_string(o, "peer", s->peer);
	ut_json_string(o, "busid", s->busid);
	ut_json_uint(o, "devid", s->devid);
	if (s->role == USBIP_TLS_ROLE_TABLET)
		ut_json_uint(o, "port", s->port);
	ut_json_string(o, "local_addr",
		       ut_addr_text(&s->local_addr, text, sizeof(text)));
	ut_json_string(o, "peer_addr",
		       ut_addr_text(&s->peer_addr, text, sizeof(text)));
	ut_json_string(o, "tls_version", ut_tls_version_text(s->tls_version));
	ut_json_string(o, "cipher", ut_cipher_name(s->cipher));
	ut_json_uint(o, "age_ms", s->age_ms);
	ut_json_uint(o, "tx_bytes", s->tx_bytes);
	ut_json_uint(o, "rx_bytes", s->rx_bytes);
	ut_json_uint(o, "tx_pdus", s->tx_pdus);
	ut_json_uint(o, "rx_pdus", s->rx_pdus);
	ut_json_uint(o, "tx_records", s->tx_records);
	ut_json_uint(o, "rx_records", s->rx_records);
	ut_json_uint(o, "record_limit", s->record_limit);
	ut_json_uint(o, "dropped_pdus", s->dropped_pdus);
	ut_json_uint(o, "open_urbs", s->open_urbs);
	return o;
}

void ut_json_nodes(struct json_object *o, const struct ut_vhci_nodes *nodes)
{
	struct json_object *a = ut_json_array(o, "nodes");
	size_t i;

	for (i = 0; i < nodes->n; i++)
		json_object_array_add(a,
				      json_object_new_string(nodes->path[i]));
	ut_json_string(o, "drivers", nodes->drivers);
}

struct json_object *ut_json_port(const struct ut_vhci_port *port,
				 const struct ut_session *session,
				 const struct ut_op_device *dev,
				 const struct ut_vhci_nodes *nodes)
{
	struct json_object *o = json_object_new_object();

	ut_json_uint(o, "port", port->port);
	ut_json_string(o, "state", ut_vhci_state_name(port->state));
	ut_json_bool(o, "super_speed", port->super_speed);
	ut_json_uint(o, "remote_busnum", port->devid >> 16);
	ut_json_uint(o, "remote_devnum", port->devid & 0xffff);
	ut_json_string(o, "local_busid", port->busid);
	if (dev)
		json_object_object_add(o, "device", ut_json_op(dev));
	if (nodes)
		ut_json_nodes(o, nodes);
	if (session)
		json_object_object_add(o, "session", ut_json_session(session));
	return o;
}
