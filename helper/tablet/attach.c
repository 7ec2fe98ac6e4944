// SPDX-License-Identifier: GPL-2.0
/* Attaching a device: see attach.h. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tablet/attach.h"
#include "tablet/same.h"
#include "usb/announce.h"
#include "usb/device.h"
#include "usb/select.h"

#define LOCK_WAIT_MS	15000
#define REST_WAIT_MS	10000
#define BUSY_TRIES	3

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
