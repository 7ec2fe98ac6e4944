/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of cli/: what list -r and attach share, which is the dock. */
#ifndef UT_CLI_REMOTE_H
#define UT_CLI_REMOTE_H

#include "cli/cli.h"
#include "tablet/client.h"

/* Rows of the table of a verb whose arguments have a struct ut_client_target dock. */
#define UT_ROWS_DOCK(type, forms) \
	{ 0, "dock-name", "NAME", \
	  "name that the dock's certificate must have (default:\n" \
	  "the rule \"expect\" of the configuration, or HOST)", \
	  UT_TEXT(type, dock.expect), .in = forms }, \
	{ 0, "tcp-port", "PORT", "TCP port of the dock (default: 3240)", \
	  UT_PORT(type, dock.port), .in = forms }

/* ut_client_list(), and what came from the dock made fit to be printed. */
int ut_cli_dock_list(const struct ut_client_target *dock,
		     struct ut_op_device **devs, size_t *n,
		     struct ut_err *err);

/* Does nothing for so long. */
void ut_cli_rest(unsigned int ms);

#endif /* UT_CLI_REMOTE_H */
