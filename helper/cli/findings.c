// SPDX-License-Identifier: GPL-2.0
/* Findings: see findings.h. */
#include <stdio.h>

#include "cli/findings.h"

#define TEXT_SIZE 900

/* The text of a finding may come from a dock: none of it is taken as it is. */
static struct json_object *text(const char *fmt, va_list ap)
{
	char buf[TEXT_SIZE];

	vsnprintf(buf, sizeof(buf), fmt, ap);
	ut_sanitize(buf);
	return json_object_new_string(buf);
}

void ut_found(struct ut_findings *f, enum ut_level level, const char *check,
	      const char *fmt, ...)
{
	static const char *const names[UT_LEVELS] = {
		[UT_LEVEL_OK] = "ok", [UT_LEVEL_WARN] = "warn",
		[UT_LEVEL_FAIL] = "fail", [UT_LEVEL_SKIP] = "skip",
	};
	struct json_object *o = json_object_new_object();
	va_list ap;

	ut_json_string(o, "check", check);
	ut_json_string(o, "level", names[level]);
	va_start(ap, fmt);
	json_object_object_add(o, "text", text(fmt, ap));
	va_end(ap);
	f->cure = ut_json_array(o, "cure");
	json_object_array_add(f->checks, o);
	f->n[level]++;
}

void ut_cure(struct ut_findings *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	json_object_array_add(f->cure, text(fmt, ap));
	va_end(ap);
}

void ut_found_err(struct ut_findings *f, enum ut_level level,
		  const char *check, const struct ut_err *err)
{
	ut_found(f, level, check, "%s", err->msg);
	if (err->hint[0])
		ut_cure(f, "%s", err->hint);
}
