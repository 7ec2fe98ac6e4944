/* SPDX-License-Identifier: GPL-2.0 */
/* A device as the policy, a list of devices and JSON have it. */
#ifndef UT_USB_RECORD_H
#define UT_USB_RECORD_H

#include "base/json.h"
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

/* Members of a device: busid, vid, pid, names, speed, class, interfaces. */
struct json_object *ut_json_op(const struct ut_op_device *dev);

/* The few that a status has, added to @o: busid, vid, pid, serial, name. */
void ut_json_op_brief(struct json_object *o, const struct ut_op_device *dev);

#endif /* UT_USB_RECORD_H */
