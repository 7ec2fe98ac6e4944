/* SPDX-License-Identifier: GPL-2.0 */
/* Findings of the doctor: what must be in them, and what must not. */
#ifndef UT_TEST_DOCTOR_BED_H
#define UT_TEST_DOCTOR_BED_H

#include "cli/doctor.h"
#include "lib/cli_bed.h"

extern struct ut_findings found;

/* One of them as a test reads it: the lines of its cure in one text. */
struct finding {
	enum ut_level level;
	char text[1024];
	char cure[2048];
};

/* Of a test in which the doctor looks for files below fake_root. */
int doctor_setup(void **state);
int doctor_teardown(void **state);

/* Forgets what was found. */
void fresh(void);

size_t found_n(void);

/* The finding @i; valid until the next call. */
const struct finding *finding(size_t i);

/* The first one with this in its text; there must be one. */
const struct finding *find_text(const char *text);

/*
 * The last finding has this level, words of its text, and of its cure; a NULL @cure:
 * it has none.
 */
void last(enum ut_level level, const char *text, const char *cure);

/* The same, and it is the only one since fresh(); calls fresh(). */
void only(enum ut_level level, const char *text, const char *cure);

#endif /* UT_TEST_DOCTOR_BED_H */
