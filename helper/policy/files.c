// SPDX-License-Identifier: GPL-2.0
/* Which files the configuration is read from: see config.h. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "policy/keys.h"

static const char *conf_dir = UT_CONFIG_DIR;

void ut_config_dir_set(const char *dir)
{
	conf_dir = dir ? dir : UT_CONFIG_DIR;
}

static void on_file(struct ut_loader *l, const char *file, bool must_exist)
{
	struct ut_err err;
	struct ut_buf buf;
	int ret;

	ut_err_clear(&err);
	ret = ut_file_read(file, &buf, &err);
	if (ret == -ENOENT && !must_exist)
		return;
	if (ret) {
		ut_err_prefix(&err, "the configuration");
		if (err.code != UT_EXIT_PERMISSION) {
			err.code = UT_EXIT_CONFIG;
			ut_err_hint(&err, "-c names the file; without -c it is "
				    UT_CONFIG_PATH ", or the defaults");
		}
		ut_load_complain_file(l, file, &err, ret);
		return;
	}
	ut_load_text(l, file, buf.data, buf.len);
	ut_buf_free(&buf);
}

static int by_bytes(const void *a, const void *b)
{
	char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static bool is_drop_in(const char *name)
{
	const char *dot = strrchr(name, '.');

	return name[0] != '.' && dot && !strcmp(dot, ".conf");
}

/* Their paths. False: *err is filled, *ret is -errno. */
static bool list_drop_ins(const char *dir, struct ut_texts *paths,
			  struct ut_err *err, int *ret)
{
	struct dirent *d;
	char **path;
	DIR *dp = opendir(dir);

	*ret = 0;
	if (!dp && errno == ENOENT)
		return true;
	if (!dp) {
		*ret = ut_err_errno(err, errno == EACCES ? UT_EXIT_PERMISSION :
				    UT_EXIT_CONFIG, errno, "cannot read %s",
				    dir);
		return false;
	}
	while (!*ret && (d = readdir(dp))) {
		if (!is_drop_in(d->d_name))
			continue;
		if (paths->n == UT_CONFIG_MAX_FILES) {
			*ret = ut_err_set(err, UT_EXIT_CONFIG, E2BIG,
					  "more than %u files in %s",
					  UT_CONFIG_MAX_FILES, dir);
			break;
		}
		path = ut_vec_add(paths);
		if (!path || asprintf(path, "%s/%s", dir, d->d_name) < 0)
			*ret = ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
					    "cannot read %s", dir);
	}
	closedir(dp);
	return !*ret;
}

static void on_drop_ins(struct ut_loader *l, const char *dir)
{
	struct ut_texts paths = { 0 };
	struct ut_err err;
	size_t i;
	int ret;

	ut_err_clear(&err);
	if (!list_drop_ins(dir, &paths, &err, &ret)) {
		ut_load_complain_file(l, dir, &err, ret);
	} else if (paths.n) {
		qsort(paths.v, paths.n, sizeof(paths.v[0]), by_bytes);
		for (i = 0; i < paths.n; i++)
			on_file(l, paths.v[i], true);
	}
	ut_vec_clear(&paths, ut_text_drop);
}

static void on_cross(void *arg, const struct ut_origin *where, const char *text)
{
	ut_load_complain_at(arg, where->file ? where->file : "default", where->line,
		    text);
}

/* To the end of reading: what fits together, and whether all is well. */
static int finish(struct ut_loader *l)
{
	if (!l->ret || l->report)
		ut_config_cross_check(l->cfg, on_cross, l);
	if (l->ret)
		ut_config_free(l->cfg);
	return l->ret;
}

static void on_all(struct ut_loader *l, const char *path)
{
	char file[PATH_MAX], dir[PATH_MAX];

	snprintf(file, sizeof(file), "%s/" UT_CONFIG_FILE, conf_dir);
	snprintf(dir, sizeof(dir), "%s/" UT_CONFIG_DROP_INS, conf_dir);
	on_file(l, path ? path : file, path);
	if (!path || !strcmp(path, file))
		on_drop_ins(l, dir);
}

int ut_config_check(struct ut_config *cfg, const char *path,
		    ut_config_report *report, void *arg, struct ut_err *err)
{
	struct ut_loader l = {
		.cfg = cfg, .report = report, .arg = arg, .err = err,
	};

	memset(cfg, 0, sizeof(*cfg));
	if (!ut_load_defaults(&l))
		on_all(&l, path);
	return finish(&l);
}

int ut_config_load(struct ut_config *cfg, const char *path, struct ut_err *err)
{
	return ut_config_check(cfg, path, NULL, NULL, err);
}

int ut_config_default(struct ut_config *cfg)
{
	struct ut_loader l = { .cfg = cfg };

	memset(cfg, 0, sizeof(*cfg));
	ut_load_defaults(&l);
	return finish(&l);
}

int ut_config_parse(struct ut_config *cfg, const char *name, const char *text,
		    struct ut_err *err)
{
	struct ut_loader l = { .cfg = cfg, .err = err };
	char *copy = strdup(text);

	if (!copy) {
		ut_config_free(cfg);
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot read %s", name);
	}
	ut_load_text(&l, name, copy, strlen(copy));
	free(copy);
	return finish(&l);
}
