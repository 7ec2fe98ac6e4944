// SPDX-License-Identifier: GPL-2.0
/* Reads the configuration files of RemoteHub: see remotehub.h. */
#include <errno.h>
#include <json-c/json.h>
#include <json-c/printbuf.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/remotehub.h"

#define VERSION		1
#define N_KEYS		10

/* Whose file has a key. */
enum side {
	BOTH,
	SERVER,
	CLIENT,
};

/**
 * struct reader - one file while it is read
 * @rh: goes here
 * @key: that is read
 * @size: of what its value goes to
 * @use_tls: of this file, whosesoever it is
 * @seen: keys that the file has
 */
struct reader {
	struct ut_remotehub *rh;
	const char *file;
	const char *text;
	size_t len;
	const char *key;
	size_t size;
	bool use_tls;
	bool seen[N_KEYS];
	struct ut_err *err;
};

/* --- complaints --- */

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

/*
 * The line of a key of the outermost object, of the last one if it is there twice.
 * 0: it is not there, or written with escapes. json-c does not tell where it has
 * found what; it has accepted the text.
 */
static unsigned int line_of_key(const char *text, size_t len, const char *key)
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
static const char *at(const struct reader *r, char buf[16])
{
	unsigned int line = line_of_key(r->text, r->len, r->key);

	buf[0] = '\0';
	if (line)
		snprintf(buf, 16, ":%u", line);
	return buf;
}

/* The key that is read means nothing. */
static void warn(const struct reader *r, const char *what)
{
	char line[16], text[512];

	if (!r->rh->warn)
		return;
	snprintf(text, sizeof(text), "%s%s: warning: \"%.60s\" %s", r->file,
		 at(r, line), r->key, what);
	ut_sanitize(text);
	r->rh->warn(text);
}

/* Something is wrong with it. */
static int bad(const struct reader *r, const char *what)
{
	char line[16];

	ut_err_set(r->err, UT_EXIT_CONFIG, EINVAL, "%s%s: \"%.60s\" %s",
		   r->file, at(r, line), r->key, what);
	ut_err_hint(r->err, "correct the file; usbip-tls help config says what import expects");
	return -EINVAL;
}

/* --- values --- */

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

static int text(const struct reader *r, struct json_object *v, char *dst,
		size_t size)
{
	const char *s = json_object_get_string(v);
	size_t len = (size_t)json_object_get_string_len(v);

	if (strlen(s) != len)
		return bad(r, "holds a NUL character");
	if (len >= size)
		return bad(r, "is too long");
	memcpy(dst, s, len + 1);
	return 0;
}

static int set_text(struct reader *r, struct json_object *v, void *at)
{
	int ret = text(r, v, at, r->size);

	if (!ret && !plain(at))
		return bad(r, "holds characters that a configuration file cannot");
	return ret;
}

static int set_path(struct reader *r, struct json_object *v, void *at)
{
	const char *path = at;
	int ret = set_text(r, v, at);

	if (ret || !path[0] || path[0] == '/')
		return ret;
	bad(r, "is a relative path");
	ut_err_hint(r->err, "RemoteHub took it from the directory it was started in; write the whole path into the file");
	return -EINVAL;
}

static int set_name(struct reader *r, struct json_object *v, void *at)
{
	int ret = set_text(r, v, at);

	if (!ret && strlen(at) >= UT_CONFIG_HOST_NAME_SIZE)
		ret = bad(r, "is longer than 63 bytes");
	return ret;
}

/* Is it of the type? 3240.0 is a whole number. */
static bool is_type(struct json_object *v, enum json_type type)
{
	if (json_object_is_type(v, type))
		return true;
	/* RemoteHub keeps each number as a double. */
	return type == json_type_int &&
	       json_object_is_type(v, json_type_double) &&
	       json_object_get_double(v) == (double)json_object_get_int64(v);
}

static int set_version(struct reader *r, struct json_object *v, void *at)
{
	return json_object_get_int64(v) == VERSION ? 0 :
	       bad(r, "is not 1, the only version there is");
}

/* Of either side; the caller knows which. */
static int set_tls(struct reader *r, struct json_object *v, void *at)
{
	r->use_tls = json_object_get_boolean(v);
	return 0;
}

static int set_bool(struct reader *r, struct json_object *v, void *at)
{
	*(bool *)at = json_object_get_boolean(v);
	return 0;
}

static int set_port(struct reader *r, struct json_object *v, void *at)
{
	int64_t port = json_object_get_int64(v);

	if (port < 1 || port > 65535)
		return bad(r, "is not a port number from 1 to 65535");
	*(uint16_t *)at = (uint16_t)port;
	return 0;
}

/* It goes into the first line of a file, see ut_password_read(). */
static int set_pass(struct reader *r, struct json_object *v, void *at)
{
	char *pass = at;
	int ret = text(r, v, pass, r->size - 1);

	if (!ret && pass[strcspn(pass, "\r\n")])
		ret = bad(r, "has more than one line");
	return ret;
}

/* 3, or {"bus": 3}: the manual of RemoteHub has the one, its program the other. */
static int set_bus(struct reader *r, struct json_object *v)
{
	struct ut_rh_server *s = &r->rh->server;
	struct json_object *bus = v;
	int64_t number;

	if (json_object_is_type(v, json_type_object) &&
	    (json_object_object_length(v) != 1 ||
	     !json_object_object_get_ex(v, "bus", &bus)))
		return bad(r, "has an item that is not {\"bus\": NUMBER}");
	if (!is_type(bus, json_type_int))
		return bad(r, "has an item that is not {\"bus\": NUMBER}");
	number = json_object_get_int64(bus);
	if (number < 1 || number > 65535)
		return bad(r, "has a bus that is not from 1 to 65535");
	_Static_assert(UT_RH_MAX_BUSES == 255, "the message says so");
	if (s->n_buses == UT_RH_MAX_BUSES)
		return bad(r, "has more than 255 items");
	s->buses[s->n_buses++] = (unsigned int)number;
	return 0;
}

static int set_buses(struct reader *r, struct json_object *v, void *at)
{
	size_t i, n = json_object_array_length(v);
	int ret = 0;

	for (i = 0; !ret && i < n; i++)
		ret = set_bus(r, json_object_array_get_idx(v, i));
	return ret;
}

/* --- keys --- */

#define AT(member)						\
	offsetof(struct ut_remotehub, member),			\
	sizeof(((struct ut_remotehub *)0)->member)

/**
 * struct key - one key
 * @exact: upper and lower case differ
 * @side: whose file has it
 * @set: takes a value of the type to @at. 0, or -EINVAL and the reader's error is set
 * @at: offset in struct ut_remotehub
 * @size: of what is there
 */
static const struct key {
	const char *name;
	bool exact;
	enum side side;
	enum json_type type;
	int (*set)(struct reader *r, struct json_object *v, void *at);
	size_t at;
	size_t size;
} keys[] = {
	{ "config_version", false, BOTH, json_type_int, set_version, 0, 0 },
	{ "use_tls", false, BOTH, json_type_boolean, set_tls, 0, 0 },
	{ "server_name", false, SERVER, json_type_string, set_name,
	  AT(server.name) },
	{ "port", false, SERVER, json_type_int, set_port, AT(server.port) },
	{ "bcast_enabled", false, SERVER, json_type_boolean, set_bool,
	  AT(server.bcast) },
	{ "cert_path", false, SERVER, json_type_string, set_path,
	  AT(server.cert) },
	{ "key_path", false, SERVER, json_type_string, set_path,
	  AT(server.key) },
	{ "key_pass", false, SERVER, json_type_string, set_pass,
	  AT(server.pass) },
	{ "disable_array", true, SERVER, json_type_array, set_buses, 0, 0 },
	{ "ca_path", false, CLIENT, json_type_string, set_path,
	  AT(client.ca) },
};

_Static_assert(sizeof(keys) / sizeof(keys[0]) == N_KEYS,
	       "a reader has a place for each key, and no more");

/*
 * As RemoteHub looks for it: but for "disable_array", upper and lower case are
 * the same. NULL: there is none such.
 */
static const struct key *find(const char *name)
{
	const struct key *k;

	for (k = keys; k < keys + N_KEYS; k++)
		if (k->exact ? !strcmp(k->name, name) :
			       !strcasecmp(k->name, name))
			return k;
	return NULL;
}

/* Is the key of the right type, there once, and of the side of those before? */
static int check_key(struct reader *r, const struct key *k,
		     struct json_object *v, enum side *side)
{
	static const char *const not[] = {
		[json_type_boolean] = "is neither true nor false",
		[json_type_int] = "is not a whole number",
		[json_type_array] = "is not an array",
		[json_type_string] = "is not a string",
	};

	if (r->seen[k - keys])
		return bad(r, "appears twice, in different case");
	r->seen[k - keys] = true;
	if (!is_type(v, k->type))
		return bad(r, not[k->type]);
	if (k->side == BOTH)
		return 0;
	if (*side != BOTH && k->side != *side)
		return bad(r, *side == SERVER ?
			   "does not belong in a server's file" :
			   "does not belong in a client's file");
	*side = k->side;
	return 0;
}

/* Whose file it is; BOTH: an error. */
static enum side check_keys(struct reader *r, struct json_object *o)
{
	enum side side = BOTH;
	const struct key *k;

	json_object_object_foreach(o, name, v) {
		r->key = name;
		k = find(name);
		if (!k)
			warn(r, "is not a key of RemoteHub and is left out");
		else if (check_key(r, k, v, &side))
			return BOTH;
	}
	/* A client without TLS needs no key of its own; a server does. */
	return side == BOTH ? CLIENT : side;
}

/* Is there what TLS cannot do without? */
static int check_needed(struct reader *r, enum side side)
{
	const struct ut_rh_server *s = &r->rh->server;

	if (!r->use_tls || (side == SERVER ? s->cert[0] && s->key[0] :
					     r->rh->client.ca[0]))
		return 0;
	r->key = side == CLIENT ? "ca_path" : s->cert[0] ? "key_path" :
							   "cert_path";
	bad(r, "is missing");
	/* RemoteHub goes on without, and then takes any server's certificate. */
	if (side == CLIENT)
		ut_err_hint(r->err, "without it RemoteHub does not check who the server is, but usbip-tls always does; write the path of the CA's certificate into the file");
	return -EINVAL;
}

static int read_object(struct reader *r, struct json_object *o)
{
	struct ut_remotehub *rh = r->rh;
	enum side side = check_keys(r, o);
	bool server = side == SERVER;
	const char **file = server ? &rh->server.file : &rh->client.file;
	const struct key *k;
	int ret = 0;

	if (side == BOTH)
		return -EINVAL;
	if (*file) {
		ut_err_set(r->err, UT_EXIT_CONFIG, EINVAL,
			   "%s: a second file of a %s", r->file,
			   server ? "server" : "client");
		ut_err_hint(r->err, "import one of a server and one of a client at most");
		return -EINVAL;
	}
	*file = r->file;
	/* What RemoteHub takes where the file says nothing. */
	r->use_tls = true;
	if (server) {
		rh->server.bcast = true;
		strcpy(rh->server.name, UT_RH_NAME);
	}
	json_object_object_foreach(o, name, v) {
		r->key = name;
		k = find(name);
		if (ret || !k)
			continue;
		r->size = k->size;
		ret = k->set(r, v, (char *)rh + k->at);
	}
	*(server ? &rh->server.use_tls : &rh->client.use_tls) = r->use_tls;
	return ret ? ret : check_needed(r, side);
}

/* --- JSON --- */

static unsigned int line_of(const char *text, size_t pos)
{
	unsigned int line = 1;

	while (pos--)
		line += text[pos] == '\n';
	return line;
}

static void wipe_text(struct json_object *o)
{
	static const char zeros[UT_RH_MAX_FILE];

	if (json_object_is_type(o, json_type_string))
		json_object_set_string_len(o, zeros,
					   json_object_get_string_len(o));
}

/* As far as json-c lets us: the passphrase in the object, and what it read. */
static void wipe(struct json_object *o, struct json_tokener *tok)
{
	if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, name, v) {
			if (!strcasecmp(name, "key_pass"))
				wipe_text(v);
		}
	}
	if (tok->pb && tok->pb->buf)
		explicit_bzero(tok->pb->buf, (size_t)tok->pb->size);
}

static int not_json(struct json_tokener *tok, const char *file,
		    const char *text, struct ut_err *err)
{
	enum json_tokener_error error = json_tokener_get_error(tok);

	ut_err_set(err, UT_EXIT_CONFIG, EINVAL, "%s:%u: not a JSON object: %s",
		   file, line_of(text, json_tokener_get_parse_end(tok)),
		   error == json_tokener_continue ? "it is incomplete" :
		   error ? json_tokener_error_desc(error) :
		   "it is something else");
	ut_err_hint(err, "give the configuration file of a RemoteHub server or client");
	return -EINVAL;
}

int ut_remotehub_read(struct ut_remotehub *rh, const char *file,
		      const char *text, size_t len, struct ut_err *err)
{
	struct reader r = {
		.rh = rh, .file = file, .text = text, .err = err,
	};
	struct json_tokener *tok;
	struct json_object *o;
	int ret;

	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	if (len > UT_RH_MAX_FILE)
		return ut_err_set(err, UT_EXIT_CONFIG, EINVAL,
				  "%s is longer than %d bytes", file,
				  UT_RH_MAX_FILE);
	tok = json_tokener_new_ex(UT_RH_MAX_DEPTH);
	if (!tok)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot read %s", file);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
			       JSON_TOKENER_VALIDATE_UTF8);
	r.len = len;
	o = json_tokener_parse_ex(tok, text, (int)len);
	/* json-c takes a NUL for the end, wherever it stands. */
	if (!json_object_is_type(o, json_type_object) || memchr(text, 0, len))
		ret = not_json(tok, file, text, err);
	else
		ret = read_object(&r, o);
	wipe(o, tok);
	json_object_put(o);
	json_tokener_free(tok);
	return ret;
}
