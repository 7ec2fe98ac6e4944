/* SPDX-License-Identifier: GPL-2.0 */
/* What a look at a machine has found: how bad it is, why, and what cures it. */
#ifndef UT_CLI_FINDINGS_H
#define UT_CLI_FINDINGS_H

#include <stddef.h>

#include "base/err.h"
#include "base/json.h"

/**
 * enum ut_level - how bad it is
 * @UT_LEVEL_OK: well
 * @UT_LEVEL_WARN: it works, or will for some; worth a look
 * @UT_LEVEL_FAIL: something does not work because of it
 * @UT_LEVEL_SKIP: could not be looked at
 * @UT_LEVELS: how many there are
 */
enum ut_level {
	UT_LEVEL_OK,
	UT_LEVEL_WARN,
	UT_LEVEL_FAIL,
	UT_LEVEL_SKIP,
	UT_LEVELS,
};

/**
 * struct ut_findings - all of them, in the order of the checks
 * @checks: an array of objects: check, level, text, cure; see usbip-tls(8)
 * @cure: that of the last one, an array of lines
 * @n: how many of each level
 */
struct ut_findings {
	struct json_object *checks;
	struct json_object *cure;
	size_t n[UT_LEVELS];
};

/* One more; @check: stable short name, for scripts: "module", "certificate", ... */
void ut_found(struct ut_findings *f, enum ut_level level, const char *check,
	      const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* One more line of the cure of the last one: a command, or what to do. */
void ut_cure(struct ut_findings *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Message and hint of an error, as a finding and its cure. */
void ut_found_err(struct ut_findings *f, enum ut_level level,
		  const char *check, const struct ut_err *err);

#endif /* UT_CLI_FINDINGS_H */
