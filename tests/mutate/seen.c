// SPDX-License-Identifier: GPL-2.0
/*
 * Linked into each program of make mutate: notes which functions are called, one byte
 * for each at its place, in the file PROGRAM.seen if there is one. It is mapped before
 * main(), so that a process in a cage can write to it, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNSEEN	__attribute__((no_instrument_function))

extern const char __executable_start[];

static unsigned char *seen;
static size_t size;

void __cyg_profile_func_enter(void *function, void *caller) UNSEEN;
void __cyg_profile_func_exit(void *function, void *caller) UNSEEN;

static void UNSEEN __attribute__((constructor(101))) begin(void)
{
	char path[PATH_MAX] = "";
	struct stat st;
	void *map;
	int fd;

	if (readlink("/proc/self/exe", path, sizeof(path) - sizeof(".seen")) > 0)
		strcat(path, ".seen");
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0 && !fstat(fd, &st) && st.st_size) {
		size = (size_t)st.st_size;
		map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			   0);
		if (map != MAP_FAILED)
			seen = map;
	}
	if (fd >= 0)
		close(fd);
	errno = 0;
}

void __cyg_profile_func_enter(void *function, void *caller)
{
	size_t at = (size_t)((const char *)function - __executable_start);

	if (seen && at < size)
		seen[at] = 1;
}

void __cyg_profile_func_exit(void *function, void *caller)
{
}
