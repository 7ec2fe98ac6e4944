/* SPDX-License-Identifier: GPL-2.0 */
/* The cage of the workers for a whole group of tests, and the error they share. */
#ifndef UT_TESTS_CAGE_FIXTURE_H
#define UT_TESTS_CAGE_FIXTURE_H

#include "cage/sandbox.h"
#include "base/err.h"

static struct ut_sandbox sandbox;
static struct ut_err err;

static int group_setup(void **state)
{
	return ut_sandbox_prepare(&sandbox, &err);
}

static int group_teardown(void **state)
{
	ut_sandbox_close(&sandbox);
	return 0;
}

#endif /* UT_TESTS_CAGE_FIXTURE_H */
