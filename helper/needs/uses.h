/* SPDX-License-Identifier: GPL-2.0 */
/* Who on this machine uses the disks of a USB device. */
#ifndef UT_NEEDS_USES_H
#define UT_NEEDS_USES_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define UT_USES_MAX 256
#define UT_DISK_NAME_SIZE 64

/**
 * struct ut_disk - a disk, a partition, or a mapping on top of one
 * @node: "/dev/sda1", "/dev/dm-0"
 * @name: its directory in /sys/class/block
 * @major: of the device number
 * @minor: of the device number
 */
struct ut_disk {
	char node[UT_DISK_NAME_SIZE + 8];
	char name[UT_DISK_NAME_SIZE];
	unsigned int major;
	unsigned int minor;
};

/**
 * enum ut_use_kind - how
 * @UT_USE_MOUNT: a file system of it is mounted
 * @UT_USE_ELSEWHERE: the same in a mount namespace that is not ours
 * @UT_USE_SWAP: the machine swaps to it
 * @UT_USE_WRITER: a process has a block device of it open for writing
 * @UT_USE_READER: the same for reading only; it loses nothing that is its own
 */
enum ut_use_kind {
	UT_USE_MOUNT,
	UT_USE_ELSEWHERE,
	UT_USE_SWAP,
	UT_USE_WRITER,
	UT_USE_READER,
};

/**
 * struct ut_use - one use
 * @what: where it is mounted; the swap file; the command of the process, sanitized
 * @source: "/dev/sda1"; empty for swap
 * @pid: a process in that namespace, or with that file open; else 0
 */
struct ut_use {
	enum ut_use_kind kind;
	char what[PATH_MAX];
	char source[256];
	pid_t pid;
};

/**
 * struct ut_uses - all of them, in the order of the kinds; ut_uses_free() it
 * @v: array of @n, UT_USES_MAX at most
 * @disks: block devices whose data is on the device
 * @n_disks: how many
 */
struct ut_uses {
	struct ut_use *v;
	size_t n;
	struct ut_disk *disks;
	size_t n_disks;
};

/*
 * Looks at mounts, swap and what processes have open, followed through partitions,
 * LUKS, LVM, md, loop devices and btrfs, see protect.h; the device itself is not
 * touched, so that this works while its dock does not answer. Only root sees the
 * processes of all. 0 or -errno; then *u is empty.
 */
int ut_uses_of(const char *busid, struct ut_uses *u);

void ut_uses_free(struct ut_uses *u);

/* "mount", "mount-elsewhere", "swap", "writer", "reader" */
const char *ut_use_name(enum ut_use_kind kind);

/* "/mnt (/dev/sda1)", "dd (process 23), which writes to /dev/sda"; returns buf. */
const char *ut_use_text(const struct ut_use *use, char *buf, size_t size);

/* Would something be lost? Not what a reader has. */
static inline int ut_use_counts(const struct ut_use *use)
{
	return use->kind != UT_USE_READER;
}

/*
 * Sectors that a disk has read and written so far, to see whether it makes progress; 0
 * if it is gone.
 */
uint64_t ut_disk_moved(const struct ut_disk *disk);

/* --- inside of uses*.c --- */

/* -ENOMEM; beyond UT_USES_MAX the rest is left out. */
int ut_uses_add(struct ut_uses *u, enum ut_use_kind kind, const char *what,
		const char *source, pid_t pid);

/*
 * Adds what processes have open, and what is mounted in their namespaces. -EUSERS:
 * there are more namespaces than can be looked at.
 */
int ut_uses_of_processes(struct ut_uses *u, const char *busid);

#endif /* UT_NEEDS_USES_H */
