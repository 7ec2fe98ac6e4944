/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attaching a device of a dock: import, session, vhci port, device nodes. Used
 * by the command and by the daemon alike: the one waits, the other does a step when
 * its loop says that it is time.
 */
#ifndef UT_TABLET_ATTACH_H
#define UT_TABLET_ATTACH_H

#include <stdint.h>

#include "base/err.h"
#include "nl/nl.h"
#include "proto/op.h"
#include "tablet/client.h"
#include "usb/vhci.h"

/**
 * struct ut_attached - what came of it
 * @dev: the device, as the dock describes it; texts are clean
 * @peer: name of the dock
 * @port: vhci port
 * @session: id of the session
 * @ms: from the start to the device ready for use
 * @nodes: its device nodes; empty if it was not waited for them
 */
struct ut_attached {
	struct ut_op_device dev;
	char peer[256];
	uint32_t port;
	uint32_t session;
	unsigned int ms;
	struct ut_vhci_nodes nodes;
};

/**
 * struct ut_attach_req - what is wanted
 * @host: the dock, as it is called
 * @wait: to connect to @host, by name or address, and to wait for that; else to @at
 * @at: numeric address
 * @port: TCP port
 * @expect: name that the dock's certificate must have
 * @busid: of the device on the dock
 * @listed: somebody has decided to attach it by a list; else the record of the
 *	import is all that is known
 * @seen: @listed: the record of that list
 * @replace: as in struct ut_client_target
 * @vhci_port: negative: any
 * @wait_ms: how long to wait for drivers and nodes; 0: not at all, or by
 *	ut_attach_wait()
 * @timeout: seconds for the import
 * @creds: for it; they are of no more use when the device is attached
 * @sandbox: for workers; borrowed
 * @nl: for the session; borrowed
 * @loop: calls @ready with @arg when a step can be done, but for those that depend on
 *	time; NULL: the caller polls
 */
struct ut_attach_req {
	char host[UT_TLS_NAME_SIZE];
	bool wait;
	char at[UT_MSG_AT_SIZE];
	uint16_t port;
	char expect[UT_TLS_NAME_SIZE];
	char busid[UT_OP_BUSID_SIZE];
	bool listed;
	struct ut_op_device seen;
	bool replace;
	int vhci_port;
	int wait_ms;
	unsigned int timeout;
	struct ut_creds *creds;
	const struct ut_sandbox *sandbox;
	struct ut_nl *nl;
	sd_event *loop;
	sd_event_io_handler_t ready;
	void *arg;
};

/* An attach on its way. */
struct ut_attach;

/* Begins, and does not wait unless @req says so. 0 or -errno; close it. */
int ut_attach_open(struct ut_attach **out, const struct ut_attach_req *req,
		   struct ut_err *err);

/* To poll for POLLIN; -1: it is time that counts. */
int ut_attach_fd(const struct ut_attach *a);

/* ut_clock_ms() of the next step, if the descriptor is not ready before. */
int64_t ut_attach_next(const struct ut_attach *a);

/*
 * Does what can be done without waiting. 1: more is to come; 0: it is attached, *out
 * is filled; or -errno.
 *
 * The dock must give the device that it announced: -ENODEV if the record of the
 * import is another, and the kernel ends the session (USBIP_TLS_REASON_OTHER_DEVICE)
 * if the device itself is.
 *
 * -EIO: the dock has not given it, *err is that of ut_client_read(). Other errors are
 * those of ut_connect(), ut_client_open(), ut_vhci_lock(), ut_vhci_free_port(),
 * ut_nl_session_new() and ut_vhci_look(). After a failure nothing stays attached,
 * except when ut_vhci_look() failed: *out tells the port then.
 */
int ut_attach_step(struct ut_attach *a, struct ut_attached *out,
		   struct ut_err *err);

/* Gives it up; what is attached stays. NULL is fine. */
void ut_attach_close(struct ut_attach *a);

/* All of it at once, for the command: waits. */
int ut_attach(const struct ut_attach_req *req, struct ut_attached *out,
	      struct ut_err *err);

/*
 * Waits for the drivers and nodes of a device that is attached, as ut_vhci_look() says,
 * and adds them to *made. For this nobody needs credentials, nor their signer.
 */
int ut_attach_wait(struct ut_attached *made, int wait_ms, struct ut_err *err);

/*
 * Is the device of an import, @got, the one that a rule or a person chose by a list?
 * Ids, class and speed must be equal, and texts that both records have. -ENODEV with
 * UT_EXIT_PROTOCOL: they are not; the message tells what is. @host: the dock, as it
 * was called.
 */
int ut_same_device(const char *host, const struct ut_op_device *seen,
		   const struct ut_op_device *got, struct ut_err *err);

#endif /* UT_TABLET_ATTACH_H */
