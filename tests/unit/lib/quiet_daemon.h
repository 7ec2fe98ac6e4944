/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the daemon's loop calls, for a dock and a tablet to which nothing happens: no
 * descriptors, and deadlines and work as the test sets them.
 */
#ifndef UT_TEST_QUIET_DAEMON_H
#define UT_TEST_QUIET_DAEMON_H

#include "tlsd/daemon.h"

/* The parts after QUIET_UPKEEP have no deadlines. */
enum quiet_part {
	QUIET_DOCK, QUIET_TABLET, QUIET_DISCOVERY, QUIET_CONTROL, QUIET_UPKEEP,
	QUIET_OBSERVE, QUIET_FEEDBACK, QUIET_TELL,
	QUIET_PARTS,
};

/* Milliseconds until the next deadline of each part; -1: none. */
extern int quiet_timeout[QUIET_PARTS];

/* In its turn @from gives work to @to, which does it in its own turn. */
extern struct quiet_work {
	enum quiet_part from;
	enum quiet_part to;
	unsigned int left;
} quiet_work;

/* How often the loop came round. */
extern unsigned int quiet_rounds;

/* The pipe of the kernel's events: the test writes the second end. */
extern int quiet_events[2];

/* The error that an event leads to; 0: none. */
extern int quiet_error;

#endif /* UT_TEST_QUIET_DAEMON_H */
