/* SPDX-License-Identifier: GPL-2.0 */
/* Which device a user means. Pure: works on an existing list. */
#ifndef UT_USB_SELECT_H
#define UT_USB_SELECT_H

#include <stddef.h>

#include "base/err.h"
#include "proto/op.h"

/*
 * Finds the device that @what names, in this order: its bus id; vid:pid in
 * hexadecimal; its serial number; its name, "product" or "manufacturer product"
 * in any case; a part of that name. The first kind that fits anything decides.
 *
 * *index is the place in the list. -ENOENT with UT_EXIT_NOT_FOUND: nothing
 * fits; -ENOTUNIQ with UT_EXIT_AMBIGUOUS: several do, and the message lists
 * them as far as they fit. @where is the machine, for messages.
 */
int ut_select(const struct ut_op_device *devs, size_t n, const char *what,
	      const char *where, size_t *index, struct ut_err *err);

/* "046d:c31c Logitech USB Keyboard"; returns buf. Sanitized. */
const char *ut_op_text(const struct ut_op_device *dev, char *buf, size_t size);

/* Sanitizes all strings of a device that came over the wire. */
void ut_op_clean(struct ut_op_device *dev);

/*
 * Names of a vendor and a product from udev's hardware database, which need not
 * be there; "" if unknown.
 */
void ut_hwdb_names(unsigned int vid, unsigned int pid, char *vendor,
		   size_t vendor_size, char *product, size_t product_size);

/* Name of a USB class, subclass and protocol: "Mass Storage"; or "". */
const char *ut_class_name(unsigned int class);

#endif /* UT_USB_SELECT_H */
