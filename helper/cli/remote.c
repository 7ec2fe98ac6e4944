// SPDX-License-Identifier: GPL-2.0
/* What list -r and attach share. */
#include <time.h>

#include "cli/remote.h"

int ut_cli_dock_option(const struct ut_verb *verb, int c,
		       struct ut_client_target *dock, bool *json)
{
	unsigned long port;

	switch (c) {
	case 'r':
		dock->host = optarg;
		return 0;
	case UT_OPT_DOCK_NAME:
		dock->expect = optarg;
		return 0;
	case UT_OPT_TCP_PORT:
		if (!ut_cli_number(optarg, 1, 65535, &port))
			return 1 + ut_cli_usage(verb,
						"\"%s\" is not a TCP port",
						optarg);
		dock->port = (uint16_t)port;
		return 0;
	default:
		return ut_cli_option(verb, c, json);
	}
}

int ut_cli_dock_list(const struct ut_client_target *dock,
		     struct ut_op_device **devs, size_t *n, struct ut_err *err)
{
	int ret = ut_client_list(dock, devs, n, err);
	size_t i;

	for (i = 0; !ret && i < *n; i++)
		ut_op_clean(&(*devs)[i]);
	return ret;
}

void ut_cli_rest(unsigned int ms)
{
	const struct timespec nap = {
		.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L,
	};

	nanosleep(&nap, NULL);
}
