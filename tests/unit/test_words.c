// SPDX-License-Identifier: GPL-2.0
/*
 * The tables of the verbs: "help --parsable", which completion uses, names exactly the
 * options that a verb gives to getopt; and a verb of our own shows what else is made of
 * a table.
 */
#include "lib/cli_bed.h"

#define MAX_OPTIONS 64

/* --- what the verb really takes --- */

static struct option taken[MAX_OPTIONS];
static size_t n_taken;

int __real_getopt_long(int argc, char *const *argv, const char *brief,
		       const struct option *longs, int *index);
int __wrap_getopt_long(int argc, char *const *argv, const char *brief,
		       const struct option *longs, int *index);

static void take(const struct option *o, const char *brief)
{
	const char *letter;
	size_t i;

	for (i = 0; i < n_taken; i++)
		if (!strcmp(taken[i].name, o->name))
			return;
	assert_true(n_taken < MAX_OPTIONS);
	taken[n_taken++] = *o;
	/* Its letter must take an argument exactly if the long option does. */
	letter = o->val < 256 ? strchr(brief, o->val) : NULL;
	if (letter)
		assert_int_equal(letter[1] == ':', o->has_arg);
	else if (o->val < 256)
		fail_msg("-%c of --%s is missing in \"%s\"", o->val, o->name,
			 brief);
}

int __wrap_getopt_long(int argc, char *const *argv, const char *brief,
		       const struct option *longs, int *index)
{
	const struct option *o;

	for (o = longs; o->name; o++)
		take(o, brief);
	return __real_getopt_long(argc, argv, brief, longs, index);
}

/* --- what its help says --- */

static const struct option *find_taken(const char *name)
{
	size_t i;

	for (i = 0; i < n_taken; i++)
		if (!strcmp(taken[i].name, name))
			return &taken[i];
	return NULL;
}

static void check_option(const struct ut_verb *verb, char *line)
{
	const char *brief = strsep(&line, "\t"), *name = strsep(&line, "\t");
	const char *arg = strsep(&line, "\t");
	const struct option *t;

	assert_non_null(line);
	t = find_taken(name + 2);
	if (!t)
		fail_msg("%s: help has %s, but the verb does not", verb->name,
			 name);
	if (!!t->has_arg != !!*arg)
		fail_msg("%s: %s \"%s\": the verb has has_arg %d", verb->name,
			 name, arg, t->has_arg);
	if (*brief ? t->val != brief[1] : t->val < 256)
		fail_msg("%s: %s has the letter \"%s\" in its help", verb->name,
			 name, brief);
	if (!*line)
		fail_msg("%s: %s is not explained", verb->name, name);
}

/* Runs it once for each of its subcommands, so that all tables are seen. */
static void collect(const struct ut_verb *verb, char *lines)
{
	char words[512], *line, *save = NULL;

	n_taken = 0;
	for (line = strtok_r(lines, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "sub\t", 4))
			continue;
		snprintf(words, sizeof(words), "%s --help", line + 4);
		if (cli_run(verb, words))
			fail_msg("%s %s: %s", verb->name, words, cli_err);
	}
	assert_int_equal(cli_run(verb, "--help"), UT_EXIT_OK);
}

static void help_tells_the_truth(void **state)
{
	char words[64], text[sizeof(cli_out)], lines[sizeof(cli_out)];
	char *line, *save;
	size_t i, n;

	for (i = 0; i < ut_n_verbs; i++) {
		snprintf(words, sizeof(words), "-p %s", ut_verbs[i]->name);
		assert_int_equal(cli_run(&ut_verb_help, words), UT_EXIT_OK);
		memcpy(text, cli_out, sizeof(text));
		memcpy(lines, text, sizeof(lines));
		collect(ut_verbs[i], lines);
		assert_true(n_taken > 0);
		n = 0;
		save = NULL;
		for (line = strtok_r(text, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save)) {
			if (strncmp(line, "option\t", 7))
				continue;
			check_option(ut_verbs[i], line + 7);
			n++;
		}
		if (n != n_taken)
			fail_msg("%s: %zu options, but %zu in its help",
				 ut_verbs[i]->name, n_taken, n);
	}
}

static void verbs_are_listed(void **state)
{
	char line[256];
	size_t i;

	assert_int_equal(cli_run(&ut_verb_help, "--parsable"), UT_EXIT_OK);
	for (i = 0; i < ut_n_verbs; i++) {
		snprintf(line, sizeof(line), "verb\t%s\t%s\n",
			 ut_verbs[i]->name, ut_verbs[i]->summary);
		if (!strstr(cli_out, line))
			fail_msg("\"%s\" is missing in %s", line, cli_out);
	}
	assert_non_null(strstr(cli_out, "option\t-c\t--config\tFILE\t"));
	assert_non_null(strstr(cli_out, "option\t\t--tcp-port\tPORT\t"));
	assert_int_equal(cli_run(&ut_verb_help, "-p frobnicate"),
			 UT_EXIT_USAGE);
}

/* --- a verb of our own --- */

struct dig {
	int deep;
	const char *wide[2], *file, *name;
	char **files;
	bool verbose, json;
	unsigned int role;
};

static struct dig dug;

static int dig_run(struct ut_cli *c, void *args, struct json_object *o,
		   struct ut_err *err)
{
	dug = *(struct dig *)args;
	return UT_EXIT_OK;
}

static const struct ut_opt dig_opts[] = {
	{ 'd', "deep", "N", "how deep\nit is",
	  UT_NUMBER(struct dig, deep, 1, 9, "a depth"), .in = 1, .must = 1,
	  .missing = "how deep?" },
	{ 'D', "depth", "N", "the same",
	  UT_NUMBER(struct dig, deep, 1, 9, "a depth"), .in = 1, .same = true },
	{ 0, NULL, "FILE", NULL, UT_TEXT(struct dig, file), .in = 1, .must = 1,
	  .missing = "which file?" },
	{ 0, "wide", "N", "how wide, with usbip-tls dig",
	  UT_TEXTS(struct dig, wide, 2, "widths"), .in = 1 },
	{ 0, NULL, "NAME|NUMBER", "is listed as well",
	  UT_TEXT(struct dig, name), .in = 1 },
	{ 0, "role", "dock|tablet", "whose",
	  UT_CHOICE(struct dig, role), .in = 1 },
	{ 'v', "verbose", NULL, "tell more", UT_FLAG(struct dig, verbose),
	  .either = true },
	UT_ROW_JSON_IN(1),
	{ 0, NULL, "FILE", NULL, UT_REST(struct dig, files), .in = 2,
	  .must = 2 },
	UT_ROW_HELP, { 0 },
};

static const struct ut_verb dig = {
	.name = "dig",
	.about = "Digs.\n",
	.exits = "Exit codes: 0.\n",
	.forms = (const struct ut_form[]){
		{ "hole", dig_run, NULL }, { "fill-in", dig_run, NULL }, { 0 },
	},
	.opts = dig_opts, .args_size = sizeof(struct dig),
};

static int print_dig(struct ut_cli *c, void *args, struct json_object *o,
		     struct ut_err *err)
{
	ut_cli_parsable(&dig);
	return UT_EXIT_OK;
}

static const struct ut_verb show_dig = {
	.name = "show",
	.forms = (const struct ut_form[]){ { NULL, print_dig, NULL }, { 0 } },
	.opts = ut_opts_help,
};

static void sample_help(void **state)
{
	static const char parsable[] =
		"sub\thole\narg\thole\tFILE\narg\thole\tNAME|NUMBER\n"
		"sub\tfill-in\narg\tfill-in\tFILE\n"
		"option\t-d\t--deep\tN\thow deep\n"
		"option\t-D\t--depth\tN\tthe same\n"
		"option\t\t--wide\tN\thow wide, with usbip-tls dig\n"
		"option\t\t--role\tdock|tablet\twhose\n"
		"option\t-v\t--verbose\t\ttell more\n"
		"option\t\t--json\t\toutput as JSON\n"
		"option\t-h\t--help\t\tthis text\n";
	static const char help[] =
		"Usage: usbip-tls dig hole -d N FILE [--wide N]... [NAME|NUMBER]\n"
		"                          [--role dock|tablet] [-v | --json]\n"
		"       usbip-tls dig fill-in FILE... [-v]\n"
		"\n"
		"Digs.\n"
		"\n"
		"  -d, --deep N        how deep\n"
		"                      it is\n"
		"  -D, --depth N       the same\n"
		"  --wide N            how wide, with usbip-tls dig\n"
		"  NAME|NUMBER         is listed as well\n"
		"  --role dock|tablet  whose\n"
		"  -v, --verbose       tell more\n"
		"  --json              output as JSON\n"
		"  -h, --help          this text\n"
		"\n"
		"Exit codes: 0.\n";
	assert_int_equal(cli_run(&show_dig, ""), UT_EXIT_OK);
	assert_string_equal(cli_out, parsable);
	assert_int_equal(cli_run(&dig, "-h"), UT_EXIT_OK);
	assert_string_equal(cli_out, help);
}

static void dig_fails(const char *words, const char *why)
{
	assert_int_equal(cli_run(&dig, words), UT_EXIT_USAGE);
	if (!strstr(cli_err, why))
		fail_msg("%s: %s", words, cli_err);
	assert_non_null(strstr(cli_err, "hint: usbip-tls help dig\n"));
}

static void sample_options(void **state)
{
	assert_int_equal(cli_run(&dig, "hole --depth 9 f --wide a --wid=b n "
				 "--role tablet -v --json"), UT_EXIT_OK);
	assert_int_equal(dug.deep, 9);
	assert_int_equal(dug.role, 2);
	assert_true(dug.verbose && cli.json);
	assert_int_equal(cli_run(&dig, "fill-in"), UT_EXIT_OK);
	assert_false(cli.json);
	assert_null(dug.files);
	assert_int_equal(cli_run(&dig, "fill-in a -v b"), UT_EXIT_OK);
	assert_non_null(dug.files);
	dig_fails("", "missing subcommand; expected one of: hole, fill-in\n");
	dig_fails("x", "\"x\" is not one of: hole, fill-in\n");
	dig_fails("hole f", "dig: how deep?\n");
	dig_fails("hole -d 1", "dig: which file?\n");
	dig_fails("hole -d 0 f", "\"0\" is not a depth\n");
	dig_fails("hole -d 10 f", "is not a depth\n");
	dig_fails("hole -d 1x f", "is not a depth\n");
	dig_fails("hole -d 99999999999999999999 f", "is not a depth\n");
	dig_fails("hole -d 1 f n x", "unexpected argument \"x\"\n");
	dig_fails("hole -d 1 f --wide 1 --wide 2 --wide 3",
		  "more than 2 widths\n");
	dig_fails("hole -d 1 f --role doc",
		  "role \"doc\" is neither dock nor tablet\n");
	dig_fails("fill-in -d 1", "invalid option -- 'd'\n");
	dig_fails("fill-in --json", "unrecognized option '--json'\n");
}

/* What no table may have: more rows than there is room for, a name twice, ... */
static void tables_are_sound(void **state)
{
	const struct ut_opt *o, *other;
	unsigned int forms;
	size_t i, rows;

	for (i = 0; i < ut_n_verbs; i++) {
		forms = 0;
		while (ut_verbs[i]->forms[forms].run)
			forms++;
		rows = 0;
		for (o = ut_verbs[i]->opts; o->kind; o++, rows++) {
			assert_true(o->name ? !!o->text : !!o->arg);
			assert_false((o->in | o->must) >> forms);
			assert_false(o->must & ~(o->in ? o->in : ~0u));
			assert_true(o->kind != UT_ARG_NUMBER || o->want);
			assert_true(o->kind != UT_ARG_CHOICE ||
				    strchr(o->arg, '|'));
			for (other = ut_verbs[i]->opts; other < o; other++) {
				assert_false(o->letter &&
					     o->letter == other->letter);
				assert_false(o->name && other->name &&
					     !strcmp(o->name, other->name));
			}
		}
		assert_true(rows <= UT_OPT_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(help_tells_the_truth, cli_setup,
						fake_teardown),
		cmocka_unit_test_setup_teardown(verbs_are_listed, cli_setup,
						fake_teardown),
		cmocka_unit_test_setup_teardown(sample_help, cli_setup,
						fake_teardown),
		cmocka_unit_test_setup_teardown(sample_options, cli_setup,
						fake_teardown),
		cmocka_unit_test(tables_are_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
