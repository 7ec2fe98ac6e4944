/* SPDX-License-Identifier: GPL-2.0 */
/* A table of hints, and what it reported to its caller. */
#ifndef UT_TEST_HINTS_BED_H
#define UT_TEST_HINTS_BED_H

#include "discovery/found.h"
#include "lib/unit.h"
#include "lib/where_text.h"

#define BEACON	UT_FOUND_BEACON
#define DNS_SD	UT_FOUND_DNS_SD

extern struct ut_found hints;
extern unsigned int hints_found, hints_gone;
extern struct ut_where hints_last_found, hints_last_gone;

int hints_setup(void **state);

/* Place number @i: 10.x.y.z */
struct ut_where hints_place(unsigned int i);

int hints_seen(enum ut_found_source source, const struct ut_where *w,
	       int64_t now);

size_t hints_count(unsigned int sources);

#endif /* UT_TEST_HINTS_BED_H */
