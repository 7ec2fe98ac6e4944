/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tablet: watches the docks it knows, attaches what its rules say, and does
 * so again when something was lost.
 *
 * One thread, one loop, which the caller has; it ends with UT_SIGNER_DIED when the
 * process with the private key dies. No call here waits for a peer. The kernel's
 * session table says what is attached; nothing is kept from one run to the next.
 */
#ifndef UT_TABLET_TABLET_H
#define UT_TABLET_TABLET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/loop.h"
#include "cage/sandbox.h"
#include "control/snapshot.h"
#include "nl/nl.h"
#include "policy/config.h"
#include "tablet/dock_addr.h"
#include "tls/creds.h"

struct ut_tablet;

/*
 * Loads the credentials and begins to connect. @loop, @config, @sandbox and
 * @nl are borrowed until ut_tablet_close(). On success the caller owns *tablet.
 */
int ut_tablet_open(struct ut_tablet **tablet, sd_event *loop,
		   const struct ut_config *config,
		   const struct ut_sandbox *sandbox, struct ut_nl *nl,
		   struct ut_err *err);

/*
 * Takes a new configuration, and @creds with the caller's reference. Connections
 * to docks that are still wanted stay.
 */
void ut_tablet_reload(struct ut_tablet *t, const struct ut_config *config,
		      struct ut_creds *creds);

/*
 * Reads the revocation list again; connections to docks that are on it end.
 * Sessions are the caller's matter. Returns as ut_crl_reload().
 */
int ut_tablet_crl(struct ut_tablet *t, struct ut_err *err);

/*
 * Our certificate is another one: loads it. Connections go on with what they began
 * with. After an error the old one stays.
 */
int ut_tablet_renewed(struct ut_tablet *t, struct ut_err *err);

/* In use now; borrowed, and another one after a reload. */
struct ut_creds *ut_tablet_creds(const struct ut_tablet *t);

/* Ends connections and attaches that are on their way. NULL is fine. */
void ut_tablet_close(struct ut_tablet *t);

/* Does what is due. When it has to be called again. */
int64_t ut_tablet_due(struct ut_tablet *t);

/*
 * The kernel tells that a session has begun or ended; @s may be NULL: some have,
 * look for yourself.
 */
void ut_tablet_session(struct ut_tablet *t, const struct ut_session *s);

/* Discovery has found a dock, or sees it no more. A hint is worth one try. */
void ut_tablet_hint(struct ut_tablet *t, const char *host, uint16_t port);
void ut_tablet_hint_gone(struct ut_tablet *t, const char *host, uint16_t port);

/* The network may be back: try all docks that are down at once. */
void ut_tablet_hurry(struct ut_tablet *t);

/*
 * Sleep: no attach begins until resume, and those that run are given up; then the
 * caller detaches. Resume connects anew to all docks, as nobody knows what became
 * of the old connections.
 */
void ut_tablet_suspend(struct ut_tablet *t);
void ut_tablet_resume(struct ut_tablet *t);

/* All addresses, for a report; they belong to the tablet. */
struct ut_dock_addr *const *ut_tablet_addrs(const struct ut_tablet *t,
					    size_t *n);

/* Are the devices at this address used, or is it only watched (docks = best)? */
bool ut_tablet_uses(const struct ut_tablet *t, const struct ut_dock_addr *addr);

/* --- tablet_report.c: what the tablet tells of its docks and their devices --- */

/*
 * Devices in one report, so that no dock can make it too long for the control
 * socket; "devices_left_out" counts the others.
 */
#define UT_TABLET_REPORT_MAX 256

/*
 * Adds "suspended", "docks" with their "devices"; see usbip-tls(8). 0, or -ENOMEM:
 * not all of them are there.
 */
int ut_tablet_report(const struct ut_tablet *t, struct json_object *o);

/* The same for events. 0 or -ENOMEM. */
int ut_tablet_snapshot(const struct ut_tablet *t, struct ut_snapshot *s);

#endif /* UT_TABLET_TABLET_H */
