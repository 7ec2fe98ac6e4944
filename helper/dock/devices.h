/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The devices of a dock that tablets may see, and who has them: a copy of sysfs
 * and of the kernel's session table, made anew whenever something has happened.
 */
#ifndef UT_DOCK_DEVICES_H
#define UT_DOCK_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "needs/protect.h"
#include "nl/nl.h"
#include "policy/verdict.h"
#include "proto/op_watch.h"
#include "tls/reason.h"
#include "usb/device.h"

/**
 * struct ut_dock_device - one device that is bound
 * @usb: the device; tablets are told its op
 * @user: name of the tablet that has a session with it; "" if nobody has, or one
 *	without a name
 * @session: there is a session with it
 */
struct ut_dock_device {
	struct ut_usb_device usb;
	char user[UT_TLS_NAME_SIZE];
	bool session;
};

/**
 * struct ut_devices - all of them, sorted by bus id
 * @usb: every device that is shared or could be
 * @n_usb: how many
 * @dev: those that are shared
 * @n: how many
 * @protect: what this machine needs itself; NULL: nobody knows
 * @dirty: something has happened; scan when @not_before is over
 * @not_before: ut_clock_ms()
 * @foreign: a device is in use without a session: the stock driver is giving it
 *	back, or another program has given it away. Nobody tells when that is done,
 *	so its status is looked at
 * @look_at: when
 * @settle_until: for so long often
 * @reset_until: a device is being reset: for so long it is waited for; 0: none is
 */
struct ut_devices {
	struct ut_usb_device *usb;
	size_t n_usb;
	struct ut_protect *protect;
	struct ut_dock_device *dev;
	size_t n;
	bool dirty;
	int64_t not_before;
	bool foreign;
	int64_t look_at;
	int64_t settle_until;
	int64_t reset_until;
};

/* Something has happened: look again soon. */
void ut_devices_touch(struct ut_devices *d);

/* ut_clock_ms() of the next look; INT64_MAX: none is due. */
int64_t ut_devices_next(const struct ut_devices *d);

/*
 * Looks again if it is time to. Returns whether anything may have changed; an
 * error leaves what was known, and is logged.
 */
bool ut_devices_refresh(struct ut_devices *d, struct ut_nl *nl);

void ut_devices_free(struct ut_devices *d);

/* By bus id; NULL: not there. */
const struct ut_dock_device *ut_devices_find(const struct ut_devices *d,
					     const char *busid);

/* --- who may have one: the rules, and what the dock needs itself --- */

/**
 * struct ut_permission - a verdict and the facts that its texts belong to
 */
struct ut_permission {
	struct ut_facts facts;
	struct ut_verdict v;
};

/*
 * May the tablet with this certificate name have the device? NULL: any tablet at
 * all? @protect: what this machine needs; NULL: nobody knows, so nothing is given
 * away.
 */
void ut_permission_get(const struct ut_config *config,
		       const struct ut_protect *protect,
		       const struct ut_usb_device *dev, const char *tablet,
		       struct ut_permission *perm);

/* "file:line: rule", "no rule matches", ... Returns buf. */
const char *ut_permission_text(const struct ut_permission *perm, char *buf,
			       size_t size);

static inline bool ut_permission_ok(const struct ut_permission *perm)
{
	return perm->v.kind == UT_VERDICT_ALLOW;
}

#endif /* UT_DOCK_DEVICES_H */
