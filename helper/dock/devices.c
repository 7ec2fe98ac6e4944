// SPDX-License-Identifier: GPL-2.0
/* What the dock has to offer: see devices.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "dock/devices.h"
#include "usb/record.h"

/* Events come in bursts: one look for all that happens in this time. */
#define SCAN_PAUSE_MS	50
#define SETTLE_STEP_MS	150
#define SETTLE_MS	15000
#define FOREIGN_STEP_MS	1000

void ut_devices_touch(struct ut_devices *d)
{
	d->dirty = true;
	d->settle_until = ut_clock_ms() + SETTLE_MS;
}

int64_t ut_devices_next(const struct ut_devices *d)
{
	if (d->dirty)
		return d->not_before;
	return d->foreign ? d->look_at : INT64_MAX;
}

static void name_user(struct ut_dock_device *dev, const struct ut_session *s,
		      size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i].role == USBIP_TLS_ROLE_TABLET ||
		    s[i].state == USBIP_TLS_STATE_CLOSED ||
		    strcmp(s[i].busid, dev->usb.op.busid))
			continue;
		dev->session = true;
		memcpy(dev->user, s[i].peer, sizeof(dev->user));
	}
}

/* Those of d->usb that are shared, and who has them. */
static int scan_shared(struct ut_devices *d, struct ut_nl *nl,
		       struct ut_err *err)
{
	struct ut_dock_device *dev = calloc(d->n_usb ? d->n_usb : 1,
					    sizeof(*dev));
	struct ut_session *sessions;
	size_t n_sessions, n = 0, i;
	int ret;

	if (!dev)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot list devices");
	ret = ut_nl_session_all(nl, &sessions, &n_sessions, err);
	if (ret) {
		free(dev);
		return ret;
	}
	for (i = 0; i < d->n_usb; i++) {
		if (!d->usb[i].vudc && d->usb[i].status == UT_STUB_NOT_BOUND)
			continue;
		dev[n].usb = d->usb[i];
		name_user(&dev[n++], sessions, n_sessions);
	}
	free(sessions);
	free(d->dev);
	d->dev = dev;
	d->n = n;
	return 0;
}

/*
 * A device that is given back is reset, and has no number until that is done: it
 * is in no list, and nevertheless not gone.
 */
static bool one_is_reset(const struct ut_devices *d,
			 const struct ut_usb_device *usb, size_t n)
{
	struct ut_usb_device dev;
	size_t i, j;

	for (i = 0; i < d->n_usb; i++) {
		for (j = 0; j < n; j++)
			if (!strcmp(usb[j].op.busid, d->usb[i].op.busid))
				break;
		if (j == n && ut_usb_get(d->usb[i].op.busid, &dev, NULL) !=
		    -ENOENT)
			return true;
	}
	return false;
}

/* A device that is reset for ever must not hide what becomes of all others. */
static bool wait_for_reset(struct ut_devices *d,
			   const struct ut_usb_device *usb, size_t n)
{
	int64_t now = ut_clock_ms();

	if (!one_is_reset(d, usb, n)) {
		d->reset_until = 0;
		return false;
	}
	if (!d->reset_until)
		d->reset_until = now + SETTLE_MS;
	if (now < d->reset_until)
		return true;
	d->reset_until = 0;
	return false;
}

/* -EAGAIN: not now, @err says nothing. */
static int scan(struct ut_devices *d, struct ut_nl *nl, struct ut_err *err)
{
	struct ut_usb_device *usb;
	size_t n;
	int ret;

	ut_protect_free(d->protect);
	/* NULL after a failure, which protects everything. */
	if (ut_protect_scan(&d->protect, err))
		ut_log_error(UT_LOG_ERR, err);
	ret = ut_usb_list(UT_USB_EXPORTABLE, &usb, &n, err);
	if (ret)
		return ret;
	if (wait_for_reset(d, usb, n)) {
		free(usb);
		return -EAGAIN;
	}
	free(d->usb);
	d->usb = usb;
	d->n_usb = n;
	return scan_shared(d, nl, err);
}

static bool in_foreign_use(const struct ut_dock_device *dev)
{
	return dev->usb.status == UT_STUB_USED && !dev->session;
}

static bool any_foreign(const struct ut_devices *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (in_foreign_use(&d->dev[i]))
			return true;
	return false;
}

/* Reads one attribute of each of them, not all of sysfs. */
static bool foreign_changed(const struct ut_devices *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (in_foreign_use(&d->dev[i]) &&
		    ut_stub_read_status(d->dev[i].usb.op.busid) != UT_STUB_USED)
			return true;
	return false;
}

/* Has a device that is in use without a session become free? */
static void look_at_foreign(struct ut_devices *d, int64_t now)
{
	if (d->dirty || !d->foreign || now < d->look_at)
		return;
	d->look_at = now + (now < d->settle_until ? SETTLE_STEP_MS :
						    FOREIGN_STEP_MS);
	d->dirty = foreign_changed(d);
}

bool ut_devices_refresh(struct ut_devices *d, struct ut_nl *nl)
{
	int64_t now = ut_clock_ms(), end;
	struct ut_err err;
	int ret;

	look_at_foreign(d, now);
	if (!d->dirty || now < d->not_before)
		return false;
	d->dirty = false;
	ret = scan(d, nl, &err);
	end = ut_clock_ms();
	d->not_before = end + ut_clock_rest(end - now, SCAN_PAUSE_MS);
	if (ret == -EAGAIN) {
		d->dirty = true;
		return false;
	}
	if (ret) {
		ut_log_error(UT_LOG_ERR, &err);
		return false;
	}
	d->foreign = any_foreign(d);
	d->look_at = end + SETTLE_STEP_MS;
	return true;
}

void ut_devices_free(struct ut_devices *d)
{
	ut_protect_free(d->protect);
	free(d->usb);
	free(d->dev);
	memset(d, 0, sizeof(*d));
}

const struct ut_dock_device *ut_devices_find(const struct ut_devices *d,
					     const char *busid)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (!strcmp(d->dev[i].usb.op.busid, busid))
			return &d->dev[i];
	return NULL;
}

void ut_permission_get(const struct ut_config *config,
		       const struct ut_protect *protect,
		       const struct ut_usb_device *dev, const char *tablet,
		       struct ut_permission *perm)
{
	char why[UT_PROTECT_WHY_SIZE];

	ut_usb_facts(dev, &perm->facts);
	if (ut_protect_why(protect, dev->op.busid, why, sizeof(why)))
		ut_facts_protect(&perm->facts, why);
	if (tablet)
		ut_policy_tablet(config, &perm->facts, tablet, &perm->v);
	else
		ut_policy_anyone(config, &perm->facts, &perm->v);
}

const char *ut_permission_text(const struct ut_permission *perm, char *buf,
			       size_t size)
{
	if (perm->v.where.file)
		snprintf(buf, size, "%s:%u: %s", perm->v.where.file,
			 perm->v.where.line, perm->v.text);
	else
		snprintf(buf, size, "%s", perm->v.text);
	return buf;
}
