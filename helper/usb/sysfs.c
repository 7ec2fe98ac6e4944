// SPDX-License-Identifier: GPL-2.0
/* Sysfs attributes: see sysfs.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "usb/device.h"
#include "usb/sysfs.h"

static const char *root = "/sys";

void ut_sysfs_root_set(const char *new_root)
{
	root = new_root ? new_root : "/sys";
}

const char *ut_sysfs_root(void)
{
	return root;
}

int ut_sysfs_path(char path[PATH_MAX], const char *fmt, ...)
{
	va_list ap;
	int n, m;

	n = snprintf(path, PATH_MAX, "%s", root);
	if (n >= PATH_MAX)
		return -ENAMETOOLONG;
	va_start(ap, fmt);
	m = vsnprintf(path + n, PATH_MAX - n, fmt, ap);
	va_end(ap);
	return m >= PATH_MAX - n ? -ENAMETOOLONG : 0;
}

ssize_t ut_sysfs_read_bin(const char *path, void *buf, size_t size)
{
	ssize_t n, len = 0;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while ((size_t)len < size) {
		n = read(fd, (char *)buf + len, size - (size_t)len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			len = -errno;
		if (n <= 0)
			break;
		len += n;
	}
	close(fd);
	return len;
}

ssize_t ut_sysfs_read(const char *path, char *buf, size_t size)
{
	ssize_t len = ut_sysfs_read_bin(path, buf, size);

	if (len < 0)
		return len;
	if ((size_t)len == size)
		return -EFBIG;
	while (len && strchr(" \t\r\n", buf[len - 1]))
		len--;
	buf[len] = '\0';
	return len;
}

int ut_sysfs_number(const char *path, int base, uint32_t max, uint32_t *out)
{
	unsigned long long v;
	char text[64], *p = text, *end;
	ssize_t len;

	len = ut_sysfs_read(path, text, sizeof(text));
	if (len < 0)
		return (int)len;
	/* bNumInterfaces and bConfigurationValue come padded with blanks. */
	p += strspn(p, " ");
	if (!*p || *p == '-' || *p == '+')
		return -EINVAL;
	errno = 0;
	v = strtoull(p, &end, base);
	if (errno || *end || v > max)
		return -EINVAL;
	*out = (uint32_t)v;
	return 0;
}

int ut_sysfs_write(const char *path, const char *value)
{
	size_t len = strlen(value);
	ssize_t n;
	int fd, ret = 0;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	do {
		n = write(fd, value, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		ret = -errno;
	else if ((size_t)n != len)
		ret = -EIO;
	close(fd);
	return ret;
}

int ut_sysfs_link_name(const char *path, char *name, size_t size)
{
	char target[PATH_MAX];
	const char *slash;
	ssize_t n;

	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	slash = strrchr(target, '/');
	slash = slash ? slash + 1 : target;
	if (strlen(slash) >= size)
		return -ENAMETOOLONG;
	strcpy(name, slash);
	return 0;
}
