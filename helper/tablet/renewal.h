/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a tablet gets from a dock besides devices: a newer revocation list, and a
 * new certificate before the old one ends. One at a time. A task makes the new key,
 * a worker asks the dock, and a task takes what that has given.
 *
 * Nobody has told us which dock has the CA: all that are connected are asked in
 * turn, and when none has given anything, all of them again after a pause.
 *
 * Tells UT_TABLET_RENEWED. A newer list is written to its file, which the daemon
 * watches (tlsd/crl_watch.c).
 */
#ifndef UT_TABLET_RENEWAL_H
#define UT_TABLET_RENEWAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/task.h"
#include "tablet/context.h"

/**
 * enum ut_renewal_phase - of what is fetched from a dock
 * @UT_RENEWAL_IDLE: nothing is
 * @UT_RENEWAL_KEY: a task makes a new key, and the request for it
 * @UT_RENEWAL_ASKING: a worker asks the dock
 * @UT_RENEWAL_TAKING: a task puts in its place what came
 * @UT_RENEWAL_UNSTAGING: a task takes the new key away again
 */
enum ut_renewal_phase {
	UT_RENEWAL_IDLE,
	UT_RENEWAL_KEY,
	UT_RENEWAL_ASKING,
	UT_RENEWAL_TAKING,
	UT_RENEWAL_UNSTAGING,
};

/**
 * struct ut_renewal - what is being fetched; zeroed but for @ctx: nothing yet
 * @ctx: the tablet's; borrowed
 * @phase: how far it is
 * @client: ASKING: the connection to it; TAKING: what came of it
 * @task: in the other phases
 * @crl: it fetches the revocation list, else a certificate
 * @tls: a certificate: for which key and where, whatever is reloaded meanwhile
 * @dock: from whom
 * @cursor: of the addresses: the next to be asked for a certificate
 * @asked: somebody has been, since the last pause
 * @waits: it is time, but no dock is connected
 * @next: ut_clock_ms() of the next look at our certificate
 * @next_crl: of the next try to get a CRL, after one that failed
 * @crl_cursor: of the addresses: the next to be asked for a CRL
 * @backoff: when nobody has given one
 */
struct ut_renewal {
	struct ut_tablet_context *ctx;
	enum ut_renewal_phase phase;
	struct ut_client client;
	struct ut_task task;
	bool crl;
	struct ut_config_tls tls;
	char dock[UT_TLS_NAME_SIZE];
	size_t cursor;
	bool asked;
	bool waits;
	int64_t next;
	int64_t next_crl;
	size_t crl_cursor;
	struct ut_backoff backoff;
};

/*
 * Starts what is to be fetched, and gives up what takes too long. ut_clock_ms() of the
 * next time; INT64_MAX: none.
 */
int64_t ut_renewal_due(struct ut_renewal *r);

/* A dock is watched now: it can be asked. */
void ut_renewal_up(struct ut_renewal *r);

/* Gives up what is on its way, and takes away a key that was made for it. */
void ut_renewal_close(struct ut_renewal *r);

#endif /* UT_TABLET_RENEWAL_H */
