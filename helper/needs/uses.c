// SPDX-License-Identifier: GPL-2.0
/* Uses of the disks of a USB device, and what is on one: see uses.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/vec.h"
#include "needs/uses.h"
#include "needs/walk.h"
#include "usb/sysfs.h"

const char *ut_use_name(enum ut_use_kind kind)
{
	static const char *const names[] = {
		[UT_USE_MOUNT] = "mount",
		[UT_USE_ELSEWHERE] = "mount-elsewhere",
		[UT_USE_SWAP] = "swap",
		[UT_USE_WRITER] = "writer",
		[UT_USE_READER] = "reader",
	};

	return names[kind];
}

const char *ut_use_text(const struct ut_use *use, char *buf, size_t size)
{
	switch (use->kind) {
	case UT_USE_MOUNT:
		snprintf(buf, size, "%s (%s)", use->what, use->source);
		break;
	case UT_USE_ELSEWHERE:
		snprintf(buf, size, "%s (%s) in the mount namespace of process %d",
			 use->what, use->source, (int)use->pid);
		break;
	case UT_USE_SWAP:
		snprintf(buf, size, "swap (%s)", use->what);
		break;
	case UT_USE_WRITER:
	case UT_USE_READER:
		snprintf(buf, size, "%s (process %d), which %s %s", use->what,
			 (int)use->pid, use->kind == UT_USE_WRITER ?
			 "writes to" : "reads", use->source);
		break;
	}
	return buf;
}

int ut_uses_add(struct ut_uses *u, enum ut_use_kind kind, const char *what,
		const char *source, pid_t pid)
{
	struct ut_use *more;

	if (u->n == UT_USES_MAX)
		return 0;
	more = ut_vec_add(u);
	if (!more)
		return -ENOMEM;
	more->kind = kind;
	more->pid = pid;
	snprintf(more->what, sizeof(more->what), "%s", what);
	snprintf(more->source, sizeof(more->source), "%s", source);
	if (pid)
		ut_sanitize(more->what);
	return 0;
}

void ut_uses_free(struct ut_uses *u)
{
	free(u->v);
	free(u->disks);
	memset(u, 0, sizeof(*u));
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

/* --- the way down --- */

typedef int (*step_fn)(const struct ut_step *at, const void *what);

static int from_mount(const struct ut_step *at, const void *what)
{
	const struct ut_mount *m = what;

	return ut_step_mount(at, ut_mounts_by_id(&at->s->mounts, m->id));
}

static int from_disk(const struct ut_step *at, const void *path)
{
	return ut_carry_disk(at, path);
}

static int from_file(const struct ut_step *at, const void *file)
{
	return ut_step_file(at, file);
}

/* 1: @what stands on the USB device; 0: it does not; -errno. */
static int is_on(struct ut_scan *s, step_fn step, const void *what,
		 const char *busid)
{
	char why[UT_PROTECT_WHY_SIZE];
	struct ut_step at = { s, "it", 0 };
	size_t i;
	int ret = -ENOMEM;

	for (i = 0; i < s->mounts.n; i++)
		s->mounts.v[i].state = UT_MOUNT_NEW;
	s->all_disks = false;
	s->p = calloc(1, sizeof(*s->p));
	if (s->p)
		ret = step(&at, what);
	if (ret >= 0)
		ret = ut_protect_why(s->p, busid, why, sizeof(why));
	ut_protect_free(s->p);
	s->p = NULL;
	return ret;
}

int ut_mount_is_on(struct ut_scan *s, const struct ut_mount *m,
		   const char *busid)
{
	return is_on(s, from_mount, m, busid);
}

int ut_disk_is_on(struct ut_scan *s, const char *path, const char *busid)
{
	return is_on(s, from_disk, path, busid);
}

int ut_file_is_on(struct ut_scan *s, const char *file, const char *busid)
{
	return is_on(s, from_file, file, busid);
}
