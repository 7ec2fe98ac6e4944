// SPDX-License-Identifier: GPL-2.0
/*
 * What processes have open, and what is mounted in namespaces other than ours; see
 * uses.h. Processes come and go: what is not there any more uses nothing.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "needs/uses.h"
#include "needs/walk.h"
#include "usb/sysfs.h"

/* Namespaces that are told apart. */
#define MAX_NAMESPACES 1024

/**
 * struct look - at all processes
 * @u: what is found
 * @busid: of the device
 * @seen: mount namespaces that need no other look, "mnt:[4026531841]"
 * @n_seen: how many
 */
struct look {
	struct ut_uses *u;
	const char *busid;
	char seen[MAX_NAMESPACES][32];
	size_t n_seen;
};

static const struct ut_disk *disk_of(const struct ut_uses *u,
				     unsigned int major, unsigned int minor)
{
	size_t i;

	for (i = 0; i < u->n_disks; i++)
		if (u->disks[i].major == major && u->disks[i].minor == minor)
			return &u->disks[i];
	return NULL;
}

static bool path_of(char path[PATH_MAX], pid_t pid, const char *what,
		    const char *name)
{
	char rel[64 + NAME_MAX];

	snprintf(rel, sizeof(rel), "/%d/%s%s%s", (int)pid, what,
		 name[0] ? "/" : "", name);
	return !ut_proc_path(path, rel);
}

/* --- open files --- */

/* "flags:	0100002": the mode is in the last two bits. */
static bool for_writing(pid_t pid, const char *fd)
{
	char path[PATH_MAX], line[128];
	unsigned int flags = O_RDWR;
	FILE *f;

	f = path_of(path, pid, "fdinfo", fd) ? fopen(path, "re") : NULL;
	/* What cannot be seen is taken for the worse. */
	if (!f)
		return errno != ENOENT;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "flags: %o", &flags) == 1)
			break;
	fclose(f);
	return (flags & O_ACCMODE) != O_RDONLY;
}

static int add_open(struct look *l, pid_t pid, const char *fd,
		    const struct ut_disk *disk)
{
	char path[PATH_MAX], name[64];

	if (!path_of(path, pid, "comm", "") ||
	    ut_sysfs_read(path, name, sizeof(name)) < 0)
		snprintf(name, sizeof(name), "a program");
	return ut_uses_add(l->u, for_writing(pid, fd) ? UT_USE_WRITER :
			   UT_USE_READER, name, disk->node, pid);
}

/* By its number, as the name of a node may be anything. Nobody is waited for. */
static const struct ut_disk *open_disk(const struct ut_uses *u, pid_t pid,
				       const char *fd)
{
	char path[PATH_MAX];
	struct statx st;

	if (!path_of(path, pid, "fd", fd) ||
	    statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		  STATX_TYPE, &st) || !S_ISBLK(st.stx_mode))
		return NULL;
	return disk_of(u, st.stx_rdev_major, st.stx_rdev_minor);
}

static int look_at_files(struct look *l, pid_t pid)
{
	const struct ut_disk *disk;
	char path[PATH_MAX];
	struct dirent *d;
	int ret = 0;
	DIR *dp;

	dp = path_of(path, pid, "fd", "") ? opendir(path) : NULL;
	if (!dp)
		return errno == ENOENT || errno == ESRCH ? 0 : -errno;
	while (!ret && (d = readdir(dp))) {
		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		disk = open_disk(l->u, pid, d->d_name);
		if (disk)
			ret = add_open(l, pid, d->d_name, disk);
	}
	closedir(dp);
	return ret;
}

/* --- mounts elsewhere --- */

static bool mounted_here(const struct ut_uses *u, const char *source)
{
	size_t i;

	for (i = 0; i < u->n; i++)
		if (u->v[i].kind == UT_USE_MOUNT &&
		    !strcmp(u->v[i].source, source))
			return true;
	return false;
}

/* 0: it has been seen, or cannot be. -EUSERS */
static int is_new(struct look *l, const char *name)
{
	char path[PATH_MAX], id[sizeof(l->seen[0])];
	ssize_t n;
	size_t i;

	if (ut_proc_path(path, name))
		return 0;
	n = readlink(path, id, sizeof(id) - 1);
	if (n < 0)
		return 0;
	id[n] = '\0';
	for (i = 0; i < l->n_seen; i++)
		if (!strcmp(l->seen[i], id))
			return 0;
	if (l->n_seen == MAX_NAMESPACES)
		return -EUSERS;
	memcpy(l->seen[l->n_seen++], id, sizeof(id));
	return 1;
}

static int is_on(const struct look *l, struct ut_scan *s,
		 const struct ut_mount *m)
{
	if (mounted_here(l->u, m->source))
		return 0;
	return ut_mount_of_several(m) ? ut_mount_is_on(s, m, l->busid) :
	       !!disk_of(l->u, m->major, m->minor);
}

static int look_at_mounts(struct look *l, pid_t pid)
{
	struct ut_scan s = { 0 };
	char name[64];
	size_t i;
	int ret;

	snprintf(name, sizeof(name), "/%d/ns/mnt", (int)pid);
	ret = is_new(l, name);
	if (ret <= 0)
		return ret;
	snprintf(name, sizeof(name), "/%d/mountinfo", (int)pid);
	ret = ut_mounts_read(&s.mounts, name);
	for (i = 0; ret >= 0 && i < s.mounts.n; i++) {
		const struct ut_mount *m = &s.mounts.v[i];

		ret = is_on(l, &s, m);
		if (ret > 0)
			ret = ut_uses_add(l->u, UT_USE_ELSEWHERE, m->point,
					  m->source, pid);
	}
	ut_mounts_free(&s.mounts);
	/* A process that ends just now has no mounts, or half of them. */
	return ret == -ENOMEM ? ret : 0;
}

/* --- all of them --- */

int ut_uses_of_processes(struct ut_uses *u, const char *busid)
{
	static struct look l;
	char path[PATH_MAX];
	struct dirent *d;
	int ret;
	DIR *dp;

	memset(&l, 0, sizeof(l));
	l.u = u;
	l.busid = busid;
	is_new(&l, "/self/ns/mnt");
	ret = ut_proc_path(path, "");
	if (ret)
		return ret;
	dp = opendir(path);
	if (!dp)
		return -errno;
	while (!ret && (d = readdir(dp))) {
		pid_t pid = (pid_t)atoi(d->d_name);

		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		ret = look_at_files(&l, pid);
		if (!ret)
			ret = look_at_mounts(&l, pid);
	}
	closedir(dp);
	return ret;
}
