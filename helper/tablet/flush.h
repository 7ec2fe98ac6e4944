/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writes to attached devices what this machine has in its memory for them: file
 * systems, block devices that programs have open, swap. It goes on for as long as
 * the disk takes something: large caches and slow sticks need their time, a dock
 * that is gone does not.
 *
 * Each piece is done by a process of its own, as it may hang on a dock that does not
 * answer. A pass that took long is followed by another one, because programs have
 * gone on writing meanwhile.
 */
#ifndef UT_TABLET_FLUSH_H
#define UT_TABLET_FLUSH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/task.h"
#include "needs/uses.h"

#define UT_FLUSH_MAX		128
#define UT_FLUSH_STALL_MS	10000

/**
 * struct ut_flush_item - one thing to be written
 * @port: of its device
 * @use: which; an empty @what: nobody knows what there is, or there is too much,
 *	and all of the machine is written
 * @ret: 0: all is written; -ETIMEDOUT or another -errno: it may not be
 * @more: it is written, but programs were writing more at the end
 * @ms: how long it took, or was tried
 * @task: writes it
 * @began: ut_clock_ms() of this pass
 */
struct ut_flush_item {
	uint32_t port;
	struct ut_use use;
	int ret;
	bool more;
	unsigned int ms;
	struct ut_task task;
	int64_t began;
};

/**
 * struct ut_flush_port - whether something moves
 * @port: its number
 * @disks: of its device; none: memory is looked at instead
 * @n_disks: how many
 * @moved: sectors so far
 * @changed: ut_clock_ms() when that was another number
 */
struct ut_flush_port {
	uint32_t port;
	struct ut_disk *disks;
	size_t n_disks;
	uint64_t moved;
	int64_t changed;
};

/**
 * struct ut_flush - all of it; zeroed: nothing. ut_flush_free() it
 * @loop: in which its processes end
 * @all: the table is full: its last item writes all of the machine, for every port
 *	that has found no place any more
 * @start: ut_clock_ms() of ut_flush_start()
 * @stall_ms: a disk that has moved nothing for so long is given up; 0:
 *	UT_FLUSH_STALL_MS
 */
struct ut_flush {
	sd_event *loop;
	struct ut_flush_item *items;
	size_t n;
	bool all;
	struct ut_flush_port *ports;
	size_t n_ports;
	int64_t start;
	int64_t stall_ms;
};

/*
 * Adds what is to be written for a port, and takes the disks out of *u. @u NULL: it
 * is not known, and all of the machine is written. -ENOMEM.
 */
int ut_flush_add(struct ut_flush *f, uint32_t port, struct ut_uses *u);

void ut_flush_start(struct ut_flush *f);

/*
 * Waits a second at most, not beyond @deadline, until something has come to its
 * end. False: nothing runs any more, or the time is over.
 */
bool ut_flush_step(struct ut_flush *f, int64_t deadline);

/* What is waited for: each item at the @first, then again those that still write. */
typedef void ut_flush_tell(const struct ut_flush_item *item, bool first);

/*
 * All of it: waits until it is written or given up, or for the deadline. @tell is
 * called every five seconds, @turn after each step; either may be NULL.
 */
void ut_flush_run(struct ut_flush *f, int64_t deadline, ut_flush_tell *tell,
		  void (*turn)(void *arg), void *arg);

/* Is all of this port written, or given up? */
bool ut_flush_port_done(const struct ut_flush *f, uint32_t port);

/* The first error of this port, with its item; NULL: there is none. */
const struct ut_flush_item *ut_flush_failed(const struct ut_flush *f,
					    uint32_t port);

/* What still runs is left to its end: it cannot be killed, but ends with the device. */
void ut_flush_free(struct ut_flush *f);

/* "/mnt (/dev/sda1)", "/dev/sda (dd, process 23)"; returns buf. */
const char *ut_flush_text(const struct ut_flush_item *item, char *buf,
			  size_t size);

/* KiB of this machine's memory that are to be written yet, to any disk; 0: unknown. */
uint64_t ut_flush_dirty(void);

#endif /* UT_TABLET_FLUSH_H */
