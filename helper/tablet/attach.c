// SPDX-License-Identifier: GPL-2.0
/* Attaching a device: see attach.h. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tablet/attach.h"
#include "usb/announce.h"
#include "usb/device.h"
#include "usb/select.h"
#include "worker/connect.h"

#define LOCK_WAIT_MS	15000
#define REST_WAIT_MS	10000
#define BUSY_TRIES	3
#define STEP_MS		20

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

/* --- import, port and session, drivers --- */

/**
 * enum stage - how far it has come
 * @IMPORTING: the dock is asked
 * @STARTING: the device is ours; waits for the lock and for a port at rest
 * @SETTLING: attached; waits for drivers and nodes
 */
enum stage {
	IMPORTING,
	STARTING,
	SETTLING,
};

/**
 * struct ut_attach - see attach.h
 * @req: what is wanted; with a reference of its credentials until it is attached
 * @client: IMPORTING: who asks; then the dock's names are left in it
 * @peer: socket of the import; -1: none
 * @lock: that of vhci; -1: we do not have it
 * @tries: imports that came to nothing because the port was taken
 * @begin: ut_clock_ms()
 * @next: STARTING, SETTLING: of the next step
 * @until: STARTING: of the last try
 * @settle: SETTLING
 * @made: what has come of it so far
 */
struct ut_attach {
	struct ut_attach_req req;
	enum stage stage;
	struct ut_client client;
	int peer;
	int lock;
	unsigned int tries;
	int64_t begin;
	int64_t next;
	int64_t until;
	struct ut_vhci_settle settle;
	struct ut_attached made;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int import(struct ut_attach *a, struct ut_err *err)
{
	const struct ut_attach_req *r = &a->req;
	struct ut_client_target target = {
		.op = UT_START_IMPORT, .host = r->host, .port = r->port,
		.expect = r->expect, .busid = r->busid, .replace = r->replace,
		.deadline = ut_clock_ms() + r->timeout * 1000LL,
		.sandbox = r->sandbox,
		.loop = r->loop, .ready = r->ready, .arg = r->arg,
	};

	a->stage = IMPORTING;
	a->peer = r->wait ? ut_connect(r->host, r->port, r->sandbox,
				       target.deadline, err) :
			    ut_connect_begin(r->at, r->host, r->port, err);
	if (a->peer < 0)
		return a->peer;
	target.peer = a->peer;
	return ut_client_open(&a->client, &target, r->creds, err);
}

/* One more step, in a moment. */
static int later(struct ut_attach *a)
{
	a->next = ut_clock_ms() + STEP_MS;
	return 1;
}

/* Session and attach; under the lock that keeps the port ours. */
static int attach(struct ut_attach *a, struct ut_err *err)
{
	const struct ut_op_device *dev = &a->made.dev, *seen = &a->req.seen;
	const struct ut_session_req req = {
		.fd = a->peer,
		.role = USBIP_TLS_ROLE_TABLET,
		.devid = ut_op_devid(dev),
		.busid = dev->busid,
		.peer = a->client.name,
		.serial = a->client.serial,
		.port = a->made.port,
		.device = a->req.listed ? seen : dev,
		/* The record of an import has their number only. */
		.interfaces_known = a->req.listed && seen->nif,
	};
	const uint32_t port = a->made.port;
	struct ut_err unsaid;
	int session_fd, ret;

	ret = ut_nl_session_new(a->req.nl, &req, &a->made.session, &session_fd,
				err);
	if (ret)
		return ret;
	if (ut_announce(port, a->made.session, a->client.name, dev->busid,
			&unsaid))
		ut_log_debug("udev is not told of the dock: %s", unsaid.msg);
	ret = ut_vhci_attach(port, session_fd, req.devid, dev->speed, err);
	if (ret && ut_announce_end(port, a->made.session, &unsaid))
		ut_log_debug("udev is told too much: %s", unsaid.msg);
	close(session_fd);
	return ret;
}

static int start(struct ut_attach *a, struct ut_err *err)
{
	int ret;

	if (a->lock < 0) {
		a->lock = ut_vhci_lock(0, err);
		if (a->lock == -ETIMEDOUT && ut_clock_ms() < a->until)
			return later(a);
		if (a->lock < 0)
			return a->lock;
		a->until = ut_clock_ms() + REST_WAIT_MS;
	}
	ret = ut_vhci_free_port(a->req.vhci_port, a->made.dev.speed, 0,
				&a->made.port, err);
	if (ret == -ETIMEDOUT && ut_clock_ms() < a->until)
		return later(a);
	if (!ret)
		ret = attach(a, err);
	close_fd(&a->lock);
	close_fd(&a->peer);
	/*
	 * The stock tool takes no lock: it may have taken our port between the
	 * choice and the attach. The session is lost then, so ask again.
	 */
	if (ret == -EBUSY && a->tries++ < BUSY_TRIES) {
		ret = import(a, err);
		return ret ? ret : 1;
	}
	if (ret)
		return ret;
	a->made.ms = (unsigned int)(ut_clock_ms() - a->begin);
	if (!a->req.wait_ms)
		return 0;
	ut_creds_put(a->req.creds);
	a->req.creds = NULL;
	a->stage = SETTLING;
	ut_vhci_settle(&a->settle, a->made.port, a->req.wait_ms);
	a->next = a->settle.next;
	return 1;
}

static int imported(struct ut_attach *a, struct ut_err *err)
{
	int ret;

	switch (ut_client_read(&a->client, NULL, err)) {
	case UT_CLIENT_NOTHING:
		return 1;
	case UT_CLIENT_DONE:
		break;
	default:
		return -EIO;
	}
	a->made.dev = a->client.devs[0];
	memcpy(a->made.peer, a->client.name, sizeof(a->made.peer));
	ut_client_close(&a->client);
	ret = a->req.listed ? ut_same_device(a->req.host, &a->req.seen,
					     &a->made.dev, err) : 0;
	if (ret)
		return ret;
	a->stage = STARTING;
	a->until = ut_clock_ms() + LOCK_WAIT_MS;
	return start(a, err);
}

static int settled(struct ut_attach *a, struct ut_err *err)
{
	int ret = ut_vhci_look(&a->settle, &a->made.nodes, err);

	a->next = a->settle.next;
	if (ret == -EAGAIN)
		return 1;
	a->made.ms += a->made.nodes.ready_ms;
	return ret;
}

int ut_attach_step(struct ut_attach *a, struct ut_attached *out,
		   struct ut_err *err)
{
	int ret;

	switch (a->stage) {
	case IMPORTING:
		ret = imported(a, err);
		break;
	case STARTING:
		ret = start(a, err);
		break;
	default:
		ret = settled(a, err);
	}
	if (ret <= 0)
		*out = a->made;
	return ret;
}

int ut_attach_fd(const struct ut_attach *a)
{
	return a->stage == IMPORTING ? a->client.worker.fd : -1;
}

int64_t ut_attach_next(const struct ut_attach *a)
{
	return a->stage == IMPORTING ? a->client.deadline : a->next;
}

/* --- beginning and end --- */

int ut_attach_open(struct ut_attach **out, const struct ut_attach_req *req,
		   struct ut_err *err)
{
	struct ut_attach *a = calloc(1, sizeof(*a));
	int ret;

	if (!a)
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot attach");
	a->req = *req;
	ut_creds_get(req->creds);
	a->peer = -1;
	a->lock = -1;
	a->begin = ut_clock_ms();
	ret = import(a, err);
	if (ret)
		ut_attach_close(a);
	else
		*out = a;
	return ret;
}

void ut_attach_close(struct ut_attach *a)
{
	if (!a)
		return;
	ut_client_close(&a->client);
	close_fd(&a->lock);
	close_fd(&a->peer);
	ut_creds_put(a->req.creds);
	free(a);
}

int ut_attach(const struct ut_attach_req *req, struct ut_attached *out,
	      struct ut_err *err)
{
	struct ut_attach *a;
	int ret;

	memset(out, 0, sizeof(*out));
	ret = ut_attach_open(&a, req, err);
	if (ret)
		return ret;
	do {
		struct pollfd p = { ut_attach_fd(a), POLLIN, 0 };

		poll(&p, 1, ut_clock_left(ut_attach_next(a)));
		ret = ut_attach_step(a, out, err);
	} while (ret > 0);
	ut_attach_close(a);
	return ret;
}

int ut_attach_wait(struct ut_attached *made, int wait_ms, struct ut_err *err)
{
	struct ut_vhci_settle s;
	int ret;

	ut_vhci_settle(&s, made->port, wait_ms);
	while ((ret = ut_vhci_look(&s, &made->nodes, err)) == -EAGAIN)
		poll(NULL, 0, ut_clock_left(s.next));
	made->ms += made->nodes.ready_ms;
	return ret;
}
