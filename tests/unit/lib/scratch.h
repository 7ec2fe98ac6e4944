/* SPDX-License-Identifier: GPL-2.0 */
/* A temporary directory of a test, its removal with everything in it, and its files. */
#ifndef UT_TEST_SCRATCH_H
#define UT_TEST_SCRATCH_H

#include <stdbool.h>

#define SCRATCH_SIZE 64
#define SCRATCH_TEXT_SIZE 65536

/* Makes it and puts its path into @dir; -1 if it cannot be made. */
int scratch_make(char dir[SCRATCH_SIZE], const char *what);

int scratch_drop(const char *dir);

/* Reads a file into @text; fails the test if it does not exist or does not fit. */
char *scratch_slurp(const char *path, char text[SCRATCH_TEXT_SIZE]);

/*
 * The same for a file that somebody else is writing: "" as long as it does not exist;
 * of a long one only the beginning.
 */
char *scratch_text(const char *path, char text[SCRATCH_TEXT_SIZE]);

/* How often @part occurs in it. */
unsigned int scratch_count(const char *text, const char *part);

/* Waits until the file has @part @n times. @who writes it. */
void scratch_await(const char *path, const char *part, unsigned int n,
		   const char *who);

void scratch_write(const char *path, const char *text);

/* Is there such a file in the directory? */
bool scratch_has(const char *dir, const char *name);

#endif /* UT_TEST_SCRATCH_H */
