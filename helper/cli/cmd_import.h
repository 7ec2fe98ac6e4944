/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of cli/: usbip-tls config import. */
#ifndef UT_CLI_CMD_IMPORT_H
#define UT_CLI_CMD_IMPORT_H

#include "cli/cli.h"

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

int ut_config_import(struct ut_cli *cli, void *args, struct json_object *o,
		     struct ut_err *err);

#endif /* UT_CLI_CMD_IMPORT_H */
