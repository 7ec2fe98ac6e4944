// SPDX-License-Identifier: GPL-2.0
#include "lib/rule_bed.h"

struct ut_rule rule_last;
char rule_why[UT_RULE_WHY_SIZE];

int rule_teardown(void **state)
{
	ut_rule_drop(&rule_last);
	memset(&rule_last, 0, sizeof(rule_last));
	return 0;
}

bool rule_parse(enum ut_rule_kind kind, const char *text)
{
	rule_teardown(NULL);
	rule_why[0] = '\0';
	return ut_rule_parse(kind, text, &rule_last, rule_why);
}

void rule_good(const char *text)
{
	if (!rule_parse(UT_RULE_DOCK, text))
		fail_msg("\"%s\" is refused: %s", text, rule_why);
}
