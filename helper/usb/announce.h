/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose a device is, for udev. Before a device is attached a file is written
 * that 60-usbip-tls.rules reads when the device comes, so that the device and
 * all that its drivers make of it have properties:
 *	ID_USBIP_TLS=1
 *	ID_USBIP_TLS_ROLE=imported
 *	ID_USBIP_TLS_DOCK=	name in the certificate of the dock
 *	ID_USBIP_TLS_BUSID=	bus id of the device on the dock
 */
#ifndef UT_USB_ANNOUNCE_H
#define UT_USB_ANNOUNCE_H

#include <stdint.h>

#include "common/err.h"

/*
 * Files go below @dir instead of UT_RUN_DIR; for unit tests. @dir must stay
 * valid. NULL: UT_RUN_DIR.
 */
void ut_announce_dir_set(const char *dir);

/*
 * For the device that is to come on a vhci port. Takes the place of what was
 * said of an earlier one there. Without it the device works all the same.
 */
int ut_announce(uint32_t port, const char *dock, const char *busid,
		struct ut_err *err);

#endif /* UT_USB_ANNOUNCE_H */
