// SPDX-License-Identifier: GPL-2.0
#include "lib/need_bed.h"

int __real_statx(int dir, const char *path, int flags, unsigned int mask,
		 struct statx *st);

int __wrap_statx(int dir, const char *path, int flags, unsigned int mask,
		 struct statx *st);

/* The invented machine does not see the /dev of the real one. */
int __wrap_statx(int dir, const char *path, int flags, unsigned int mask,
		 struct statx *st)
{
	if (strncmp(path, "/dev/", 5) || !strcmp(path, "/dev/null"))
		return __real_statx(dir, path, flags, mask, st);
	errno = ENOENT;
	return -1;
}

struct ut_err need_err;
char need_why[UT_PROTECT_WHY_SIZE];

bool need_has(const char *busid)
{
	struct ut_protect *p;
	bool yes;

	ut_err_clear(&need_err);
	need_why[0] = '\0';
	if (ut_protect_scan(&p, &need_err))
		fail_msg("scan: %s", need_err.msg);
	yes = ut_protect_why(p, busid, need_why, sizeof(need_why));
	ut_protect_free(p);
	return yes;
}

void assert_needed(const char *busid, const char *text)
{
	if (!need_has(busid))
		fail_msg("%s is not needed", busid);
	assert_string_equal(need_why, text);
}

void assert_free(const char *busid)
{
	if (need_has(busid))
		fail_msg("%s: %s", busid, need_why);
}

void assert_closed(int error)
{
	struct ut_protect *p = (void *)&need_err;

	ut_err_clear(&need_err);
	assert_int_equal(ut_protect_scan(&p, &need_err), error);
	assert_null(p);
	assert_int_equal(need_err.code, UT_EXIT_FAILURE);
	assert_non_null(
		strstr(need_err.msg, "which USB devices this machine needs"));
	assert_true(need_err.hint[0]);
	assert_true(ut_protect_why(p, "1-9", need_why, sizeof(need_why)));
	assert_true(need_why[0]);
	ut_protect_free(p);
}
