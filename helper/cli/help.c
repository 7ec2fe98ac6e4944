// SPDX-License-Identifier: GPL-2.0
/* The help of a verb, from its table, for a person and for a program. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#define WIDTH	77	/* of a synopsis */
#define ROW	80	/* of what an option is called */

/* "-o, --option ARG"; in a synopsis "-o ARG" or "--option ARG". */
static int name_of(const struct ut_opt *o, bool brief, char buf[ROW])
{
	bool name = o->name && !(brief && o->letter);
	char letter[8] = "";

	if (o->letter)
		snprintf(letter, sizeof(letter), brief ? "-%c" : "-%c, ",
			 o->letter);
	return snprintf(buf, ROW, "%s%s%s%s%s", letter, name ? "--" : "",
			name ? o->name : "", o->name && o->arg ? " " : "",
			o->arg ? o->arg : "");
}

/* A word of the synopsis of @form; the last row that is in it. */
static const struct ut_opt *word_of(const struct ut_opt *o, unsigned int form,
				    char *buf, size_t size)
{
	bool either = o->either && ut_opt_in(o + 1, form);
	bool must = o->must & form;
	char one[ROW], other[ROW] = "";

	name_of(o, true, one);
	if (either)
		name_of(o + 1, true, other);
	snprintf(buf, size, "%s%s%s%s%s%s%s", must ? "" : "[", one,
		 o->kind == UT_ARG_REST ? "..." : "", either ? " | " : "",
		 other, must ? "" : "]", o->kind == UT_ARG_TEXTS ? "..." : "");
	return either ? o + 1 : o;
}

/* A line of the synopsis: first what the form cannot do without. */
static void synopsis(const struct ut_verb *verb, const struct ut_form *f)
{
	unsigned int form = 1u << (f - verb->forms);
	int margin, col, len, must;
	const struct ut_opt *o;
	char text[2 * ROW + 8];

	margin = col = printf("%susbip-tls %s%s%s", form == 1 ? "Usage: " :
			      "       ", verb->name, f->sub ? " " : "",
			      f->sub ? f->sub : "");
	for (must = 1; must >= 0; must--)
		for (o = verb->opts; o->kind; o++) {
			if (!ut_opt_in(o, form) || o->same ||
			    !!(o->must & form) != must ||
			    o->kind == UT_ARG_HELP)
				continue;
			o = word_of(o, form, text, sizeof(text));
			len = 1 + (int)strlen(text);
			if (col + len > WIDTH)
				col = printf("\n%*s", margin, "") - 1;
			col += printf(" %s", text);
		}
	printf("\n");
}

static void options(const struct ut_opt *opts)
{
	const struct ut_opt *o;
	const char *line, *end;
	int len, width = 0;
	char name[ROW];

	for (o = opts; o->kind; o++) {
		len = o->text ? name_of(o, false, name) : 0;
		width = len > width ? len : width;
	}
	for (o = opts; o->kind; o++) {
		if (!o->text)
			continue;
		name_of(o, false, name);
		for (line = o->text; ; line = end + 1) {
			end = line + strcspn(line, "\n");
			printf("  %-*s  %.*s\n", width,
			       line == o->text ? name : "", (int)(end - line),
			       line);
			if (!*end)
				break;
		}
	}
}

static void list_verbs(void)
{
	size_t i;

	printf("\nVerbs:\n");
	for (i = 0; i < ut_n_verbs; i++)
		printf("  %-8s %s\n", ut_verbs[i]->name, ut_verbs[i]->summary);
}

int ut_cli_help(const struct ut_verb *verb)
{
	const struct ut_form *f;

	for (f = verb->forms; f && f->run; f++)
		synopsis(verb, f);
	printf("%s%s\n", f ? "\n" : "", verb->about);
	if (!f)
		printf("Shares USB devices of a dock with a tablet over TLS in the kernel.\n\n");
	options(verb->opts);
	if (!f)
		list_verbs();
	if (verb->exits)
		printf("\n%s", verb->exits);
	return UT_EXIT_OK;
}

void ut_cli_parsable(const struct ut_verb *verb)
{
	const struct ut_form *f;
	const struct ut_opt *o;

	for (f = verb->forms; f && f->run; f++) {
		if (f->sub)
			printf("sub\t%s\n", f->sub);
		for (o = verb->opts; o->kind; o++)
			if (!o->name && ut_opt_in(o, 1u << (f - verb->forms)))
				printf("arg\t%s\t%s\n", f->sub ? f->sub : "",
				       o->arg);
	}
	for (o = verb->opts; o->kind; o++) {
		if (!o->name)
			continue;
		printf("option\t");
		if (o->letter)
			printf("-%c", o->letter);
		printf("\t--%s\t%s\t%.*s\n", o->name, o->arg ? o->arg : "",
		       (int)strcspn(o->text, "\n"), o->text);
	}
}
