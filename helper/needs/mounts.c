// SPDX-License-Identifier: GPL-2.0
/*
 * What is mounted, /proc/self/mountinfo, see proc_pid_mountinfo(5); and what the
 * machine swaps to, /proc/swaps.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "needs/walk.h"

static bool is_octal(const char *p)
{
	return p[0] >= '0' && p[0] <= '3' && p[1] >= '0' && p[1] <= '7' &&
	       p[2] >= '0' && p[2] <= '7';
}

char ut_unescape_next(const char **s)
{
	const char *p = *s;

	if (p[0] != '\\' || !is_octal(p + 1)) {
		*s = p + 1;
		return p[0];
	}
	*s = p + 4;
	return (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
}

void ut_unescape(char *s)
{
	const char *from = s;

	while (*from)
		*s++ = ut_unescape_next(&from);
	*s = '\0';
}

/*
 * "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw": between the sixth
 * field and the "-" there are any number of fields, and the source may be an
 * empty one.
 */
static int parse(char *line, struct ut_mount *m)
{
	char *f[6], *word, end;
	size_t i;

	for (i = 0; i < 6; i++)
		f[i] = strsep(&line, " ");
	do {
		word = strsep(&line, " ");
	} while (word && strcmp(word, "-"));
	m->type = strsep(&line, " ");
	m->source = strsep(&line, " ");
	m->options = line;
	if (!m->options || sscanf(f[0], "%u%c", &m->id, &end) != 1 ||
	    sscanf(f[2], "%u:%u%c", &m->major, &m->minor, &end) != 2)
		return -EINVAL;
	m->point = f[4];
	ut_unescape(m->point);
	ut_unescape(m->type);
	ut_unescape(m->source);
	return 0;
}

static size_t count_lines(const char *text)
{
	size_t n = 1;

	while ((text = strchr(text, '\n'))) {
		n++;
		text++;
	}
	return n;
}

int ut_mounts_read(struct ut_mounts *m, const char *file)
{
	char path[PATH_MAX], *text, *line;
	int ret;

	ret = ut_proc_path(path, file);
	if (!ret)
		ret = ut_file_read(path, &m->text, NULL);
	if (ret)
		return ret;
	m->v = calloc(count_lines(m->text.data), sizeof(*m->v));
	if (!m->v)
		return -ENOMEM;
	text = m->text.data;
	while (!ret && (line = strsep(&text, "\n")))
		if (line[0])
			ret = parse(line, &m->v[m->n++]);
	return ret;
}

void ut_mounts_free(struct ut_mounts *m)
{
	free(m->v);
	m->v = NULL;
	m->n = 0;
	ut_buf_free(&m->text);
}

struct ut_mount *ut_mounts_by_id(struct ut_mounts *m, unsigned int id)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->v[i].id == id)
			return &m->v[i];
	return NULL;
}

/* A kernel without swap; not a /proc without its files. */
static bool without_swap(void)
{
	char path[PATH_MAX];

	return !ut_proc_path(path, "/meminfo") && !access(path, F_OK);
}

/* "/dev/sda2 partition 8388604 0 -2", below a line of headings. */
int ut_each_swap(bool strict, int (*fn)(void *arg, const char *file), void *arg)
{
	char path[PATH_MAX], *text, *line, *file;
	struct ut_buf buf = { 0 };
	int ret = ut_proc_path(path, "/swaps");

	if (!ret)
		ret = ut_file_read(path, &buf, NULL);
	/* Judged here: an -ENOENT of @fn says something else. */
	if (ret == -ENOENT && (!strict || without_swap()))
		return 0;
	if (ret)
		return ret;
	text = buf.data;
	strsep(&text, "\n");
	while (!ret && (line = strsep(&text, "\n"))) {
		if (!line[0])
			continue;
		file = strsep(&line, " \t");
		if (file[0] == '/' && (line || !strict)) {
			ut_unescape(file);
			ret = fn(arg, file);
		} else if (strict) {
			ret = -EINVAL;
		}
	}
	ut_buf_free(&buf);
	return ret;
}
