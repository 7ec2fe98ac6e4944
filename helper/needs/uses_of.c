// SPDX-License-Identifier: GPL-2.0
/* The search for who uses the disks of a USB device: see uses.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "needs/uses.h"
#include "needs/walk.h"
#include "usb/sysfs.h"

/**
 * struct look - at one device
 * @u: what is found
 * @busid: of the device
 * @s: the mounts of this process, and the way down
 */
struct look {
	struct ut_uses *u;
	const char *busid;
	struct ut_scan s;
};

static int add_disk(struct ut_uses *u, const char *name, const char *path)
{
	char attr[PATH_MAX], number[32], end, *p;
	struct ut_disk *more, *d;
	ssize_t len;

	if (ut_path_join(attr, sizeof(attr), path, "dev", NULL) ||
	    strlen(name) >= UT_DISK_NAME_SIZE)
		return -ENAMETOOLONG;
	len = ut_sysfs_read(attr, number, sizeof(number));
	if (len < 0)
		return len == -ENOENT ? 0 : (int)len;
	more = realloc(u->disks, (u->n_disks + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	u->disks = more;
	d = &more[u->n_disks];
	if (sscanf(number, "%u:%u%c", &d->major, &d->minor, &end) != 2)
		return -EINVAL;
	snprintf(d->name, sizeof(d->name), "%s", name);
	snprintf(d->node, sizeof(d->node), "/dev/%s", name);
	/* "cciss!c0d0" in sysfs is "cciss/c0d0". */
	while ((p = strchr(d->node, '!')))
		*p = '/';
	u->n_disks++;
	return 0;
}

static int look_at_disk(void *arg, const char *name, const char *real)
{
	struct look *l = arg;
	int ret = ut_disk_is_on(&l->s, real, l->busid);

	return ret > 0 ? add_disk(l->u, name, real) : ret;
}

static int add_disks(struct look *l)
{
	char dir[PATH_MAX];
	int ret = ut_sysfs_path(dir, "/class/block");

	return ret ? ret : ut_each_link(dir, look_at_disk, l);
}

static int add_mounts(struct look *l)
{
	const struct ut_mount *m = l->s.mounts.v;
	const struct ut_mount *end = m + l->s.mounts.n;
	int ret = 0;

	for (; ret >= 0 && m < end; m++) {
		if (!m->major && !ut_mount_of_several(m))
			continue;
		ret = ut_mount_is_on(&l->s, m, l->busid);
		if (ret > 0)
			ret = ut_uses_add(l->u, UT_USE_MOUNT, m->point,
					  m->source, 0);
	}
	return ret;
}

static int look_at_swap(void *arg, const char *file)
{
	struct look *l = arg;
	int ret = ut_file_is_on(&l->s, file, l->busid);

	return ret > 0 ? ut_uses_add(l->u, UT_USE_SWAP, file, "", 0) : ret;
}

static int by_kind(const void *a, const void *b)
{
	const struct ut_use *x = a, *y = b;

	return (int)x->kind - (int)y->kind;
}

int ut_uses_of(const char *busid, struct ut_uses *u)
{
	struct look l = { .u = u, .busid = busid };
	int ret;

	memset(u, 0, sizeof(*u));
	ret = ut_mounts_read(&l.s.mounts, "/self/mountinfo");
	if (!ret)
		ret = add_disks(&l);
	/* Most devices have none, and nothing has to be looked through for them. */
	if (!ret && u->n_disks) {
		ret = add_mounts(&l);
		if (!ret)
			ret = ut_each_swap(false, look_at_swap, &l);
		if (!ret)
			ret = ut_uses_of_processes(u, busid);
	}
	ut_mounts_free(&l.s.mounts);
	if (ret)
		ut_uses_free(u);
	else if (u->n)
		qsort(u->v, u->n, sizeof(*u->v), by_kind);
	return ret;
}
