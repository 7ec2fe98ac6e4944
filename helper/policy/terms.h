/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of policy/: globs, and what the terms of rules may be. */
#ifndef UT_POLICY_TERMS_H
#define UT_POLICY_TERMS_H

#include "policy/rules.h"

/* The key of a term by its name; UT_TERM_KEYS: there is none such. */
enum ut_term_key ut_term_key_find(const char *name, size_t len);

/* Do upper and lower case matter for it? */
bool ut_term_folds(enum ut_term_key key);

/* Names of the keys that a kind of rule has: "id, serial, ..."; returns buf. */
const char *ut_term_key_list(enum ut_rule_kind kind, char *buf, size_t size);

/* May a rule of this kind have it? */
bool ut_term_allowed(enum ut_rule_kind kind, enum ut_term_key key);

/* Is the text free of '*', '?', '[' and '\'? Then it fits only itself. */
bool ut_glob_is_plain(const char *glob);

/* fnmatch() in the C locale. @fold: upper and lower case are the same. */
bool ut_glob_fits(const char *glob, const char *text, bool fold);

/* Does any of them fit? */
bool ut_globs_fit(const struct ut_texts *globs, const char *text, bool fold);

/* Does the glob fit this USB class, by its two digits or by its name? */
bool ut_class_fits(const char *glob, unsigned int class);

/* Could this glob of the term @key fit anything? False: @why says why not. */
bool ut_term_glob_valid(enum ut_term_key key, const char *glob,
			char why[UT_RULE_WHY_SIZE]);

#endif /* UT_POLICY_TERMS_H */
