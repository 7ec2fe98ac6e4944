// SPDX-License-Identifier: GPL-2.0
/*
 * The help of a verb, taken apart for programs: "usbip-tls help --parsable". The
 * help is the one place that names options and arguments, so what completes a
 * command line asks for it here and cannot be out of date.
 *
 * What is relied on: synopses from "Usage:" to the first empty line, each from
 * "usbip-tls VERB" on; then options, one a line, as "  -o, --option ARG  text".
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#define PROGRAM "usbip-tls "
#define TOKEN_SIZE 64

/* "  -o, --option ARG  text"; false: another kind of line. */
static bool parse_option(const char *line, struct ut_help_option *o)
{
	size_t len;

	memset(o, 0, sizeof(*o));
	if (strncmp(line, "  -", 3))
		return false;
	line += 2;
	if (line[1] != '-') {
		if (!isalpha((unsigned char)line[1]) ||
		    strncmp(line + 2, ", ", 2))
			return false;
		memcpy(o->brief, line, 2);
		line += 4;
	}
	if (line[0] != '-' || line[1] != '-' || !isalpha((unsigned char)line[2]))
		return false;
	len = strcspn(line, " \n");
	snprintf(o->name, sizeof(o->name), "%.*s", (int)len, line);
	line += len;
	if (line[0] == ' ' && line[1] != ' ') {
		len = strcspn(++line, " \n");
		snprintf(o->arg, sizeof(o->arg), "%.*s", (int)len, line);
		line += len;
	}
	line += strspn(line, " ");
	snprintf(o->text, sizeof(o->text), "%.*s", (int)strcspn(line, "\n"),
		 line);
	return true;
}

const char *ut_help_option(const char *help, struct ut_help_option *o)
{
	while (*help) {
		bool found = parse_option(help, o);

		help += strcspn(help, "\n");
		help += *help == '\n';
		if (found)
			return help;
	}
	return NULL;
}

static bool takes_argument(const char *help, const char *option)
{
	struct ut_help_option o;

	while ((help = ut_help_option(help, &o)))
		if (!strcmp(option, o.name) || !strcmp(option, o.brief))
			return o.arg[0];
	return false;
}

/* The next word of a synopsis, without brackets and dots. NULL: no more. */
static const char *token(const char *p, const char *end, char word[TOKEN_SIZE])
{
	static const char skip[] = " \n[].";
	size_t len;

	p += strspn(p, skip);
	if (p >= end)
		return NULL;
	len = strcspn(p, skip);
	snprintf(word, TOKEN_SIZE, "%.*s", (int)len, p);
	return p + len;
}

/* "init" in "usbip-tls pki init", but not "NAME", "dock|tablet" or "-p". */
static bool is_sub(const char *word)
{
	return *word && strspn(word, "abcdefghijklmnopqrstuvwxyz-") ==
	       strlen(word) && *word != '-';
}

/* One synopsis: its second verb, if it has one, and its arguments. */
static void synopsis(const char *help, const char *p, const char *end)
{
	char word[TOKEN_SIZE], sub[TOKEN_SIZE] = "";
	bool first = true;

	while ((p = token(p, end, word))) {
		if (*word == '-') {
			if (takes_argument(help, word))
				p = token(p, end, word);
			if (!p)
				return;
		} else if (first && is_sub(word)) {
			memcpy(sub, word, sizeof(sub));
			printf("sub\t%s\n", sub);
		} else if (strcmp(word, "|")) {
			printf("arg\t%s\t%s\n", sub, word);
		}
		first = false;
	}
}

/* Where the synopses end: at the first empty line. */
static const char *usage_end(const char *help)
{
	const char *end = strstr(help, "\n\n");

	return end ? end : help + strlen(help);
}

void ut_help_print(const char *verb, const char *help)
{
	const char *end = usage_end(help), *p = help, *next;
	struct ut_help_option o;

	p = verb ? strstr(p, PROGRAM) : NULL;
	while (p && p < end) {
		p += strlen(PROGRAM) + strlen(verb);
		next = strstr(p, PROGRAM);
		synopsis(help, p, next && next < end ? next : end);
		p = next;
	}
	while ((help = ut_help_option(help, &o)))
		printf("option\t%s\t%s\t%s\t%s\n", o.brief, o.name, o.arg,
		       o.text);
}
