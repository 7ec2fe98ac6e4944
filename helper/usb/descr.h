/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of usb/: descriptors of a device, as sysfs shows them: that of the
 * device, then all of each configuration.
 */
#ifndef UT_USB_DESCR_H
#define UT_USB_DESCR_H

#include <stddef.h>
#include <stdint.h>

#include "usb/device.h"

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

#endif /* UT_USB_DESCR_H */
