// SPDX-License-Identifier: GPL-2.0
/* File systems on a USB device: see carried.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "needs/carried.h"
#include "needs/walk.h"

#define OURS "/self/mountinfo"

bool ut_carried_by_several(const struct ut_mount *m)
{
	return !m->major && (!strcmp(m->type, "btrfs") ||
			     !strcmp(m->type, "bcachefs"));
}

/* Has it a disk of its own, or might it have? */
static bool has_disk(const struct ut_mount *m)
{
	return m->major || ut_carried_by_several(m);
}

int ut_carried_is_on(const char *mountinfo, unsigned int id, const char *busid)
{
	char why[UT_PROTECT_WHY_SIZE];
	struct ut_scan s = { .p = calloc(1, sizeof(*s.p)) };
	struct ut_step at = { &s, "a file system", 0 };
	size_t i = 0;
	int ret;

	if (!s.p)
		return -ENOMEM;
	/* Each time anew: the way down is noted in the list and cuts it up. */
	ret = ut_mounts_read_of(&s.mounts, mountinfo);
	while (i < s.mounts.n && s.mounts.v[i].id != id)
		i++;
	if (!ret && i < s.mounts.n)
		ret = ut_step_mount(&at, &s.mounts.v[i]);
	if (ret >= 0)
		ret = ut_protect_why(s.p, busid, why, sizeof(why));
	ut_mounts_free(&s.mounts);
	ut_protect_free(s.p);
	return ret;
}

static int add(struct ut_carried **v, size_t *n, const struct ut_mount *m)
{
	struct ut_carried *more = realloc(*v, (*n + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	*v = more;
	snprintf(more[*n].point, sizeof(more[*n].point), "%s", m->point);
	snprintf(more[*n].source, sizeof(more[*n].source), "%s", m->source);
	(*n)++;
	return 0;
}

int ut_carried_by(const char *busid, struct ut_carried **v, size_t *n)
{
	struct ut_mounts mounts = { 0 };
	int ret = ut_mounts_read_of(&mounts, OURS);
	size_t i;

	*v = NULL;
	*n = 0;
	for (i = 0; ret >= 0 && i < mounts.n; i++) {
		if (!has_disk(&mounts.v[i]))
			continue;
		ret = ut_carried_is_on(OURS, mounts.v[i].id, busid);
		if (ret > 0)
			ret = add(v, n, &mounts.v[i]);
	}
	ut_mounts_free(&mounts);
	if (ret >= 0)
		return 0;
	free(*v);
	*v = NULL;
	*n = 0;
	return ret;
}
