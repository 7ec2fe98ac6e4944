// SPDX-License-Identifier: GPL-2.0
/* Who uses the disks of a USB device: see uses.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "needs/carried.h"
#include "needs/walk.h"
#include "needs/uses.h"

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
	more = realloc(u->v, (u->n + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	u->v = more;
	more += u->n++;
	memset(more, 0, sizeof(*more));
	more->kind = kind;
	more->pid = pid;
	snprintf(more->what, sizeof(more->what), "%s", what);
	snprintf(more->source, sizeof(more->source), "%s", source);
	if (pid)
		ut_sanitize(more->what);
	return 0;
}

static int add_mounts(struct ut_uses *u, const char *busid)
{
	struct ut_carried *carried;
	int ret;
	size_t n, i;

	ret = ut_carried_by(busid, &carried, &n);
	for (i = 0; !ret && i < n; i++)
		ret = ut_uses_add(u, UT_USE_MOUNT, carried[i].point,
				  carried[i].source, 0);
	free(carried);
	return ret;
}

/* 1: this swap is on the device. */
static int swaps_to(const char *file, const char *busid)
{
	char why[UT_PROTECT_WHY_SIZE];
	struct ut_scan s = { .p = calloc(1, sizeof(*s.p)) };
	struct ut_step at = { &s, "swap", 0 };
	int ret;

	if (!s.p)
		return -ENOMEM;
	ret = ut_mounts_read(&s.mounts);
	if (!ret)
		ret = ut_step_file(&at, file);
	if (ret >= 0)
		ret = ut_protect_why(s.p, busid, why, sizeof(why));
	ut_mounts_free(&s.mounts);
	ut_protect_free(s.p);
	return ret;
}

/* "/dev/sda2 partition 8388604 0 -2", below a line with the heads. */
static int add_swaps(struct ut_uses *u, const char *busid)
{
	char path[PATH_MAX], *text, *line, *file;
	struct ut_buf buf = { 0 };
	int ret = ut_proc_path(path, "/swaps");

	if (!ret)
		ret = ut_file_read(path, &buf, NULL);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	text = buf.data;
	strsep(&text, "\n");
	while (ret >= 0 && (line = strsep(&text, "\n"))) {
		file = strsep(&line, " \t");
		if (file[0] != '/')
			continue;
		ut_unescape(file);
		ret = swaps_to(file, busid);
		if (ret > 0)
			ret = ut_uses_add(u, UT_USE_SWAP, file, "", 0);
	}
	ut_buf_free(&buf);
	return ret < 0 ? ret : 0;
}

static int by_kind(const void *a, const void *b)
{
	const struct ut_use *x = a, *y = b;

	return (int)x->kind - (int)y->kind;
}

int ut_uses_of(const char *busid, struct ut_uses *u)
{
	int ret;

	memset(u, 0, sizeof(*u));
	ret = ut_disks_of(busid, &u->disks, &u->n_disks);
	/* Most devices have none, and nothing has to be looked through for them. */
	if (!ret && u->n_disks) {
		ret = add_mounts(u, busid);
		if (!ret)
			ret = add_swaps(u, busid);
		if (!ret)
			ret = ut_uses_of_processes(u, busid);
	}
	if (ret)
		ut_uses_free(u);
	else if (u->n)
		qsort(u->v, u->n, sizeof(*u->v), by_kind);
	return ret;
}

void ut_uses_free(struct ut_uses *u)
{
	free(u->v);
	free(u->disks);
	memset(u, 0, sizeof(*u));
}
