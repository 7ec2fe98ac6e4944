// SPDX-License-Identifier: GPL-2.0
/* Lines of a configuration file: see ini.h. */
#include <stdbool.h>
#include <string.h>

#include "policy/ini.h"

#define BLANKS " \t"

static char *trim(char *s)
{
	size_t len;

	s += strspn(s, BLANKS);
	for (len = strlen(s); len && strchr(BLANKS, s[len - 1]); len--)
		s[len - 1] = '\0';
	return s;
}

static bool is_comment(const char *s)
{
	return *s == '#' || *s == ';';
}

/* Bytes that no editor shows would make a value that nobody sees. */
static bool has_control(const char *line, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (((unsigned char)line[i] < 0x20 && line[i] != '\t') ||
		    line[i] == 0x7f)
			return true;
	return false;
}

/* Ends the value at its comment. False: a quote is not closed. */
static bool cut_comment(char *value)
{
	bool quoted = false, blank = true;
	char *p;

	for (p = value; *p; p++) {
		if (quoted && *p == '\\' && p[1])
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && blank && *p == ';')
			break;
		blank = strchr(BLANKS, *p) != NULL;
	}
	*p = '\0';
	return !quoted;
}

static void bad(struct ut_ini_line *out, const char *why)
{
	out->kind = UT_INI_BAD;
	out->why = why;
}

static void section(char *line, struct ut_ini_line *out)
{
	char *end = strchr(line, ']'), *rest;

	if (!end) {
		bad(out, "a section begins with '[' but does not end with ']'");
		return;
	}
	*end = '\0';
	rest = trim(end + 1);
	if (*rest && !is_comment(rest)) {
		bad(out, "something stands behind the ']' of a section");
		return;
	}
	out->kind = UT_INI_SECTION;
	out->name = trim(line + 1);
}

void ut_ini_parse(char *line, size_t len, struct ut_ini_line *out)
{
	char *equals;

	memset(out, 0, sizeof(*out));
	if (len && line[len - 1] == '\r')
		line[--len] = '\0';
	if (len > UT_INI_MAX_LINE) {
		bad(out, "the line is longer than 1024 bytes");
		return;
	}
	if (has_control(line, len)) {
		bad(out, "the line holds a control character");
		return;
	}
	line = trim(line);
	if (!*line || is_comment(line))
		return;
	if (*line == '[') {
		section(line, out);
		return;
	}
	equals = strchr(line, '=');
	if (!equals || equals == line) {
		bad(out, "neither [section] nor key = value");
		return;
	}
	*equals = '\0';
	if (!cut_comment(equals + 1)) {
		bad(out, "a double quote is not closed");
		return;
	}
	out->kind = UT_INI_KEY;
	out->name = trim(line);
	out->value = trim(equals + 1);
}

_Static_assert(UT_INI_MAX_LINE == 1024, "the message names the number");
