// SPDX-License-Identifier: GPL-2.0
/* From a mount, a file or a block device down to the disks: see protect.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "needs/walk.h"
#include "usb/sysfs.h"

/* --- block devices --- */

static int carry_link(void *arg, const char *name, const char *real)
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
	ret = ut_each_link(sub, carry_link, &down);
	if (ret >= 0)
		ret = ut_worse(ret, carry_backing(&down, path,
						  "loop/backing_file"));
	if (ret >= 0)
		ret = ut_worse(ret, carry_backing(&down, path, "backing_dev"));
	return ret;
}

/* --- file systems --- */

/* File systems that are on no disk of this machine. */
static bool without_disk(const char *type)
{
	static const char *const types[] = {
		"tmpfs", "ramfs", "rootfs", "devtmpfs", "autofs", "nfs", "nfs4",
		"cifs", "smb3", "9p", "virtiofs", "ceph", "afs", "ubifs",
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i], type))
			return true;
	return false;
}

/*
 * Cuts off a name that ends before @end. It is escaped twice: by whoever mounted the
 * file system, with a backslash before a character, and around that by the kernel, in
 * octal. Both are undone in one go, because only a ':' that neither has escaped
 * separates two layers; some kernels show one in a name as "\072".
 */
static char *cut_name(char **list, char end)
{
	char *name = *list, *d = name;
	const char *s = name;

	while (*s && *s != end) {
		*d = ut_unescape_next(&s);
		if (*d == '\\' && *s)
			*d = ut_unescape_next(&s);
		d++;
	}
	*list = *s ? name + (s - name) + 1 : NULL;
	*d = '\0';
	return name;
}

/* Layers may be empty: "a::b" makes b a layer for data only. */
static int carry_layers(const struct ut_step *at, char *list)
{
	char *layer;
	int ret = 0;

	while (ret >= 0 && list) {
		layer = cut_name(&list, ':');
		if (*layer)
			ret = ut_worse(ret, ut_step_file(at, layer));
	}
	return ret;
}

/*
 * A directory that was given by a descriptor is shown as it is, one that was given by
 * its name with the escapes in it. Nothing tells which it was, so both count.
 */
static int carry_upper(const struct ut_step *at, char *value)
{
	char *copy = strdup(value);
	int ret;

	if (!copy)
		return -ENOMEM;
	ut_unescape(copy);
	ret = ut_step_file(at, copy);
	if (ret >= 0 && strchr(copy, '\\'))
		ret = ut_worse(ret, ut_step_file(at, cut_name(&value, '\0')));
	free(copy);
	return ret;
}

static int carry_option(const struct ut_step *at, const char *key, char *value)
{
	static const char *const as_they_are[] = {
		"lowerdir+", "datadir+", "logdev", "rtdev",
	};
	size_t i;

	if (!strcmp(key, "lowerdir"))
		return carry_layers(at, value);
	if (!strcmp(key, "upperdir"))
		return carry_upper(at, value);
	for (i = 0; i < sizeof(as_they_are) / sizeof(as_they_are[0]); i++)
		if (!strcmp(key, as_they_are[i])) {
			ut_unescape(value);
			return ut_step_file(at, value);
		}
	return 0;
}

/* The disks and directories named in the options of the super block. */
static int carry_options(const struct ut_step *at, const struct ut_mount *m)
{
	char *copy = strdup(m->options), *options = copy, *key, *value;
	int ret = copy ? 0 : -ENOMEM;

	while (ret >= 0 && (value = strsep(&options, ","))) {
		key = strsep(&value, "=");
		if (value)
			ret = ut_worse(ret, carry_option(at, key, value));
	}
	free(copy);
	return ret;
}

/**
 * struct members - the search for the other disks of a btrfs
 * @at: where we are
 * @name: kernel's name of the disk that is known
 * @found: the file system has been found by it
 */
struct members {
	const struct ut_step *at;
	const char *name;
	bool found;
};

/* One directory of /sys/fs/btrfs: is it this one that has the disk? */
static int carry_members(void *arg, const char *name, const char *real)
{
	struct members *m = arg;
	struct ut_step at = *m->at;
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/devices/%s", real, m->name) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	if (access(path, F_OK))
		return 0;
	m->found = true;
	path[strlen(path) - strlen(m->name) - 1] = '\0';
	return ut_each_link(path, carry_link, &at);
}

static int carry_btrfs(const struct ut_step *at, const char *source)
{
	struct members m = { .at = at };
	char disk[PATH_MAX], dir[PATH_MAX];
	struct statx st;
	int ret;

	ret = ut_path_of_node(source, disk, &st);
	if (ret)
		return ret == -ENODEV || ret == -ENOTBLK ? UT_UNSEEN : ret;
	ret = ut_sysfs_path(dir, "/fs/btrfs");
	if (!ret)
		ret = ut_carry_disk(at, disk);
	if (ret < 0)
		return ret;
	m.name = strrchr(disk, '/') + 1;
	ret = ut_worse(ret, ut_each_link(dir, carry_members, &m));
	return m.found ? ret : ut_worse(ret, UT_UNSEEN);
}

/* "/dev/sda1:/dev/sdb1" */
static int carry_bcachefs(const struct ut_step *at, const char *source)
{
	char *copy = strdup(source), *rest = copy, *disk;
	int ret = copy ? 0 : -ENOMEM;

	while (ret >= 0 && (disk = strsep(&rest, ":")))
		ret = ut_worse(ret, ut_step_file(at, disk));
	free(copy);
	return ret;
}

static int carry_fs(const struct ut_step *at, const struct ut_mount *m)
{
	char path[PATH_MAX];
	int ret;

	if (m->major) {
		ret = ut_path_of_number(m->major, m->minor, path);
		if (ret)
			return ret == -ENODEV ? 0 : ret;
		ret = ut_carry_disk(at, path);
		return ret < 0 ? ret : ut_worse(ret, carry_options(at, m));
	}
	if (without_disk(m->type))
		return 0;
	if (!strcmp(m->type, "overlay"))
		return strstr(m->options, "lowerdir") ? carry_options(at, m) :
		       UT_UNSEEN;
	if (!strcmp(m->type, "btrfs"))
		return carry_btrfs(at, m->source);
	if (!strcmp(m->type, "bcachefs"))
		return carry_bcachefs(at, m->source);
	/* An image file, a directory behind FUSE; or a pool: not a path. */
	return ut_step_file(at, m->source);
}

int ut_step_mount(const struct ut_step *at, struct ut_mount *m)
{
	if (m->state == UT_MOUNT_DONE)
		return m->result;
	/* An overlay whose layers, by path, are on itself: hidden below it. */
	if (m->state == UT_MOUNT_BUSY || at->depth > UT_MAX_STEPS)
		return UT_UNSEEN;
	m->state = UT_MOUNT_BUSY;
	m->result = carry_fs(at, m);
	m->state = UT_MOUNT_DONE;
	return m->result;
}

int ut_step_file(const struct ut_step *at, const char *file)
{
	struct ut_step down = ut_step_down(at);
	char path[PATH_MAX];
	struct ut_mount *m;
	struct statx st;
	int ret;

	ret = ut_path_of_node(file, path, &st);
	if (!ret)
		return ut_carry_disk(&down, path);
	if (ret != -ENOTBLK)
		return ret == -ENODEV ? 0 : ret;
	if (!(S_ISREG(st.stx_mode) || S_ISDIR(st.stx_mode)) ||
	    !(st.stx_mask & STATX_MNT_ID) || st.stx_mnt_id > UINT_MAX)
		return UT_UNSEEN;
	m = ut_mounts_by_id(&at->s->mounts, (unsigned int)st.stx_mnt_id);
	return m ? ut_step_mount(&down, m) : UT_UNSEEN;
}
