/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of cli/: the subverbs of config. */
#ifndef UT_CLI_CONFIG_H
#define UT_CLI_CONFIG_H

#include "cli/cli.h"

/*
 * config_start.c: what keeps usbip-tlsd from starting with a configuration that is
 * right in itself: certificate, key, lists, addresses. @report is called
 * with @errors or @warnings. Returns 0, or -errno if there was an error.
 */
int ut_config_start(const struct ut_config *cfg, ut_config_report *report,
		    void *errors, void *warnings);

/* import.c */
int ut_config_import(struct ut_cli *cli, int argc, char **argv);

#endif /* UT_CLI_CONFIG_H */
