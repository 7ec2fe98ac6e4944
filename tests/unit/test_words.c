// SPDX-License-Identifier: GPL-2.0
/*
 * What completion is made of: "help --parsable". Each verb's help must name just
 * the options that the verb gives to getopt, so that neither can be out of date;
 * this is for verbs to come as much as for those there are.
 */
#include "cli_fixture.h"

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
	/* Its letter must take an argument exactly if it does. */
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

static size_t check_help(const struct ut_verb *verb)
{
	const char *p = verb->help;
	const struct option *t;
	struct ut_help_option o;
	size_t n = 0;

	while ((p = ut_help_option(p, &o))) {
		n++;
		t = find_taken(o.name + 2);
		if (!t)
			fail_msg("%s: help has %s, but the verb does not",
				 verb->name, o.name);
		if (!!t->has_arg != !!o.arg[0])
			fail_msg("%s: %s \"%s\": the verb has has_arg %d",
				 verb->name, o.name, o.arg, t->has_arg);
		if (o.brief[0] ? t->val != o.brief[1] : t->val < 256)
			fail_msg("%s: %s has the letter \"%s\" in its help",
				 verb->name, o.name, o.brief);
		if (!o.text[0])
			fail_msg("%s: %s is not explained", verb->name, o.name);
	}
	return n;
}

/* Runs it once for each of its second verbs, so that all tables are seen. */
static void collect(const struct ut_verb *verb)
{
	char words[512], subs[4096], *line, *save = NULL;

	n_taken = 0;
	snprintf(words, sizeof(words), "-p %s", verb->name);
	assert_int_equal(cli_run(&ut_verb_help, words), UT_EXIT_OK);
	memcpy(subs, cli_out, sizeof(subs));
	subs[sizeof(subs) - 1] = '\0';
	n_taken = 0;
	for (line = strtok_r(subs, "\n", &save); line;
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
	size_t i;

	for (i = 0; i < ut_n_verbs; i++) {
		collect(ut_verbs[i]);
		assert_true(n_taken > 0);
		if (check_help(ut_verbs[i]) != n_taken)
			fail_msg("%s: %zu options, but not all in its help",
				 ut_verbs[i]->name, n_taken);
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

/* --- the parser, with a help of our own --- */

static const char sample[] =
	"Usage: usbip-tls dig hole --deep N [--wide N]... FILE [NAME|NUMBER]\n"
	"                          [-v | --json]\n"
	"       usbip-tls dig fill-in [FILE...]\n"
	"       usbip-tls dig\n"
	"\n"
	"--text that begins a line is no option, nor is\n"
	"   --this one, nor a usbip-tls dig CAVE.\n"
	"\n"
	"  -d, --deep N     how deep\n"
	"                   it is\n"
	"  --wide N         how wide, with usbip-tls dig\n"
	"  -v, --verbose    tell more\n"
	"  --json           output\n"
	"  --a-very-long-option ARG\n"
	"                   its text is a line below\n"
	"  -h, --help       last, no newline";

static int print_dig(struct ut_cli *c, int argc, char **argv)
{
	ut_help_print(argv[0], sample);
	return UT_EXIT_OK;
}

static void sample_help(void **state)
{
	static const char expect[] =
		"sub\thole\narg\thole\tFILE\narg\thole\tNAME|NUMBER\n"
		"sub\tfill-in\narg\tfill-in\tFILE\n"
		"option\t-d\t--deep\tN\thow deep\n"
		"option\t\t--wide\tN\thow wide, with usbip-tls dig\n"
		"option\t-v\t--verbose\t\ttell more\n"
		"option\t\t--json\t\toutput\n"
		"option\t\t--a-very-long-option\tARG\t\n"
		"option\t-h\t--help\t\tlast, no newline\n";
	static const struct ut_verb dig = { .name = "dig", .run = print_dig };

	assert_int_equal(cli_run(&dig, ""), UT_EXIT_OK);
	assert_string_equal(cli_out, expect);
}

/* Longer than any field: cut, never past its end. */
static void long_words(void **state)
{
	static const char help[] =
		"Usage: usbip-tls x\n\n"
		"  -x, --o123456789012345678901234567890123456789"
		" ARG0123456789012345678901234567890123456789  text\n"
		"  -y --not-an-option  no comma\n"
		"  -1, --number  no letter\n"
		"  -\n  --\n";
	struct ut_help_option o;
	const char *p = help;

	p = ut_help_option(p, &o);
	assert_non_null(p);
	assert_string_equal(o.brief, "-x");
	assert_int_equal(strlen(o.name), sizeof(o.name) - 1);
	assert_int_equal(strlen(o.arg), sizeof(o.arg) - 1);
	assert_string_equal(o.text, "text");
	assert_null(ut_help_option(p, &o));
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
		cmocka_unit_test(long_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
