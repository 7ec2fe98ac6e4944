/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The cage of workers, signers, DNS-SD and the resolver: own user, empty root
 * directory, no new privileges, small limits, few system calls.
 */
#ifndef UT_CAGE_SANDBOX_H
#define UT_CAGE_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* Where a child finds its descriptors after ut_sandbox_fds(). */
#define UT_FD_CHANNEL	3	/* to the parent */
#define UT_FD_PEER	4	/* TCP; workers only */
#define UT_FD_KEEP	5	/* directory of the sandbox, until it is entered */
#define UT_FD_CREDS	6	/* public credentials, until they are read */
#define UT_FD_PROGRAM	7	/* closed by exec */

/**
 * struct ut_sandbox - prepared once, before the first fork
 * @root: whether we may change user and root directory at all
 * @uid: user of the children: usbip-tls, or nobody
 * @gid: its group
 * @dir: descriptor of a directory that is deleted, thus empty for ever; -1
 *	without root
 */
struct ut_sandbox {
	bool root;
	uid_t uid;
	gid_t gid;
	int dir;
};

int ut_sandbox_prepare(struct ut_sandbox *sb, struct ut_err *err);
void ut_sandbox_close(struct ut_sandbox *sb);

/*
 * Child: moves the descriptors (-1: none) to their places, points 0, 1 and 2 to
 * /dev/null, closes everything else. @keep is ut_sandbox.dir. Only system calls:
 * it may share its memory with its parent.
 */
int ut_sandbox_fds(int channel, int peer, int keep, int creds, int program);

/**
 * enum ut_sandbox_kind - which system calls a child may make
 * @UT_SANDBOX_WORKER: sockets that are open already, kernel TLS
 * @UT_SANDBOX_SIGNER: its channel only
 * @UT_SANDBOX_DNS_SD: its channel and the bus, to which it is connected already
 * @UT_SANDBOX_RESOLVER: looks up names: it may open sockets, and read what the name
 *	service needs of the machine's files, and sees the machine's root directory
 */
enum ut_sandbox_kind {
	UT_SANDBOX_WORKER,
	UT_SANDBOX_SIGNER,
	UT_SANDBOX_DNS_SD,
	UT_SANDBOX_RESOLVER,
};

/*
 * Child: closes the cage. Everything that needs a file or a library must be
 * loaded. Without root it keeps its user and root directory, and Landlock must
 * close the files if it had privileges; without those either, Landlock is used
 * where there is one. Returns 0 or -errno, -EOPNOTSUPP if it must be and is not; then
 * the child must end at once.
 */
int ut_sandbox_enter(const struct ut_sandbox *sb, enum ut_sandbox_kind kind);

/* landlock.c and seccomp.c, for sandbox.c and tests. */

/*
 * From now on no path leads anywhere but to those of @readable and below (NULL: none;
 * ends with NULL; those that cannot be reached are left out; links are followed),
 * where files can be read: this process cannot open any other, nor make, change, move
 * or run a file, nor trace a process outside. What is open stays open. It
 * must have set PR_SET_NO_NEW_PRIVS. 0; -EOPNOTSUPP: the kernel has no Landlock
 * (Linux 5.13; "landlock" among its security modules); or -errno.
 */
int ut_landlock_enter(const char *const *readable);

/*
 * From now on any call that is not on the list of @kind ends the process; with
 * UT_SANDBOX_RESOLVER it fails (EPERM).
 */
int ut_seccomp_enter(enum ut_sandbox_kind kind);

#endif /* UT_CAGE_SANDBOX_H */
