// SPDX-License-Identifier: GPL-2.0
/* Block devices: where they are in sysfs, and all of them. See protect.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "needs/walk.h"
#include "usb/sysfs.h"

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
