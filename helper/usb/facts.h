/* SPDX-License-Identifier: GPL-2.0 */
/* What the policy has to know of a device of this machine. */
#ifndef UT_USB_FACTS_H
#define UT_USB_FACTS_H

#include "policy/facts.h"
#include "usb/device.h"

/*
 * The facts of a device. Hubs and devices attached from another machine are
 * protected.
 */
void ut_usb_facts(const struct ut_usb_device *dev, struct ut_facts *f);

/*
 * The record for a list of devices. It has the interfaces of one configuration, and
 * then one entry for each class that only alternate settings or other
 * configurations have, with subclass and protocol 0: tablets hold the device to
 * what its list said, and may choose any configuration.
 */
void ut_usb_record(const struct ut_usb_device *dev, struct ut_op_device *op);

#endif /* UT_USB_FACTS_H */
