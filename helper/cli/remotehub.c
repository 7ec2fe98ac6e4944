// SPDX-License-Identifier: GPL-2.0
/* Reads the configuration files of RemoteHub: see remotehub.h. */
#include <errno.h>
#include <json-c/printbuf.h>
#include <string.h>

#include "cli/remotehub_keys.h"

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

static int unknown(struct ut_rh_reader *r)
{
	char list[200];

	ut_rh_bad(r, "is not a key of RemoteHub");
	ut_err_hint(r->err, "take it out; keys are %s",
		    ut_rh_key_list(list, sizeof(list)));
	return -EINVAL;
}

/*
 * Are all keys known, of the right type, and of one side? UT_RH_BOTH: an error.
 */
static enum ut_rh_side check_keys(struct ut_rh_reader *r, struct json_object *o)
{
	enum ut_rh_side side = UT_RH_BOTH;
	const struct ut_rh_key *k;

	json_object_object_foreach(o, name, v) {
		r->key = name;
		k = ut_rh_key_find(name);
		if (!k) {
			unknown(r);
			return UT_RH_BOTH;
		}
		if (!json_object_is_type(v, k->type)) {
			ut_rh_bad(r, type_text(k->type));
			return UT_RH_BOTH;
		}
		if (k->side == UT_RH_BOTH)
			continue;
		if (side != UT_RH_BOTH && k->side != side) {
			ut_rh_bad(r, side == UT_RH_SERVER ?
				  "does not belong into a server's file" :
				  "does not belong into a client's file");
			return UT_RH_BOTH;
		}
		side = k->side;
	}
	/* A client without TLS needs no key of its own; a server does. */
	return side == UT_RH_BOTH ? UT_RH_CLIENT : side;
}

static int need(struct ut_rh_reader *r, const char *key, bool there)
{
	r->key = key;
	return there ? 0 : ut_rh_bad(r, "is missing");
}

static int needed(struct ut_rh_reader *r, struct json_object *o,
		  enum ut_rh_side side)
{
	const struct ut_remotehub *rh = r->rh;
	bool server = side == UT_RH_SERVER && r->use_tls;
	int ret = need(r, "config_version",
		       json_object_object_get(o, "config_version"));

	if (!ret)
		ret = need(r, "use_tls", json_object_object_get(o, "use_tls"));
	if (!ret && side == UT_RH_CLIENT && r->use_tls)
		ret = need(r, "ca_path", rh->client.ca.v[0]);
	if (!ret && server)
		ret = need(r, "cert_path", rh->server.cert.v[0]);
	if (!ret && server)
		ret = need(r, "key_path", rh->server.key.v[0]);
	return ret;
}

static int read_object(struct ut_rh_reader *r, struct json_object *o)
{
	struct ut_remotehub *rh = r->rh;
	enum ut_rh_side side = check_keys(r, o);
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
	if (side == UT_RH_SERVER)
		rh->server.bcast = -1;
	json_object_object_foreach(o, name, v) {
		r->key = name;
		if (!ret)
			ret = ut_rh_key_find(name)->set(r, v);
	}
	if (side == UT_RH_SERVER) {
		rh->server.file = r->file;
		rh->server.use_tls = r->use_tls;
	} else {
		rh->client.file = r->file;
		rh->client.use_tls = r->use_tls;
	}
	return ret ? ret : needed(r, o, side);
}

/* --- JSON --- */

static unsigned int line_of(const char *text, size_t pos)
{
	unsigned int line = 1;

	while (pos--)
		line += text[pos] == '\n';
	return line;
}

/* As far as json-c lets us: the passphrase in the object, and what it read. */
static void wipe(struct json_object *o, struct json_tokener *tok)
{
	static const char zeros[UT_RH_MAX_FILE];
	struct json_object *pass;

	if (o && json_object_object_get_ex(o, "key_pass", &pass) &&
	    json_object_is_type(pass, json_type_string))
		json_object_set_string_len(pass, zeros,
					   json_object_get_string_len(pass));
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
