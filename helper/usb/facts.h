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

#endif /* UT_USB_FACTS_H */
