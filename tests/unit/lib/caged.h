/* SPDX-License-Identifier: GPL-2.0 */
/* The workers' sandbox for a whole group of tests, and a child in it. */
#ifndef UT_TEST_CAGED_H
#define UT_TEST_CAGED_H

#include <sys/types.h>

#include "cage/sandbox.h"

extern struct ut_sandbox cage_sandbox;

int cage_group_setup(void **state);
int cage_group_teardown(void **state);

/**
 * struct caged - a child
 * @fd: our end of its channel
 */
struct caged {
	pid_t pid;
	int fd;
};

/*
 * Does @before, enters the sandbox, says so, waits for a byte, does @what, exits with
 * 0. Both may be NULL. The peer is a socket without a connection.
 */
struct caged cage_child(enum ut_sandbox_kind kind, int (*before)(void),
			void (*what)(void));

/* Sends the byte; returns the exit status. */
int cage_end(struct caged *c);

#endif /* UT_TEST_CAGED_H */
