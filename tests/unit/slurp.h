/* SPDX-License-Identifier: GPL-2.0 */
/* A whole text file in memory, for tests that compare documents. Needs cmocka.h. */
#ifndef UT_TESTS_SLURP_H
#define UT_TESTS_SLURP_H

#include <stdio.h>

#define SLURP_SIZE 65536

/* Reads it into @text; fails the test if it is not there or does not fit. */
static inline char *slurp(const char *path, char text[SLURP_SIZE])
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, SLURP_SIZE - 1, f);
	fclose(f);
	assert_true(n < SLURP_SIZE - 1);
	text[n] = '\0';
	return text;
}

#endif /* UT_TESTS_SLURP_H */
