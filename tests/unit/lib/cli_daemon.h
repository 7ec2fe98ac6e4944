/* SPDX-License-Identifier: GPL-2.0 */
/* A daemon for the verbs that ask one, with answers of the test's choice. */
#ifndef UT_TEST_CLI_DAEMON_H
#define UT_TEST_CLI_DAEMON_H

#include "control/snapshot.h"
#include "lib/cli_bed.h"

/* Tells events once it is watched; it then loses a dock and ends. */
extern void (*daemon_events)(ut_snapshot_event tell, void *arg);

/* If set, what every request is refused with. */
extern enum ut_exit daemon_refusal;

/*
 * Starts it, in another process. It answers every request with @reply and appends
 * the request's name to the file "asked".
 */
void daemon_start(const char *reply);

/* The end of a test after cli_setup(). */
int daemon_teardown(void **state);

#endif /* UT_TEST_CLI_DAEMON_H */
