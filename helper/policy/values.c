// SPDX-License-Identifier: GPL-2.0
/* How single values of the configuration are read. */
#include <string.h>

#include "policy/keys.h"

static bool store(char *dst, size_t size, const char *value)
{
	size_t len = strlen(value);

	if (len >= size)
		return false;
	memcpy(dst, value, len + 1);
	return true;
}

bool ut_set_path(struct ut_set *s)
{
	return s->value[0] == '/' &&
	       store(s->member, UT_CONFIG_PATH_SIZE, s->value);
}

bool ut_set_path_or_none(struct ut_set *s)
{
	return !s->value[0] ? store(s->member, UT_CONFIG_PATH_SIZE, "") :
			      ut_set_path(s);
}

static bool number(const struct ut_set *s, unsigned int *out)
{
	unsigned int v;

	if (!ut_parse_uint(s->value, SIZE_MAX, s->key->max, &v) ||
	    v < s->key->min)
		return false;
	*out = v;
	return true;
}

bool ut_set_number(struct ut_set *s)
{
	return number(s, s->member);
}

bool ut_set_port(struct ut_set *s)
{
	uint16_t *port = s->member;
	unsigned int v;

	if (!number(s, &v))
		return false;
	*port = (uint16_t)v;
	return true;
}

/* Which of two words it is: 0 or 1; -1: neither. */
static int choice(const struct ut_set *s, const char *zero, const char *one)
{
	if (!strcmp(s->value, zero))
		return 0;
	return !strcmp(s->value, one) ? 1 : -1;
}

bool ut_set_yes_no(struct ut_set *s)
{
	bool *yes = s->member;
	int which = choice(s, "no", "yes");

	*yes = which == 1;
	return which >= 0;
}

bool ut_set_min_version(struct ut_set *s)
{
	uint16_t *version = s->member;
	int which = choice(s, "1.2", "1.3");

	*version = which ? 0x0304 : 0x0303;
	return which >= 0;
}

bool ut_set_word(struct ut_set *s)
{
	const char *word = s->key->words;
	unsigned int i;

	for (i = 0; *word; i++, word += strlen(word) + 1) {
		if (strcmp(s->value, word))
			continue;
		memcpy(s->member, &i, sizeof(i));
		return true;
	}
	return false;
}

/*
 * It is shown to people: text that would be changed for a terminal is not one.
 */
bool ut_set_own_name(struct ut_set *s)
{
	char clean[UT_CONFIG_HOST_NAME_SIZE];

	if (!store(clean, sizeof(clean), s->value))
		return false;
	ut_sanitize(clean);
	return !strcmp(clean, s->value) &&
	       store(s->member, UT_CONFIG_HOST_NAME_SIZE, s->value);
}
