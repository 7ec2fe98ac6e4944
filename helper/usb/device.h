/* SPDX-License-Identifier: GPL-2.0 */
/*
 * USB devices of this machine, read from sysfs. What a device says about itself
 * (strings, descriptors) is not trusted: every length is bounded, strings are
 * cut to size and sanitized.
 */
#ifndef UT_USB_DEVICE_H
#define UT_USB_DEVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "proto/op.h"
#include "usb/busid.h"

#define UT_USB_MAX_DEVICES	1024
#define UT_USB_DRIVER_SIZE	64

/**
 * enum ut_usb_filter - which devices ut_usb_list() returns
 * @UT_USB_ALL: all, hubs and imported ones too
 * @UT_USB_EXPORTABLE: may be bound or is: no hub, not attached by vhci-hcd;
 *	and every usbip-vudc instance that has a gadget
 * @UT_USB_EXPORTED: bound to usbip-host, or a usbip-vudc with a gadget: what a
 *	tablet may ask for, used or not
 */
enum ut_usb_filter {
	UT_USB_ALL,
	UT_USB_EXPORTABLE,
	UT_USB_EXPORTED,
};

/**
 * struct ut_usb_classes - classes of the interfaces of all configurations and
 *	alternate settings
 * @seen: a bit each
 * @complete: none is missing; false for usbip-vudc, which does not tell
 */
struct ut_usb_classes {
	uint8_t seen[32];
	bool complete;
};

/**
 * struct ut_usb_device - one device
 * @op: what goes over the wire; strings without their product as they are,
 *	empty if the device has none. If it is not configured, the interfaces are
 *	those of its first configuration. For usbip-vudc busnum and devnum are 0 and
 *	the bus id is the name of the instance, "usbip-vudc.0"
 * @driver: driver bound to the device as a whole: "usb", "usbip-host",
 *	"usbip-vudc" or ""
 * @status: whether a tablet may have it
 * @vudc: a gadget of usbip-vudc
 * @hub: a hub; never exported
 * @imported: attached here by vhci-hcd; never exported. Its strings are empty, see
 *	ut_usb_get_imported()
 * @classes: what it may turn into
 */
struct ut_usb_device {
	struct ut_op_device op;
	char driver[UT_USB_DRIVER_SIZE];
	enum ut_stub_status status;
	bool vudc;
	bool hub;
	bool imported;
	struct ut_usb_classes classes;
};

/* busnum << 16 | devnum, as usbip-host and the wire know the device. */
static inline uint32_t ut_op_devid(const struct ut_op_device *op)
{
	return (uint32_t)op->busnum << 16 | (op->devnum & 0xffff);
}

/*
 * Lists devices, sorted by bus id. On success the caller frees *devs; *n may be
 * 0. A device that vanishes while it is read is left out.
 */
int ut_usb_list(enum ut_usb_filter filter, struct ut_usb_device **devs,
		size_t *n, struct ut_err *err);

/*
 * One device by its bus id. -EINVAL: not a bus id at all; -ENOENT with
 * UT_EXIT_NOT_FOUND: no such device; -EBUSY: it is being reset.
 */
int ut_usb_get(const char *busid, struct ut_usb_device *dev,
	       struct ut_err *err);

/* The same, but waits for a reset to end, 30 s at most: not for the daemon's loop. */
int ut_usb_get_settled(const char *busid, struct ut_usb_device *dev,
		       struct ut_err *err);

/*
 * The same for a device that is imported, with its strings, for people to read. The
 * kernel shows them with the device locked, and its dock can keep it locked for 15 s
 * or more: never to be called by a daemon. 0 or -errno.
 */
int ut_usb_get_imported(const char *busid, struct ut_usb_device *dev);

/* Text of an enum usb_device_speed number: "High Speed(480Mbps)" etc. */
const char *ut_speed_name(uint32_t speed);

/*
 * Reads sysfs below @root instead of "/sys"; for unit tests. @root must stay
 * valid; NULL sets it back.
 */
void ut_sysfs_root_set(const char *root);

/*
 * Inside of usb/: descriptors of a device, as sysfs shows them: that of the device,
 * then all of each configuration.
 */

/* More would be more than one configuration of the greatest size. */
#define UT_DESCR_MAX (18 + 65535)

/*
 * Collects the classes of all interfaces of all configurations and alternate
 * settings; a tablet may choose any of them. @classes->complete if all of it is
 * well formed. Pure.
 *
 * Into @op go the interfaces of its configuration; if that is not among them it stays
 * as it is. A device that usbip-host holds has none: then those of the first one, which
 * is what drivers choose as a rule.
 */
void ut_descr_parse(const uint8_t *d, size_t len, struct ut_op_device *op,
		    struct ut_usb_classes *classes);

/*
 * The same from sysfs, where @dir is the directory of the device. -ENOMEM; a
 * device whose descriptors cannot be read has no classes that are known.
 */
int ut_descr_read(const char *dir, struct ut_usb_device *dev);

#endif /* UT_USB_DEVICE_H */
