/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of the scan for needed devices: see protect.h. */
#ifndef UT_NEEDS_WALK_H
#define UT_NEEDS_WALK_H

#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "needs/protect.h"

/*
 * What the functions below return besides 0 and a negative errno: nothing is
 * wrong, but not all disks behind a file or a file system can be seen.
 */
#define UT_UNSEEN 1

/**
 * enum ut_mount_state - how far a mount has been followed
 */
enum ut_mount_state {
	UT_MOUNT_NEW,
	UT_MOUNT_BUSY,
	UT_MOUNT_DONE,
};

/**
 * struct ut_mount - one line of /proc/self/mountinfo
 * @id: as in stx_mnt_id of statx(2)
 * @major: 0: the file system has no block device of its own
 * @minor: of the block device
 * @point: where it is mounted
 * @type: "ext4"
 * @source: "/dev/sda1"; may be empty
 * @options: of the super block, separated by ',', still with their escapes
 * @state: keeps a mount that leads back to itself from being followed for ever
 * @result: what came of it, once it is done
 */
struct ut_mount {
	unsigned int id;
	unsigned int major;
	unsigned int minor;
	char *point;
	char *type;
	char *source;
	char *options;
	enum ut_mount_state state;
	int result;
};

/**
 * struct ut_mounts - all of them
 * @text: the file, cut into the strings of @v
 * @v: array of @n
 * @n: how many
 */
struct ut_mounts {
	struct ut_buf text;
	struct ut_mount *v;
	size_t n;
};

/**
 * struct ut_scan - one run of ut_protect_scan()
 * @p: what is found
 * @mounts: what is mounted
 * @all_disks: every disk counts already
 */
struct ut_scan {
	struct ut_protect *p;
	struct ut_mounts mounts;
	bool all_disks;
};

/* btrfs or bcachefs: the number of such a mount is none of a disk. */
static inline bool ut_mount_of_several(const struct ut_mount *m)
{
	return !m->major && (!strcmp(m->type, "btrfs") ||
			     !strcmp(m->type, "bcachefs"));
}

/* --- protect.c --- */

/* The root of /proc and a path put together. -ENAMETOOLONG. */
int ut_proc_path(char path[PATH_MAX], const char *name);

bool ut_protect_has(const struct ut_protect *p, const char *path);

/* Adds a path with its reason, unless it is there. -ENOMEM, -EOVERFLOW. */
int ut_protect_add(struct ut_protect *p, const char *path, const char *fmt,
		   ...) __attribute__((format(printf, 3, 4)));

/* The one of two results that counts: an error, then UT_UNSEEN, then 0. */
static inline int ut_worse(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? a : b;
	return a | b;
}

typedef int (*ut_link_fn)(void *arg, const char *name, const char *real);

/*
 * Calls @fn with each entry of a directory and where that really is. Goes on
 * after UT_UNSEEN, stops at an error. An entry that vanishes is left out, and a
 * directory that is not there has none.
 */
int ut_each_link(const char *dir, ut_link_fn fn, void *arg);

/* --- mounts.c --- */

/* @file: "/self/mountinfo", "/PID/mountinfo". Also after an error, ut_mounts_free(). */
int ut_mounts_read(struct ut_mounts *m, const char *file);
void ut_mounts_free(struct ut_mounts *m);

/* NULL: not in the list. */
struct ut_mount *ut_mounts_by_id(struct ut_mounts *m, unsigned int id);

/* The next character, where "\040" is a blank, and so on; moves *@s behind it. */
char ut_unescape_next(const char **s);

/* The same for a whole string, in place. */
void ut_unescape(char *s);

/*
 * Calls @fn with each file or device that the machine swaps to, until it returns
 * other than 0, and returns that. @strict: a line that makes no sense is -EINVAL, and
 * the list may only lack in a /proc that has other files; else such a line is left
 * out, and no list is an empty one.
 */
int ut_each_swap(bool strict, int (*fn)(void *arg, const char *file),
		 void *arg);

/* --- the way down: protect_fs.c, and protect_block.c below it --- */

/* Mounts, files, devices and partitions between a mount and its disk. */
#define UT_MAX_STEPS 32

/**
 * struct ut_step - where we are on the way down
 * @s: the scan
 * @what: what is carried, to complete the sentence "it carries ..."
 * @depth: steps so far
 */
struct ut_step {
	struct ut_scan *s;
	const char *what;
	unsigned int depth;
};

static inline struct ut_step ut_step_down(const struct ut_step *at)
{
	return (struct ut_step){ at->s, at->what, at->depth + 1 };
}

/* Adds the block devices behind a mount. */
int ut_step_mount(const struct ut_step *at, struct ut_mount *m);

/*
 * The same for a device node, or a file or directory. That is found by the id
 * of its mount: st_dev does not tell on which disks a btrfs or an overlay is.
 */
int ut_step_file(const struct ut_step *at, const char *file);

/* The same for a block device, by its directory in sysfs. */
int ut_carry_disk(const struct ut_step *at, const char *path);

/* After UT_UNSEEN: adds all disks, because each may carry it. */
int ut_carry_any(const struct ut_step *at);

/*
 * Directory of a block device in sysfs. -ENODEV: it is gone, with a file system
 * that is still mounted.
 */
int ut_path_of_number(unsigned int major, unsigned int minor,
		      char path[PATH_MAX]);

/*
 * The same for a device node. -ENOTBLK: it is there, but it is something else,
 * and *st tells what.
 */
int ut_path_of_node(const char *node, char path[PATH_MAX], struct statx *st);

/* --- uses.c --- */

/*
 * Goes down from a mount of @s and says whether any of its disks is, or is behind,
 * the USB device @busid. The mounts may be asked any number of times; @s->p is used
 * up. 1, 0 or -errno.
 */
int ut_mount_is_on(struct ut_scan *s, const struct ut_mount *m,
		   const char *busid);

/* The same of a block device, by its directory in sysfs, and of a file. */
int ut_disk_is_on(struct ut_scan *s, const char *path, const char *busid);
int ut_file_is_on(struct ut_scan *s, const char *file, const char *busid);

/* --- protect_net.c --- */

/* Adds the network interfaces in use. */
int ut_protect_net(struct ut_scan *s);

#endif /* UT_NEEDS_WALK_H */
