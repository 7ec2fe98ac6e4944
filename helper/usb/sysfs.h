/* SPDX-License-Identifier: GPL-2.0 */
/* For usb/, needs/ and others: reading and writing sysfs attributes with limits. */
#ifndef UT_USB_SYSFS_H
#define UT_USB_SYSFS_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define UT_SYSFS_LINE 4096

/* "/sys", or what ut_sysfs_root_set() has set. */
const char *ut_sysfs_root(void);

/*
 * Puts root and a path made by @fmt ("/bus/usb/...") together. -ENAMETOOLONG.
 */
int ut_sysfs_path(char path[PATH_MAX], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Reads an attribute into buf as a string: at most size - 1 bytes, trailing
 * white space cut off. Returns its length or -errno. -EFBIG: it is longer.
 */
ssize_t ut_sysfs_read(const char *path, char *buf, size_t size);

/* The same for binary attributes: up to size bytes, no NUL. */
ssize_t ut_sysfs_read_bin(const char *path, void *buf, size_t size);

/* Reads a number in the given base, not above max. 0 or -errno. */
int ut_sysfs_number(const char *path, int base, uint32_t max, uint32_t *out);

/* One write(2) of a string, without a newline. 0 or -errno. */
int ut_sysfs_write(const char *path, const char *value);

/* Last component of the target of a symbolic link; 0 or -errno. */
int ut_sysfs_link_name(const char *path, char *name, size_t size);

#endif /* UT_USB_SYSFS_H */
