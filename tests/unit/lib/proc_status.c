// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "lib/proc_status.h"

#define WAIT_MS 30000

void proc_line(pid_t pid, const char *key, char *value, size_t size)
{
	char path[64], line[256];
	FILE *f;

	value[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			snprintf(value, size, "%s", line + strlen(key) + 1);
	fclose(f);
}

void proc_expect(pid_t pid, const char *key, const char *want)
{
	char value[256];

	proc_line(pid, key, value, sizeof(value));
	if (strncmp(value, want, strlen(want)))
		fail_msg("%s: %s", key, value);
}

int proc_fds(pid_t pid)
{
	char path[64];
	DIR *dir;
	int n;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	assert_non_null(dir);
	/* Without "." and "..". */
	for (n = -2; readdir(dir); n++)
		;
	closedir(dir);
	return n;
}

void proc_await_fds(pid_t pid, int n)
{
	int64_t deadline = ut_clock_ms() + WAIT_MS;

	while (proc_fds(pid) != n) {
		if (!ut_clock_left(deadline))
			fail_msg("%d descriptors instead of %d", proc_fds(pid),
				 n);
		ut_nap(5);
	}
}

void proc_stop(pid_t pid)
{
	int status;

	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
}
