// SPDX-License-Identifier: GPL-2.0
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/scratch.h"
#include "base/clock.h"
#include "lib/unit.h"

/* Only a failure waits this long. */
#define AWAIT_MS 60000

int scratch_make(char dir[SCRATCH_SIZE], const char *what)
{
	snprintf(dir, SCRATCH_SIZE, "/tmp/ut-%s-XXXXXX", what);
	return mkdtemp(dir) ? 0 : -1;
}

static int scratch_remove(const char *path, const struct stat *st, int type,
			  struct FTW *ftw)
{
	return remove(path);
}

int scratch_drop(const char *dir)
{
	return nftw(dir, scratch_remove, 32, FTW_DEPTH | FTW_PHYS);
}

char *scratch_slurp(const char *path, char text[SCRATCH_TEXT_SIZE])
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, SCRATCH_TEXT_SIZE - 1, f);
	fclose(f);
	assert_true(n < SCRATCH_TEXT_SIZE - 1);
	text[n] = '\0';
	return text;
}

char *scratch_text(const char *path, char text[SCRATCH_TEXT_SIZE])
{
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, SCRATCH_TEXT_SIZE - 1, f) : 0;

	if (f)
		fclose(f);
	text[n] = '\0';
	return text;
}

unsigned int scratch_count(const char *text, const char *part)
{
	unsigned int n = 0;

	for (text = strstr(text, part); text; text = strstr(text + 1, part))
		n++;
	return n;
}

void scratch_await(const char *path, const char *part, unsigned int n,
		   const char *who)
{
	static char text[SCRATCH_TEXT_SIZE];
	int64_t deadline = ut_clock_ms() + AWAIT_MS;

	while (scratch_count(scratch_text(path, text), part) < n) {
		if (ut_clock_ms() > deadline)
			fail_msg("%s did not write \"%s\" %u times but:\n%s",
				 who, part, n, text);
		poll(NULL, 0, 5);
	}
}

void scratch_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

bool scratch_has(const char *dir, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return !access(path, F_OK);
}
