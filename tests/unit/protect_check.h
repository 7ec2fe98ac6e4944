/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of helper/needs/protect*.c ask. */
#ifndef UT_TEST_PROTECT_CHECK_H
#define UT_TEST_PROTECT_CHECK_H

#include <errno.h>

#include "lib/unit.h"
#include "base/file.h"
#include "lib/fake_machine.h"

int __real_statx(int dir, const char *path, int flags, unsigned int mask,
		 struct statx *st);
int __wrap_statx(int dir, const char *path, int flags, unsigned int mask,
		 struct statx *st);

/* The /dev of the machine that runs the tests is none of theirs. */
int __wrap_statx(int dir, const char *path, int flags, unsigned int mask,
		 struct statx *st)
{
	if (strncmp(path, "/dev/", 5) || !strcmp(path, "/dev/null"))
		return __real_statx(dir, path, flags, mask, st);
	errno = ENOENT;
	return -1;
}

static struct ut_err err;
static char why[UT_PROTECT_WHY_SIZE];

/* Takes a snapshot and asks it for one device. */
static inline bool needed(const char *busid)
{
	struct ut_protect *p;
	bool yes;

	ut_err_clear(&err);
	why[0] = '\0';
	if (ut_protect_scan(&p, &err))
		fail_msg("scan: %s", err.msg);
	yes = ut_protect_why(p, busid, why, sizeof(why));
	ut_protect_free(p);
	return yes;
}

static inline void assert_needed(const char *busid, const char *text)
{
	if (!needed(busid))
		fail_msg("%s is not needed", busid);
	assert_string_equal(why, text);
}

static inline void assert_free(const char *busid)
{
	if (needed(busid))
		fail_msg("%s: %s", busid, why);
}

/* The scan fails with this error, and then everything is needed. */
static inline void assert_closed(int error)
{
	struct ut_protect *p = (void *)&err;

	ut_err_clear(&err);
	assert_int_equal(ut_protect_scan(&p, &err), error);
	assert_null(p);
	assert_int_equal(err.code, UT_EXIT_FAILURE);
	assert_non_null(strstr(err.msg, "which USB devices this machine needs"));
	assert_true(err.hint[0]);
	assert_true(ut_protect_why(p, "1-9", why, sizeof(why)));
	assert_true(why[0]);
	ut_protect_free(p);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fake_machine_setup, \
					     fake_machine_teardown)

#endif /* UT_TEST_PROTECT_CHECK_H */
