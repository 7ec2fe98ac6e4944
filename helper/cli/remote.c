// SPDX-License-Identifier: GPL-2.0
/* What list -r and attach share. */
#include <time.h>

#include "cli/remote.h"

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
