// SPDX-License-Identifier: GPL-2.0
/* From block devices down to the disks: see protect.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "needs/walk.h"
#include "usb/sysfs.h"

int ut_carry_link(void *arg, const char *name, const char *real)
{
	return ut_carry_disk(arg, real);
}

/* What a device stands on, by attributes that name a file or a device node. */
static int carry_backing(const struct ut_step *at, const char *dir,
			 const char *attr)
{
	char path[PATH_MAX], file[UT_SYSFS_LINE];
	ssize_t n;

	if (snprintf(path, sizeof(path), "%s/%s", dir, attr) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	n = ut_sysfs_read(path, file, sizeof(file));
	if (n < 0)
		return n == -ENOENT ? 0 : (int)n;
	/* zram says "none" if it is in memory only. */
	if (!n || !strcmp(file, "none"))
		return 0;
	return ut_step_file(at, file);
}

/* The disk of a partition: of interest if it is not a real one (md0p1). */
static int carry_whole(const struct ut_step *at, const char *path)
{
	char whole[PATH_MAX];

	snprintf(whole, sizeof(whole), "%s", path);
	*strrchr(whole, '/') = '\0';
	return ut_carry_disk(at, whole);
}

int ut_carry_disk(const struct ut_step *at, const char *path)
{
	struct ut_step down = ut_step_down(at);
	char sub[PATH_MAX];
	int ret;

	/* What it stands on is known then; this also ends a cycle. */
	if (ut_protect_has(at->s->p, path))
		return 0;
	if (at->depth > UT_MAX_STEPS)
		return UT_UNSEEN;
	ret = ut_protect_add(at->s->p, path, "it carries %s", at->what);
	if (ret)
		return ret;
	if (snprintf(sub, sizeof(sub), "%s/partition", path) >=
	    (int)sizeof(sub))
		return -ENAMETOOLONG;
	if (!access(sub, F_OK))
		return carry_whole(&down, path);
	/* "partition" is longer than "slaves". */
	sprintf(sub, "%s/slaves", path);
	ret = ut_each_link(sub, ut_carry_link, &down);
	if (ret >= 0)
		ret = ut_worse(ret, carry_backing(&down, path,
						  "loop/backing_file"));
	if (ret >= 0)
		ret = ut_worse(ret, carry_backing(&down, path, "backing_dev"));
	return ret;
}

/* --- where a block device is in sysfs --- */

int ut_path_of_number(unsigned int major, unsigned int minor,
		      char path[PATH_MAX])
{
	char link[PATH_MAX];
	int ret;

	ret = ut_sysfs_path(link, "/dev/block/%u:%u", major, minor);
	if (ret)
		return ret;
	if (realpath(link, path))
		return 0;
	if (errno != ENOENT)
		return -errno;
	ret = ut_sysfs_path(link, "/dev/block");
	if (ret)
		return ret;
	/* Without sysfs nothing at all is known. */
	return access(link, F_OK) ? -errno : -ENODEV;
}

/* A node that is not in /dev as we see it: by the kernel's name for it. */
static int path_of_name(const char *node, char path[PATH_MAX])
{
	char link[PATH_MAX], *p;
	size_t len;
	int ret;

	if (strncmp(node, "/dev/", 5))
		return UT_UNSEEN;
	ret = ut_sysfs_path(link, "/class/block/");
	if (ret)
		return ret;
	len = strlen(link);
	if (snprintf(link + len, sizeof(link) - len, "%s", node + 5) >=
	    (int)(sizeof(link) - len))
		return -ENAMETOOLONG;
	/* "cciss/c0d0" is "cciss!c0d0" in sysfs. */
	for (p = link + len; (p = strchr(p, '/')); )
		*p = '!';
	return realpath(link, path) ? 0 : UT_UNSEEN;
}

int ut_path_of_node(const char *node, char path[PATH_MAX], struct statx *st)
{
	if (node[0] != '/')
		return UT_UNSEEN;
	if (statx(AT_FDCWD, node, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		  STATX_TYPE | STATX_MNT_ID, st))
		return path_of_name(node, path);
	if (!S_ISBLK(st->stx_mode))
		return -ENOTBLK;
	return ut_path_of_number(st->stx_rdev_major, st->stx_rdev_minor, path);
}

/* --- all of them --- */

static int add_disk(void *arg, const char *name, const char *real)
{
	const struct ut_step *at = arg;

	return ut_protect_add(at->s->p, real,
			      "it may carry %s: which disks are behind that cannot be seen",
			      at->what);
}

int ut_carry_any(const struct ut_step *at)
{
	struct ut_step here = *at;
	char dir[PATH_MAX];
	int ret;

	if (at->s->all_disks)
		return 0;
	at->s->all_disks = true;
	ret = ut_sysfs_path(dir, "/block");
	if (!ret && access(dir, F_OK))
		ret = -errno;
	return ret ? ret : ut_each_link(dir, add_disk, &here);
}
