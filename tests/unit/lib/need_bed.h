/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the tests of helper/needs/protect*.c. */
#ifndef UT_TEST_NEED_BED_H
#define UT_TEST_NEED_BED_H

#include <errno.h>

#include "base/file.h"
#include "lib/fake_machine.h"
#include "lib/unit.h"

extern struct ut_err need_err;
extern char need_why[UT_PROTECT_WHY_SIZE];

/* Takes a snapshot and asks it about one device. */
bool need_has(const char *busid);

void assert_needed(const char *busid, const char *text);
void assert_free(const char *busid);

/* The scan fails with this error; then everything is needed. */
void assert_closed(int error);

#define T(f) cmocka_unit_test_setup_teardown(f, fake_machine_setup, \
					     fake_machine_teardown)

#endif /* UT_TEST_NEED_BED_H */
