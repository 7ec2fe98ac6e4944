// SPDX-License-Identifier: GPL-2.0
/* A verb from its table: takes its options and arguments, runs it, prints. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

const struct ut_opt ut_opts_json[] = { UT_ROW_JSON, UT_ROW_HELP, { 0 } };
const struct ut_opt ut_opts_help[] = { UT_ROW_HELP, { 0 } };

int ut_cli_hint(const struct ut_verb *verb)
{
	if (verb->name)
		fprintf(stderr, "hint: usbip-tls help %s\n", verb->name);
	else
		fprintf(stderr, "%shint: usbip-tls help lists the verbs\n",
			verb->about);
	return UT_EXIT_USAGE;
}

int ut_cli_usage(const struct ut_verb *verb, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "usbip-tls%s%s: ", verb->name ? " " : "",
		verb->name ? verb->name : "");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return ut_cli_hint(verb);
}

/* --- one option --- */

/* One more in an array. */
static int take_text(const struct ut_verb *verb, const struct ut_opt *o,
		     const char **at, const char *value)
{
	unsigned int i = 0;

	while (i < o->max && at[i])
		i++;
	if (i == o->max)
		return ut_cli_usage(verb, "more than %u %s", i, o->want);
	at[i] = value;
	return -1;
}

/* A decimal number of its range. */
static int take_number(const struct ut_verb *verb, const struct ut_opt *o,
		       void *at, const char *value)
{
	bool port = o->kind == UT_ARG_PORT;
	unsigned long n, min = port ? 1 : o->min, max = port ? 65535 : o->max;
	char *end;

	errno = 0;
	n = strtoul(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || errno || *end || n < min ||
	    n > max)
		return ut_cli_usage(verb, "\"%s\" is not %s", value,
				    port ? "a TCP port" : o->want);
	if (port)
		*(uint16_t *)at = (uint16_t)n;
	else
		*(unsigned int *)at = (unsigned int)n;
	return -1;
}

/* The first or the second of two words. */
static int take_choice(const struct ut_verb *verb, const struct ut_opt *o,
		       unsigned int *at, const char *value)
{
	size_t len = strcspn(o->arg, "|");
	const char *second = o->arg + len + 1;

	*at = !strcmp(value, second) ? 2 :
	      strlen(value) == len && !memcmp(value, o->arg, len);
	return *at ? -1 : ut_cli_usage(verb, "%s \"%s\" is neither %.*s nor %s",
				       o->name, value, (int)len, o->arg,
				       second);
}

/* -1, or an enum ut_exit: the command is done. */
static int take(const struct ut_verb *verb, const struct ut_opt *o,
		struct ut_cli *cli, void *args, char *value)
{
	char *version[] = { (char *)"usbip-tls version", NULL };
	void *at = (char *)args + o->at;

	switch (o->kind) {
	case UT_ARG_HELP:
		return ut_cli_help(verb);
	case UT_ARG_JSON:
		cli->json = true;
		return -1;
	case UT_ARG_FLAG:
		*(bool *)at = true;
		return -1;
	case UT_ARG_TEXT:
		if (o->once && *(const char **)at)
			return ut_cli_usage(verb, "%s", o->once);
		if (o->want && !*value)
			return ut_cli_usage(verb, "\"\" is not %s", o->want);
		*(const char **)at = value;
		return -1;
	case UT_ARG_TEXTS:
		return take_text(verb, o, at, value);
	case UT_ARG_CHOICE:
		return take_choice(verb, o, at, value);
	case UT_ARG_VERSION:
		return ut_cli_run(&ut_verb_version, cli, 1, version);
	default:
		return take_number(verb, o, at, value);
	}
}

/* --- all of them --- */

/* What getopt calls a row. */
static int value_of(const struct ut_verb *verb, const struct ut_opt *o)
{
	return o->letter ? o->letter : 256 + (int)(o - verb->opts);
}

/* For getopt: those of these forms, and no others. */
static void describe(const struct ut_verb *verb, unsigned int forms,
		     struct option longs[UT_OPT_MAX + 1],
		     char brief[2 * UT_OPT_MAX + 2])
{
	const struct ut_opt *o;

	/* Options behind the verb are the verb's. */
	if (!verb->name)
		*brief++ = '+';
	for (o = verb->opts; o->kind && o - verb->opts < UT_OPT_MAX; o++) {
		if (!o->name || !ut_opt_in(o, forms))
			continue;
		*longs++ = (struct option){
			o->name, o->arg ? required_argument : no_argument,
			NULL, value_of(verb, o),
		};
		if (!o->letter)
			continue;
		*brief++ = o->letter;
		if (o->arg)
			*brief++ = ':';
	}
	*longs = (struct option){ 0 };
	*brief = '\0';
}

static const struct ut_opt *find(const struct ut_verb *verb, int value)
{
	const struct ut_opt *o;

	for (o = verb->opts; o->kind; o++)
		if (o->name && value_of(verb, o) == value)
			return o;
	return NULL;
}

static int take_options(const struct ut_verb *verb, unsigned int forms,
			struct ut_cli *cli, void *args, int argc, char **argv,
			unsigned int *seen)
{
	struct option longs[UT_OPT_MAX + 1];
	char brief[2 * UT_OPT_MAX + 2];
	const struct ut_opt *o;
	int c, ret;

	describe(verb, forms, longs, brief);
	optind = 0;
	while ((c = getopt_long(argc, argv, brief, longs, NULL)) != -1) {
		o = find(verb, c);
		if (!o)
			return ut_cli_hint(verb);
		ret = take(verb, o, cli, args, optarg);
		if (ret >= 0)
			return ret;
		*seen |= 1u << (o - verb->opts - o->same);
	}
	return -1;
}

/* The words that are left, in the order of the table. */
static int take_places(const struct ut_verb *verb, unsigned int forms,
		       void *args, int argc, char **argv)
{
	const struct ut_opt *o;

	for (o = verb->opts; o->kind; o++) {
		if (o->name || !ut_opt_in(o, forms))
			continue;
		if (optind == argc) {
			if (o->missing && o->must & forms)
				return ut_cli_usage(verb, "%s", o->missing);
			continue;
		}
		if (o->kind == UT_ARG_REST) {
			*(char ***)((char *)args + o->at) = argv + optind;
			optind = argc;
		} else {
			*(const char **)((char *)args + o->at) = argv[optind++];
		}
	}
	return optind == argc ? -1 :
	       ut_cli_usage(verb, "unexpected argument \"%s\"", argv[optind]);
}

int ut_cli_parse(const struct ut_verb *verb, unsigned int forms,
		 struct ut_cli *cli, void *args, int argc, char **argv)
{
	const struct ut_opt *o;
	unsigned int seen = 0;
	int ret;

	ret = take_options(verb, forms, cli, args, argc, argv, &seen);
	/* Before a verb what is left is the verb. */
	if (ret < 0 && verb->name)
		ret = take_places(verb, forms, args, argc, argv);
	for (o = verb->opts; ret < 0 && o->kind; o++)
		if (o->name && o->missing && o->must & forms &&
		    !(seen & 1u << (o - verb->opts)))
			ret = ut_cli_usage(verb, "%s", o->missing);
	return ret;
}

/* --- the verb --- */

/* Those that have no second verb, or this one. */
static unsigned int forms_of(const struct ut_verb *verb, const char *sub)
{
	const struct ut_form *f;
	unsigned int forms = 0;

	for (f = verb->forms; f->run; f++)
		if (!f->sub || (sub && !strcmp(f->sub, sub)))
			forms |= 1u << (f - verb->forms);
	return forms;
}

static int which(const struct ut_verb *verb, const char *word)
{
	const struct ut_form *f;
	char list[64] = "";
	size_t len;

	for (f = verb->forms; f->run; f++) {
		len = strlen(list);
		snprintf(list + len, sizeof(list) - len, "%s%s",
			 len ? ", " : "", f->sub);
	}
	return word ? ut_cli_usage(verb, "\"%s\" is not one of: %s", word, list) :
		      ut_cli_usage(verb, "missing subcommand; expected one of: %s", list);
}

static int answer(const struct ut_form *f, struct ut_cli *cli, void *args)
{
	struct json_object *o = ut_json_new();
	struct ut_err err;
	int ret;

	ut_err_clear(&err);
	ret = f->run(cli, args, o, &err);
	/* After an error there may be nothing to tell. */
	if (json_object_object_length(o) > 1) {
		if (cli->json)
			ret = ut_json_print(o) && !ret ? UT_EXIT_FAILURE : ret;
		else if (f->print)
			f->print(o, args);
	}
	json_object_put(o);
	return ret < 0 ? ut_cli_fail(&err) : ret;
}

int ut_cli_run(const struct ut_verb *verb, struct ut_cli *cli, int argc,
	       char **argv)
{
	unsigned int forms;
	void *args;
	int ret;

	cli->json = false;
	forms = forms_of(verb, argc > 1 ? argv[1] : NULL);
	if (verb->forms[0].sub) {
		if (argc > 1 && (!strcmp(argv[1], "-h") ||
				 !strcmp(argv[1], "--help")))
			return ut_cli_help(verb);
		if (!forms)
			return which(verb, argc > 1 ? argv[1] : NULL);
		argv[1] = argv[0];
		argc--;
		argv++;
	}
	args = calloc(1, verb->args_size + 1);
	if (!args) {
		fprintf(stderr, "usbip-tls: out of memory\n");
		return UT_EXIT_FAILURE;
	}
	if (verb->args)
		memcpy(args, verb->args, verb->args_size);
	ret = ut_cli_parse(verb, forms, cli, args, argc, argv);
	if (ret < 0)
		ret = answer(&verb->forms[__builtin_ctz(forms)], cli, args);
	free(args);
	return ret;
}
