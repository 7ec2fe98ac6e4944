// SPDX-License-Identifier: GPL-2.0
/*
 * The part with privileges: which devices are to be had, and the session.
 *
 * The answer to an import goes out on the same socket after the stock driver has
 * taken the session and before we let go of the session's descriptor: a tablet
 * that reads OK can start at once, and one whose import failed still gets its
 * answer, because a session that nobody takes ends its transport.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dock/export.h"
#include "tls/ktls.h"
#include "usb/device.h"
#include "usb/record.h"
#include "usb/stub.h"

#define ALERT_WARNING		1
#define ALERT_CLOSE_NOTIFY	0

/*
 * As it is now: what this machine needs may have changed since the last look.
 * NULL, which protects everything, if it cannot be found out.
 */
static struct ut_protect *needs_now(void)
{
	struct ut_protect *protect;
	struct ut_err err;

	if (ut_protect_scan(&protect, &err))
		ut_log_error(UT_LOG_ERR, &err);
	return protect;
}

int ut_export_list(const struct ut_dock *dock, const char *name,
		   struct ut_op_device **devs, size_t *n, struct ut_err *err)
{
	struct ut_protect *protect;
	struct ut_usb_device *all;
	struct ut_permission perm;
	size_t i, n_all;
	int ret;

	ret = ut_usb_list(UT_USB_EXPORTED, &all, &n_all, err);
	if (ret)
		return ret;
	*n = 0;
	*devs = calloc(n_all ? n_all : 1, sizeof(**devs));
	if (!*devs) {
		free(all);
		return ut_err_errno(err, UT_EXIT_FAILURE, ENOMEM,
				    "cannot list devices");
	}
	protect = needs_now();
	for (i = 0; i < n_all && *n < UT_OP_MAX_DEVICES; i++) {
		if (all[i].status != UT_STUB_AVAILABLE)
			continue;
		ut_permission_get(dock->config, protect, &all[i], name, &perm);
		if (ut_permission_ok(&perm))
			ut_usb_record(&all[i], &(*devs)[(*n)++]);
	}
	ut_protect_free(protect);
	free(all);
	return 0;
}

/* Never waits: the socket is new and its buffer empty. */
static int reply(struct ut_conn *c, enum ut_op_status status,
		 const struct ut_op_device *dev)
{
	uint8_t buf[UT_OP_HDR_SIZE + UT_OP_DEVICE_SIZE];
	size_t len = UT_OP_HDR_SIZE;
	ssize_t n;

	ut_op_encode_header(buf, UT_OP_REP_IMPORT, status);
	if (status == UT_OP_ST_OK) {
		ut_op_encode_device(buf + len, dev);
		len += UT_OP_DEVICE_SIZE;
	}
	n = send(c->peer, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EMSGSIZE;
}

/* What a tablet is told of an error here. */
static enum ut_op_status status_of(int error)
{
	switch (-error) {
	case EBUSY:
		return UT_OP_ST_DEV_BUSY;
	case ENODEV:
	case ENOENT:
	case EINVAL:
		return UT_OP_ST_NODEV;
	default:
		return UT_OP_ST_ERROR;
	}
}

/* What rules deny is told apart from what is not there by our log only. */
static enum ut_op_status find(const struct ut_dock *dock, const char *name,
			      const char *busid, struct ut_usb_device *dev,
			      struct ut_permission *perm, struct ut_err *err)
{
	int ret = ut_usb_get(busid, dev, err);
	struct ut_protect *protect;
	char text[400];

	/* Nothing is to be taken over before the rules have been asked. */
	memset(perm, 0, sizeof(*perm));
	if (ret)
		return status_of(ret);
	protect = needs_now();
	ut_permission_get(dock->config, protect, dev, name, perm);
	ut_protect_free(protect);
	if (!ut_permission_ok(perm)) {
		ut_err_set(err, UT_EXIT_REFUSED, EACCES, "%s (%s)",
			   ut_permission_text(perm, text, sizeof(text)),
			   ut_verdict_name(perm->v.kind));
		return UT_OP_ST_NODEV;
	}
	switch (dev->status) {
	case UT_STUB_AVAILABLE:
		if (!ut_reserved(&dock->reserves, busid, name, ut_clock_ms()))
			return UT_OP_ST_OK;
		ut_err_set(err, UT_EXIT_BUSY, EBUSY,
			   "%s is kept for a tablet that takes it over", busid);
		return UT_OP_ST_DEV_BUSY;
	case UT_STUB_USED:
		ut_err_set(err, UT_EXIT_BUSY, EBUSY, "%s is in use", busid);
		return UT_OP_ST_DEV_BUSY;
	case UT_STUB_ERROR:
		ut_err_set(err, UT_EXIT_FAILURE, EIO,
			   "usbip-host has given %s up; unbind and bind it again",
			   busid);
		return UT_OP_ST_DEV_ERR;
	default:
		ut_err_set(err, UT_EXIT_NOT_FOUND, ENODEV, "%s is not shared",
			   busid);
		return UT_OP_ST_NODEV;
	}
}

static void refuse(struct ut_dock *dock, struct ut_conn *c,
		   enum ut_op_status status, const char *busid,
		   const struct ut_err *err)
{
	const struct ut_log_about about = {
		.peer = c->name, .address = c->text, .busid = busid,
		.reason = err->msg,
	};

	ut_refused_note(dock, c, busid, err->msg);
	ut_log_event(UT_LOG_NOTICE, UT_LOG_DEVICE_REFUSED, &about,
		     "%s: tablet \"%s\" did not get %s: %s", c->text, c->name,
		     busid, err->msg);
	reply(c, status, NULL);
	if (!c->plain)
		ut_ktls_alert(c->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	shutdown(c->peer, SHUT_WR);
}

/*
 * The tablet lost its connection and has come again before we know of it, or a
 * rule lets it take the device from others.
 */
static void replace(struct ut_dock *dock, const struct ut_conn *c,
		    const char *busid, bool take_over)
{
	struct ut_log_about about = {
		.peer = c->name, .address = c->text, .busid = busid,
	};
	bool mine = take_over;
	struct ut_session *s;
	size_t n, i;

	if (!c->name[0] || ut_nl_session_all(dock->nl, &s, &n, NULL))
		return;
	for (i = 0; i < n; i++) {
		/* One that is closed is on its way: the driver gives it back. */
		if (s[i].role == USBIP_TLS_ROLE_TABLET ||
		    s[i].state == USBIP_TLS_STATE_CLOSED ||
		    strcmp(s[i].busid, busid) ||
		    (strcmp(s[i].peer, c->name) && !take_over))
			continue;
		about.session = s[i].id;
		ut_log_event(UT_LOG_NOTICE, UT_LOG_DEVICE_TAKEN, &about,
			     "%s: tablet \"%s\" takes %s from \"%s\", session %u ends",
			     c->text, c->name, busid, s[i].peer, s[i].id);
		ut_nl_session_del(dock->nl, s[i].id, NULL);
		mine = true;
	}
	free(s);
	if (mine)
		ut_reserve(&dock->reserves, busid, c->name, ut_clock_ms());
}

static void log_given(const struct ut_conn *c, uint32_t id,
		      const struct ut_op_device *dev)
{
	const struct ut_log_about about = {
		.peer = c->name, .address = c->text, .busid = dev->busid,
		.session = id,
	};

	if (c->plain)
		ut_log_event(UT_LOG_WARNING, UT_LOG_PLAINTEXT_IMPORT, &about,
			     "%s: \"%s\" gets %s WITHOUT TLS as session %u: nothing is encrypted",
			     c->text, c->name, dev->busid, id);
	else
		ut_log_event(UT_LOG_NOTICE, UT_LOG_DEVICE_GIVEN, &about,
			     "%s: tablet \"%s\" gets %s as session %u",
			     c->text, c->name, dev->busid, id);
}

/* The stock driver has it; now the tablet is told. */
static void given(struct ut_dock *dock, struct ut_conn *c, uint32_t id,
		  const struct ut_op_device *dev)
{
	int ret = reply(c, UT_OP_ST_OK, dev);

	if (ret) {
		ut_log_warn("%s: tablet \"%s\" is gone, it did not get %s: %s",
			    c->text, c->name, dev->busid, strerror(-ret));
		ut_nl_session_del(dock->nl, id, NULL);
		return;
	}
	ut_reserve_end(&dock->reserves, dev->busid);
	log_given(c, id, dev);
}

void ut_export_import(struct ut_dock *dock, struct ut_conn *c,
		      const char *busid, bool replace_it)
{
	struct ut_err err = { .code = UT_EXIT_OK };
	struct ut_session_req req = { .fd = c->peer, .plain = c->plain,
				      .busid = busid, .peer = c->name,
				      .serial = c->serial };
	struct ut_usb_device dev;
	struct ut_permission perm;
	enum ut_op_status status = find(dock, c->name, busid, &dev, &perm,
					&err);
	int session_fd, ret;
	uint32_t id;

	/* Not one that is busy with a reset: the rules were not asked for it. */
	if (status == UT_OP_ST_DEV_BUSY && replace_it &&
	    ut_permission_ok(&perm))
		replace(dock, c, busid, perm.v.take_over);
	if (status != UT_OP_ST_OK) {
		refuse(dock, c, status, busid, &err);
		return;
	}
	req.role = dev.vudc ? USBIP_TLS_ROLE_DOCK_VUDC : USBIP_TLS_ROLE_DOCK;
	req.devid = ut_op_devid(&dev.op);
	ret = ut_nl_session_new(dock->nl, &req, &id, &session_fd, &err);
	if (ret) {
		refuse(dock, c, status_of(ret), busid, &err);
		return;
	}
	ret = ut_stub_attach(busid, session_fd, &err);
	if (ret) {
		refuse(dock, c, status_of(ret), busid, &err);
		close(session_fd);
		return;
	}
	given(dock, c, id, &dev.op);
	close(session_fd);
}
