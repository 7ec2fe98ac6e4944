/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The programs of libexec, in which everything runs that faces the network, and
 * the private key. They are exec'ed, not forked: each has its own address layout
 * and stack canary, and nothing of its parent's memory.
 *
 * A program gets these descriptors and no others, no environment, no argument; what
 * it is to do it is told by the first message on its channel.
 */
#ifndef UT_CAGE_PROGRAM_H
#define UT_CAGE_PROGRAM_H

#include <sys/types.h>

#include "base/err.h"

enum ut_program {
	UT_PROGRAM_WORKER,
	UT_PROGRAM_SIGNER,
	UT_PROGRAM_DNS_SD,

	UT_N_PROGRAMS,
};

/**
 * struct ut_program_fds - what it gets, each at its fixed number; -1: nothing there
 * @channel: UT_FD_CHANNEL
 * @peer: UT_FD_PEER
 * @keep: UT_FD_KEEP
 * @creds: UT_FD_CREDS
 */
struct ut_program_fds {
	int channel;
	int peer;
	int keep;
	int creds;
};

/*
 * Opens all of them: what a daemon starts later is what was there when it began,
 * also in the middle of an upgrade. They lie beside the program that runs, as in a
 * build tree, or in libexec. 0 or -errno, UT_EXIT_FAILURE.
 */
int ut_programs_open(struct ut_err *err);

/* Starts one; opens it first if need be. The caller's descriptors stay its own. */
int ut_program_start(enum ut_program which, const struct ut_program_fds *fds,
		     pid_t *pid);

/*
 * For unit tests: looks for them here. NULL sets it back. What was open is closed.
 */
void ut_program_dir_set(const char *dir);

/*
 * First thing in such a program: its own name, signals as by default, and its end
 * with that of its parent.
 */
void ut_program_begin(const char *name);

#endif /* UT_CAGE_PROGRAM_H */
