/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before the machine sleeps: vhci-hcd refuses to as long as a port is in use, so
 * everything is detached, but not before it is written. Waits; used by the
 * command, which needs no daemon for it.
 */
#ifndef UT_TABLET_SLEEP_H
#define UT_TABLET_SLEEP_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "usb/carried.h"

#define UT_SLEEP_MAX_MOUNTS	64

/**
 * struct ut_sleep_mount - a file system that was in use
 * @port: of its device
 * @at: where it is mounted; an empty point: nobody knows which there are, or there
 *	are too many, and all file systems of the machine are written
 * @ret: 0: all is written; -ETIMEDOUT or another -errno: it may not be
 * @ms: how long that took
 */
struct ut_sleep_mount {
	uint32_t port;
	struct ut_carried at;
	int ret;
	unsigned int ms;
};

/**
 * struct ut_sleep_port - a port that was in use
 * @port: its number
 * @text: "3-1 046d:c31c Logitech USB Keyboard"
 * @ret: 0: it is free now, or -errno
 */
struct ut_sleep_port {
	uint32_t port;
	char text[320];
	int ret;
};

/**
 * struct ut_sleep - what was done; ut_sleep_free() it
 */
struct ut_sleep {
	struct ut_sleep_port *ports;
	size_t n;
	struct ut_sleep_mount *mounts;
	size_t n_mounts;
};

/*
 * Writes all file systems on attached devices, at the same time, then detaches
 * port after port, in order of their numbers, and waits until each is free.
 * Comes to its end at @deadline (ut_clock_ms()) whatever happens: a third of the
 * time is kept for detaching, also for what could not be written. 0: no port is
 * in use; else the first error. *s is valid either way.
 */
int ut_sleep_detach(struct ut_sleep *s, int64_t deadline, struct ut_err *err);

void ut_sleep_free(struct ut_sleep *s);

#endif /* UT_TABLET_SLEEP_H */
