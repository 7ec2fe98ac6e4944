/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of cli/: the subverbs of config. */
#ifndef UT_CLI_CONFIG_H
#define UT_CLI_CONFIG_H

#include "cli/cli.h"

/* import.c */
int ut_config_import(struct ut_cli *cli, int argc, char **argv);

#endif /* UT_CLI_CONFIG_H */
