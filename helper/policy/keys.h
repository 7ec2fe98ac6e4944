/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of policy/: the table of configuration keys. */
#ifndef UT_POLICY_KEYS_H
#define UT_POLICY_KEYS_H

#include <stddef.h>

#include "policy/config.h"

#define UT_KEYS_MAX 32

/**
 * struct ut_key - one key
 * @section: without brackets
 * @name: the key
 * @allowed: what a value may be, for the error message
 * @list: may be given several times
 * @offset: of its member in struct ut_config, for the simple kinds
 * @min: least number
 * @max: greatest number
 * @set: stores a value; @first: the defaults of a list go away. 0, or not 0 if
 *	the value is not allowed
 */
struct ut_key {
	const char *section;
	const char *name;
	const char *allowed;
	bool list;
	size_t offset;
	unsigned int min;
	unsigned int max;
	int (*set)(const struct ut_key *key, struct ut_config *cfg,
		   const char *value, bool first);
};

extern const struct ut_key ut_keys[];
extern const size_t ut_n_keys;

#endif /* UT_POLICY_KEYS_H */
