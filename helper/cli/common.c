// SPDX-License-Identifier: GPL-2.0
/* What the verbs share: the list of them, errors, the configuration. */
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
