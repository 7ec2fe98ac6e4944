/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel says about a process; for cmocka. */
#ifndef UT_TEST_PROC_STATUS_H
#define UT_TEST_PROC_STATUS_H

#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "lib/unit.h"

/* A line of /proc/PID/status without its key; "" if there is none. */
void proc_line(pid_t pid, const char *key, char *value, size_t size);

/* It must begin with @want. */
void proc_expect(pid_t pid, const char *key, const char *want);

/* How many descriptors it has open. */
int proc_fds(pid_t pid);

/* Waits until it has so many. */
void proc_await_fds(pid_t pid, int n);

/* Stops a child; SIGCONT lets it continue. */
void proc_stop(pid_t pid);

#endif /* UT_TEST_PROC_STATUS_H */
