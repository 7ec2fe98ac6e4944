/* SPDX-License-Identifier: GPL-2.0 */
/* The cage of the workers for a whole group of tests. */
#ifndef UT_TEST_CAGED_H
#define UT_TEST_CAGED_H

#include "cage/sandbox.h"

extern struct ut_sandbox cage_sandbox;

int cage_group_setup(void **state);
int cage_group_teardown(void **state);

#endif /* UT_TEST_CAGED_H */
