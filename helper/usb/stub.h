/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The dock's end: usbip-host and usbip-vudc, by sysfs. All functions return 0
 * or a negative errno and fill err; UT_EXIT_MODULE if usbip-host is not loaded,
 * UT_EXIT_PERMISSION without root.
 */
#ifndef UT_USB_STUB_H
#define UT_USB_STUB_H

#include "base/err.h"

/*
 * Takes the device from its driver and gives it to usbip-host. -EALREADY with
 * UT_EXIT_BUSY: bound already. -EINVAL: a hub, an imported device or a gadget.
 * If usbip-host refuses, the device goes back to its own driver.
 */
int ut_stub_bind(const char *busid, struct ut_err *err);

/*
 * Keeps a bound device from being given to anybody: ut_stub_attach() of every
 * process answers -EBUSY until the caller closes *hold, or ends. Other programs than
 * ours do not ask. -EBUSY: an attach, a reset or another hold is under way. Never
 * waits.
 */
int ut_stub_hold(const char *busid, int *hold, struct ut_err *err);

/*
 * Takes the device from usbip-host and gives it back to its own driver. Whoever
 * shares it with tablets uses ut_dock_unbind().
 */
int ut_stub_unbind(const char *busid, struct ut_err *err);

/*
 * Starts the session: writes the number of @session_fd to usbip_sockfd of
 * usbip-host or usbip-vudc. The driver takes its own reference; the caller
 * closes session_fd. -EBUSY: in use, or held; -ENODEV: not bound or gone. How a
 * session ends is the session's matter: see ut_nl_session_del().
 */
int ut_stub_attach(const char *busid, int session_fd, struct ut_err *err);

#endif /* UT_USB_STUB_H */
