// SPDX-License-Identifier: GPL-2.0
/* The keys of RemoteHub's files and how their values are taken. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/remotehub_keys.h"

#define VERSION 1

/* A string that can stand behind "key = " and comes back as it is. */
static bool plain(const char *s)
{
	size_t len = strlen(s), i;

	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f || s[i] == '"' ||
		    (s[i] == ';' && (!i || s[i - 1] == ' ')))
			return false;
	return !len || (s[0] != ' ' && s[len - 1] != ' ');
}

static int text(const struct ut_rh_reader *r, struct json_object *v, char *dst,
		size_t size)
{
	const char *s = json_object_get_string(v);
	size_t len = (size_t)json_object_get_string_len(v);

	if (strlen(s) != len)
		return ut_rh_bad(r, "holds a NUL character");
	if (len >= size)
		return ut_rh_bad(r, "is too long");
	memcpy(dst, s, len + 1);
	return 0;
}

static int set_text(struct ut_rh_reader *r, struct json_object *v, void *at)
{
	struct ut_rh_text *dst = at;
	int ret = text(r, v, dst->v, sizeof(dst->v));

	if (!ret && !plain(dst->v))
		return ut_rh_bad(r, "holds characters that a configuration file cannot");
	return ret;
}

static int set_path(struct ut_rh_reader *r, struct json_object *v, void *at)
{
	const char *path = ((struct ut_rh_text *)at)->v;
	int ret = set_text(r, v, at);

	if (ret || !path[0] || path[0] == '/')
		return ret;
	ut_rh_bad(r, "is a relative path");
	ut_err_hint(r->err, "RemoteHub took it from the directory it was started in; write the whole path into the file");
	return -EINVAL;
}

static int set_name(struct ut_rh_reader *r, struct json_object *v, void *at)
{
	int ret = set_text(r, v, at);

	if (!ret && strlen(r->rh->server.name.v) >= UT_CONFIG_HOST_NAME_SIZE)
		ret = ut_rh_bad(r, "is longer than 63 bytes");
	return ret;
}

bool ut_rh_is_type(struct json_object *v, enum json_type type)
{
	if (json_object_is_type(v, type))
		return true;
	/* RemoteHub keeps each number as a double. */
	return type == json_type_int &&
	       json_object_is_type(v, json_type_double) &&
	       json_object_get_double(v) == (double)json_object_get_int64(v);
}

static int set_version(struct ut_rh_reader *r, struct json_object *v, void *at)
{
	return json_object_get_int64(v) == VERSION ? 0 :
	       ut_rh_bad(r, "is not 1, the only version there is");
}

/* Of either side; the caller knows which. */
static int set_tls(struct ut_rh_reader *r, struct json_object *v, void *at)
{
	r->use_tls = json_object_get_boolean(v);
	return 0;
}

static int set_bool(struct ut_rh_reader *r, struct json_object *v, void *at)
{
	*(bool *)at = json_object_get_boolean(v);
	return 0;
}

static int set_port(struct ut_rh_reader *r, struct json_object *v, void *at)
{
	int64_t port = json_object_get_int64(v);

	if (port < 1 || port > 65535)
		return ut_rh_bad(r, "is not a port number from 1 to 65535");
	*(uint16_t *)at = (uint16_t)port;
	return 0;
}

/* It goes into the first line of a file, see ut_password_read(). */
static int set_pass(struct ut_rh_reader *r, struct json_object *v, void *at)
{
	char *pass = at;
	int ret = text(r, v, pass, UT_PASSWORD_SIZE - 1);

	if (!ret && pass[strcspn(pass, "\r\n")])
		ret = ut_rh_bad(r, "has more than one line");
	return ret;
}

/* 3, or {"bus": 3}: the manual of RemoteHub has the one, its program the other. */
static int set_bus(struct ut_rh_reader *r, struct json_object *v)
{
	struct ut_rh_server *s = &r->rh->server;
	struct json_object *bus = v;
	int64_t number;

	if (json_object_is_type(v, json_type_object) &&
	    (json_object_object_length(v) != 1 ||
	     !json_object_object_get_ex(v, "bus", &bus)))
		return ut_rh_bad(r, "has an item that is not {\"bus\": NUMBER}");
	if (!ut_rh_is_type(bus, json_type_int))
		return ut_rh_bad(r, "has an item that is not {\"bus\": NUMBER}");
	number = json_object_get_int64(bus);
	if (number < 1 || number > 65535)
		return ut_rh_bad(r, "has a bus that is not from 1 to 65535");
	if (s->n_buses == UT_RH_MAX_BUSES)
		return ut_rh_bad(r, "has more than 255 items");
	s->buses[s->n_buses++] = (unsigned int)number;
	return 0;
}

static int set_buses(struct ut_rh_reader *r, struct json_object *v, void *at)
{
	size_t i, n = json_object_array_length(v);
	int ret = 0;

	for (i = 0; !ret && i < n; i++)
		ret = set_bus(r, json_object_array_get_idx(v, i));
	return ret;
}

_Static_assert(UT_RH_MAX_BUSES == 255, "a message says so");

/* --- keys --- */

#define AT(member) offsetof(struct ut_remotehub, member)

const struct ut_rh_key ut_rh_keys[] = {
	{ "config_version", false, UT_RH_BOTH, json_type_int, set_version, 0 },
	{ "use_tls", false, UT_RH_BOTH, json_type_boolean, set_tls, 0 },
	{ "server_name", false, UT_RH_SERVER, json_type_string, set_name,
	  AT(server.name) },
	{ "port", false, UT_RH_SERVER, json_type_int, set_port,
	  AT(server.port) },
	{ "bcast_enabled", false, UT_RH_SERVER, json_type_boolean, set_bool,
	  AT(server.bcast) },
	{ "cert_path", false, UT_RH_SERVER, json_type_string, set_path,
	  AT(server.cert) },
	{ "key_path", false, UT_RH_SERVER, json_type_string, set_path,
	  AT(server.key) },
	{ "key_pass", false, UT_RH_SERVER, json_type_string, set_pass,
	  AT(server.pass) },
	{ "disable_array", true, UT_RH_SERVER, json_type_array, set_buses, 0 },
	{ "ca_path", false, UT_RH_CLIENT, json_type_string, set_path,
	  AT(client.ca) },
};

_Static_assert(sizeof(ut_rh_keys) / sizeof(ut_rh_keys[0]) == UT_RH_N_KEYS,
	       "the number of keys is another");

const struct ut_rh_key *ut_rh_key_find(const char *name)
{
	const struct ut_rh_key *k;

	for (k = ut_rh_keys; k < ut_rh_keys + UT_RH_N_KEYS; k++)
		if (k->exact ? !strcmp(k->name, name) :
			       !strcasecmp(k->name, name))
			return k;
	return NULL;
}
