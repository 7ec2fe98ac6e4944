/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attaching a device of a dock: import, session, vhci port, device nodes. Used
 * by the command and by the daemon alike. Waits for the dock, for a port at rest
 * and for drivers, so the daemon runs it in a process of its own.
 */
#ifndef UT_TABLET_ATTACH_H
#define UT_TABLET_ATTACH_H

#include <stdint.h>

#include "base/err.h"
#include "nl/nl.h"
#include "tablet/client.h"
#include "usb/vhci.h"
#include "wire/usbip_op.h"

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
 * struct ut_attach - what is wanted
 * @target: the dock
 * @busid: of the device on the dock
 * @seen: the record of a list by which somebody decided to attach it; NULL: there
 *	was none, the record of the import is all that is known
 * @port: vhci port; negative: any
 * @wait_ms: how long to wait for drivers and nodes; 0: not at all
 */
struct ut_attach {
	struct ut_client_target target;
	const char *busid;
	const struct ut_op_device *seen;
	int port;
	int wait_ms;
};

/*
 * The dock must give the device that it announced: -ENODEV if the record of the
 * import is another, and the kernel ends the session (USBIP_TLS_REASON_OTHER_DEVICE)
 * if the device itself is.
 *
 * Other errors are those of ut_client_import(), ut_nl_session_new(), ut_vhci_free_port()
 * and ut_vhci_wait(). After a failure nothing stays attached, except when
 * ut_vhci_wait() failed: *out tells the port then.
 */
int ut_attach(struct ut_nl *nl, const struct ut_attach *req,
	      struct ut_attached *out, struct ut_err *err);

/*
 * Is the device of an import, @got, the one that a rule or a person chose by a list?
 * Ids, class and speed must be equal, and texts that both records have. -ENODEV with
 * UT_EXIT_PROTOCOL: they are not; the message tells what is. @host: the dock, as it
 * was called.
 */
int ut_same_device(const char *host, const struct ut_op_device *seen,
		   const struct ut_op_device *got, struct ut_err *err);

#endif /* UT_TABLET_ATTACH_H */
