// SPDX-License-Identifier: GPL-2.0
/* Landlock with a short list of what is allowed: see sandbox.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cage/sandbox.h"

/*
 * Every right on files that this version of the interface knows; a kernel
 * refuses those that it does not. Numbers, because the headers of Debian 12 end
 * with version 2.
 */
static uint64_t rights_of(long version)
{
	static const uint64_t rights[] = {
		(1 << 13) - 1,	/* 1: execute, write, read, remove, make */
		(1 << 14) - 1,	/* 2: refer */
		(1 << 15) - 1,	/* 3: truncate */
		(1 << 15) - 1,	/* 4 adds the network */
		(1 << 16) - 1,	/* 5: ioctl of devices */
	};
	const long known = sizeof(rights) / sizeof(rights[0]);

	return rights[(version < known ? version : known) - 1];
}

static int error_of_create(void)
{
	return errno == ENOSYS ? -EOPNOTSUPP : -errno;
}

static int allow(long ruleset, const char *path)
{
	struct landlock_path_beneath_attr attr = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE,
		.parent_fd = open(path, O_PATH | O_CLOEXEC),
	};
	struct stat st;
	int ret = 0;

	/* What this user cannot reach need not be allowed. */
	if (attr.parent_fd < 0)
		return errno == ENOENT || errno == EACCES ? 0 : -errno;
	/* Of a file, rights on directories are refused. */
	if (!fstat(attr.parent_fd, &st) && S_ISDIR(st.st_mode))
		attr.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
	if (syscall(SYS_landlock_add_rule, (int)ruleset,
		    LANDLOCK_RULE_PATH_BENEATH, &attr, 0))
		ret = -errno;
	close(attr.parent_fd);
	return ret;
}

int ut_landlock_enter(const char *const *readable)
{
	struct landlock_ruleset_attr attr;
	long version, fd;
	int ret = 0;

	version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			  LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 1)
		return error_of_create();
	attr = (struct landlock_ruleset_attr){
		.handled_access_fs = rights_of(version),
	};
	fd = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (fd < 0)
		return error_of_create();
	for (; readable && *readable && !ret; readable++)
		ret = allow(fd, *readable);
	if (!ret && syscall(SYS_landlock_restrict_self, (int)fd, 0))
		ret = -errno;
	close((int)fd);
	return ret;
}
