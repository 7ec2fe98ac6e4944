// SPDX-License-Identifier: GPL-2.0
/* What the verbs share: the table, errors, options, numbers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

const struct ut_verb *const ut_verbs[] = {
	&ut_verb_attach, &ut_verb_detach, &ut_verb_list, &ut_verb_port,
	&ut_verb_bind, &ut_verb_unbind, &ut_verb_status, &ut_verb_watch,
	&ut_verb_reload, &ut_verb_suspend, &ut_verb_resume, &ut_verb_config,
	&ut_verb_policy, &ut_verb_doctor, &ut_verb_enroll, &ut_verb_pki,
	&ut_verb_version, &ut_verb_help,
};

const size_t ut_n_verbs = sizeof(ut_verbs) / sizeof(ut_verbs[0]);

const struct ut_verb *ut_verb_find(const char *name)
{
	size_t i;

	for (i = 0; i < ut_n_verbs; i++)
		if (!strcmp(ut_verbs[i]->name, name))
			return ut_verbs[i];
	return NULL;
}

int ut_cli_fail(const struct ut_err *err)
{
	fflush(stdout);
	fprintf(stderr, "usbip-tls: %s\n", err->msg);
	if (err->hint[0])
		fprintf(stderr, "hint: %s\n", err->hint);
	return err->code == UT_EXIT_OK ? UT_EXIT_FAILURE : err->code;
}

int ut_cli_unexpected(const struct ut_verb *verb, const char *arg)
{
	return ut_cli_usage(verb, "unexpected argument \"%s\"", arg);
}

int ut_cli_option(const struct ut_verb *verb, int c, bool *json)
{
	switch (c) {
	case UT_OPT_JSON:
		*json = true;
		return 0;
	case 'h':
		return 1 + ut_cli_help(verb);
	default:
		return 1 + ut_cli_hint(verb);
	}
}

int ut_cli_json_only(const struct ut_verb *verb, int argc, char **argv,
		     bool *json)
{
	static const struct option opts[] = {
		UT_LONG_JSON, UT_LONG_HELP, UT_LONG_END,
	};
	int c, ret;

	*json = false;
	while ((c = getopt_long(argc, argv, "h", opts, NULL)) != -1) {
		ret = ut_cli_option(verb, c, json);
		if (ret)
			return ret;
	}
	return optind < argc ? 1 + ut_cli_unexpected(verb, argv[optind]) : 0;
}

int ut_cli_subverb(const struct ut_verb *verb, const struct ut_subverb *subs,
		   size_t n, struct ut_cli *cli, int argc, char **argv)
{
	char list[64] = "";
	size_t i, len;

	if (argc > 1 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")))
		return ut_cli_help(verb);
	for (i = 0; i < n; i++) {
		if (argc > 1 && !strcmp(argv[1], subs[i].name)) {
			argv[1] = argv[0];
			return subs[i].run(cli, argc - 1, argv + 1);
		}
		len = strlen(list);
		snprintf(list + len, sizeof(list) - len, "%s%s",
			 i ? ", " : "", subs[i].name);
	}
	if (argc < 2)
		return ut_cli_usage(verb, "what? Give one of: %s", list);
	return ut_cli_usage(verb, "\"%s\" is none of: %s", argv[1], list);
}

struct ut_config *ut_cli_config(const struct ut_cli *cli, struct ut_err *err)
{
	struct ut_config *cfg = malloc(sizeof(*cfg));

	if (!cfg) {
		ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
			     "cannot read the configuration");
		return NULL;
	}
	if (ut_config_load(cfg, cli->config_path, err)) {
		free(cfg);
		return NULL;
	}
	return cfg;
}

void ut_cli_config_free(struct ut_config *cfg)
{
	if (cfg)
		ut_config_free(cfg);
	free(cfg);
}

int64_t ut_cli_sleep_ms(const struct ut_cli *cli, bool tell)
{
	struct ut_config *cfg;
	struct ut_err err;
	int64_t s = UT_CONFIG_SLEEP_WAIT;

	cfg = ut_cli_config(cli, &err);
	if (cfg)
		s = cfg->tablet.sleep_wait;
	else if (tell)
		ut_cli_fail(&err);
	ut_cli_config_free(cfg);
	return s * 1000;
}
