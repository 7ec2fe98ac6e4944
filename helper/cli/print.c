// SPDX-License-Identifier: GPL-2.0
/* JSON, for programs as it is and for persons as a text made of its members. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

int ut_json_print(struct json_object *o)
{
	const char *text;

	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
					      JSON_C_TO_STRING_SPACED |
					      JSON_C_TO_STRING_NOSLASHESCAPE);
	return text && puts(text) >= 0 && !fflush(stdout) ? UT_EXIT_OK :
							     UT_EXIT_FAILURE;
}

/* "2 d 3 h", "4 min 5 s", "6 s" */
static void age_text(uint64_t ms, char *buf, size_t size)
{
	unsigned long long s = ms / 1000;

	if (s >= 86400)
		snprintf(buf, size, "%llu d %llu h", s / 86400,
			 s % 86400 / 3600);
	else if (s >= 3600)
		snprintf(buf, size, "%llu h %llu min", s / 3600,
			 s % 3600 / 60);
	else if (s >= 60)
		snprintf(buf, size, "%llu min %llu s", s / 60, s % 60);
	else
		snprintf(buf, size, "%llu s", s);
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

void ut_json_device_text(struct json_object *o, const struct ut_op_device *dev)
{
	char text[300];

	ut_json_string(o, "device_text", ut_op_text(dev, text, sizeof(text)));
}

/* --- a text made of an object --- */

/* "name", or "name.of.a.member"; NULL: there is none. */
static struct json_object *member(struct json_object *o, const char *name,
				  size_t len)
{
	const char *end = name + len;
	char key[32];

	for (; name < end; name += len + 1) {
		len = strcspn(name, ".}?:");
		snprintf(key, sizeof(key), "%.*s", (int)len, name);
		if (!json_object_object_get_ex(o, key, &o))
			return NULL;
	}
	return o;
}

/* It is there, and not empty, 0 or false. */
static bool is_set(struct json_object *o, const char *name, size_t len)
{
	struct json_object *v = member(o, name, len);

	return json_object_is_type(v, json_type_object) ||
	       (json_object_is_type(v, json_type_array) &&
		json_object_array_length(v)) || json_object_get_boolean(v);
}

/* What stands in {}. */
static void print_member(struct json_object *o, const char *name)
{
	bool number = *name == '#', age = *name == '~';
	size_t len = strcspn(name += number || age, ":}");
	struct json_object *v = member(o, name, len);
	char text[1024] = "";

	if (number)
		snprintf(text, sizeof(text), "%" PRIu64,
			 json_object_get_uint64(v));
	else if (age)
		age_text(json_object_get_uint64(v), text, sizeof(text));
	else if (json_object_is_type(v, json_type_string))
		snprintf(text, sizeof(text), "%s", json_object_get_string(v));
	ut_sanitize(text);
	printf("%*s", name[len] == ':' ? -atoi(name + len + 1) : 0, text);
}

/* Up to the end, or that of the bracket, which it returns. */
static const char *print(struct json_object *o, const char *p, bool show)
{
	bool not;
	size_t len;

	while (*p && *p != ']') {
		len = strcspn(p, "{[]");
		if (show)
			fwrite(p, 1, len, stdout);
		p += len;
		if (*p == '{') {
			if (show)
				print_member(o, p + 1);
			p = strchr(p, '}') + 1;
		} else if (*p == '[') {
			not = p[1] == '!';
			p += 1 + not;
			len = strcspn(p, "?");
			p = print(o, p + len + 1,
				  show && is_set(o, p, len) != not) + 1;
		}
	}
	return p;
}

void ut_json_printf(struct json_object *o, const char *format)
{
	print(o, format, true);
}

void ut_print_each(struct json_object *o, const char *key,
		   void (*print_one)(struct json_object *), const char *none)
{
	size_t i, n;
	struct json_object *list = ut_json_list(o, key, &n);

	for (i = 0; i < n; i++)
		print_one(json_object_array_get_idx(list, i));
	if (!n)
		fputs(none, stdout);
}

void ut_print_list(struct json_object *o, const char *key, const char *before,
		   const char *after)
{
	size_t i, n;
	struct json_object *list = ut_json_list(o, key, &n);

	for (i = 0; i < n; i++)
		printf("%s%s%s", before, json_object_get_string(
			json_object_array_get_idx(list, i)), after);
}
