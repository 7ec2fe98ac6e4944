/* SPDX-License-Identifier: GPL-2.0 */
/* One rule at a time. */
#ifndef UT_TEST_RULE_BED_H
#define UT_TEST_RULE_BED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/unit.h"
#include "policy/terms.h"

extern struct ut_rule rule_last;
extern char rule_why[UT_RULE_WHY_SIZE];

int rule_teardown(void **state);
bool rule_parse(enum ut_rule_kind kind, const char *text);
void rule_good(const char *text);

#define T(f) cmocka_unit_test_teardown(f, rule_teardown)

#endif /* UT_TEST_RULE_BED_H */
