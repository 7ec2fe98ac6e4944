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

#include "base/err.h"
#include "tablet/flush.h"

/**
 * struct ut_sleep_port - a port that was in use
 * @port: its number
 * @text: "3-1 046d:c31c Logitech USB Keyboard"
 * @told: to detach
 * @ret: 0: it is free now, or -errno
 * @err: the same in words
 */
struct ut_sleep_port {
	uint32_t port;
	char text[320];
	bool told;
	int ret;
	struct ut_err err;
};

/**
 * struct ut_sleep - what was done; ut_sleep_free() it
 * @flush: what was written for them
 */
struct ut_sleep {
	struct ut_sleep_port *ports;
	size_t n;
	struct ut_flush flush;
};

/*
 * Writes what is in memory for attached devices, all at the same time, and detaches
 * each as soon as it is written, or given up; then waits until all ports are free.
 * Comes to its end at @deadline (ut_clock_ms()) whatever happens: 5 seconds, or a
 * third of a shorter time, are kept for detaching what could not be written. @tell
 * may be NULL. 0: no port is in use; else the first error. *s is valid either way.
 */
int ut_sleep_detach(struct ut_sleep *s, int64_t deadline, ut_flush_tell *tell,
		    struct ut_err *err);

void ut_sleep_free(struct ut_sleep *s);

#endif /* UT_TABLET_SLEEP_H */
