/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of cli/: the subverbs of config. */
#ifndef UT_CLI_CMD_CONFIG_H
#define UT_CLI_CMD_CONFIG_H

#include "cli/cli.h"

/* One more in @array of what is wrong: file and line, or NULL and 0, and text. */
void ut_config_add(void *array, const char *file, unsigned int line,
		   const char *text);

/*
 * config_start.c: what keeps usbip-tlsd from starting with a configuration that is
 * right in itself: certificate, key, lists, addresses.
 */
void ut_config_start(const struct ut_config *cfg, struct json_object *errors,
		     struct json_object *warnings);

/**
 * struct ut_config_args - of config; only import has any
 * @files: to be imported
 * @out: where to; NULL: standard output
 * @password_out: where the passphrase of the key goes
 * @force: replace what is there
 */
struct ut_config_args {
	char **files;
	const char *out;
	const char *password_out;
	bool force;
};

/* cmd_import.c */
int ut_config_import(struct ut_cli *cli, void *args, struct json_object *o,
		     struct ut_err *err);

#endif /* UT_CLI_CMD_CONFIG_H */
