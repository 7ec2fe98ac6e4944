/* SPDX-License-Identifier: GPL-2.0 */
/* Small files, read with a limit and written as a whole or not at all. */
#ifndef UT_BASE_FILE_H
#define UT_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

#define UT_FILE_MAX		(1024 * 1024)
#define UT_PASSWORD_SIZE	1024

/**
 * struct ut_buf - bytes of a file; a NUL that @len does not count follows them
 */
struct ut_buf {
	char *data;
	size_t len;
};

/*
 * Reads a regular file of at most UT_FILE_MAX bytes. -EFBIG: it is longer. On
 * success the caller frees it by ut_buf_free().
 */
int ut_file_read(const char *path, struct ut_buf *buf, struct ut_err *err);

/* Wipes and frees; empties *buf. */
void ut_buf_free(struct ut_buf *buf);

/* Puts a copy of the bytes behind those of *buf; leaves none behind. -ENOMEM. */
int ut_buf_append(struct ut_buf *buf, const void *data, size_t len,
		  struct ut_err *err);

/*
 * Writes a file beside its place, syncs it and renames it, so that a reader or
 * a crash sees the old file or the new one. -EEXIST: it exists and @replace is
 * not set.
 */
int ut_file_write(const char *path, const void *data, size_t len, mode_t mode,
		  bool replace, struct ut_err *err);

/*
 * The same for what is of no use after a crash: readers see the old file or the
 * new one, but nobody waits for the disk.
 */
int ut_file_publish(const char *path, const void *data, size_t len, mode_t mode,
		    struct ut_err *err);

/* -EEXIST: there is such a file; @hint (may be NULL) says what to do then. */
int ut_file_absent(const char *path, const char *hint, struct ut_err *err);

/* mkdir, unless it exists; @parents: those above it, too, with mode 0755. */
int ut_dir_make(const char *path, mode_t mode, bool parents,
		struct ut_err *err);

/* Renames, so that a crash later does not undo it; replaces what is there. */
int ut_file_rename(const char *from, const char *to, struct ut_err *err);

/*
 * First line of a file, without the newline, as a passphrase. Refuses an empty
 * one, and a file that others may read. Wipe @password by explicit_bzero()
 * after use.
 */
int ut_password_read(const char *path, char password[UT_PASSWORD_SIZE],
		     struct ut_err *err);

/* dir + "/" + name; -ENAMETOOLONG if it does not fit. */
int ut_path_join(char *dst, size_t size, const char *dir, const char *name,
		 struct ut_err *err);

#endif /* UT_BASE_FILE_H */
