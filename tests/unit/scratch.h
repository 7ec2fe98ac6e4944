/* SPDX-License-Identifier: GPL-2.0 */
/* A temporary directory of a test, and its end with all that is in it. */
#ifndef UT_TEST_SCRATCH_H
#define UT_TEST_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#define SCRATCH_SIZE 64

/* Makes it and puts its path into @dir; -1 if it cannot be made. */
static inline int scratch_make(char dir[SCRATCH_SIZE], const char *what)
{
	snprintf(dir, SCRATCH_SIZE, "/tmp/ut-%s-XXXXXX", what);
	return mkdtemp(dir) ? 0 : -1;
}

static inline int scratch_remove(const char *path, const struct stat *st,
				 int type, struct FTW *ftw)
{
	return remove(path);
}

static inline int scratch_drop(const char *dir)
{
	return nftw(dir, scratch_remove, 32, FTW_DEPTH | FTW_PHYS);
}

#endif /* UT_TEST_SCRATCH_H */
