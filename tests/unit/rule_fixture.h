/* SPDX-License-Identifier: GPL-2.0 */
/* One rule at a time. */
#ifndef UT_TEST_RULE_FIXTURE_H
#define UT_TEST_RULE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/unit.h"
#include "policy/terms.h"

static struct ut_rule rule;
static char why[UT_RULE_WHY_SIZE];

static inline int teardown(void **state)
{
	ut_rule_drop(&rule);
	memset(&rule, 0, sizeof(rule));
	return 0;
}

static inline bool parse(enum ut_rule_kind kind, const char *text)
{
	teardown(NULL);
	why[0] = '\0';
	return ut_rule_parse(kind, text, &rule, why);
}

static inline void good(const char *text)
{
	if (!parse(UT_RULE_DOCK, text))
		fail_msg("\"%s\" is refused: %s", text, why);
}

#define T(f) cmocka_unit_test_teardown(f, teardown)

#endif /* UT_TEST_RULE_FIXTURE_H */
