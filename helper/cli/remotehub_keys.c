// SPDX-License-Identifier: GPL-2.0
/* The keys of RemoteHub's files and how their values are taken. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/remotehub_keys.h"

#define VERSION 1

/* The end of the string that begins behind @p's quotation mark. */
static const char *string_end(const char *p, const char *end)
{
	while (p < end && *p != '"')
		p += *p == '\\' ? 2 : 1;
	return p < end ? p : end;
}

static bool colon_follows(const char *p, const char *end)
{
	while (p < end && strchr(" \t\r\n", *p))
		p++;
	return p < end && *p == ':';
}

/* json-c does not tell where it has found what; it has accepted the text. */
unsigned int ut_rh_line(const char *text, size_t len, const char *key)
{
	const char *end = text + len, *p, *name;
	unsigned int line = 1, found = 0;
	int depth = 0;

	for (p = text; p < end; p++) {
		line += *p == '\n';
		depth += *p == '{' || *p == '[';
		depth -= *p == '}' || *p == ']';
		if (*p != '"')
			continue;
		name = p + 1;
		p = string_end(name, end);
		if (depth == 1 && p < end && colon_follows(p + 1, end) &&
		    (size_t)(p - name) == strlen(key) &&
		    !memcmp(name, key, strlen(key)))
			found = line;
	}
	return found;
}

/* ":7", or nothing. */
static const char *at(const struct ut_rh_reader *r, char buf[16])
{
	unsigned int line = ut_rh_line(r->text, r->len, r->key);

	buf[0] = '\0';
	if (line)
		snprintf(buf, 16, ":%u", line);
	return buf;
}

void ut_rh_warn(const struct ut_rh_reader *r, const char *what)
{
	char line[16], text[512];

	if (!r->rh->warn)
		return;
	snprintf(text, sizeof(text), "%s%s: warning: \"%.60s\" %s", r->file,
		 at(r, line), r->key, what);
	ut_sanitize(text);
	r->rh->warn(text);
}

int ut_rh_bad(const struct ut_rh_reader *r, const char *what)
{
	char line[16];

	ut_err_set(r->err, UT_EXIT_CONFIG, EINVAL, "%s%s: \"%.60s\" %s",
		   r->file, at(r, line), r->key, what);
	ut_err_hint(r->err, "correct the file; usbip-tls help config tells what import expects");
	return -EINVAL;
}

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

static int set_text(const struct ut_rh_reader *r, struct json_object *v,
		    struct ut_rh_text *dst)
{
	int ret = text(r, v, dst->v, sizeof(dst->v));

	if (!ret && !plain(dst->v))
		return ut_rh_bad(r, "holds characters that a configuration file cannot");
	dst->set = true;
	return ret;
}

static int set_path(const struct ut_rh_reader *r, struct json_object *v,
		    struct ut_rh_text *dst)
{
	int ret = set_text(r, v, dst);

	if (ret || !dst->v[0] || dst->v[0] == '/')
		return ret;
	ut_rh_bad(r, "is a relative path");
	ut_err_hint(r->err, "RemoteHub took it from the directory it was started in; write the whole path into the file");
	return -EINVAL;
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

static int set_version(struct ut_rh_reader *r, struct json_object *v)
{
	return json_object_get_int64(v) == VERSION ? 0 :
	       ut_rh_bad(r, "is not 1, the only version there is");
}

static int set_tls(struct ut_rh_reader *r, struct json_object *v)
{
	r->use_tls = json_object_get_boolean(v);
	return 0;
}

static int set_name(struct ut_rh_reader *r, struct json_object *v)
{
	int ret = set_text(r, v, &r->rh->server.name);

	if (!ret && strlen(r->rh->server.name.v) >= UT_CONFIG_HOST_NAME_SIZE)
		ret = ut_rh_bad(r, "is longer than 63 bytes");
	return ret;
}

static int set_port(struct ut_rh_reader *r, struct json_object *v)
{
	int64_t port = json_object_get_int64(v);

	if (port < 1 || port > 65535)
		return ut_rh_bad(r, "is not a port number from 1 to 65535");
	r->rh->server.port = (uint16_t)port;
	return 0;
}

static int set_bcast(struct ut_rh_reader *r, struct json_object *v)
{
	r->rh->server.bcast = json_object_get_boolean(v);
	return 0;
}

static int set_cert(struct ut_rh_reader *r, struct json_object *v)
{
	return set_path(r, v, &r->rh->server.cert);
}

static int set_key(struct ut_rh_reader *r, struct json_object *v)
{
	return set_path(r, v, &r->rh->server.key);
}

static int set_ca(struct ut_rh_reader *r, struct json_object *v)
{
	return set_path(r, v, &r->rh->client.ca);
}

/* It goes into the first line of a file, see ut_password_read(). */
static int set_pass(struct ut_rh_reader *r, struct json_object *v)
{
	char *pass = r->rh->server.pass;
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

static int set_buses(struct ut_rh_reader *r, struct json_object *v)
{
	size_t i, n = json_object_array_length(v);
	int ret = 0;

	for (i = 0; !ret && i < n; i++)
		ret = set_bus(r, json_object_array_get_idx(v, i));
	return ret;
}

_Static_assert(UT_RH_MAX_BUSES == 255, "a message says so");

/* --- keys --- */

const struct ut_rh_key ut_rh_keys[] = {
	{ "config_version", false, UT_RH_BOTH, json_type_int, set_version },
	{ "use_tls", false, UT_RH_BOTH, json_type_boolean, set_tls },
	{ "server_name", false, UT_RH_SERVER, json_type_string, set_name },
	{ "port", false, UT_RH_SERVER, json_type_int, set_port },
	{ "bcast_enabled", false, UT_RH_SERVER, json_type_boolean, set_bcast },
	{ "cert_path", false, UT_RH_SERVER, json_type_string, set_cert },
	{ "key_path", false, UT_RH_SERVER, json_type_string, set_key },
	{ "key_pass", false, UT_RH_SERVER, json_type_string, set_pass },
	{ "disable_array", true, UT_RH_SERVER, json_type_array, set_buses },
	{ "ca_path", false, UT_RH_CLIENT, json_type_string, set_ca },
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
