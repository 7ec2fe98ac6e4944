// SPDX-License-Identifier: GPL-2.0
/* Small files: see file.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

/* Reads to the end or to size bytes; returns the count or -errno. */
static ssize_t read_all(int fd, char *data, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size) {
		n = read(fd, data + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static int write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int cannot(struct ut_err *err, int error, const char *what,
		  const char *path)
{
	int ret = ut_err_errno(err, ut_exit_of_errno(error), error,
			       "cannot %s %s", what, path);

	if (ret == -EACCES || ret == -EPERM)
		ut_err_hint(err, "run it as root, or check the owner of the file");
	return ret;
}

int ut_file_read(const char *path, struct ut_buf *buf, struct ut_err *err)
{
	ssize_t n = 0;
	char *data;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cannot(err, errno, "open", path);
	data = malloc(UT_FILE_MAX + 1);
	if (data)
		n = read_all(fd, data, UT_FILE_MAX + 1);
	close(fd);
	if (!data)
		return cannot(err, ENOMEM, "read", path);
	if (n < 0 || n > UT_FILE_MAX) {
		explicit_bzero(data, n < 0 ? 0 : (size_t)n);
		free(data);
		return cannot(err, n < 0 ? (int)-n : EFBIG, "read", path);
	}
	data[n] = '\0';
	buf->data = data;
	buf->len = (size_t)n;
	return 0;
}

void ut_buf_free(struct ut_buf *buf)
{
	if (buf->data)
		explicit_bzero(buf->data, buf->len);
	free(buf->data);
	buf->data = NULL;
	buf->len = 0;
}

int ut_buf_append(struct ut_buf *buf, const void *data, size_t len,
		  struct ut_err *err)
{
	/* No realloc(): it could leave a copy of a key behind. */
	char *all = malloc(buf->len + len + 1);

	if (!all)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot copy a file");
	if (buf->len)
		memcpy(all, buf->data, buf->len);
	if (len)
		memcpy(all + buf->len, data, len);
	len += buf->len;
	all[len] = '\0';
	ut_buf_free(buf);
	buf->data = all;
	buf->len = len;
	return 0;
}

static void sync_dir(const char *path)
{
	char dir[PATH_MAX];
	char *slash;
	int fd;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = '\0';
	fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static int fill(int fd, const void *data, size_t len, mode_t mode, bool sync)
{
	int ret;

	/* The umask must not widen or narrow what the caller asks for. */
	if (fchmod(fd, mode))
		return -errno;
	ret = write_all(fd, data, len);
	if (!ret && sync && fsync(fd))
		ret = -errno;
	return ret;
}

/*
 * The new name is nobody else's, and rename replaces a symbolic link instead of
 * following it.
 */
static int write_beside(const char *path, const void *data, size_t len,
			mode_t mode, bool replace, bool sync,
			struct ut_err *err)
{
	char tmp[PATH_MAX];
	int fd, ret;

	if (snprintf(tmp, sizeof(tmp), "%s.XXXXXX", path) >= (int)sizeof(tmp))
		return cannot(err, ENAMETOOLONG, "write", path);
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return cannot(err, errno, "write", path);
	ret = fill(fd, data, len, mode, sync);
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && renameat2(AT_FDCWD, tmp, AT_FDCWD, path,
			      replace ? 0 : RENAME_NOREPLACE))
		ret = -errno;
	if (ret) {
		unlink(tmp);
		return cannot(err, ret, "write", path);
	}
	if (sync)
		sync_dir(path);
	return 0;
}

int ut_file_write(const char *path, const void *data, size_t len, mode_t mode,
		  bool replace, struct ut_err *err)
{
	return write_beside(path, data, len, mode, replace, true, err);
}

int ut_file_publish(const char *path, const void *data, size_t len, mode_t mode,
		    struct ut_err *err)
{
	return write_beside(path, data, len, mode, true, false, err);
}

int ut_file_rename(const char *from, const char *to, struct ut_err *err)
{
	if (rename(from, to))
		return cannot(err, errno, "write", to);
	sync_dir(to);
	return 0;
}

int ut_file_absent(const char *path, const char *hint, struct ut_err *err)
{
	if (access(path, F_OK))
		return 0;
	ut_err_set(err, UT_EXIT_FAILURE, EEXIST, "%s exists already", path);
	if (hint)
		ut_err_hint(err, "%s", hint);
	return -EEXIST;
}

int ut_dir_make(const char *path, mode_t mode, bool parents,
		struct ut_err *err)
{
	char above[PATH_MAX];
	char *slash;
	int ret;

	if (!mkdir(path, mode) || errno == EEXIST)
		return 0;
	ret = errno;
	snprintf(above, sizeof(above), "%s", path);
	slash = strrchr(above, '/');
	if (ret == ENOENT && parents && slash && slash != above) {
		*slash = '\0';
		ret = ut_dir_make(above, 0755, true, err);
		return ret ? ret : ut_dir_make(path, mode, false, err);
	}
	ut_err_errno(err, ut_exit_of_errno(ret), ret,
		     "cannot make the directory %s", path);
	if (ret == EACCES)
		ut_err_hint(err, "run it as root, or name another directory");
	else if (ret == ENOENT)
		ut_err_hint(err, "make the directory above it first");
	return -ret;
}

int ut_password_read(const char *path, char password[UT_PASSWORD_SIZE],
		     struct ut_err *err)
{
	struct stat st;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cannot(err, errno, "open the passphrase file", path);
	if (!fstat(fd, &st) && (st.st_mode & 077)) {
		close(fd);
		n = ut_err_set(err, UT_EXIT_PERMISSION, EPERM,
			       "the passphrase file %s is open to others",
			       path);
		ut_err_hint(err, "chmod 600 %s", path);
		return (int)n;
	}
	n = read_all(fd, password, UT_PASSWORD_SIZE - 1);
	close(fd);
	if (n < 0)
		return cannot(err, (int)-n, "read the passphrase file", path);
	password[n] = '\0';
	password[strcspn(password, "\r\n")] = '\0';
	if (!password[0] || n == UT_PASSWORD_SIZE - 1) {
		explicit_bzero(password, UT_PASSWORD_SIZE);
		return ut_err_set(err, UT_EXIT_FAILURE, EINVAL,
				  "the first line of %s is empty or too long for a passphrase",
				  path);
	}
	return 0;
}

int ut_path_join(char *dst, size_t size, const char *dir, const char *name,
		 struct ut_err *err)
{
	if (snprintf(dst, size, "%s/%s", dir, name) < (int)size)
		return 0;
	return ut_err_set(err, UT_EXIT_FAILURE, ENAMETOOLONG,
			  "the path %.100s/... is too long", dir);
}
