// SPDX-License-Identifier: GPL-2.0
#include "lib/caged.h"

struct ut_sandbox cage_sandbox;

int cage_group_setup(void **state)
{
	return ut_sandbox_prepare(&cage_sandbox, NULL);
}

int cage_group_teardown(void **state)
{
	ut_sandbox_close(&cage_sandbox);
	return 0;
}
