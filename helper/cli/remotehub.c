// SPDX-License-Identifier: GPL-2.0
/* Reads the configuration files of RemoteHub: see remotehub.h. */
#include <errno.h>
#include <json-c/printbuf.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/remotehub_keys.h"

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
static const char *at(const struct ut_rh_reader *r, char buf[16])
{
	unsigned int line = line_of_key(r->text, r->len, r->key);

	buf[0] = '\0';
	if (line)
		snprintf(buf, 16, ":%u", line);
	return buf;
}

/* The key that is read means nothing. */
static void warn(const struct ut_rh_reader *r, const char *what)
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

/* --- keys --- */

static const char *type_text(enum json_type type)
{
	switch (type) {
	case json_type_int:
		return "is not a whole number";
	case json_type_boolean:
		return "is neither true nor false";
	case json_type_array:
		return "is not an array";
	default:
		return "is not a string";
	}
}

/* Is the key of the right type, there once, and of the side of those before? */
static int check_key(struct ut_rh_reader *r, const struct ut_rh_key *k,
		     struct json_object *v, enum ut_rh_side *side)
{
	bool *seen = &r->seen[k - ut_rh_keys];

	if (*seen)
		return ut_rh_bad(r, "stands there a second time, in other case");
	*seen = true;
	if (!ut_rh_is_type(v, k->type))
		return ut_rh_bad(r, type_text(k->type));
	if (k->side == UT_RH_BOTH)
		return 0;
	if (*side != UT_RH_BOTH && k->side != *side)
		return ut_rh_bad(r, *side == UT_RH_SERVER ?
				 "does not belong into a server's file" :
				 "does not belong into a client's file");
	*side = k->side;
	return 0;
}

/* Whose file it is; UT_RH_BOTH: an error. */
static enum ut_rh_side check_keys(struct ut_rh_reader *r, struct json_object *o)
{
	enum ut_rh_side side = UT_RH_BOTH;
	const struct ut_rh_key *k;

	json_object_object_foreach(o, name, v) {
		r->key = name;
		k = ut_rh_key_find(name);
		if (!k)
			warn(r, "is not a key of RemoteHub and is left out");
		else if (check_key(r, k, v, &side))
			return UT_RH_BOTH;
	}
	/* A client without TLS needs no key of its own; a server does. */
	return side == UT_RH_BOTH ? UT_RH_CLIENT : side;
}

static int need(struct ut_rh_reader *r, const char *key, bool there)
{
	r->key = key;
	return there ? 0 : ut_rh_bad(r, "is missing");
}

/* RemoteHub goes on without: a client then takes any server's certificate. */
static int need_ca(struct ut_rh_reader *r)
{
	if (r->rh->client.ca.v[0])
		return 0;
	need(r, "ca_path", false);
	ut_err_hint(r->err, "without it RemoteHub does not check who the server is, usbip-tls always does; write the path of the CA's certificate into the file");
	return -EINVAL;
}

static int needed(struct ut_rh_reader *r, enum ut_rh_side side)
{
	const struct ut_rh_server *s = &r->rh->server;
	int ret;

	if (!r->use_tls)
		return 0;
	if (side == UT_RH_CLIENT)
		return need_ca(r);
	ret = need(r, "cert_path", s->cert.v[0]);
	return ret ? ret : need(r, "key_path", s->key.v[0]);
}

static int read_object(struct ut_rh_reader *r, struct json_object *o)
{
	struct ut_remotehub *rh = r->rh;
	enum ut_rh_side side = check_keys(r, o);
	const struct ut_rh_key *k;
	int ret = 0;

	if (side == UT_RH_BOTH)
		return -EINVAL;
	if (side == UT_RH_SERVER ? rh->server.file : rh->client.file) {
		ut_err_set(r->err, UT_EXIT_CONFIG, EINVAL,
			   "%s: a second file of a %s", r->file,
			   side == UT_RH_SERVER ? "server" : "client");
		ut_err_hint(r->err, "import one of a server and one of a client at most");
		return -EINVAL;
	}
	/* What RemoteHub takes where the file says nothing. */
	r->use_tls = true;
	if (side == UT_RH_SERVER) {
		rh->server.bcast = true;
		strcpy(rh->server.name.v, UT_RH_NAME);
	}
	json_object_object_foreach(o, name, v) {
		r->key = name;
		k = ut_rh_key_find(name);
		if (!ret && k)
			ret = k->set(r, v, (char *)rh + k->at);
	}
	if (side == UT_RH_SERVER) {
		rh->server.file = r->file;
		rh->server.use_tls = r->use_tls;
	} else {
		rh->client.file = r->file;
		rh->client.use_tls = r->use_tls;
	}
	return ret ? ret : needed(r, side);
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
		   error == json_tokener_continue ? "it ends too soon" :
		   error ? json_tokener_error_desc(error) :
		   "it is something else");
	ut_err_hint(err, "give the configuration file of a RemoteHub server or client");
	return -EINVAL;
}

int ut_remotehub_read(struct ut_remotehub *rh, const char *file,
		      const char *text, size_t len, struct ut_err *err)
{
	struct ut_rh_reader r = {
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
