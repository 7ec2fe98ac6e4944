/* SPDX-License-Identifier: GPL-2.0 */
/* JSON as the command prints it and the control socket speaks it. */
#ifndef UT_BASE_JSON_H
#define UT_BASE_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

/* Version of all JSON output; grows when a member changes or goes away. */
#define UT_JSON_SCHEMA 1

/* A JSON object that has "schema" already. */
struct json_object *ut_json_new(void);

/* A NULL @value is JSON's null. */
void ut_json_string(struct json_object *o, const char *key, const char *value);
void ut_json_uint(struct json_object *o, const char *key, uint64_t value);
void ut_json_bool(struct json_object *o, const char *key, bool value);

/* An empty array as the member @key of @o, which owns it. */
struct json_object *ut_json_array(struct json_object *o, const char *key);

/*
 * @n more in the member @key of *counts, an object of numbers that is made when it
 * is needed. Without memory they are not counted.
 */
void ut_json_count(struct json_object **counts, const char *key, uint64_t n);

/* --- the way back: a member that is missing, or of another type, is empty --- */

const char *ut_json_text(struct json_object *o, const char *key);	/* or "" */
uint64_t ut_json_number(struct json_object *o, const char *key);	/* or 0 */
bool ut_json_true(struct json_object *o, const char *key);

/* The array @key of @o, or NULL; the number of its elements is in *n. */
struct json_object *ut_json_list(struct json_object *o, const char *key,
				 size_t *n);

/*
 * Parses a text of @len bytes that is one JSON object and nothing else, nested
 * @depth deep at most. NULL: it is not.
 */
struct json_object *ut_json_parse(const char *text, size_t len, int depth);

#endif /* UT_BASE_JSON_H */
