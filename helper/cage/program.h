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

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/loop.h"

enum ut_program {
	UT_PROGRAM_WORKER,
	UT_PROGRAM_SIGNER,
	UT_PROGRAM_DNS_SD,

	UT_N_PROGRAMS,
};

/**
 * struct ut_child - one that runs, seen from its parent
 * @pid: 0: none
 * @fd: to talk to it; non-blocking
 * @io: ut_program_watch(); NULL: nobody does
 * @unwatch: takes @io away; a program of libexec does not link what that is in
 * @mute: its channel has ended before it said how it went
 */
struct ut_child {
	pid_t pid;
	int fd;
	sd_event_source *io;
	sd_event_source *(*unwatch)(sd_event_source *io);
	bool mute;
};

/**
 * struct ut_program_fds - what it gets besides its channel, each at its fixed number;
 *	-1: nothing there
 * @peer: UT_FD_PEER
 * @keep: UT_FD_KEEP: ut_sandbox.dir
 * @creds: UT_FD_CREDS
 */
struct ut_program_fds {
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

/* A channel, for both directions; *parent is close-on-exec and non-blocking. */
int ut_program_pair(int *parent, int *child);

/*
 * Starts one; opens it first if need be. @first, of @size bytes, is on its channel
 * before it runs. The caller's descriptors stay its own. 0 or -errno; then *c is
 * none.
 */
int ut_program_start(struct ut_child *c, enum ut_program which,
		     const struct ut_program_fds *fds, const void *first,
		     size_t size);

/* Lets the loop call @fn when it says something. 0, or -errno: then it is ended. */
int ut_program_watch(struct ut_child *c, sd_event *loop,
		     sd_event_io_handler_t fn, void *arg);

/*
 * Ends it if it still runs, waits for that, and closes its channel. Returns the
 * signal that had ended it before, or 0. *status, which may be NULL: its exit status;
 * -1: it has none.
 */
int ut_program_end(struct ut_child *c, int *status);

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
