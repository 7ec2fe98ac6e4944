/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two machines in one process, as far as the network goes: namespaces A and B
 * with a cable between them, v0 (10.9.0.1/24) in A and v1 (10.9.0.2/24) in B. A
 * socket stays in the namespace where it was made. Needs root and ip(8).
 */
#ifndef UT_TEST_TWO_NETS_H
#define UT_TEST_TWO_NETS_H

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/**
 * struct two_nets - namespaces as descriptors
 * @home: where the test began
 */
struct two_nets {
	int home;
	int a;
	int b;
};

int net_open(void);
int net_enter(int net);

/* Runs a shell command; 0 if it succeeded. */
__attribute__((format(printf, 1, 2)))
int net_run(const char *fmt, ...);

/* Makes one and puts the process into it; -1 if that fails. */
int net_new(void);

/* A second cable has its own @number. Leaves the process in B. */
int nets_cable(const struct two_nets *n, int number);

int nets_make(struct two_nets *n);
int nets_drop(struct two_nets *n);

#endif /* UT_TEST_TWO_NETS_H */
