/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of cli/: what list -r and attach share, which is the dock. */
#ifndef UT_CLI_REMOTE_H
#define UT_CLI_REMOTE_H

#include "cli/cli.h"
#include "tablet/client.h"

/*
 * Takes -r, --dock-name or --tcp-port, from getopt's return value @c; all else
 * as ut_cli_option() does, and returns what that returns.
 */
int ut_cli_dock_option(const struct ut_verb *verb, int c,
		       struct ut_client_target *dock, bool *json);

/* ut_client_list(), and what came from the dock made fit to be printed. */
int ut_cli_dock_list(const struct ut_client_target *dock,
		     struct ut_op_device **devs, size_t *n,
		     struct ut_err *err);

/* Does nothing for so long. */
void ut_cli_rest(unsigned int ms);

#endif /* UT_CLI_REMOTE_H */
