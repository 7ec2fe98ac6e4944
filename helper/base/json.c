// SPDX-License-Identifier: GPL-2.0
/* JSON: see json.h. */
#include <limits.h>

#include "base/json.h"

struct json_object *ut_json_new(void)
{
	struct json_object *o = json_object_new_object();

	ut_json_uint(o, "schema", UT_JSON_SCHEMA);
	return o;
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

void ut_json_count(struct json_object **counts, const char *key, uint64_t n)
{
	struct json_object *v;

	if (!*counts)
		*counts = json_object_new_object();
	if (!*counts)
		return;
	if (!json_object_object_get_ex(*counts, key, &v)) {
		v = json_object_new_uint64(0);
		json_object_object_add(*counts, key, v);
	}
	json_object_int_inc(v, (int64_t)n);
}

static struct json_object *member(struct json_object *o, const char *key,
				  enum json_type type)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) &&
	       json_object_is_type(v, type) ? v : NULL;
}

const char *ut_json_text(struct json_object *o, const char *key)
{
	struct json_object *v = member(o, key, json_type_string);

	return v ? json_object_get_string(v) : "";
}

uint64_t ut_json_number(struct json_object *o, const char *key)
{
	struct json_object *v = member(o, key, json_type_int);

	return v ? json_object_get_uint64(v) : 0;
}

bool ut_json_true(struct json_object *o, const char *key)
{
	struct json_object *v = member(o, key, json_type_boolean);

	return v && json_object_get_boolean(v);
}

struct json_object *ut_json_list(struct json_object *o, const char *key,
				 size_t *n)
{
	struct json_object *v = member(o, key, json_type_array);

	*n = v ? json_object_array_length(v) : 0;
	return v;
}

struct json_object *ut_json_parse(const char *text, size_t len, int depth)
{
	struct json_tokener *tok;
	struct json_object *o = NULL;

	if (len > INT_MAX)
		return NULL;
	tok = json_tokener_new_ex(depth);
	if (!tok)
		return NULL;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(tok, text, (int)len);
	if (json_tokener_get_error(tok) != json_tokener_success ||
	    json_tokener_get_parse_end(tok) != len ||
	    !json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		o = NULL;
	}
	json_tokener_free(tok);
	return o;
}
