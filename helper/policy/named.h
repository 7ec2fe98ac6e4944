/* SPDX-License-Identifier: GPL-2.0 */
/* Which names mean something on this machine already. Pure. */
#ifndef UT_POLICY_NAMED_H
#define UT_POLICY_NAMED_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/config.h"

#define UT_NAMED_WHY_SIZE 320

/*
 * Does a line of the configuration name, glob or negate this name of a tablet, or of
 * a dock, so that whoever has it gets, or escapes, what others do not? A lone "*"
 * does not count: it is about everybody. If so *why says which line, to complete
 * "the name is one that ... ".
 */
bool ut_config_names(const struct ut_config *cfg, bool dock, const char *name,
		     char why[UT_NAMED_WHY_SIZE]);

#endif /* UT_POLICY_NAMED_H */
