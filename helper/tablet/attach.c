// SPDX-License-Identifier: GPL-2.0
/* Attaching a device: see attach.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tablet/attach.h"
#include "usb/announce.h"
#include "usb/device.h"
#include "usb/select.h"

#define LOCK_WAIT_MS	15000
#define REST_WAIT_MS	10000
#define BUSY_TRIES	3

/* --- is it the device of the list? --- */

/* A dock that leaves a text out of one of its records does not contradict itself. */
static bool same_text(const char a[UT_OP_TEXT_SIZE],
		      const char b[UT_OP_TEXT_SIZE])
{
	return !a[0] || !b[0] || !strncmp(a, b, UT_OP_TEXT_SIZE);
}

static bool same_numbers(const struct ut_op_device *a,
			 const struct ut_op_device *b)
{
	return a->vid == b->vid && a->pid == b->pid && a->bcd == b->bcd &&
	       a->dev_class == b->dev_class && a->dev_sub == b->dev_sub &&
	       a->dev_proto == b->dev_proto && a->speed == b->speed;
}

/* "1209:0001, release 0100, class 00/00/00, serial "X""; texts are clean after. */
static void describe(const struct ut_op_device *d, char *buf, size_t size)
{
	char serial[UT_OP_TEXT_SIZE];

	ut_op_copy_text(serial, sizeof(serial), d->serial,
			strnlen(d->serial, sizeof(d->serial)));
	ut_sanitize(serial);
	snprintf(buf, size, "%04x:%04x release %04x class %02x/%02x/%02x speed %u%s%s%s",
		 d->vid, d->pid, d->bcd, d->dev_class, d->dev_sub, d->dev_proto,
		 d->speed, serial[0] ? " serial \"" : "", serial,
		 serial[0] ? "\"" : "");
}

int ut_same_device(const char *host, const struct ut_op_device *seen,
		   const struct ut_op_device *got, struct ut_err *err)
{
	char there[256], here[256], busid[UT_OP_BUSID_SIZE];
	int ret;

	if (same_numbers(seen, got) && same_text(seen->serial, got->serial) &&
	    same_text(seen->manufacturer, got->manufacturer) &&
	    same_text(seen->product, got->product))
		return 0;
	describe(seen, there, sizeof(there));
	describe(got, here, sizeof(here));
	ut_op_copy_text(busid, sizeof(busid), seen->busid,
			strnlen(seen->busid, sizeof(seen->busid)));
	ut_sanitize(busid);
	ret = ut_err_set(err, UT_EXIT_PROTOCOL, ENODEV,
			 "dock %s gives another device as %s than it announced: %s instead of %s",
			 host, busid, here, there);
	ut_err_hint(err, "if it was plugged in just now, try again; else do not trust this dock");
	return ret;
}

/* --- import, session, port --- */

/* Port, session, attach; under the lock that keeps the port ours. */
static int start(struct ut_nl *nl, const struct ut_attach *a,
		 const struct ut_import *imp, struct ut_attached *out,
		 struct ut_err *err)
{
	struct ut_session_req req = {
		.fd = imp->fd,
		.role = USBIP_TLS_ROLE_TABLET,
		.devid = ut_op_devid(&imp->dev),
		.busid = imp->dev.busid,
		.peer = imp->peer,
		.serial = imp->serial,
		.device = a->seen ? a->seen : &imp->dev,
		/* The record of an import has their number only. */
		.interfaces_known = a->seen && a->seen->nif,
	};
	int lock, session_fd, ret;
	struct ut_err unsaid;

	lock = ut_vhci_lock(LOCK_WAIT_MS, err);
	if (lock < 0)
		return lock;
	ret = ut_vhci_free_port(a->port, imp->dev.speed, REST_WAIT_MS,
				&out->port, err);
	if (ret)
		goto unlock;
	req.port = out->port;
	ret = ut_nl_session_new(nl, &req, &out->session, &session_fd, err);
	if (ret)
		goto unlock;
	if (ut_announce(out->port, out->session, imp->peer, imp->dev.busid,
			&unsaid))
		ut_log_debug("udev is not told of the dock: %s", unsaid.msg);
	ret = ut_vhci_attach(out->port, session_fd, req.devid, imp->dev.speed,
			     err);
	if (ret && ut_announce_end(out->port, out->session, &unsaid))
		ut_log_debug("udev is told too much: %s", unsaid.msg);
	close(session_fd);
unlock:
	close(lock);
	return ret;
}

static int import_and_start(struct ut_nl *nl, const struct ut_attach *a,
			    struct ut_attached *out, struct ut_err *err)
{
	struct ut_import imp;
	int tries, ret;

	/*
	 * The stock tool takes no lock: it may have taken our port between the
	 * choice and the attach. The session is lost then, so ask again.
	 */
	for (tries = 0; ; tries++) {
		ret = ut_client_import(&a->target, a->busid, &imp, err);
		if (ret)
			return ret;
		ut_op_clean(&imp.dev);
		imp.peer[sizeof(imp.peer) - 1] = '\0';
		ret = a->seen ? ut_same_device(a->target.host, a->seen,
					       &imp.dev, err) : 0;
		if (!ret)
			ret = start(nl, a, &imp, out, err);
		close(imp.fd);
		out->dev = imp.dev;
		memcpy(out->peer, imp.peer, sizeof(out->peer));
		ut_sanitize(out->peer);
		if (ret != -EBUSY || tries == BUSY_TRIES)
			return ret;
	}
}

int ut_attach(struct ut_nl *nl, const struct ut_attach *req,
	      struct ut_attached *out, struct ut_err *err)
{
	int64_t begin = ut_clock_ms();
	int ret;

	memset(out, 0, sizeof(*out));
	ret = import_and_start(nl, req, out, err);
	if (ret)
		return ret;
	out->ms = (unsigned int)(ut_clock_ms() - begin);
	if (!req->wait_ms)
		return 0;
	ret = ut_vhci_wait(out->port, req->wait_ms, &out->nodes, err);
	out->ms += out->nodes.ready_ms;
	return ret;
}
