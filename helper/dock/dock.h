/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The dock: listens, hands every stranger to a worker, and does the two things
 * that need privileges: it names the devices to share, and starts sessions.
 *
 * One thread, one loop, which the caller has; it ends with UT_SIGNER_DIED when the
 * process with the private key dies. No call here waits for a peer.
 */
#ifndef UT_DOCK_DOCK_H
#define UT_DOCK_DOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/json.h"
#include "base/loop.h"
#include "cage/sandbox.h"
#include "control/snapshot.h"
#include "nl/nl.h"
#include "policy/config.h"
#include "tls/creds.h"

struct ut_dock;

/*
 * Loads the credentials and listens. @loop, @config, @sandbox and @nl are borrowed
 * until ut_dock_close(). On success the caller owns *dock.
 */
int ut_dock_open(struct ut_dock **dock, sd_event *loop,
		 const struct ut_config *config,
		 const struct ut_sandbox *sandbox, struct ut_nl *nl,
		 struct ut_err *err);

/*
 * Takes a new configuration and reads certificates, key and revocation list
 * again. All or nothing: after an error the old ones are in use. Connections in
 * their handshake keep what they began with; tablets that watch have to come
 * again, with certificates that are good by now.
 */
int ut_dock_reload(struct ut_dock *dock, const struct ut_config *config,
		   struct ut_err *err);

/*
 * Reads the revocation list again; the connections of those who are on it end.
 * Sessions are the caller's matter. Returns as ut_crl_reload().
 */
int ut_dock_crl(struct ut_dock *dock, struct ut_err *err);

/*
 * Our certificate is another one: loads it. Connections go on with what they began
 * with. After an error the old one stays.
 */
int ut_dock_renewed(struct ut_dock *dock, struct ut_err *err);

/* In use now; borrowed, and another one after a reload. */
struct ut_creds *ut_dock_creds(const struct ut_dock *dock);

/* A session has begun or ended: devices may be to be had, or not any more. */
void ut_dock_touch(struct ut_dock *dock);

/* Does what is due. When it has to be called again. */
int64_t ut_dock_due(struct ut_dock *dock);

/*
 * Connections refused before any request, by reason, since ut_dock_open(): an object of
 * numbers, borrowed. NULL: none was.
 */
struct json_object *ut_dock_refused(const struct ut_dock *dock);

/* Ends all workers; running sessions are the kernel's and stay. NULL is fine. */
void ut_dock_close(struct ut_dock *dock);

/* --- dock_report.c: what the dock tells of its devices, and of who watches --- */

/*
 * Adds "devices", "tablets", "refused", "connections"; see usbip-tls(8). Looks at
 * sysfs. 0, or -ENOMEM: not all of them are there.
 */
int ut_dock_report(const struct ut_dock *dock, struct json_object *o);

/*
 * The same for events, with the devices as they are known from the last look. Keep
 * the looks coming by ut_dock_observe(). 0 or -ENOMEM.
 */
int ut_dock_snapshot(const struct ut_dock *dock, struct ut_snapshot *s);

/* Somebody wants to know what comes and goes, or nobody does any more. */
void ut_dock_observe(struct ut_dock *dock, bool on);

#endif /* UT_DOCK_DOCK_H */
