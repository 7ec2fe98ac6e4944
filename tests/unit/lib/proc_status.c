// SPDX-License-Identifier: GPL-2.0
#include "lib/proc_status.h"

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
