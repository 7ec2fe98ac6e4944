// SPDX-License-Identifier: GPL-2.0
/* The search for USB devices that this machine needs itself: see protect.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "needs/walk.h"

#define ANY_LEVEL 255

/*
 * The places of protect.h, and how many levels below each a mount still counts.
 * The order decides which of several reasons is given.
 */
static const struct place {
	const char *point;
	int below;
} places[] = {
	{ "/", 0 },
	{ "/usr", ANY_LEVEL },
	{ "/var", ANY_LEVEL },
	{ "/etc", ANY_LEVEL },
	{ "/boot", ANY_LEVEL },
	{ "/efi", ANY_LEVEL },
	{ "/home", 1 },
	{ "/root", 0 },
	{ "/opt", 1 },
	{ "/srv", 1 },
	{ "/tmp", 0 },
};

/* How many levels point is below place; -1: it is elsewhere. */
static int levels(const char *point, const char *place)
{
	size_t len = strlen(place);
	int n = 0;

	if (strncmp(point, place, len))
		return -1;
	point += len;
	if (!*point)
		return 0;
	if (*point != '/')
		return -1;
	for (; *point; point++)
		n += *point == '/';
	return n;
}

static int carry_place(struct ut_scan *s, struct ut_mount *m, bool below)
{
	char what[UT_PROTECT_WHY_SIZE];
	struct ut_step at = { s, what, 0 };
	int ret;

	snprintf(what, sizeof(what), "%s (%.80s on %.80s)",
		 strcmp(m->point, "/") ? "a file system of this machine" :
		 "the root file system", m->source, m->point);
	ret = ut_step_mount(&at, m);
	if (ret != UT_UNSEEN)
		return ret;
	return below ? 0 : ut_carry_any(&at);
}

/* Does this mount count, as the place itself or below it? */
static bool counts(const struct ut_mount *m, const struct place *place,
		   bool below)
{
	int n = levels(m->point, place->point);

	if (!below)
		return n == 0;
	/* There, overlays are containers, with hundreds of layers. */
	return n > 0 && n <= place->below && strcmp(m->type, "overlay");
}

static int mounts(struct ut_scan *s, bool below)
{
	int ret = 0;
	size_t i, j;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		for (j = 0; !ret && j < s->mounts.n; j++)
			if (counts(&s->mounts.v[j], &places[i], below))
				ret = carry_place(s, &s->mounts.v[j], below);
	return ret;
}

static int places_themselves(struct ut_scan *s)
{
	int ret = ut_mounts_read(&s->mounts, "/self/mountinfo");
	size_t i = 0;

	if (ret)
		return ret;
	while (i < s->mounts.n && strcmp(s->mounts.v[i].point, "/"))
		i++;
	/* From inside a chroot, mounts outside it cannot be seen. */
	return i < s->mounts.n ? mounts(s, false) : -ENOENT;
}

/*
 * Comes after all that may end in ut_carry_any(): that a device has been
 * followed already must not hide there that UT_UNSEEN came of it.
 */
static int below_places(struct ut_scan *s)
{
	return mounts(s, true);
}

static int carry_swap(void *arg, const char *file)
{
	char what[UT_PROTECT_WHY_SIZE];
	struct ut_step at = { arg, what, 0 };
	int ret;

	snprintf(what, sizeof(what), "swap (%.160s)", file);
	ret = ut_step_file(&at, file);
	return ret == UT_UNSEEN ? ut_carry_any(&at) : ret;
}

static int swaps(struct ut_scan *s)
{
	return ut_each_swap(true, carry_swap, s);
}

int ut_protect_scan(struct ut_protect **p, struct ut_err *err)
{
	static const struct {
		int (*run)(struct ut_scan *s);
		const char *what;
	} steps[] = {
		{ places_themselves, "file systems" },
		{ swaps, "swap" },
		{ below_places, "file systems" },
		{ ut_protect_net, "network links" },
	};
	struct ut_scan s = { 0 };
	const char *what = "memory";
	int ret = -ENOMEM;
	size_t i;

	s.p = calloc(1, sizeof(*s.p));
	if (s.p)
		ret = 0;
	for (i = 0; !ret && i < sizeof(steps) / sizeof(steps[0]); i++) {
		what = steps[i].what;
		ret = steps[i].run(&s);
	}
	ut_mounts_free(&s.mounts);
	*p = s.p;
	if (!ret)
		return 0;
	ut_protect_free(s.p);
	*p = NULL;
	ut_err_errno(err, ret == -EACCES || ret == -EPERM ? UT_EXIT_PERMISSION :
		     UT_EXIT_FAILURE, ret,
		     "cannot find out which USB devices this machine needs itself (%s)",
		     what);
	ut_err_hint(err, "as long as that is so, no device is shared; are /proc and /sys mounted?");
	return ret;
}
