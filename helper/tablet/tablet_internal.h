/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of tablet/ only. */
#ifndef UT_TABLET_INTERNAL_H
#define UT_TABLET_INTERNAL_H

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "tablet/tablet.h"
#include "tls/creds.h"

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
 * struct ut_renewal - what is being fetched from a dock besides devices
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

/**
 * struct ut_tablet - everything
 * @loop: what it waits for
 * @creds: for connections that begin now
 * @signer: theirs, in the loop
 * @addrs: in the order of the configuration, then hints
 * @n_addrs: how many
 * @renewal: certificate and revocation list
 * @suspended: the machine is about to sleep
 * @eager_until: ut_clock_ms(); it has just woken up: no longer pauses than the
 *	shortest until then
 */
struct ut_tablet {
	sd_event *loop;
	const struct ut_config *config;
	const struct ut_sandbox *sandbox;
	struct ut_nl *nl;
	struct ut_creds *creds;
	sd_event_source *signer;
	struct ut_dock_addr *addrs[UT_TABLET_MAX_ADDRS];
	size_t n_addrs;
	struct ut_renewal renewal;
	bool suspended;
	int64_t eager_until;
};

/* docks.c: connections */

/* Makes the addresses what the configuration says; hints stay. */
void ut_docks_set(struct ut_tablet *t);

/* Begins, ends and gives up connections whose time it is. */
int64_t ut_docks_due(struct ut_tablet *t);

/* Ends connections to docks whose certificate is on the revocation list. */
void ut_docks_revoked(struct ut_tablet *t);

/* auto.c: devices */

/* Starts what is to be attached, as far as there is room, and does steps of that. */
int64_t ut_auto_due(struct ut_tablet *t);

/* Attaches that run. */
size_t ut_auto_jobs(const struct ut_tablet *t);

/* Reads from the kernel what is attached. */
void ut_auto_sessions(struct ut_tablet *t);

/* renewal.c: certificate and revocation list */

/* Starts what is to be fetched. */
int64_t ut_renewal_due(struct ut_tablet *t);

/* A dock is connected now. */
void ut_renewal_up(struct ut_tablet *t);

/* Gives up what is on its way. */
void ut_renewal_close(struct ut_tablet *t);

/* A dock has told the number of its revocation list. */
void ut_renewal_crl_number(struct ut_tablet *t, struct ut_dock_addr *addr,
			   const uint8_t number[UT_CRL_NUMBER]);

#endif /* UT_TABLET_TABLET_INTERNAL_H */
