// SPDX-License-Identifier: GPL-2.0
/* What is needed, as it is found and asked for: see protect.h. */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "usb/device.h"
#include "needs/walk.h"
#include "usb/sysfs.h"

static const char *proc_root = "/proc";

void ut_proc_root_set(const char *root)
{
	proc_root = root ? root : "/proc";
}

int ut_proc_path(char path[PATH_MAX], const char *name)
{
	return snprintf(path, PATH_MAX, "%s%s", proc_root, name) < PATH_MAX ?
	       0 : -ENAMETOOLONG;
}

/* --- the snapshot --- */

bool ut_protect_has(const struct ut_protect *p, const char *path)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (!strcmp(p->v[i].path, path))
			return true;
	return false;
}

int ut_protect_add(struct ut_protect *p, const char *path, const char *fmt,
		   ...)
{
	char why[UT_PROTECT_WHY_SIZE];
	struct ut_need *need;
	va_list ap;

	if (ut_protect_has(p, path))
		return 0;
	if (p->n == UT_PROTECT_MAX)
		return -EOVERFLOW;
	/* Counted even if half filled, so that ut_protect_free() frees it. */
	need = ut_vec_add(p);
	if (!need)
		return -ENOMEM;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	ut_sanitize(why);
	need->path = strdup(path);
	need->why = strdup(why);
	return need->path && need->why ? 0 : -ENOMEM;
}

void ut_protect_free(struct ut_protect *p)
{
	size_t i;

	if (!p)
		return;
	for (i = 0; i < p->n; i++) {
		free(p->v[i].path);
		free(p->v[i].why);
	}
	free(p->v);
	free(p);
}

static bool say(char *why, size_t size, const char *text)
{
	snprintf(why, size, "%s", text);
	return true;
}

bool ut_protect_why(const struct ut_protect *p, const char *busid, char *why,
		    size_t size)
{
	char link[PATH_MAX], dir[PATH_MAX];
	size_t i, len;
	int ret;

	if (!p)
		return say(why, size, "it could not be found out whether this machine needs it itself");
	if (!ut_busid_valid(busid))
		return say(why, size, "that is not a bus id");
	if (ut_busid_is_vudc(busid))
		return false;
	ret = ut_sysfs_path(link, "/bus/usb/devices/%s", busid);
	if (!ret && !realpath(link, dir))
		ret = -errno;
	if (ret == -ENOENT)
		return false;
	if (ret)
		return say(why, size, "its place in sysfs cannot be read");
	/* With the slash: ".../1-1" is not the parent of ".../1-10/...". */
	len = strlen(dir);
	for (i = 0; i < p->n; i++)
		if (!strncmp(p->v[i].path, dir, len) &&
		    p->v[i].path[len] == '/')
			return say(why, size, p->v[i].why);
	return false;
}

/* --- directories of links --- */

int ut_each_link(const char *dir, ut_link_fn fn, void *arg)
{
	char path[PATH_MAX], real[PATH_MAX];
	struct dirent *d;
	int ret = 0;
	DIR *dp;

	dp = opendir(dir);
	if (!dp)
		return errno == ENOENT ? 0 : -errno;
	while (ret >= 0) {
		errno = 0;
		d = readdir(dp);
		if (!d) {
			ret = ut_worse(ret, -errno);
			break;
		}
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", dir, d->d_name) >=
		    (int)sizeof(path))
			ret = -ENAMETOOLONG;
		else if (realpath(path, real))
			ret = ut_worse(ret, fn(arg, d->d_name, real));
		else if (errno != ENOENT)
			ret = -errno;
	}
	closedir(dp);
	return ret;
}
