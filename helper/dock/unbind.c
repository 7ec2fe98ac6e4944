// SPDX-License-Identifier: GPL-2.0
/*
 * Unbinding: see unbind.h.
 *
 * The session is over before the driver is told to let go. usbip-host unbinds with
 * the device locked and waits for its event worker meanwhile; if its threads are
 * busy with the device, or it takes us for that worker (drivers/dock/lost.c), that
 * ends badly. At rest neither can happen.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "dock/unbind.h"
#include "usb/device.h"
#include "usb/stub.h"

#define STEP_MS		20
/* For somebody who is about to give it to a tablet, which takes no time. */
#define HOLD_WAIT_MS	2000
/* For the driver, which resets the device; then it is unbound anyway. */
#define END_WAIT_MS	5000

static int hold(const char *busid, int *fd, struct ut_err *err)
{
	int64_t deadline = ut_clock_ms() + HOLD_WAIT_MS;
	int ret;

	while ((ret = ut_stub_hold(busid, fd, err)) == -EBUSY &&
	       ut_clock_ms() < deadline)
		ut_nap(STEP_MS);
	return ret;
}

/*
 * Ends the sessions with the device; *@any: the driver has not let go of one yet. 0
 * or -errno.
 */
static int end_sessions(const char *busid, struct ut_nl *nl, bool *any,
			struct ut_err *err)
{
	struct ut_session *s;
	size_t n, i;
	int ret;

	*any = false;
	if (!nl)
		return 0;
	ret = ut_nl_session_all(nl, &s, &n, err);
	if (ret)
		return ret;
	for (i = 0; !ret && i < n; i++) {
		if (s[i].role != USBIP_TLS_ROLE_DOCK ||
		    strcmp(s[i].busid, busid))
			continue;
		*any = true;
		if (s[i].state == USBIP_TLS_STATE_CLOSED)
			continue;
		ret = ut_nl_session_del(nl, s[i].id, err);
		if (ret == -ENOENT || ret == -EALREADY)
			ret = 0;
	}
	free(s);
	return ret;
}

/*
 * A device in use without a session has got its socket from another program; that
 * use ends with the unbinding.
 */
static int end_use(const char *busid, struct ut_nl *nl, struct ut_err *err)
{
	int64_t deadline = ut_clock_ms() + END_WAIT_MS;
	bool any, had = false;
	int ret;

	for (;;) {
		ret = end_sessions(busid, nl, &any, err);
		if (ret)
			return ret;
		had |= any;
		if (!had || (!any &&
			     ut_stub_read_status(busid) != UT_STUB_USED))
			return 0;
		if (ut_clock_ms() >= deadline)
			return 0;
		ut_nap(STEP_MS);
	}
}

int ut_dock_unbind(const char *busid, struct ut_nl *nl, struct ut_err *err)
{
	struct ut_usb_device dev;
	bool any;
	int fd, ret;

	/* A reset takes longer than anybody holds it. */
	ret = ut_usb_get_settled(busid, &dev, err);
	if (!ret)
		ret = hold(busid, &fd, err);
	if (ret)
		return ret;
	ret = end_use(busid, nl, err);
	if (!ret)
		ret = ut_stub_unbind(busid, err);
	/* Nothing of ours gave it away; whoever did, it is not to be used now. */
	if (!ret)
		ret = end_sessions(busid, nl, &any, err);
	close(fd);
	return ret;
}
