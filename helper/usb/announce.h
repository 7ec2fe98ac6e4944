/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tells udev whose a device is. Before a device is attached a file is written
 * that 60-usbip-tls.rules reads when the device comes, so that the device and
 * all that its drivers make of it have properties:
 *	ID_USBIP_TLS=1
 *	ID_USBIP_TLS_ROLE=imported
 *	ID_USBIP_TLS_DOCK=	name in the certificate of the dock
 *	ID_USBIP_TLS_BUSID=	bus id of the device on the dock
 *	ID_USBIP_TLS_SESSION=	number of its session
 * The file goes with the device: the rules remove it when the device goes, the
 * daemon when the session closes, for a device that never came. The number keeps
 * them from the file of the next device on that port.
 */
#ifndef UT_USB_ANNOUNCE_H
#define UT_USB_ANNOUNCE_H

#include <stdint.h>

#include "base/err.h"

/*
 * Files go below @dir instead of UT_RUN_DIR; for unit tests. @dir must stay
 * valid. NULL: UT_RUN_DIR.
 */
void ut_announce_dir_set(const char *dir);

/*
 * For the device that is to come on a vhci port. Replaces what was said about an
 * earlier one there. The device also works without it.
 */
int ut_announce(uint32_t port, uint32_t session, const char *dock,
		const char *busid, struct ut_err *err);

/* Withdraws what was said about a session's device; not an error if nothing was. */
int ut_announce_end(uint32_t port, uint32_t session, struct ut_err *err);

#endif /* UT_USB_ANNOUNCE_H */
