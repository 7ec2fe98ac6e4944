// SPDX-License-Identifier: GPL-2.0
/* Block devices of a USB device: see disks.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "needs/disks.h"
#include "needs/walk.h"
#include "usb/sysfs.h"

/**
 * struct search - what is looked for, and found
 */
struct search {
	const char *busid;
	struct ut_disk *v;
	size_t n;
};

/* 1: the block device stands on the USB device; 0: it does not; -errno. */
static int stands_on(const char *path, const char *busid)
{
	char why[UT_PROTECT_WHY_SIZE];
	struct ut_scan s = { .p = calloc(1, sizeof(*s.p)) };
	struct ut_step at = { &s, "a block device", 0 };
	int ret;

	if (!s.p)
		return -ENOMEM;
	/* Each time anew: the way down is noted in the list and cuts it up. */
	ret = ut_mounts_read(&s.mounts);
	if (!ret)
		ret = ut_carry_disk(&at, path);
	if (ret >= 0)
		ret = ut_protect_why(s.p, busid, why, sizeof(why));
	ut_mounts_free(&s.mounts);
	ut_protect_free(s.p);
	return ret;
}

static int add(struct search *s, const char *name, const char *path)
{
	char attr[PATH_MAX], number[32], end, *p;
	struct ut_disk *more, *d;
	ssize_t len;

	if (snprintf(attr, sizeof(attr), "%s/dev", path) >= (int)sizeof(attr) ||
	    strlen(name) >= UT_DISK_NAME_SIZE)
		return -ENAMETOOLONG;
	len = ut_sysfs_read(attr, number, sizeof(number));
	if (len < 0)
		return len == -ENOENT ? 0 : (int)len;
	more = realloc(s->v, (s->n + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	s->v = more;
	d = &more[s->n];
	if (sscanf(number, "%u:%u%c", &d->major, &d->minor, &end) != 2)
		return -EINVAL;
	snprintf(d->name, sizeof(d->name), "%s", name);
	snprintf(d->node, sizeof(d->node), "/dev/%s", name);
	/* "cciss!c0d0" in sysfs is "cciss/c0d0". */
	while ((p = strchr(d->node, '!')))
		*p = '/';
	s->n++;
	return 0;
}

static int look_at(void *arg, const char *name, const char *real)
{
	struct search *s = arg;
	int ret = stands_on(real, s->busid);

	return ret > 0 ? add(s, name, real) : ret;
}

int ut_disks_of(const char *busid, struct ut_disk **v, size_t *n)
{
	struct search s = { .busid = busid };
	char dir[PATH_MAX];
	int ret = ut_sysfs_path(dir, "/class/block");

	if (!ret)
		ret = ut_each_link(dir, look_at, &s);
	*v = NULL;
	*n = 0;
	if (ret < 0) {
		free(s.v);
		return ret;
	}
	*v = s.v;
	*n = s.n;
	return 0;
}

uint64_t ut_disk_moved(const struct ut_disk *disk)
{
	char path[PATH_MAX], line[512];
	uint64_t in, out;

	/* Requests, merged, sectors, time; for reads, then for writes. */
	if (ut_sysfs_path(path, "/class/block/%s/stat", disk->name) ||
	    ut_sysfs_read(path, line, sizeof(line)) < 0 ||
	    sscanf(line, "%*u %*u %" SCNu64 " %*u %*u %*u %" SCNu64, &in,
		   &out) != 2)
		return 0;
	return in + out;
}
