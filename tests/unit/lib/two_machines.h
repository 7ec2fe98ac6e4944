/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The namespaces of two_nets.h as machines: each has a /run, a system bus and an
 * avahi-daemon of its own. Needs root, dbus-daemon and avahi-daemon.
 */
#ifndef UT_TEST_TWO_MACHINES_H
#define UT_TEST_TWO_MACHINES_H

#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "cage/sandbox.h"
#include "lib/two_nets.h"

/**
 * struct machine - one of them
 * @net: of struct two_nets
 * @mnt: mount namespace
 * @bus: dbus-daemon
 * @avahi: avahi-daemon; 0: does not run
 */
struct machine {
	int net;
	int mnt;
	pid_t bus;
	pid_t avahi;
};

/**
 * struct two_machines - both
 * @home: mount namespace where the test began
 * @sandbox: for processes of the test
 */
struct two_machines {
	struct two_nets nets;
	int home;
	struct machine a;
	struct machine b;
	struct ut_sandbox sandbox;
};

int machine_enter(const struct machine *m);

void machine_end(pid_t *pid);

/* The same, but it says goodbye on the network. */
void machine_end_avahi(struct machine *m);

/* Puts the process into @m. */
int machine_start_avahi(struct machine *m);

/* Leaves the process in B. */
int machines_make(struct two_machines *t);

/* Starts an avahi-daemon on both. Leaves the process in A. */
int machines_start_avahi(struct two_machines *t);

int machines_drop(struct two_machines *t);

#endif /* UT_TEST_TWO_MACHINES_H */
